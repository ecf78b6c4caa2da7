"""The page at `/`, as text. How it looks in a browser is the matter of tests/browser/test_browser_sandbox_page.py."""

import re
from datetime import date
from html import unescape

import pytest
import requests

from portal.dev.sandbox import overview
from tests.support.sandbox import Sandbox

from .conftest import TODAY, Api

TSUBAME = 300_000_006
ADDRESS = f"/customers/{TSUBAME}/subscriptions/pre-orders"
ORDER = {"applyDate": "2026-02-01", "productId": "STD", "plan": "MONTHLY"}


def show(sandbox: Sandbox) -> requests.Response:
    answer = requests.get(sandbox.url, timeout=10)
    assert answer.status_code == 200
    return answer


def part(page: str, anchor: str) -> str:
    """Give the text of one part of the page, its cells divided by bars."""
    found = re.search(rf'<section id="{anchor}">(.*?)</section>', page, re.DOTALL)
    assert found, f"there is no part {anchor}"
    return unescape(re.sub(r"(<[^>]+>)+", "|", found[1]))


def test_the_page_tells_what_is_set_up(api: Api, sandbox: Sandbox) -> None:
    assert api("POST", ADDRESS, ORDER).status_code == 201
    sandbox.fault("addPreOrder", "cut_after", count=2, probability=0.25)
    sandbox.fault("*", "latency", count=0, seconds=3)
    sandbox.fault("addPreOrder", "skip_apply_date", domain_id=TSUBAME)
    sandbox.limits(limit=240, window=60, kind="sliding", concurrent=4, rival={"share": 0.5})

    answer = show(sandbox)

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    for words in (
        "2026-01-15</time>, set by hand",
        "<dt>Customers</dt><dd>60</dd>",
        "<dd>240 calls of each operation in 60 seconds, in a sliding window</dd>",
        "<dt>At the same time</dt><dd>4 calls</dd>",
        "<dd>another application eats 50% of the calls of each operation</dd>",
    ):
        assert words in answer.text
    faults = part(answer.text, "faults-in-force")
    assert "cut_after on addPreOrder, 2 times more, with a chance of 25%" in faults
    assert "latency on every operation, until withdrawn, for 3 seconds" in faults
    assert "skip_apply_date on addPreOrder, once more, of customer 300000006" in faults
    assert "|addPreOrder|300000006|" in part(answer.text, "latest-effects")
    assert "|addPreOrder|1|" in part(answer.text, "calls-since-the-start")


def test_the_page_of_an_empty_sandbox_says_so(sandbox: Sandbox) -> None:
    sandbox.reset(customers=0)
    sandbox.limits(limit=0)

    page = show(sandbox).text

    assert "<dt>Customers</dt><dd>0</dd>" in page
    assert "<dt>Call limit</dt><dd>none</dd>" in page
    assert "|None.|" in part(page, "faults-in-force")
    assert "|None.|" in part(page, "subscriptions-by-product")


def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing(sandbox: Sandbox) -> None:
    answer = show(sandbox)

    assert answer.headers["Content-Security-Policy"].split("; ") == [
        "default-src 'none'",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    style = requests.get(f"{sandbox.url}/page.css", timeout=10)
    assert style.headers["Content-Type"].startswith("text/css")


def test_a_name_is_text_on_the_page(sandbox: Sandbox) -> None:
    order = {"applyDate": "2026-01-16", "productId": "STD", "plan": "MONTHLY"}
    sandbox.add_pre_order_outside(TSUBAME, order)
    name = "<b>つばめ</b> & Co."
    token = {"Authorization": f"Bearer {sandbox.get_token()}"}
    answer = requests.patch(
        f"{sandbox.api_url}/partners/customers/{TSUBAME}", json={"companyName": name}, headers=token, timeout=10
    )
    assert answer.status_code == 200

    page = show(sandbox).text

    assert "<b>" not in page
    assert "&lt;b&gt;つばめ&lt;/b&gt; &amp; Co." in page


def test_the_page_counts_what_the_api_lists(api: Api, sandbox: Sandbox) -> None:
    page = show(sandbox).text
    listed: dict[tuple[str, str, str], int] = {}
    for domain_id in all_ids(api):
        for one in api.subscriptions(domain_id):
            key = (one["productId"], one["plan"], one["status"])
            listed[key] = listed.get(key, 0) + 1

    told = part(page, "subscriptions-by-product")

    for (product, plan, status), count in listed.items():
        assert f"|{product}|{plan}|{status}|{count}|" in told
    counts = [int(count) for count in re.findall(r"\|([0-9]+)\|", part(page, "customers-by-status"))]
    assert sum(counts) == 60


def all_ids(api: Api) -> list[int]:
    found: list[int] = []
    query: dict[str, object] = {"count": 30}
    while True:
        page = api("GET", "/customers", params=query).json()
        found += [customer["domainId"] for customer in page["customers"]]
        if "nextCursor" not in page["responseMetaData"]:
            return found
        query["cursor"] = page["responseMetaData"]["nextCursor"]


def test_what_falls_due_is_told_by_day_and_by_name(api: Api, sandbox: Sandbox) -> None:
    assert api("POST", ADDRESS, ORDER | {"applyDate": "2026-01-16"}).status_code == 201

    due = part(show(sandbox).text, "what-falls-due-in-the-next-31-days")

    [of_day] = [line for line in re.findall(r"\|2026-01-16\|([^|]+)\|", due) if "pre-order" in line][:1]
    assert re.search(r"1 pre-order starts|[0-9]+ pre-orders start", of_day)
    assert f"|2026-01-16|pre-order starts|{TSUBAME}|株式会社つばめ運輸|" in due
    assert "the invoice of the month before is issued" in due
    days = [date.fromisoformat(day) for day in re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", due)]
    assert all(1 <= (day - date.fromisoformat(TODAY)).days <= overview.DAYS_AHEAD for day in days)


def test_what_was_passed_over_is_due_tomorrow(api: Api, sandbox: Sandbox) -> None:
    assert api("POST", ADDRESS, ORDER | {"applyDate": "2026-01-16"}).status_code == 201
    sandbox.fault("addPreOrder", "skip_apply_date", domain_id=TSUBAME)

    sandbox.set_clock("2026-01-16")

    due = part(show(sandbox).text, "what-falls-due-in-the-next-31-days")
    assert f"|2026-01-17|pre-order starts|{TSUBAME}|" in due


@pytest.mark.parametrize("kind", overview.KINDS, ids=lambda kind: kind.words[0])
def test_words_agree_with_their_number(kind: overview.Kind) -> None:
    one, several = kind.say(1), kind.say(1200)

    assert one == f"1 {kind.words[0]}"
    assert several == f"1,200 {kind.words[1]}"


def test_potential_customers_are_shown_with_their_codes(sandbox: Sandbox) -> None:
    potentials = sandbox.control("GET", "/potential-customers")["potentialCustomers"]
    assert potentials

    told = part(show(sandbox).text, "online-direct-customers-that-could-come-over")

    for one in potentials:
        assert f"|{one['domain']}|{one['companyName']}|{one['partnerCode']}|" in told
