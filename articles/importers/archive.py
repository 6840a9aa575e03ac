"""The XML files of a folder, of a .tar.gz, or one alone, in a fixed order. Imports nothing of ours but BadFile."""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from .document import BadFile
from .medquad import LARGEST


class Files:
    """Iterate over (place, bytes or the reason why there are none); `len` is how many. Nothing is unpacked to disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._archive: tarfile.TarFile | None = None
        try:
            self._names = self._listed()
        except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
            self.__exit__()
            raise BadFile(f"cannot be read: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._archive:
            self._archive.close()

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[tuple[str, bytes | BadFile]]:
        for entry in self._names:
            yield self._place(entry), self._content(entry)

    def _listed(self) -> Sequence[Path | tarfile.TarInfo]:
        if self.path.is_dir():
            return sorted(path for path in self.path.rglob("*") if path.suffix.lower() == ".xml")
        if self.path.suffix.lower() == ".xml":
            return [self.path]
        self._archive = tarfile.open(self.path)  # noqa: SIM115 - read from until the run ends
        return [member for member in self._archive if member.isfile() and member.name.lower().endswith(".xml")]

    def _place(self, entry: Path | tarfile.TarInfo) -> str:
        if isinstance(entry, tarfile.TarInfo):
            return entry.name
        return str(entry.relative_to(self.path)) if entry != self.path else entry.name

    def _content(self, entry: Path | tarfile.TarInfo) -> bytes | BadFile:
        try:
            size = entry.size if isinstance(entry, tarfile.TarInfo) else entry.stat().st_size
            if size > LARGEST:
                return BadFile(f"is larger than {LARGEST // 1024 // 1024} MB")
            if isinstance(entry, Path):
                return entry.read_bytes()
            assert self._archive is not None  # noqa: S101 - entries of that type come from it
            member = self._archive.extractfile(entry)
            return member.read() if member else BadFile("is not a file")
        except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
            return BadFile(f"cannot be read: {error}")
