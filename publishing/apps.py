"""The public store, its pages and its API. Imports reviews and articles."""

from django.apps import AppConfig


class PublishingConfig(AppConfig):
    name = "publishing"

    def ready(self) -> None:
        from publishing import actions, store
        from reviews.actions import after_revoke

        after_revoke += [show for show in (actions.show_revocation, store.certify_again) if show not in after_revoke]
