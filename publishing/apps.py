"""The public store, its pages and its API. Imports reviews and articles."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save


class PublishingConfig(AppConfig):
    name = "publishing"

    def ready(self) -> None:
        from publishing import actions, store
        from reviews.actions import after_revoke
        from reviews.models import ReviewPolicy, Stage

        after_revoke += [show for show in (actions.show_revocation, store.certify_again) if show not in after_revoke]
        for model in (ReviewPolicy, Stage):
            for saved in (post_save, post_delete):
                saved.connect(
                    _policy_changed, sender=model, dispatch_uid=f"policies.{saved is post_save}.{model.__name__}"
                )


def _policy_changed(**kwargs: Any) -> None:
    """Show the policies as they stand on “How we review”, in the transaction that changed one."""
    from publishing import store

    store.write_policies()
