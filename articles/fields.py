"""Model fields that apply the text rules at every door: forms, full_clean, save, update and bulk_create."""

from collections.abc import Callable
from typing import Any

from django.db import models

from articles.text import clean_html, clean_json, clean_text


class _Ruled:
    """Apply `rule` when a value comes in from a form and again when it goes to the database."""

    rule: Callable[[Any], Any] = staticmethod(clean_text)
    ruled_types: tuple[type, ...] = (str,)

    def to_python(self, value: Any) -> Any:
        return self._ruled(super().to_python(value))  # type: ignore[misc]

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self._ruled(super().pre_save(model_instance, add))  # type: ignore[misc]
        setattr(model_instance, self.attname, value)  # type: ignore[attr-defined]
        return value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return super().get_db_prep_save(self._ruled(value), connection)  # type: ignore[misc]

    def _ruled(self, value: Any) -> Any:
        return type(self).rule(value) if isinstance(value, self.ruled_types) else value


class CleanCharField(_Ruled, models.CharField):
    """One line of text in NFC."""


class CleanTextField(_Ruled, models.TextField):
    """Plain text in NFC with LF line ends."""


class CleanHTMLField(_Ruled, models.TextField):
    """The allowed HTML subset, sanitized."""

    rule = staticmethod(clean_html)


class CleanJSONField(_Ruled, models.JSONField):
    """A list or object whose strings keep the text rules."""

    rule = staticmethod(clean_json)
    ruled_types = (str, list, dict)
