"""Ask every address in every way, and look for secrets in what comes back."""

import base64
import binascii
import html
import logging
import random
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote, urlsplit

from cms.canary.questions import Question, a_few, many, plain
from cms.canary.routes import BEHIND_LOGIN

#: An address inside an answer: what HTML, XML, JSON and Link headers all write.
_LINK = re.compile(r"""(?:href="|src="|action="|content="|<loc>|<id>|<|":\s?")((?:https?://[^"<>\s]+|/)[^"<>\s]*)""")
#: How many queries of one path are followed: lists lead on and on.
MOST_QUERIES = 8
_BASE64 = re.compile(r"[A-Za-z0-9_-]{16,}")
#: Statuses of an address where something is, or was.
THERE = frozenset({200, 301, 302, 303, 307, 308, 410})


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: str

    @property
    def head(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.headers)

    def header(self, name: str) -> str:
        return next((value for each, value in self.headers if each.lower() == name.lower()), "")


class Secrets(Protocol):
    """What is looked for: tokens that were planted, or distinctive words of real rows."""

    def find(self, text: str) -> set[str]: ...

    def place(self, secret: str) -> str: ...


@dataclass(frozen=True)
class Leak:
    """A secret in an answer, or an answer that is a fault: nobody looked at what a fault may tell."""

    question: Question
    what: str

    def __str__(self) -> str:
        return f"{self.question}\n    {self.what}"


@dataclass
class Crawl:
    """One walk through the site. `ask` sends a question; `share` of `shares` says which addresses are this walk's."""

    ask: Callable[[Question], Answer]
    secrets: Secrets
    host: str
    secret_words: list[str] = field(default_factory=list)
    on_answer: Callable[[], object] = lambda: None
    asked: int = 0
    leaks: list[Leak] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def walk(self, addresses: Iterable[str], *, most: int = 0) -> dict[str, Answer]:
        """Ask every address once, follow what the answers link to, and return the answer of each; `most` of them."""
        waiting = deque(dict.fromkeys(addresses))
        known = set(waiting)
        answers: dict[str, Answer] = {}
        queries: Counter[str] = Counter()
        while waiting and not (most and len(answers) >= most):
            address = waiting.popleft()
            answers[address] = answer = self.look(plain(address))
            for link in self._links(answer):
                path, _, query = link.partition("?")
                if link in known or (query and (queries[path] == MOST_QUERIES or path.startswith(BEHIND_LOGIN))):
                    continue
                queries[path] += bool(query)
                known.add(link)
                waiting.append(link)
        return answers

    def plan(self, answers: dict[str, Answer]) -> list[Question]:
        """Return every question there is to ask: in all ways where something is, in a few where nothing is."""
        questions: list[Question] = []
        for address, answer in sorted(answers.items()):
            etags = [etag] if (etag := answer.header("ETag")) else []
            if answer.status in THERE and not address.startswith(BEHIND_LOGIN):
                questions += many(address, etags, self.secret_words)
            else:
                questions += a_few(address)
        return questions

    def probe(self, questions: list[Question], *, budget: int, seed: int = 0) -> None:
        """Ask `budget` of the questions, drawn evenly from all of them; the same ones for the same seed."""
        for question in random.Random(seed).sample(questions, max(0, min(budget, len(questions)))):  # noqa: S311
            self.look(question)

    def look(self, question: Question) -> Answer:
        """Ask one question; what it said itself is no leak when it comes back."""
        answer = self.ask(question)
        self.asked += 1
        self.on_answer()
        self.statuses[answer.status] += 1
        found = self._secrets_in(answer)
        if found:
            found -= self.secrets.find(unquote(question.words))
        self.leaks += [Leak(question, f"{secret}: {self.secrets.place(secret)}") for secret in sorted(found)]
        if answer.status >= 500:
            self.leaks.append(Leak(question, f"The answer was {answer.status}."))
        return answer

    def _secrets_in(self, answer: Answer) -> set[str]:
        text = f"{answer.head}\n{answer.body}"
        found = self.secrets.find(text)
        if "&" in text or "%" in text or "\\u" in text:
            found |= self.secrets.find(unquote(html.unescape(text)))
        for packed in dict.fromkeys(_BASE64.findall(text)):
            found |= self.secrets.find(_unpacked(packed))
        return found

    def _links(self, answer: Answer) -> Iterator[str]:
        for found in _LINK.findall(f"<{answer.header('Location')}>\n{answer.head}\n{answer.body}"):
            parts = urlsplit(html.unescape(found))
            if parts.netloc in ("", self.host) and parts.path.startswith("/") and not parts.path.startswith("//"):
                yield f"{parts.path}?{parts.query}" if parts.query else parts.path


@contextmanager
def quiet() -> Iterator[None]:
    """Keep thousands of refused requests out of the log."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _unpacked(packed: str) -> str:
    try:
        return base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode("utf-8", "ignore")
    except (ValueError, binascii.Error):
        return ""
