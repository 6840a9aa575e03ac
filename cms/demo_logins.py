"""Passwords of the demo's accounts, kept in a file that only its owner can read."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

#: Letters that are not taken for one another; three groups of four carry 51 bits.
LETTERS = "bcdfghjkmnpqrstvwxyz"

Login = dict[str, Any]


def ensure(path: Path, users: dict[str, Any], roles: dict[str, list[str]]) -> list[Login]:
    """Return the logins in the file at `path`; whoever is not in it gets a new password, and the file is written."""
    kept = {login["username"]: login for login in _read(path) if login["username"] in users}
    if not _fits(kept, users):
        kept = {}

    new = {name: user for name, user in users.items() if name not in kept or not user.has_usable_password()}
    for name, user in new.items():
        kept[name] = {"username": name, "password": _password(), "roles": roles[name]}
        user.set_password(kept[name]["password"])
        user.save(update_fields=["password"])

    logins = [kept[name] for name in users]
    if new:
        _write(path, logins)
    return logins


def _fits(kept: dict[str, Login], users: dict[str, Any]) -> bool:
    """Return whether any password of the file is one of this database: a file of another database is of no use."""
    return any(users[name].check_password(login["password"]) for name, login in kept.items())


def _password() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def _read(path: Path) -> list[Login]:
    try:
        return list(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return []


def _write(path: Path, logins: list[Login]) -> None:
    """Replace the file at once, readable by its owner alone from the first byte."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(logins, file, indent=2)
        file.write("\n")
    fresh.replace(path)
