"""The public store, its pages and its API. Imports reviews and articles."""

from django.apps import AppConfig


class PublishingConfig(AppConfig):
    name = "publishing"

    def ready(self) -> None:
        from publishing import actions
        from reviews.actions import after_revoke

        if actions.show_revocation not in after_revoke:
            after_revoke.append(actions.show_revocation)
