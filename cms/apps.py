"""The project: settings, urls, guards and the commands that span apps. Nothing imports it."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate, pre_migrate


class CmsConfig(AppConfig):
    name = "cms"

    def ready(self) -> None:
        from cms import checks  # noqa: F401  (registers the system checks)
        from cms.guards import install
        from cms.setup import install_defaults
        from publishing import search_index

        # Django sends these signals only for apps with models; publishing is the last of ours that has any.
        last = apps.get_app_config("publishing")
        pre_migrate.connect(install.before_migrate, sender=last, dispatch_uid="guards.before_migrate")
        post_migrate.connect(install.after_migrate, sender=last, dispatch_uid="guards.after_migrate")
        post_migrate.connect(search_index.after_migrate, sender=last, dispatch_uid="search_index.after_migrate")
        post_migrate.connect(install_defaults, sender=last, dispatch_uid="defaults.after_migrate")
