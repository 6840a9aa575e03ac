"""Run a command on a throwaway PostgreSQL: `on_postgres.py pytest -k story`. Standard library only.

The server lives in a temporary directory, listens on a unix socket there and nowhere else, and is gone when
the command ends. DATABASE_URL tells the command where it is. `on_postgres.py --find` only says which server
would run. POSTGRES_BIN names the directory of the server's programs, in place of the usual ones.
"""

# ruff: noqa: T201 (what it prints is for the person at the terminal)

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn
from urllib.parse import quote

OLDEST = 15
PROGRAMS = ("initdb", "pg_ctl", "postgres")
DATABASE = "second_opinion"
PORT = 5432  # Only part of the socket's name; said aloud so that a PGPORT of the caller's cannot change it.
LONGEST_SOCKET = 100  # The system's limit is 103 to 107 bytes.
NOT_INSTALLED = 69  # EX_UNAVAILABLE in sysexits.h
PATIENCE = 10  # Seconds that an interrupted command has to end by itself.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{directory}'
port = {port}
max_connections = 100
fsync = off
synchronous_commit = off
full_page_writes = off
"""


class NotInstalled(Exception):
    """No PostgreSQL server that would do is on this machine."""


class NotStarted(Exception):
    """There is a server, and it would not start."""


class Stopped(Exception):
    """A signal asked this program to end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def main(arguments: list[str]) -> int:
    """Run the command in `arguments` and return its exit code, or 69 where no server is installed."""
    if not arguments:
        print("Usage: on_postgres.py COMMAND [ARGUMENT ...]  or  on_postgres.py --find", file=sys.stderr)
        return 2

    try:
        if arguments == ["--find"]:
            programs = find_programs()
            print(f"PostgreSQL {version(programs)} found in {programs}")
            return 0
        for number in SIGNALS:
            signal.signal(number, _stop)
        with postgres() as url:
            return run(arguments, url)
    except NotInstalled as reason:
        print(reason, file=sys.stderr)
        return NOT_INSTALLED
    except NotStarted as reason:
        print(reason, file=sys.stderr)
        return 1
    except Stopped as stopped:
        return 128 + stopped.number


@contextmanager
def postgres() -> Iterator[str]:
    """Start a server with one empty database, yield its URL, and stop and delete it whatever happens."""
    programs = find_programs()
    owner = _owner()

    server = _Server(programs, Path(tempfile.mkdtemp(prefix="pg-", dir=_parent())), owner)
    try:
        with _undisturbed():
            server.create()
            server.start()
        yield f"postgres://postgres@{quote(str(server.directory), safe='')}:{PORT}/{DATABASE}"
    finally:
        server.delete()


def run(command: list[str], url: str) -> int:
    """Run the command with DATABASE_URL set; when a signal stops this program, the command ends too."""
    try:
        process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url})
    except OSError as error:
        print(f"{command[0]} could not be run: {error.strerror}.", file=sys.stderr)
        return 127

    try:
        code = process.wait()
    except Stopped as stopped:
        _end(process, stopped.number)
        raise
    return code if code >= 0 else 128 - code


def find_programs() -> Path:
    """Return the directory that holds a new enough server's programs."""
    too_old = ""
    for directory in _places():
        if not all(os.access(directory / program, os.X_OK) for program in PROGRAMS):
            continue
        found = version(directory)
        if int(found.partition(".")[0]) >= OLDEST:
            return directory
        too_old = too_old or f" (version {found} in {directory} is too old)"
    raise NotInstalled(f"No PostgreSQL server of version {OLDEST} or newer was found{too_old}.")


def version(programs: Path) -> str:
    """Return the server's version as a bare number: 15.8, or 19 for a beta of 19."""
    answer = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    number = re.search(r"\d+(\.\d+)*", answer)
    return number[0] if number else "0"


def _places() -> Iterator[Path]:
    if chosen := os.environ.get("POSTGRES_BIN"):
        yield Path(chosen)
        return
    if shutil.which("pg_config"):
        answer = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False).stdout
        yield Path(answer.strip())
    debian = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    yield from sorted(debian, key=lambda path: float(path.parent.name), reverse=True)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def _owner() -> pwd.struct_passwd | None:
    """Return the user to run the server as, None for the current one. PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise NotStarted("PostgreSQL does not run as root, and there is no user postgres to run it as.") from None


def _parent() -> Path:
    """Return a directory for temporary files, short of name and, for root, open to the user postgres."""
    for parent in (Path(tempfile.gettempdir()).resolve(), Path("/tmp"), Path("/var/tmp")):  # noqa: S108
        longest = len(os.fsencode(parent / "pg-12345678" / f".s.PGSQL.{PORT}"))
        open_to_all = all(path.stat().st_mode & 0o001 for path in (parent, *parent.parents))
        if longest <= LONGEST_SOCKET and (open_to_all or os.geteuid() != 0):
            return parent
    raise NotStarted("No directory for temporary files is open to all users and has a name short enough for a socket.")


@dataclass(frozen=True)
class _Server:
    programs: Path
    directory: Path
    owner: pwd.struct_passwd | None

    def create(self) -> None:
        if self.owner:
            os.chown(self.directory, self.owner.pw_uid, self.owner.pw_gid)
        locale = "C" if sys.platform == "darwin" else "C.UTF-8"  # macOS has no C.UTF-8.
        self._call(
            "initdb",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            f"--locale={locale}",
            "--no-sync",
        )
        with (self.directory / "data/postgresql.conf").open("a") as configuration:
            configuration.write(SETTINGS.format(directory=self.directory, port=PORT))

        # Single-user mode needs no client programs, which may be packaged apart from the server.
        self._call("postgres", "--single", "-j", "postgres", standard_input=f"CREATE DATABASE {DATABASE};\n\n")

    def start(self) -> None:
        log = self.directory / "log"
        try:
            self._call("pg_ctl", "start", "--wait", "--timeout=60", "--silent", f"--log={log}")
        except NotStarted as reason:
            last_lines = log.read_text(errors="replace").splitlines()[-15:] if log.exists() else []
            raise NotStarted("\n".join([str(reason), "The end of the server's log:", *last_lines])) from None

    def delete(self) -> None:
        with suppress(NotStarted):  # pg_ctl complains where nothing runs (any more).
            self._call("pg_ctl", "stop", "--mode=immediate", "--silent")
        shutil.rmtree(self.directory, ignore_errors=True)

    def _call(self, program: str, *arguments: str, standard_input: str = "") -> None:
        """Run one of PostgreSQL's programs as the owner, or raise NotStarted with what it said."""
        environment = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
        environment |= {"HOME": str(self.directory), "LC_ALL": "C", "PGDATA": str(self.directory / "data")}
        done = subprocess.run(
            [self.programs / program, *arguments],
            cwd=self.directory,
            env=environment,
            user=self.owner and self.owner.pw_uid,
            group=self.owner and self.owner.pw_gid,
            extra_groups=[] if self.owner else None,
            input=standard_input,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode:
            raise NotStarted(f"PostgreSQL's {program} failed.\n{done.stdout.strip()}".strip())


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold signals back for a moment: a killed initdb would leave a child that goes on writing."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Turn the first signal into an exception, and let no second one disturb the cleaning up."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(number)


def _end(process: subprocess.Popen[bytes], number: int) -> None:
    """End the command: at a Ctrl-C the terminal has told it already, any other signal is passed on."""
    if number != signal.SIGINT:
        process.terminate()
    for insist in (process.terminate, process.kill):
        try:
            process.wait(PATIENCE)
            return
        except subprocess.TimeoutExpired:
            insist()
    process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
