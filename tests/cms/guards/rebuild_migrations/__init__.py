"""The real migrations of each app, and one more that changes columns, so that SQLite rebuilds guarded tables."""

from importlib import import_module
from pkgutil import iter_modules


def newest(app: str) -> str:
    """Return the name of the last real migration of an app."""
    return max(module.name for module in iter_modules(import_module(f"{app}.migrations").__path__))
