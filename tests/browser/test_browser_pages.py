"""What holds for every page, in light and dark, wide and on a phone, in English and Japanese."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.browser.axe import violations
from tests.browser.conftest import WIDE, Visit
from tests.browser.english import is_english
from tests.browser.layout import FAULTS, misplaced
from tests.browser.people import ADMINISTRATOR, FIRST_OF_STATES
from tests.browser.places import IN_FRONT_OF_THE_DOOR, Place, behind_the_door
from tests.browser.served import Inline
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

PHONE: ViewportSize = {"width": 390, "height": 844}
LEAST_TARGET = 44
COLOURS = "color-contrast"

# What a finger has to hit; for a box or a radio button that is its label, if there is one. Rounding loses a half pixel.
SMALL_TARGETS = """least => {
    const links = "nav a, header a, aside a, form a, [role=alert] a, a.btn";
    const wanted = `${links}, button, summary, select, textarea, input:not([type=hidden])`;
    return [...document.querySelectorAll(wanted)].flatMap((control) => {
        const target = ["radio", "checkbox"].includes(control.type) ? (control.closest("label") ?? control) : control;
        const box = target.getBoundingClientRect();
        const seen = target.checkVisibility({ visibilityProperty: true }) && box.width > 0;
        if (!seen || Math.min(box.width, box.height) >= least - 0.5) return [];
        return [`${Math.round(box.width)} x ${Math.round(box.height)}: ${control.outerHTML.slice(0, 120)}`];
    });
}"""

# Every text that people read or hear, but for what is quoted: wire, codes, and texts that are marked as English.
TEXTS = """() => {
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const quoted = walker.currentNode.parentElement.closest("pre, template, script, .pd-mono, [lang=en]");
        if (!quoted) texts.push(walker.currentNode.textContent);
    }
    for (const name of ["aria-label", "title", "placeholder"]) {
        document.querySelectorAll(`[${name}]`).forEach((part) => texts.push(part.getAttribute(name)));
    }
    return [...new Set(texts.map((text) => text.trim()).filter(Boolean))];
}"""


@pytest.fixture(scope="package")
def states(stage: Stage) -> dict[str, int]:
    """An operation in each state that lasts."""
    states: dict[str, int] = stage.furnish("states")
    return states


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_holds_what_is_promised(visit: Visit, states: dict[str, int], language: str) -> None:
    # Without motion: colours are what they will be at once.
    browser = {"locale": language, "reduced_motion": "reduce"}
    outside, inside = visit(None, **browser), visit(ADMINISTRATOR, **browser)
    rounds = [(outside, IN_FRONT_OF_THE_DOOR), (inside, behind_the_door(states, FIRST_OF_STATES))]
    findings = [
        f"{place.name}: {finding}" for page, places in rounds for place in places for finding in look(page, place)
    ]
    assert not findings, "\n".join(findings)


def look(page: Page, place: Place) -> Iterator[str]:
    """Go to a place, look at it from all sides, and say what is wrong."""
    page.set_viewport_size(WIDE)
    answer = page.goto(place.path)
    assert answer
    yield from (f"inline: {found}" for found in Inline(answer.text()).found)
    place.prepare(page)
    language = page.locator("html").get_attribute("lang")
    if language == "ja":
        yield from (f"English: {text}" for text in page.evaluate(TEXTS) if is_english(text))
    if language == "en":
        # Names, roles and colours are the same in every language; what does not fit is not.
        yield from wcag(page, "wide", colours=True)
    page.set_viewport_size(PHONE)
    place.narrow(page)
    if language == "en":
        yield from wcag(page, "phone", colours=False)
    yield from (f"small target: {target}" for target in page.evaluate(SMALL_TARGETS, LEAST_TARGET))
    yield from misplaced(page)


def wcag(page: Page, form: str, *, colours: bool) -> Iterator[str]:
    """
    Ask axe.

    Args:
        form: of the page, for the message.
        colours: whether to look at them too, in light and dark. They take axe longest, are the same in every width,
            and are all that the theme changes.
    """
    yield from (f"{form}: {violation}" for violation in violations(page, without="" if colours else COLOURS))
    if colours:
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        yield from (f"{form}, dark: {violation}" for violation in violations(page, only=COLOURS))
        page.evaluate("document.documentElement.dataset.theme = 'light'")


def test_a_page_with_faults_would_be_found(visit: Visit) -> None:
    page = visit()
    answer = page.goto("/account/sign-in/")
    assert answer
    page.evaluate("document.documentElement.removeAttribute('lang')")
    page.evaluate("document.querySelector('h1').style.color = '#eee'")
    page.evaluate("document.querySelector('main button').style.minHeight = '1rem'")
    page.evaluate("document.querySelector('main button').style.height = '1rem'")
    assert {found.partition(":")[0] for found in violations(page)} >= {"html-has-lang", COLOURS}
    assert len(page.evaluate(SMALL_TARGETS, 17)) == 1
    page.evaluate("document.querySelector('main button').style.marginTop = '-3rem'")
    page.evaluate("document.querySelector('main form').style.cssText = 'overflow: hidden; height: 1rem'")
    assert {found.partition(":")[0] for found in page.evaluate(FAULTS)} == {"overlap", "cut off"}
    table = "<div class='table-responsive'><table><thead><tr><th>Group name</th></tr></thead></table></div>"
    page.evaluate("table => document.querySelector('main').insertAdjacentHTML('beforeend', table)", table)
    page.evaluate("document.querySelector('main th').style.cssText = 'max-width: 2rem; white-space: nowrap'")
    assert "runs into the next head" in {found.partition(":")[0] for found in page.evaluate(FAULTS)}
    page.evaluate("document.querySelector('main table').style.minWidth = '200vw'")
    assert "scrolls sideways" in {found.partition(":")[0] for found in page.evaluate(FAULTS)}
    page.evaluate("document.querySelector('main form').style.cssText = 'margin-left: 100vw'")
    assert any(found.startswith("off the screen") for found in page.evaluate(FAULTS))
    assert Inline("<p style='color: red' onclick='go()'><script>go()</script>").found == [
        "<p style>",
        "<p onclick>",
        "<script>",
    ]
    assert is_english("Company, domain, ID, e-mail, phone, request")
    assert is_english("1–25 of 60")
    assert not is_english("株式会社つばめ運輸, 60")
