"""The product clicked through with the mouse: a draft is submitted, returned, changed, approved and published."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.cast import PASSWORD
from tests.e2e.desk import Desk, sign

REASON = "Please say how long the twitching may last."
ANSWER = "An eyelid that flutters for some days is harmless."


WORDS = "Drink less coffee."


def select(page: Page, words: Locator) -> None:
    """Drag the mouse over a line of text."""
    words.scroll_into_view_if_needed()
    box = words.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 1, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, middle, steps=8)
    page.mouse.up()


class Story:
    """Each method is one step, by one person, at their own desk."""

    def __init__(self, desk: Callable[..., Desk], scene: dict[str, str]) -> None:
        self.desk = desk
        self.scene = scene

    def ada_submits(self, note: str) -> None:
        page = self.desk("ada").open(self.scene["article"])
        page.get_by_role("link", name="Submit for review").click()
        expect(page.get_by_text("Nothing is missing")).to_be_visible()
        page.get_by_label("What changed").fill(note)
        page.get_by_role("button", name="Submit for review").click()
        expect(page.get_by_text("is in review.")).to_be_visible()

    def ada_changes_the_draft(self) -> None:
        page = self.desk("ada").open(self.scene["article"])
        page.get_by_role("link", name="was returned").click()
        expect(page.get_by_text(REASON).first).to_be_visible()
        page.get_by_role("link", name="Open the draft").click()
        page.get_by_label("Summary").fill(ANSWER)
        page.get_by_label("Reason").fill("As ben asked")
        page.get_by_role("button", name="Save and continue editing").click()
        expect(page.get_by_text("was changed successfully")).to_be_visible()

    def opens_from_the_queue(self, person: str) -> Page:
        page = self.desk(person).open("/admin/")
        page.get_by_role("link", name=self.scene["title"]).click()
        expect(page.get_by_role("heading", name=self.scene["title"]).first).to_be_visible()
        return page

    def comments_on_selected_words(self, person: str) -> None:
        page = self.opens_from_the_queue(person)
        select(page, page.get_by_role("listitem").filter(has_text=WORDS).first)
        page.get_by_role("button", name="Comment on the selected words").click()
        form = page.locator("#new-comment")
        expect(form.get_by_label("The words you mean")).to_have_value(WORDS)
        form.get_by_label("Your comment").fill("How much less?")
        form.get_by_label("How much it matters").select_option("blocking")
        form.get_by_role("button", name="Add this comment").click()
        expect(page.locator("mark", has_text=WORDS)).to_be_visible()
        expect(page.get_by_text("1 blocking comment open")).to_be_visible()

    def nobody_approves_while_a_comment_blocks(self, person: str) -> None:
        page = self.opens_from_the_queue(person)
        sign(page, "Approve", password=PASSWORD)
        expect(page.get_by_text("blocking comment is open").first).to_be_visible()

    def settles_the_comment(self, person: str) -> None:
        page = self.desk(person).open("/admin/")
        page.get_by_role("link", name="blocking comments to settle").click()
        page.get_by_role("link", name=self.scene["title"]).first.click()
        expect(page.get_by_text("said of edition 1")).to_be_visible()
        page.get_by_text("Settle", exact=True).click()
        page.get_by_label("What was done about it").fill("Said in the summary.")
        page.get_by_role("button", name="Settle this comment").click()
        expect(page.get_by_text("The comment is settled.")).to_be_visible()

    def asks_for_changes(self, person: str) -> None:
        page = self.opens_from_the_queue(person)
        sign(page, "Request changes", comment=REASON)
        expect(page.locator(".messagelist")).to_contain_text("Signed")

    def reads_the_changes(self, person: str) -> None:
        page = self.opens_from_the_queue(person)
        page.get_by_role("link", name="Changes since edition 1, which you decided on").click()
        expect(page.locator("ins", has_text="flutters for some days")).to_be_visible()
        expect(page.locator("del", has_text="twitches under the skin")).to_be_visible()
        expect(page.get_by_text("Most twitches pass by themselves.")).to_have_count(0)

    def approves(self, person: str) -> None:
        page = self.opens_from_the_queue(person)
        sign(page, "Approve", password=PASSWORD)
        expect(page.locator(".messagelist")).to_contain_text("Signed")

    def is_refused_with_a_wrong_password(self, person: str) -> None:
        page = self.opens_from_the_queue(person)
        sign(page, "Approve", comment="All is well now.", password="not my password")
        expect(page.get_by_text("The password is not right.").first).to_be_visible()
        expect(page.get_by_role("radio", name="Approve")).to_be_checked()
        expect(page.get_by_role("textbox", name="Comment:", exact=True)).to_have_value("All is well now.")
        expect(page.get_by_label("Your password")).to_have_value("")

    def pam_publishes(self) -> None:
        page = self.desk("pam").open("/admin/")
        page.get_by_role("link", name="Editions", exact=True).first.click()
        page.get_by_role("link", name=self.scene["title"]).first.click()
        page.get_by_role("link", name="Publish", exact=True).click()
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_text("Edition 2 is public.")).to_be_visible()

    def readers_see_nothing(self) -> None:
        page = self.desk().open(self.scene["public"], status=404)
        expect(page.get_by_text(self.scene["title"])).to_have_count(0)

    def readers_find_it(self) -> None:
        page = self.desk().open("/")
        page.reload()  # A browser may keep the pages of the site for some minutes.
        page.get_by_role("link", name=self.scene["title"]).click()
        expect(page.get_by_role("heading", level=1, name=self.scene["title"])).to_be_visible()
        expect(page.get_by_text(ANSWER)).to_be_visible()
        expect(page.get_by_text("Medically reviewed by Dr Ben and Dr Bea").first).to_be_visible()
        document = self.desk().api(f"/api/v1/articles/{self.scene['id']}/")
        assert document["content"]["summary"] == ANSWER
        assert document["edition"]["number"] == 2


@pytest.fixture
def story(desk, server) -> Story:
    return Story(desk, server.stage("draft"))


def test_a_draft_is_returned_changed_approved_and_published(story):
    story.ada_submits("The first edition")
    story.approves("cyd")
    story.comments_on_selected_words("ben")
    story.asks_for_changes("ben")

    story.ada_changes_the_draft()
    story.ada_submits("Says how long it may last")
    story.nobody_approves_while_a_comment_blocks("cyd")
    story.settles_the_comment("ben")
    story.reads_the_changes("cyd")
    story.approves("cyd")
    story.reads_the_changes("ben")
    story.is_refused_with_a_wrong_password("ben")
    story.approves("ben")
    story.readers_see_nothing()
    story.approves("bea")

    story.pam_publishes()
    story.readers_find_it()


def test_an_editor_picks_a_topic_by_a_few_letters(desk, library):
    page = desk("ada").open("/admin/articles/article/add/")
    page.locator(".field-topic").get_by_role("combobox").click()
    page.get_by_role("searchbox").last.fill("twitching")
    page.get_by_role("option", name="Muscle twitching").first.click()
    expect(page.locator(".field-topic").get_by_role("textbox")).to_contain_text("Muscle twitching")
