"""The page at `/`: what the sandbox is about at the moment, in words, for demonstrations."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from html import escape
from importlib.resources import files
from typing import Any

from aiohttp import web

from . import overview
from .faults import EVERY_OPERATION, HANG, LATENCY, REFUSE_CONNECTION, TOO_MANY, Fault
from .limits import Limits, WindowKind
from .potentials import list_potentials
from .runtime import Sandbox
from .state import State

_EFFECTS_SHOWN = 20
_INVOICES_SHOWN = 12
_POTENTIALS_SHOWN = 30
_SHORT = 90  # characters of what an effect did
_NOTHING = "<p>None.</p>"
_WITH_SECONDS = frozenset({LATENCY, HANG, TOO_MANY, REFUSE_CONNECTION})
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
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
    state, today = sandbox.state, sandbox.today()
    sections = _sections(sandbox, today)
    kind_of_day = "set by hand" if sandbox.clock.set_by_hand else "follows the real day in Tokyo"
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
<dt>Business date</dt><dd>{_time(today)}, {kind_of_day}</dd>
<dt>Customers</dt><dd>{state.count("customers"):,}</dd>
<dt>Subscriptions</dt><dd>{state.count("subscriptions"):,}</dd>
<dt>Pre-orders</dt><dd>{state.count("pre_orders"):,}</dd>
<dt>Reservations</dt><dd>{state.count("reservations"):,}</dd>
<dt>Options in use</dt><dd>{state.count("options"):,}</dd>
<dt>Option orders</dt><dd>{state.count("option_orders"):,}</dd>
<dt>Invoices</dt><dd>{state.count("invoices"):,}</dd>
{_limit_items(sandbox.limits.current)}
</dl>
<nav aria-label="On this page">
{_list(_Html(f'<a href="#{_anchor(title)}">{title}</a>') for title in sections)}
</nav>
{"".join(f'<section id="{_anchor(title)}"><h2>{title}</h2>{body}</section>' for title, body in sections.items())}
</main>
</body>
</html>
"""


def _sections(sandbox: Sandbox, today: date) -> dict[str, str]:
    """Write the parts of the page by their headings."""
    state = sandbox.state
    return {
        "Faults in force": _list(map(describe, sandbox.faults_in_force())),
        f"What falls due in the next {overview.DAYS_AHEAD} days": _due(state, today),
        "Customers by status": _table(("Status", "Customers"), overview.customers_by_status(state)),
        "Subscriptions by product": _table(
            ("Product", "Plan", "Status", "Subscriptions"), overview.subscriptions_by_product(state), is_wide=True
        ),
        "Options by kind": _table(("Option", "Customers"), overview.options_in_use(state)),
        "Invoices": _table(("No.", "Month", "With taxes", "Payment"), _invoice_rows(state)),
        "Online Direct customers that could come over": _table(
            ("Domain", "Company", "Partner code", "Transfer"), _potential_rows(state), is_wide=True
        ),
        "Latest effects": f"<p>{state.count('effects'):,} in all.</p>"
        + _table(
            ("No.", "Business date", "At (UTC)", "Operation", "Customer", "What"), _effect_rows(state), is_wide=True
        ),
        "Calls since the start": _table(("Operation", "Calls"), sorted(sandbox.calls.items())),
    }


def describe(fault: Fault) -> str:
    """Put a fault into words."""
    where = "every operation" if fault.operation == EVERY_OPERATION else fault.operation
    if fault.name == REFUSE_CONNECTION:
        return f"{fault.name}, for {fault.seconds:g} seconds from now"
    if fault.left is None:
        how_often = "until withdrawn"
    else:
        how_often = "once more" if fault.left == 1 else f"{fault.left} times more"
    words = f"{fault.name} on {where}, {how_often}"
    if fault.domain_id is not None:
        words += f", of customer {fault.domain_id}"
    if fault.probability < 1:
        words += f", with a chance of {fault.probability:.0%}"
    if fault.seconds is not None and fault.name in _WITH_SECONDS:
        words += f", for {fault.seconds:g} seconds"
    return words


