"""What a check reports. Imports nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing an editor should look at; `repeats` names the place that a duplicate repeats."""

    code: str
    place: str
    message: str
    suggestion: str = ""
    repeats: str = ""
