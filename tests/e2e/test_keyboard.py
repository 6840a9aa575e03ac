"""Everything can be done with the keyboard alone: no mouse, and no focus that a script has set."""

import pytest
from playwright.sync_api import Page, expect

from tests.cast import PASSWORD
from tests.e2e.keyboard import comes_by, follow, tab_to, walk_through
from tests.e2e.pages import SIGHTS


def test_a_reviewer_finds_reads_and_signs_an_edition(desk, server):
    scene = server.stage("waiting")
    page = desk("ben").open("/admin/")

    tab_to(page, scene["title"])
    follow(page)
    expect(page.get_by_role("heading", name=scene["title"]).first).to_be_visible()

    the_end = page.get_by_role("heading", name="Sources")
    expect(the_end).not_to_be_in_viewport()
    page.keyboard.press("End")
    expect(the_end).to_be_in_viewport()

    decide(page, comment="The doses are right.", password="not my password")
    expect(page.get_by_text("The password is not right").first).to_be_in_viewport()
    assert comes_by(page, "The password is not right")

    tab_to(page, "Approve")
    expect(page.get_by_role("radio", name="Approve")).to_be_checked()
    tab_to(page, "Comment:")
    expect(page.get_by_role("textbox", name="Comment:", exact=True)).to_have_value("The doses are right.")
    tab_to(page, "Your password")
    page.keyboard.type(PASSWORD)
    tab_to(page, "Sign and send")
    follow(page)
    expect(page.locator(".messagelist").get_by_text("Signed")).to_be_in_viewport()

    page = desk("ben").open("/admin/")
    expect(page.get_by_role("link", name=scene["title"])).to_have_count(0)


def decide(page: Page, *, comment: str, password: str) -> None:
    for _ in range(page.get_by_role("radio", name="Yes", exact=True).count()):
        tab_to(page, "Yes")
        page.keyboard.press("Space")
    tab_to(page, "Approve")
    page.keyboard.press("Space")
    tab_to(page, "Comment:")
    page.keyboard.type(comment)
    tab_to(page, "Your password")
    page.keyboard.type(password)
    follow(page)


@pytest.mark.parametrize("sight", SIGHTS, ids=lambda sight: sight.name)
def test_tab_comes_to_every_control_of_a_page_and_out_of_it(desk, library, sight):
    stops = walk_through(sight.open(desk(sight.person), library))
    assert all(stop.name for stop in stops), [stop.html for stop in stops if not stop.name]


UPSIDE_DOWN = "document.querySelector('.speakers ul').style = 'display: flex; flex-flow: column-reverse'"
BROKEN = {
    "its focus does not show": "document.querySelectorAll('a').forEach((link) => { link.style.outline = 'none' })",
    "it is off the screen": "document.querySelector('main a').style = 'position: fixed; left: -99px; width: 9px'",
    "its tabindex forces an order": "document.querySelector('footer a').tabIndex = 1",
    "it stands above the last stop": UPSIDE_DOWN,
    "Tab is caught": "document.querySelector('main a').addEventListener('blur', (event) => event.target.focus())",
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_page_that_fails_people_with_a_keyboard_is_found_out(desk, library, fault):
    page = desk(bypass_csp=True).open(library["live"])
    page.evaluate(BROKEN[fault])
    with pytest.raises((AssertionError, pytest.fail.Exception), match=fault):
        walk_through(page)
