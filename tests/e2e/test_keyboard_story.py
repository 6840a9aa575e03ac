"""The whole line with the keyboard alone: a draft is submitted, returned, changed, approved and published."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.cast import PASSWORD
from tests.e2e.desk import Desk
from tests.e2e.keyboard import follow, tab_to

REASON = "Please say how long the twitching may last."
ANSWER = "An eyelid that flutters for some days is harmless."
WORDS = "Drink less coffee."


class Line:
    """Each method is one step, by one person, at their own desk, with Tab, Enter, Space and letters."""

    def __init__(self, desk: Callable[..., Desk], scene: dict[str, str]) -> None:
        self.desk = desk
        self.title = scene["title"]
        self.public = scene["public"]

    def ada_submits(self, note: str) -> None:
        page = self.desk("ada").open("/admin/")
        go(page, "Articles")
        go(page, self.title)
        go(page, "Submit for review")
        write(page, "What changed", note)
        go(page, "Submit for review")
        told(page, "is in review.")

    def comments(self, person: str) -> None:
        page = self.opens_from_the_queue(person)
        unfold(page, "Comment on the text")
        write(page, "The words you mean", WORDS)
        write(page, "Your comment", "How much less?")
        write(page, "How much it matters", "Blocking")
        go(page, "Add this comment")
        expect(page.locator("mark", has_text=WORDS)).to_be_visible()
        expect(page.get_by_text("1 blocking comment open")).to_be_visible()

    def asks_for_changes(self, person: str) -> None:
        page = self.opens_from_the_queue(person)
        decide(page, "Request changes", comment=REASON)

    def ada_changes_the_draft(self) -> None:
        page = self.desk("ada").open("/admin/")
        go(page, "Articles")
        go(page, self.title)
        go(page, "was returned")
        expect(page.get_by_text(REASON).first).to_be_visible()
        go(page, "Open the draft")
        write(page, "Summary", ANSWER)
        write(page, "Reason", "As ben asked")
        go(page, "Save and continue editing")
        told(page, "was changed successfully")

    def settles_the_comment(self, person: str) -> None:
        page = self.desk(person).open("/admin/")
        tab_to(page, "1 blocking comment")
        follow(page)
        go(page, self.title)
        unfold(page, "Settle")
        write(page, "What was done about it", "Said in the summary.")
        go(page, "Settle this comment")
        told(page, "The comment is settled.")

    def reads_the_changes_and_approves(self, person: str) -> None:
        page = self.opens_from_the_queue(person)
        go(page, "Changes since edition 1, which you decided on")
        expect(page.locator("ins", has_text="flutters for some days")).to_be_visible()
        decide(page, "Approve", password=PASSWORD)

    def approves(self, person: str) -> None:
        decide(self.opens_from_the_queue(person), "Approve", password=PASSWORD)

    def opens_from_the_queue(self, person: str) -> Page:
        page = self.desk(person).open("/admin/")
        go(page, self.title)
        expect(page.get_by_role("heading", name=self.title).first).to_be_visible()
        return page

    def pam_publishes(self) -> None:
        page = self.desk("pam").open("/admin/")
        go(page, "Editions")
        go(page, self.title)
        go(page, "Publish")
        go(page, "Publish")
        told(page, "Edition 2 is public.")

    def readers_find_it(self) -> None:
        page = self.desk().open(self.public)
        expect(page.get_by_role("heading", level=1, name=self.title)).to_be_visible()
        expect(page.get_by_text(ANSWER)).to_be_visible()


def go(page: Page, name: str) -> None:
    """Press Tab until the focus is on this link or button, then Enter, which opens another page."""
    tab_to(page, name, roles=("link", "button"))
    follow(page)


def unfold(page: Page, name: str) -> None:
    tab_to(page, name)
    page.keyboard.press("Enter")


def write(page: Page, name: str, words: str) -> None:
    """Replace what stands in a field; in a list of choices, letters choose the entry that begins with them."""
    stop = tab_to(page, name, roles=("textbox", "combobox", "searchbox"))
    if stop.role == "textbox":
        page.keyboard.press("Control+A")
    page.keyboard.type(words)


def decide(page: Page, outcome: str, *, comment: str = "", password: str = "") -> None:
    for _ in range(page.get_by_role("radio", name="Yes", exact=True).count()):
        tab_to(page, "Yes")
        page.keyboard.press("Space")
    choose(page, outcome)
    write(page, "Comment:", comment)
    write(page, "Your password", password)
    follow(page)
    told(page, "Signed")


def choose(page: Page, outcome: str) -> None:
    """Tab comes to the first of a group of radio buttons; the arrows go on from there."""
    tab_to(page, "Approve", roles=("radio",))
    page.keyboard.press("Space")
    radio = page.get_by_role("radio", name=outcome, exact=True)
    for _ in range(5):
        if radio.is_checked():
            return
        page.keyboard.press("ArrowDown")
    pytest.fail(f"The arrows do not come to “{outcome}”.")


def told(page: Page, words: str) -> None:
    expect(page.locator(".messagelist").get_by_text(words)).to_be_visible()


def test_the_whole_line_needs_no_mouse(desk, server):
    line = Line(desk, server.stage("draft"))
    line.ada_submits("The first edition")
    line.approves("cyd")
    line.comments("ben")
    line.asks_for_changes("ben")

    line.ada_changes_the_draft()
    line.ada_submits("Says how long it may last")
    line.settles_the_comment("ben")
    line.reads_the_changes_and_approves("cyd")
    line.reads_the_changes_and_approves("ben")
    line.approves("bea")

    line.pam_publishes()
    line.readers_find_it()
