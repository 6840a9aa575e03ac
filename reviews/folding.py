"""Cut long unchanged stretches of a difference short. Pure."""

from collections.abc import Sequence

from reviews.difference import Piece
from reviews.wording import Wording


def fold(pieces: Sequence[Piece], context_words: int = 12) -> list[Piece]:
    """Return the pieces with long unchanged runs cut to the words next to a change; a skipped piece keeps its text."""
    folded: list[Piece] = []
    for at, piece in enumerate(pieces):
        head = context_words if at > 0 else 0
        tail = context_words if at < len(pieces) - 1 else 0
        folded += _folded(piece, head, tail) if piece.kind == "same" else [piece]
    return folded


def _folded(piece: Piece, head: int, tail: int) -> list[Piece]:
    words = [i for i, token in enumerate(Wording.of_text(piece.text).tokens) if token.kind in {"word", "number"}]
    if len(words) <= head + tail + 3:
        return [piece]
    tokens = Wording.of_text(piece.text).tokens
    start = words[head - 1] + 1 if head else 0
    end = words[len(words) - tail] if tail else len(tokens)
    cut = [
        Piece("same", "".join(token.text for token in tokens[:start])),
        Piece("skipped", "".join(token.text for token in tokens[start:end]), len(words) - head - tail),
        Piece("same", "".join(token.text for token in tokens[end:])),
    ]
    return [part for part in cut if part.text]
