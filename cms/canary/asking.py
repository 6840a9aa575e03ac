"""Send a question: to the project in this process, or to a site over HTTP."""

import http.client
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from django.test import Client
from django.test.client import FakePayload

from cms.canary.crawl import Answer
from cms.canary.questions import Question

PATIENCE = 30  # seconds


class InProcess:
    """Asks the project itself, as a reader whom nobody knows: no cookie is kept from one question to the next."""

    def __init__(self, host: str = "testserver", *, secure: bool = False) -> None:
        self._client = Client(raise_request_exception=False)
        self._host, self._secure = host, secure

    def __call__(self, question: Question) -> Answer:
        self._client.cookies.clear()
        response: Any = self._client.request(**self._environ(question))
        body = b"".join(response.streaming_content) if response.streaming else response.content
        return Answer(response.status_code, tuple(response.items()), body.decode("utf-8", "replace"))

    def _environ(self, question: Question) -> dict[str, Any]:
        path, _, query = question.address.partition("?")
        body = question.body.encode()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": question.method,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query.encode().decode("latin-1"),
            "SERVER_NAME": self._host.partition(":")[0],
            "HTTP_HOST": self._host,
            "wsgi.url_scheme": "https" if self._secure else "http",
            "wsgi.input": FakePayload(body),
        }
        if body:
            environ["CONTENT_LENGTH"] = str(len(body))
        for name, value in question.headers:
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        return environ


class OverHttp:
    """Asks a running site. Follows nothing and keeps no cookie."""

    def __init__(self, site: str) -> None:
        parts = urlsplit(site)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(f"{site} is not the address of a site.")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.netloc, timeout=PATIENCE)

    def __call__(self, question: Question) -> Answer:
        try:
            return self._asked(question)
        except http.client.HTTPException:  # A server may hang up on odd requests; the next one gets a new line.
            self._connection.close()
            return Answer(0, (), "")

    def _asked(self, question: Question) -> Answer:
        address = question.address.encode("ascii", "ignore").decode().replace(" ", "%20")
        self._connection.request(question.method, address, question.body or None, dict(question.headers))
        response = self._connection.getresponse()
        return Answer(response.status, tuple(response.getheaders()), response.read().decode("utf-8", "replace"))
