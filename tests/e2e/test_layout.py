"""No page is wider than the screen. With SCREENSHOTS=1 (`make screenshots`) each is kept in var/screenshots."""

import os
from pathlib import Path

import pytest

from tests.e2e.desk import HEIGHT, NARROW, WIDE
from tests.e2e.pages import SIGHTS

SCREENSHOTS = Path(__file__).parent.parent.parent / "var" / "screenshots"
NARROWEST = 320  # CSS pixels: WCAG 2.2, 1.4.10, reflow


@pytest.mark.parametrize("sight", SIGHTS, ids=lambda sight: sight.name)
def test_a_page_needs_no_scrolling_sideways(desk, library, sight):
    page = sight.open(desk(sight.person), library)
    too_wide = {}
    for width in (WIDE, NARROW, NARROWEST):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        if os.environ.get("SCREENSHOTS") == "1" and width != NARROWEST:
            page.screenshot(path=SCREENSHOTS / f"{sight.name}-{width}.png", full_page=True)
        needed = page.evaluate("document.scrollingElement.scrollWidth")
        if needed > width:
            too_wide[width] = needed
    assert not too_wide, f"pixels of the screen: pixels needed: {too_wide}"
