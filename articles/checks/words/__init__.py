"""Word lists, one entry a line; `#` starts a comment. Imports the standard library only."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def word_list(name: str) -> frozenset[str]:
    """Return the entries of `<name>.txt` beside this file."""
    text = files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    entries = (line.split("#")[0].strip() for line in text.splitlines())
    return frozenset(entry for entry in entries if entry)