def _limit_items(limits: Limits) -> str:
    if limits.limit:
        window = "sliding" if limits.kind is WindowKind.SLIDING else "fixed"
        calls = f"{limits.limit} calls of each operation in {limits.window} seconds, in a {window} window"
    else:
        calls = "none"
    at_once = f"{limits.concurrent} calls" if limits.concurrent else "any number of calls"
    if limits.rival is None:
        rival = "none"
    else:
        of_what = "each operation" if limits.rival.operation == EVERY_OPERATION else limits.rival.operation
        rival = f"another application eats {limits.rival.share:.0%} of the calls of {of_what}"
    return (
        f"<dt>Call limit</dt><dd>{calls}</dd>"
        f"<dt>At the same time</dt><dd>{at_once}</dd>"
        f"<dt>Rival</dt><dd>{escape(rival)}</dd>"
    )


def _due(state: State, today: date) -> str:
    by_day = overview.due_by_day(state, today)
    if not by_day:
        return _NOTHING
    days = [(_Html(_time(day)), ", ".join(words)) for day, words in by_day.items()]
    named = [(item.day, item.words, item.domain_id, item.company_name) for item in overview.next_due(state, today)]
    return (
        _table(("Day", "What"), days)
        + "<h3>The next of these by name</h3>"
        + _table(("Day", "What", "Customer", "Company"), named, is_wide=True)
    )


def _invoice_rows(state: State) -> Iterable[tuple[object, ...]]:
    for invoice in overview.last_invoices(state, _INVOICES_SHOWN):
        yield invoice["number"], f"{invoice['year']}-{invoice['month']:02}", f"¥{invoice['total']:,}", invoice["status"]


def _potential_rows(state: State) -> Iterable[tuple[object, ...]]:
    for one in list_potentials(state)[:_POTENTIALS_SHOWN]:
        under_way = "under way" if one["isMoving"] else ""
        yield one["domain"], one["companyName"], _Html(f"<code>{escape(one['partnerCode'])}</code>"), under_way


def _effect_rows(state: State) -> Iterable[tuple[object, ...]]:
    for effect in state.last_effects(_EFFECTS_SHOWN):
        at = effect["at"].removesuffix("+00:00").replace("T", " ")
        domain_id = "" if effect["domainId"] is None else effect["domainId"]
        yield effect["id"], effect["businessDate"], at, effect["operation"], domain_id, _what(effect["what"])


class _Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def _what(what: Mapping[str, Any]) -> _Html:
    """Show what an effect did: in short, and whole for whoever opens it."""
    whole = json.dumps(what, ensure_ascii=False)
    if len(whole) <= _SHORT:
        return _Html(f"<code>{escape(whole)}</code>")
    return _Html(
        f"<details><summary><code>{escape(whole[:_SHORT])}…</code></summary><code>{escape(whole)}</code></details>"
    )


def _time(day: date) -> str:
    return f'<time datetime="{day.isoformat()}">{day.isoformat()}</time>'


def _list(items: Iterable[str]) -> str:
    written = "".join(f"<li>{item if isinstance(item, _Html) else escape(item)}</li>" for item in items)
    return f"<ul>{written}</ul>" if written else _NOTHING


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _table(headings: tuple[str, ...], rows: Iterable[Iterable[object]], *, is_wide: bool = False) -> str:
    """
    Lay out a table. A narrow screen shows a wide one as blocks: each cell knows its heading.

    The roles say again what the elements are, because a browser forgets that of a table laid out as blocks.
    """
    body = "".join(
        f'<tr role="row">{"".join(_cell(heading, value) for heading, value in zip(headings, row, strict=True))}</tr>'
        for row in rows
    )
    if not body:
        return _NOTHING
    cells = "".join(f'<th role="columnheader" scope="col">{heading}</th>' for heading in headings)
    return (
        f'<table role="table" class="{"wide" if is_wide else "slim"}">'
        f'<thead role="rowgroup"><tr role="row">{cells}</tr></thead><tbody role="rowgroup">{body}</tbody></table>'
    )


def _cell(heading: str, value: object) -> str:
    kind, text = "text", str(value) if isinstance(value, _Html) else escape(str(value))
    if isinstance(value, int):
        # Ids stand in columns like other numbers, but are not to be read as thousands.
        kind, text = "number", str(value) if heading in ("No.", "Customer") else f"{value:,}"
    return f'<td role="cell" data-heading="{heading}" class="{kind}">{text}</td>'
