"""What a load did, what the gates refused and why, and where the time went. Imports nothing of ours."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Tally:
    """`refused`: code -> how often; `examples`: code -> the first words of the first refusal; `seconds`: by step."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    seconds: Counter[str] = field(default_factory=Counter)

    def refuse(self, code: str, example: str) -> None:
        self.refused[code] += 1
        self.examples.setdefault(code, example[:300])

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the time of the block to that of its step."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] += time.perf_counter() - began  # type: ignore[assignment]

    def add(self, other: "Tally") -> None:
        """Take in what another worker counted."""
        self.counts += other.counts
        self.refused += other.refused
        self.seconds += other.seconds
        self.examples = other.examples | self.examples
