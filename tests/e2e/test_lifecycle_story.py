"""The published life clicked through: scheduled, questioned, answered, suspended and ratified."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.cast import PASSWORD


def test_an_article_is_scheduled_questioned_answered_and_suspended(desk, server):
    scene = server.stage("approved")
    desk().open(scene["public"], status=404)

    page = desk("pam").open(scene["edition"])
    page.get_by_role("link", name="Schedule", exact=True).click()
    page.get_by_label("When", exact=False).first.fill(
        (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    )
    page.get_by_label("Time zone").select_option("UTC")
    page.get_by_role("button", name="Schedule").click()
    expect(page.locator(".messagelist")).to_contain_text("becomes public on")
    page = desk("pam").open("/admin/publishing/publication/desk/")
    expect(page.get_by_role("link", name=scene["title"]).first).to_be_visible()

    assert server.stage("two-days-later")["published"] == "1"
    page = desk().open(scene["public"])
    expect(page.get_by_role("heading", level=1, name=scene["title"])).to_be_visible()

    page = desk("max").open(scene["edition"])
    page.get_by_role("link", name="Withdraw", exact=True).click()
    page.get_by_label("What happens to the page").select_option("concern")
    page.get_by_label("Why").fill("A letter came in.")
    page.get_by_label("What readers are told").fill("We are checking the dose on this page.")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator(".messagelist")).to_contain_text("Readers see your notice")
    page = desk().open(f"{scene['public']}?")
    page.reload()  # A browser may keep the pages of the site for a minute.
    expect(page.get_by_text("We are checking the dose on this page.")).to_be_visible()

    page = desk("max").open(scene["edition"])
    page.get_by_role("link", name="Answer it").click()
    expect(page.get_by_text("I have looked into what was raised")).to_be_visible()
    page.get_by_label("Why").fill("The dose is right.")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign and answer").click()
    expect(page.locator(".messagelist")).to_contain_text("its notice gone")

    page.get_by_role("link", name="Withdraw", exact=True).click()
    page.get_by_label("What happens to the page").select_option("suspended")
    page.get_by_label("Why").fill("The dose was wrong after all.")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator(".messagelist")).to_contain_text("No public address shows it any more")
    page = desk("lia").open("/admin/publishing/publication/desk/")
    row = page.get_by_role("listitem").filter(has_text=scene["title"])
    row.get_by_role("link", name="Ratify").click()
    page.get_by_label("Why").fill("It was.")
    page.get_by_role("button", name="Ratify").click()
    expect(page.locator(".messagelist")).to_contain_text("The suspension is ratified")

    page = desk().open(f"{scene['public']}?gone", status=410)
    expect(page.get_by_text(scene["title"])).to_have_count(0)
    expect(page.get_by_text("The dose was wrong after all.")).to_be_visible()
