"""The pages that people see, each with who sees it. The names in braces are those of stage.library."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.e2e.desk import Desk, sign


def ask_for_changes_without_a_reason(page: Page) -> None:
    sign(page, "Request changes")
    expect(page.get_by_text("Say what has to change, so that the authors can act on it.").first).to_be_visible()


def as_it_opens(page: Page) -> None:
    """Leave the page as it is."""


@dataclass(frozen=True)
class Sight:
    name: str
    person: str
    path: str
    status: int = 200
    then: Callable[[Page], None] = as_it_opens

    def open(self, desk: Desk, library: dict[str, str]) -> Page:
        page = desk.open(self.path.format_map(library), status=self.status)
        self.then(page)
        return page


SIGHTS = [
    Sight("login", "", "/admin/login/"),
    Sight("index-of-an-editor", "ada", "/admin/"),
    Sight("index-of-a-reviewer", "ben", "/admin/"),
    Sight("my-reviews", "ben", "/admin/reviews/edition/mine/"),
    Sight("my-settings", "ben", "/admin/reviews/reviewersettings/"),
    Sight("articles", "ada", "/admin/articles/article/"),
    Sight("article", "ada", "{article}"),
    Sight("new-article", "ada", "/admin/articles/article/add/"),
    Sight("submit", "ada", "{complete}"),
    Sight("submit-with-gaps", "ada", "{incomplete}"),
    Sight("submit-in-review", "ada", "{in_review}"),
    Sight("editions", "ben", "/admin/reviews/edition/"),
    Sight("edition", "ben", "{reading}"),
    Sight("edition-changes", "ben", "{reading}?since=live"),
    Sight("edition-refused-decision", "ben", "{reading}", then=ask_for_changes_without_a_reason),
    Sight("edition-of-ones-own", "ada", "{reading}"),
    Sight("edition-published", "pam", "{published}"),
    Sight("edition-reviewers", "ada", "{reviewers}"),
    Sight("edition-restore", "ada", "{restore}"),
    Sight("decisions", "ann", "/admin/reviews/decision/"),
    Sight("events", "ann", "/admin/reviews/event/"),
    Sight("policies", "max", "/admin/reviews/reviewpolicy/"),
    Sight("publish", "pam", "{publish}"),
    Sight("withdraw", "max", "{withdraw}"),
    Sight("schedule", "pam", "{schedule}"),
    Sight("extend", "max", "{extend}"),
    Sight("move", "pam", "{move}"),
    Sight("answer-an-alert", "max", "{alert}"),
    Sight("withdraw-a-source", "max", "{source}"),
    Sight("take-a-viewpoint-back", "ada", "{viewpoint}"),
    Sight("endorse-an-emergency", "bea", "{endorse}"),
    Sight("publication-desk", "max", "/admin/publishing/publication/desk/"),
    Sight("article-that-is-public", "ada", "{public_draft}"),
    Sight("article-with-notices", "", "{noticed}"),
    Sight("home", "", "/"),
    Sight("topics", "", "/en/topics/"),
    Sight("topics-by-letter", "", "/en/topics/?letter=M"),
    Sight("topic", "", "{topic}"),
    Sight("contributor", "", "{contributor}"),
    Sight("search", "", "/en/search/?q=muscle"),
    Sight("search-misspelt", "", "/en/search/?q=muscl+twiching"),
    Sight("search-without-a-hit", "", "/en/search/?q=xylophone"),
    Sight("public-article", "", "{live}"),
    Sight("public-article-in-arabic", "", "{arabic}"),
    Sight("changes", "", "{corrected}editions/2/changes/"),
    Sight("corrected-article", "", "{corrected}"),
    Sight("how-we-review", "", "/en/how-we-review/"),
    Sight("corrections", "", "/en/corrections/"),
    Sight("address-that-is-not-right", "", "/en/topics/?x=1", status=400),
    Sight("certificate", "", "{live}editions/1/certificate/"),
    Sight("withdrawn-article", "", "{gone}", status=410),
    Sight("no-such-page", "", "/en/articles/never-written/", status=404),
]
