"""WCAG as far as a machine can tell: axe-core, run in a page whose CSP is switched off for it."""

from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.desk import HEIGHT, NARROW, WIDE

#: WCAG 2.2, levels A and AA. axe has no rule of level A that is new in 2.2.
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPTIONS = {
    "runOnly": {"type": "tag", "values": STANDARD},
    "rules": {"target-size": {"enabled": True}},  # axe leaves it off.
    "resultTypes": ["violations"],
}
RUN = "(options) => axe.run(document, options).then(({violations}) => violations)"
LOOKS: list[tuple[int, Literal["light", "dark"]]] = [(WIDE, "light"), (NARROW, "light"), (WIDE, "dark")]
#: Colours fade into each other when the scheme changes.
AT_REST = """
() => new Promise(requestAnimationFrame)
  .then(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished)))
"""
SHOWN = 5  # Places of one violation; the others are counted.


def assert_accessible(page: Page) -> None:
    """Fail with what axe finds in the page at either width and in either colour scheme."""
    found: dict[str, list[str]] = {}
    page.evaluate(Axe().axe_script)
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.emulate_media(color_scheme=scheme)
        page.evaluate(AT_REST)
        for violation in page.evaluate(RUN, OPTIONS):
            found.setdefault(told(violation), []).append(f"{width} px {scheme}")
    assert not found, "\n".join(
        [f"axe found on {page.url}:", *(f"[{', '.join(looks)}] {violation}" for violation, looks in found.items())]
    )


def told(violation: dict[str, Any]) -> str:
    """Return one violation as a person reads it: the rule, then each place with what to do."""
    lines = [f"{violation['id']} ({violation['impact']}): {violation['help']}. {violation['helpUrl']}"]
    nodes = violation["nodes"]
    for node in nodes[:SHOWN]:
        selector = " ".join(part if isinstance(part, str) else " ".join(part) for part in node["target"])
        advice = [line.strip() for line in node["failureSummary"].splitlines()[1:]]
        lines += [f"    {selector}", f"        {node['html'][:160]}", f"        {'; '.join(advice)}"]
    if len(nodes) > SHOWN:
        lines.append(f"    and {len(nodes) - SHOWN} more places")
    return "\n".join(lines)
