"""A server, a browser, and a desk for each person. The browser is gone before another test talks to a database."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, StorageState, expect, sync_playwright

from tests.e2e.desk import PATIENCE, Desk
from tests.e2e.server import HOST, Server, serving

HERE = Path(__file__).parent
#: The browser finds this machine and no other.
SWITCHES = ["--no-proxy-server", f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HOST}"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this directory, and run them in one go: one browser serves them all."""
    for item in filter(is_here, items):
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.sqlite)
        item.add_marker(pytest.mark.allow_hosts([HOST]))
    items.sort(key=is_here, reverse=True)


def is_here(item: pytest.Item) -> bool:
    return item.path.is_relative_to(HERE)


@pytest.fixture(scope="session")
def program() -> str:
    """Where Chromium is."""
    found = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    if found:
        return found
    reason = "needs Chromium: `apt install chromium`, or name the program of a Chromium or Chrome in CHROMIUM"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def server(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The product with the cast in it."""
    with serving(tmp_path_factory.mktemp("server")) as running:
        running.stage("people")
        yield running


@pytest.fixture(scope="session")
def library(server: Server) -> dict[str, str]:
    """Addresses by name, see stage.library."""
    return server.stage("library")


@pytest.fixture(scope="session")
def logins() -> dict[str, StorageState]:
    """The cookies of everybody who has logged in."""
    return {}


@pytest.fixture(scope="package")
def chromium(program: str) -> Iterator[Browser]:
    """The browser. Its event loop sits in this thread, where Django then refuses queries: it goes with these tests."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def desks() -> dict[tuple[str, bool], Desk]:
    """The desks that were opened in this browser."""
    return {}


@pytest.fixture
def desk(
    chromium: Browser, server: Server, logins: dict[str, StorageState], desks: dict[tuple[str, bool], Desk]
) -> Iterator[Callable[..., Desk]]:
    """desk("ben") is ben's browser, desk() a reader's. In the end no page of any of them may have complained."""

    def open_desk(person: str = "", *, bypass_csp: bool = False) -> Desk:
        if (person, bypass_csp) not in desks:
            desks[person, bypass_csp] = Desk(chromium, server.url, login=logins.get(person), bypass_csp=bypass_csp)
        opened = desks[person, bypass_csp]
        if person and person not in logins:
            logins[person] = opened.log_in(person)
        return opened

    yield open_desk

    complaints = [complaint for one in desks.values() for complaint in one.clear()]
    assert not complaints, "\n".join(["The browser complained:", *complaints])
