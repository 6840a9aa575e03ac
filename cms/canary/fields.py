"""Every field of every model that can hold words. A model or a field added later is found without being named here."""

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.db import models

#: Kinds of field that hold no words. One that is neither here nor in WORDS stops the canary: say what it can hold.
NO_WORDS = (
    models.AutoField,
    models.IntegerField,
    models.BooleanField,
    models.DateField,
    models.TimeField,
    models.DurationField,
    models.FloatField,
    models.DecimalField,
    models.UUIDField,
    models.ForeignKey,
    models.GenericIPAddressField,
)
WORDS = (models.CharField, models.TextField, models.JSONField)


class UnknownField(Exception):
    """A kind of field of which nobody said whether it can hold words."""


def all_models() -> list[type[models.Model]]:
    """Return every model that has a table of its own, history included, in a fixed order."""
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return sorted((model for model in found if not model._meta.proxy), key=lambda model: model._meta.label)


def word_fields(model: type[models.Model]) -> list[Any]:
    """Return the fields of a model that can hold words; raise UnknownField for a kind that is not known."""
    return [field for field in model._meta.concrete_fields if _holds_words(field)]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path, string) for each string in a JSON value; a list adds nothing to the path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)


def replaced(value: Any, instead: Callable[[str, str], str], path: str = "") -> Any:
    """Return a JSON value with each string replaced by what `instead(path, string)` says; keys stay."""
    if isinstance(value, str):
        return instead(path, value)
    if isinstance(value, dict):
        return {key: replaced(inner, instead, f"{path}/{key}") for key, inner in value.items()}
    if isinstance(value, list):
        return [replaced(inner, instead, path) for inner in value]
    return value


def _holds_words(field: Any) -> bool:
    if isinstance(field, WORDS):
        return not field.choices  # A word of a closed list says nothing that the code does not.
    if isinstance(field, NO_WORDS):
        return False
    raise UnknownField(
        f"{field.model._meta.label}.{field.name} is a {type(field).__name__}: say in cms/canary/fields.py whether it can "
        "hold words."
    )
