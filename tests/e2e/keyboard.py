"""A person with a keyboard and nothing else. At every stop the focus must show, on the screen and in reading order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page

LIMIT = 250  # Presses of Tab; no page has that many stops.

#: What each element looks like without the focus, to compare with; then what there is to say about a stop.
WATCH = """
() => {
  const BORDERS = ["Top", "Right", "Bottom", "Left"].flatMap((side) => [`border${side}Width`, `border${side}Color`]);
  const STYLES = [...BORDERS, "backgroundColor", "boxShadow", "textDecorationLine"];
  const looks = (element) => STYLES.map((name) => getComputedStyle(element)[name]).join();
  const rest = new Map([...document.querySelectorAll("*")].map((element) => [element, looks(element)]));
  const isOutlined = ({outlineStyle, outlineWidth, outlineColor}) =>
    outlineStyle !== "none" && parseFloat(outlineWidth) > 0 && !/, 0\\)$/.test(outlineColor);
  // A field within a frame may leave it to the frame to show the focus.
  const around = (element, levels = 5) =>
    levels && element ? [element, ...around(element.parentElement, levels - 1)] : [];
  const hasChanged = (element) => rest.has(element) && looks(element) !== rest.get(element);
  const isOnScreen = ({left, top, right, bottom}) =>
    right > Math.max(left, 0) && bottom > Math.max(top, 0) && left < innerWidth && top < innerHeight;
  // The page may still be scrolling to the focus: look again at each frame, for half a second at most.
  const scrolledTo = async (element) => {
    for (let frame = 0; frame < 30 && !isOnScreen(element.getBoundingClientRect()); frame++)
      await new Promise(requestAnimationFrame);
  };
  const region = (element) => element.closest("nav, aside, header, footer, form, section, table, main, body");
  const isControl = (element) => element.tabIndex >= 0 && !element.disabled && element.type !== "hidden"
    && element.checkVisibility({visibilityProperty: true});
  const controls = () =>
    [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter(isControl);
  const seen = new Set(), first = controls()[0];
  let last = null;

  const faultsOf = (element) => {
    const faults = [], box = element.getBoundingClientRect();
    const shows = isOutlined(getComputedStyle(element)) || around(element).some(hasChanged);
    if (!shows) faults.push("its focus does not show");
    if (!isOnScreen(box)) faults.push("it is off the screen");
    if (element.tabIndex > 0) faults.push("its tabindex forces an order");
    if (!last || element === first) return faults;
    if (last.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_PRECEDING)
      faults.push("it stands before the last stop in the page");
    else if (region(last) === region(element) && box.bottom < last.getBoundingClientRect().top)
      faults.push("it stands above the last stop on the screen");
    return faults;
  };
  window.focusedStop = async () => {
    const element = document.activeElement;
    const isNowhere = !element || element === document.body;
    if (element === last && /^(date|time|datetime-local|month|week)$/.test(element.type)) return {isWithin: true};
    if (!isNowhere) await scrolledTo(element);
    const stop = isNowhere ? {} : {
      html: element.cloneNode(false).outerHTML, text: element.innerText, faults: faultsOf(element),
      isFirst: element === [...seen][0], isAgain: seen.has(element),
    };
    last = isNowhere ? null : element;
    if (!isNowhere) seen.add(element);
    return stop;
  };
  window.forgetStops = () => { seen.clear(); last = null; };
  window.controlsLeftOut = () => {
    const groups = new Set([...seen].filter((element) => element.type === "radio").map((element) => element.name));
    return controls()
      .filter((element) => !seen.has(element) && !(element.type === "radio" && groups.has(element.name)))
      .map((element) => element.cloneNode(false).outerHTML);
  };
}
"""


@dataclass(frozen=True)
class Stop:
    """Where Tab stops, in the words that assistive technology gets."""

    role: str
    name: str
    description: str
    text: str
    html: str
    faults: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join([f"{self.role} “{self.name}”", *self.faults])


class Tabbing:
    """Presses of Tab in one page, as long as they come to something new."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.stops: list[Stop] = []
        self._session = page.context.new_cdp_session(page)
        if page.evaluate("typeof focusedStop === 'undefined'"):
            page.evaluate(WATCH)
        page.evaluate("forgetStops()")

    def __iter__(self) -> Iterator[Stop]:
        for _ in range(LIMIT):
            self.page.keyboard.press("Tab")
            seen = self.page.evaluate("focusedStop()")
            if seen.get("isFirst"):
                return
            if seen.get("isAgain"):
                pytest.fail(f"Tab is caught on {self.page.url}, at {self._stop(seen)}. It stopped at:\n{self}")
            if seen and not seen.get("isWithin"):  # else Tab has left the page, and goes on from its top
                self.stops.append(self._stop(seen))
                yield self.stops[-1]
        pytest.fail(f"Tab does not come round on {self.page.url}. It stopped at:\n{self}")

    def here(self) -> Stop | None:
        """Return where the focus is before Tab is pressed, if it is anywhere."""
        seen = self.page.evaluate("focusedStop()")
        self.page.evaluate("forgetStops()")
        return self._stop(seen) if seen else None

    def must_be_faultless(self) -> None:
        faulty = [f"  {stop}\n      {stop.html[:200]}" for stop in self.stops if stop.faults]
        assert not faulty, "\n".join([f"Tab on {self.page.url}:", *faulty])

    def __str__(self) -> str:
        return "\n".join(f"  {stop}" for stop in self.stops)

    def _stop(self, seen: dict[str, Any]) -> Stop:
        found = self._session.send("Runtime.evaluate", {"expression": "document.activeElement"})
        node = {"objectId": found["result"]["objectId"], "fetchRelatives": False}
        told = self._session.send("Accessibility.getPartialAXTree", node)["nodes"][0]
        role, name, description = (told.get(key, {}).get("value", "") for key in ("role", "name", "description"))
        return Stop(role, name, description, seen["text"], seen["html"], tuple(seen["faults"]))


def tab_to(page: Page, name: str, roles: tuple[str, ...] = ()) -> Stop:
    """Press Tab until the stop whose accessible name begins with `name`, of one of these roles, and return it."""
    tabbing = Tabbing(page)
    for stop in tabbing:
        if stop.name.startswith(name) and (not roles or stop.role in roles):
            tabbing.must_be_faultless()
            return stop
    return pytest.fail(f"Tab does not come to “{name}” on {page.url}. It stopped at:\n{tabbing}")


def follow(page: Page) -> None:
    """Press Enter, which opens another page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def walk_through(page: Page) -> list[Stop]:
    """Press Tab until it comes round, and return the stops; every control of the page must be among them."""
    tabbing = Tabbing(page)
    stops = list(tabbing)
    tabbing.must_be_faultless()
    left_out = page.evaluate("controlsLeftOut()")
    assert not left_out, "\n".join([f"Tab leaves out on {page.url}:", *left_out])
    return stops


def comes_by(page: Page, words: str) -> bool:
    """Whether the focus is at the words, or Tab comes to them or to something that they describe."""
    tabbing = Tabbing(page)
    here = tabbing.here()
    stops = [here, *tabbing] if here else [*tabbing]
    return any(words in f"{stop.description} {stop.text}" for stop in stops)
