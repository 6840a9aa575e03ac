"""Everybody can use every page, as far as a machine can tell."""

import pytest

from tests.e2e.accessibility import assert_accessible
from tests.e2e.pages import SIGHTS


@pytest.mark.parametrize("sight", SIGHTS, ids=lambda sight: sight.name)
def test_a_page_meets_wcag_2_2_aa(desk, library, sight):
    assert_accessible(sight.open(desk(sight.person, bypass_csp=True), library))


def test_a_page_that_nobody_can_read_is_found_out(desk):
    page = desk(bypass_csp=True).open("/")
    page.evaluate("document.querySelector('main').innerHTML = '<p id=faint>Faint</p><input><a href=/></a>'")
    page.add_style_tag(content="#faint { color: #888; background: #999 }")
    with pytest.raises(AssertionError) as refusal:
        assert_accessible(page)
    for rule in ("color-contrast", "label", "link-name"):
        assert f"] {rule} (" in str(refusal.value)
