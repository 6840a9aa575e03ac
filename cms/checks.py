"""System check: the database must hold every guard (`manage.py check --database default`, and at every migrate)."""

from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections

from cms.guards import install, rules


@register(Tags.database)
def guards_are_installed(*, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Warn `cms.W001` where guards are missing or altered.

    A warning, since `migrate` runs this check too and is what puts the guards back; the health check answers 503 and
    `verify` exits 1 meanwhile.
    """
    messages: list[CheckMessage] = []
    for using in databases or []:
        if not set(rules.tables()) <= set(connections[using].introspection.table_names()):
            continue
        if missing := install.missing(using):
            messages.append(
                Warning(
                    f"{len(missing)} database guards are missing or altered: {', '.join(missing[:5])}…",
                    hint="Run `manage.py migrate`: it installs them again. Then find out who removed them.",
                    id="cms.W001",
                )
            )
    return messages
