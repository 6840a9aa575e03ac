"""The product as it is served: gunicorn with a database and static files of its own, on a free port of this machine."""

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
HOST = "127.0.0.1"
PATIENCE = 30  # Seconds for the first answer, and again for the end.


@dataclass(frozen=True)
class Server:
    url: str
    env: dict[str, str]

    def stage(self, scene: str) -> dict[str, str]:
        """Set up a scene of tests/e2e/stage.py in a process of its own, and return what it says last."""
        return json.loads(run(self.env, "-m", "tests.e2e.stage", scene).splitlines()[-1])


@contextmanager
def serving(directory: Path) -> Iterator[Server]:
    """Migrate a new database, collect the static files, and serve until the block ends."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen(128)
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        env = environment(directory, url)
        run(env, "manage.py", "migrate", "--verbosity", "0")
        run(env, "manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        log = directory / "gunicorn.log"
        process = start(env, listener, log)

    try:
        must_answer(url, log)
        yield Server(url, env)
    finally:
        stop(process)


def environment(directory: Path, url: str) -> dict[str, str]:
    """Return all that the server knows of its surroundings; nothing of the caller's settings is among it."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "tests.e2e.settings",
        "DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}",
        "E2E_DIRECTORY": str(directory),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "SITE_URL": url,
    }


def run(env: dict[str, str], *arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


def start(env: dict[str, str], listener: socket.socket, log: Path) -> subprocess.Popen[bytes]:
    """Start gunicorn on a socket that listens already: no port is guessed, and no early caller is turned away."""
    number = listener.fileno()
    options = ["--bind", f"fd://{number}", "--workers", "1", "--threads", "4", "--no-control-socket"]
    command: list[Any] = [sys.executable, "-m", "gunicorn", "cms.wsgi", *options, "--log-level", "warning"]
    with log.open("wb") as output:
        return subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=output, pass_fds=[number])


def must_answer(url: str, log: Path) -> None:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except OSError as error:
        raise AssertionError(f"The server does not answer ({error}):\n{log.read_text()}") from error
    finally:
        connection.close()
    assert status == 200, f"/healthz answers {status}:\n{log.read_text()}"


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
