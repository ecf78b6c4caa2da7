"""The page at `/`: what the sandbox is about at the moment, in words, for demonstrations."""

import json
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from typing import Any

from aiohttp import web

from .faults import EVERY_OPERATION, HANG, LATENCY, Fault
from .runtime import Sandbox

_EFFECTS_SHOWN = 20
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'",
    "Cache-Control": "no-store",
}


def add_page_routes(app: web.Application, sandbox: Sandbox) -> None:
    """Lay out the page and its stylesheet."""
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")

    async def show_page(_request: web.Request) -> web.Response:
        return web.Response(text=render(sandbox), content_type="text/html", charset="utf-8", headers=_HEADERS)

    async def show_style(_request: web.Request) -> web.Response:
        return web.Response(text=style, content_type="text/css", charset="utf-8")

    app.router.add_get("/", show_page)
    app.router.add_get("/page.css", show_style)


def render(sandbox: Sandbox) -> str:
    """Write the page."""
    clock, state = sandbox.clock, sandbox.state
    today = clock.today().isoformat()
    kind_of_day = "set by hand" if clock.set_by_hand else "follows the real day in Tokyo"
    limit = sandbox.limits.current
    limit_words = f"{limit.limit} calls of each operation in {limit.window} seconds" if limit.limit else "none"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Partner API sandbox</title>
<link rel="stylesheet" href="/page.css">
</head>
<body>
<main>
<h1>Partner API sandbox</h1>
<p>This server stands in for the LINE WORKS Partner API. Its customers are made up.</p>
<dl>
<dt>Business date</dt><dd><time datetime="{today}">{today}</time>, {kind_of_day}</dd>
<dt>Customers</dt><dd>{state.count("customers"):,}</dd>
<dt>Subscriptions</dt><dd>{state.count("subscriptions"):,}</dd>
<dt>Pre-orders</dt><dd>{state.count("pre_orders"):,}</dd>
<dt>Call limit</dt><dd>{limit_words}</dd>
</dl>
<h2>Faults in force</h2>
{_fault_list(sandbox.faults.in_force())}
<h2>Latest effects</h2>
<p>{state.count("effects"):,} in all.</p>
{_effect_table(state.last_effects(_EFFECTS_SHOWN))}
<h2>Calls since the start</h2>
{_call_table(sandbox.calls)}
</main>
</body>
</html>
"""


def _fault_list(faults: Iterable[Fault]) -> str:
    items = "".join(f"<li>{escape(describe(fault))}</li>" for fault in faults)
    return f"<ul>{items}</ul>" if items else "<p>None.</p>"


def describe(fault: Fault) -> str:
    """Put a fault into words."""
    where = "every operation" if fault.operation == EVERY_OPERATION else fault.operation
    if fault.left is None:
        how_often = "until withdrawn"
    else:
        how_often = "once more" if fault.left == 1 else f"{fault.left} times more"
    words = f"{fault.name} on {where}, {how_often}"
    if fault.probability < 1:
        words += f", with a chance of {fault.probability:.0%}"
    if fault.seconds is not None and fault.name in (LATENCY, HANG):
        words += f", for {fault.seconds:g} seconds"
    return words


def _effect_table(effects: list[dict[str, Any]]) -> str:
    if not effects:
        return "<p>Nothing has been changed yet.</p>"
    rows = "".join(
        f"<tr><td>{effect['id']}</td><td>{escape(effect['at'])}</td><td>{escape(effect['operation'])}</td>"
        f"<td>{effect['domainId']}</td>"
        f"<td><code>{escape(json.dumps(effect['what'], ensure_ascii=False))}</code></td></tr>"
        for effect in effects
    )
    return _table(("No.", "At (UTC)", "Operation", "Customer", "What"), rows)


def _call_table(calls: dict[str, int]) -> str:
    if not calls:
        return "<p>None.</p>"
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{count:,}</td></tr>" for name, count in sorted(calls.items()))
    return _table(("Operation", "Calls"), rows)


def _table(headings: tuple[str, ...], rows: str) -> str:
    cells = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table>"
