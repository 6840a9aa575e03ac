"""What is distinctive in the secrets of a real installation: phrases, addresses and numbers that nothing public holds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

from cms.canary import public
from cms.canary.fields import all_models, leaves, word_fields
from publishing.models import STORE_MODELS

LONGEST = 6  # words of a phrase
SHORTEST_TEXT = 12  # characters; a shorter text of a few words is no find
SHORTEST_CODE = 8
PHRASES_EACH = 3  # of one text
_TAG = re.compile(r"<[^>]*>")
_WORD = re.compile(r"[^\W_]+")
#: What may be a number, an address or a key: no spaces in it. It is one where it is long and has a digit or an @.
_TOKEN = re.compile(r"[\w@.+:-]{8,}")
_EDGES = ".:+-"
_TELLING = re.compile(r"[\d@]")
_BATCH = 200


@dataclass
class Picked:
    """Phrases and codes by where they stand. `find` looks for all of them in one pass over the words of a text."""

    places: dict[str, str] = field(default_factory=dict)
    #: The first two words of each phrase -> how many words the phrases have that begin so.
    starts: dict[tuple[str, str], set[int]] = field(default_factory=dict)

    def add(self, text: str, place: str) -> None:
        """Pick what is distinctive in a text: its codes, and a few of its phrases or, where it is short, all of it."""
        plain = _plain(text)
        for code in _codes(plain):
            if len(code) >= SHORTEST_CODE and _TELLING.search(code):
                self.places.setdefault(code, place)
        words = _WORD.findall(plain)
        if len(words) < 2 or len(plain) < SHORTEST_TEXT:
            return
        length = min(len(words), LONGEST)
        starts = len(words) - length + 1
        for start in range(0, starts, max(1, starts // PHRASES_EACH)):
            phrase = words[start : start + length]
            self.starts.setdefault((phrase[0], phrase[1]), set()).add(length)
            self.places.setdefault(" ".join(phrase), place)

    def find(self, text: str) -> set[str]:
        """Return what of the picked stands in a text."""
        plain = _plain(text)
        found = {code for code in _codes(plain) if code in self.places}
        words = _WORD.findall(plain)
        if self.starts.keys().isdisjoint(pairwise(words)):
            return found
        for place, start in enumerate(pairwise(words)):
            for length in self.starts.get(start, ()):
                phrase = " ".join(words[place : place + length])
                if phrase in self.places:
                    found.add(phrase)
        return found

    def place(self, secret: str) -> str:
        return self.places[secret]

    def forget(self, text: str) -> None:
        """Drop what stands in a public text: finding it in an answer would say nothing."""
        for secret in self.find(text):
            del self.places[secret]


def pick(*, each: int = _BATCH) -> Picked:
    """Return what is distinctive in the newest `each` rows of every model, and stands in nothing that is public."""
    picked = Picked()
    for model in all_models():
        if model._meta.label not in public.OPEN_MODELS:
            for place, text in _secrets_of(model, each):
                picked.add(text, place)
    for text in _public_texts():
        picked.forget(text)
    return picked


def _secrets_of(model: Any, each: int) -> Iterator[tuple[str, str]]:
    fields = word_fields(model)
    rows = list(model._base_manager.order_by("-pk").values_list("pk", *[found.attname for found in fields])[:each])
    for number, found in enumerate(fields, start=1):
        label = f"{model._meta.label}.{found.name}"
        shown = [(row.paths, public.shown_pks(row, model)) for row in public.rows_of(label)]
        for values in rows:
            allowed = tuple(path for paths, pks in shown if values[0] in pks for path in paths)
            for path, text in leaves(values[number]):
                if not public.is_within(path, allowed):
                    yield f"{label}{path} of {values[0]}", text


def _public_texts() -> Iterator[str]:
    """Yield every text that readers may see: the public store, the open fields of small tables, the templates."""
    for model in STORE_MODELS:
        names = [found.attname for found in word_fields(model)]
        for values in model._base_manager.order_by().values_list(*names).iterator(_BATCH) if names else ():
            yield from (text for value in values for _, text in leaves(value))
    for row in public.TABLE:
        if row.where is None:
            app_label, model_name, name = row.field.split(".")
            values = apps.get_model(app_label, model_name)._default_manager.values_list(name, flat=True)
            yield from (text for value in values for _, text in leaves(value))
    yield from apps.get_model("auth", "Group")._default_manager.values_list("name", flat=True)
    yield from _words_of_lists()
    for path in sorted((Path(settings.BASE_DIR) / "templates").rglob("*")):
        if path.suffix in {".html", ".txt", ".xml"}:
            yield path.read_text(encoding="utf-8")


def _words_of_lists() -> Iterator[str]:
    """Yield the words of every closed list: a page may print them whatever is in the database."""
    every = chain.from_iterable(model._meta.concrete_fields for model in all_models())
    for found in every:
        if isinstance(found, models.Field) and found.choices:
            yield from (str(part) for pair in found.flatchoices for part in pair)


def _codes(plain: str) -> set[str]:
    return {token.strip(_EDGES) for token in _TOKEN.findall(plain)}


def _plain(text: str) -> str:
    return unescape(_TAG.sub(" ", text)).lower()
