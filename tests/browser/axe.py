"""Looks at a page with axe-core, as package-lock.json names it."""

from functools import cache
from typing import Any

from playwright.sync_api import Page

from portal.dev.server.node import MODULES

# What WCAG 2.2 AA asks, and what axe's makers hold to be good practice beyond it.
_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def violations(page: Page, *, only: str = "", without: str = "") -> list[str]:
    """
    Return what is wrong with a page as it is now, a line for each element.

    Args:
        only: one rule of axe's; empty for all.
        without: one that is left out.
    """
    # Through the debugger and not as a script of the page: its policy would refuse that.
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())
    run = {"type": "rule", "values": [only]} if only else {"type": "tag", "values": list(_TAGS)}
    options: dict[str, Any] = {"runOnly": run, "resultTypes": ["violations"], "elementRef": False}
    if without:
        options["rules"] = {without: {"enabled": False}}
    answer: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{violation['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary'].splitlines()[1].strip()}"
        for violation in answer["violations"]
        for node in violation["nodes"]
    ]


@cache
def _source() -> str:
    path = MODULES / "axe-core" / "axe.min.js"
    assert path.is_file(), "axe-core is missing: run `make install` first"
    # An expression that gives nothing, since what evaluate() gives is brought over from the browser.
    return f"(() => {{ {path.read_text(encoding='utf-8')} }})()"
