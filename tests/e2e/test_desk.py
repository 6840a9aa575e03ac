"""A desk hears whatever its browser complains about; the fixture asserts after each test that there was nothing."""

import pytest

INLINE_SCRIPT = """new Promise((refused) => {
  addEventListener("securitypolicyviolation", () => refused(), {once: true});
  document.body.append(Object.assign(document.createElement("script"), {textContent: "answer = 42"}));
})"""
COMPLAINTS = {
    "script-src-elem of the CSP refused inline": INLINE_SCRIPT,
    "GET /en/articles/never-written/ answers 404": "fetch('/en/articles/never-written/').then(() => null)",
    "uncaught I stumbled": "new Promise((go) => setTimeout(() => { go(); throw new Error('I stumbled') }))",
    "I am not well": "console.warn('I am not well')",
}


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_what_goes_wrong_in_a_page_is_heard(desk, complaint):
    reader = desk()
    reader.open("/").evaluate(f"() => {COMPLAINTS[complaint]}")
    assert complaint in "\n".join(reader.clear())


def test_a_page_that_asks_another_site_is_heard(desk):
    reader = desk(bypass_csp=True)
    page = reader.open("/")
    page.evaluate("() => fetch('https://example.org/').catch(() => null)")
    assert "asked another site: https://example.org/" in "\n".join(reader.clear())
