"""One person's browser: the pages they open, and everything that the browser complained about meanwhile."""

from contextlib import suppress
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, Response, StorageState, WebError, expect

from tests.cast import PASSWORD

WIDE, NARROW = 1280, 390
HEIGHT = 900
PATIENCE = 15_000  # Milliseconds; a signature takes a password hash, and the machine may be busy.
#: Chromium says so itself where a policy blocks something; this adds what a report-only policy would have blocked.
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`${event.violatedDirective} of the CSP refused ${event.blockedURI}, line ${event.lineNumber}`));
"""


def sign(page: Page, outcome: str, *, comment: str = "", password: str = "") -> None:
    """Fill in the decision with the mouse, with a yes to every question, and send it."""
    form = page.locator("form").filter(has=page.get_by_role("button", name="Sign and send"))
    for question in form.get_by_role("radio", name="Yes", exact=True).all():
        question.check()
    form.get_by_role("radio", name=outcome).check()
    form.get_by_role("textbox", name="Comment:", exact=True).fill(comment)
    form.get_by_label("Your password").fill(password)
    form.get_by_role("button", name="Sign and send").click()


class Desk:
    """`bypass_csp` switches the page's policy off, so that a test can put a script of its own in it."""

    def __init__(self, browser: Browser, url: str, *, login: StorageState | None, bypass_csp: bool) -> None:
        self.url = url
        self.context = browser.new_context(
            base_url=url, storage_state=login, bypass_csp=bypass_csp, viewport={"width": WIDE, "height": HEIGHT}
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.add_init_script(REPORT_VIOLATIONS)
        self.context.on("console", self._hear_console)
        self.context.on("weberror", self._hear_error)
        self.context.on("request", self._hear_request)
        self.context.on("response", self._hear_response)
        self._complaints: list[str] = []
        self._expected: set[tuple[str, int]] = set()

    @property
    def page(self) -> Page:
        """The page on the screen."""
        return self.context.pages[0] if self.context.pages else self.context.new_page()

    def open(self, path: str, *, status: int = 200) -> Page:
        """Open a path, which must answer with `status`."""
        self._expected.add((self.url + path, status))
        response = self.page.goto(path)
        assert response is not None
        assert response.status == status, f"{path} answers {response.status}"
        return self.page

    def log_in(self, person: str) -> StorageState:
        """Log in through the form, and return the cookies."""
        page = self.open("/admin/login/?next=/admin/")
        page.get_by_label("Username").fill(person)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Editorial desk")).to_be_visible()
        return self.context.storage_state()

    def api(self, path: str) -> Any:
        """Ask the API, as a frontend does, and return its JSON."""
        response = self.context.request.get(path)
        assert response.ok, f"{path} answers {response.status}: {response.text()}"
        return response.json()

    def clear(self) -> list[str]:
        """Close the pages, and return what was complained about since the last time."""
        for page in self.context.pages:
            with suppress(Error):  # A test that failed may have left it half-way.
                page.evaluate("0")  # What the page said before arrives before this answer.
            page.close()
        complaints, self._complaints = self._complaints, []
        self._expected.clear()
        return complaints

    def _hear_console(self, message: ConsoleMessage) -> None:
        is_status = "the server responded with a status of" in message.text  # _hear_response knows which are meant.
        if message.type in {"error", "warning"} and not is_status:
            self._complain(f"{message.location['url']}: {message.text}")

    def _hear_error(self, error: WebError) -> None:
        self._complain(f"{error.page.url if error.page else ''}: uncaught {error.error}")

    def _hear_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:", "blob:")):
            self._complain(f"asked another site: {request.url}")

    def _hear_response(self, response: Response) -> None:
        if response.status >= 400 and (response.url, response.status) not in self._expected:
            self._complain(f"{response.request.method} {response.url} answers {response.status}")

    def _complain(self, words: str) -> None:
        self._complaints.append("  " + words.replace(self.url, ""))
