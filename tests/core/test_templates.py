"""What holds for all templates: the content security policy, sizes, pages that say what went wrong."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template, render_to_string
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from customers.models import Customer, UsageStatus
from portal.sync.models import Reading
from portal.sync.resources import RESOURCES

PROJECT: Path = settings.BASE_DIR
TEMPLATES = sorted((PROJECT / "templates").rglob("*.html"))
# With the box by which a row is selected
LONGEST_LINE = 160
ROW, FRAGMENT, PAGE = 600, 36 * 1024, 60 * 1024


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PROJECT / "templates")))
def test_a_template_compiles_and_needs_nothing_that_the_policy_forbids(path: Path) -> None:
    get_template(str(path.relative_to(PROJECT / "templates")))
    source = re.sub(r"{% comment %}.*?{% endcomment %}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(r"\sstyle=|<style|\son\w+=|hx-on|javascript:|hx-vals=.js:", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PROJECT / "templates")))
def test_whatever_is_posted_carries_its_token(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if "elements" not in path.parts:  # allauth puts its own into the slot
        assert len(re.findall(r'method="post"', source)) == source.count("{% csrf_token %}")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PROJECT / "templates")))
def test_a_line_is_read_without_scrolling(path: Path) -> None:
    assert [line for line in path.read_text(encoding="utf-8").splitlines() if len(line) > LONGEST_LINE] == []


@pytest.mark.parametrize("page", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_a_page_that_says_what_went_wrong_needs_nothing(page: str) -> None:
    shown = render_to_string(page)
    assert "<h1>" in shown
    assert 'href="/' in shown
    assert "<form" not in shown


def test_before_sign_in_theme_and_language_can_be_switched(client: Client, db: None) -> None:
    page = client.get(reverse("account_login")).content.decode()
    assert reverse("set_theme") in page
    assert reverse("set_language") in page


@pytest.fixture
def _sixty_customers(db: None) -> None:
    """As long as rows get: long names, a badge, a pre-order, and an age past the bound in every tenth."""
    Customer.objects.bulk_create(
        Customer(
            domain_id=300_000_000 + number,
            tenant_id=number,
            company_name=f"株式会社ながいなまえのかいしゃ{number:02}",
            domain=f"a-rather-long-domain-{number:02}.by-works.com",
            domain_type="DOMAIN",
            enable_active_domain=bool(number % 10),
            enable_active_mxrecord=True,
            search_text="",
            search_pieces=[],
            lead_product="ADV",
            lead_plan="ANNUAL_PREPAY_LICENSE",
            lead_status="ACTIVE",
            licenses=1_000 + number,
            contract_end="2027-03-31",
            next_start="2026-12-01" if number % 2 else None,
            next_product="STD",
            next_licenses=20,
            raw={},
            changed_at=now(),
        )
        for number in range(60)
    )
    UsageStatus.objects.bulk_create(
        UsageStatus(customer_id=300_000_000 + number, member_count=900, raw={}, changed_at=now())
        for number in range(60)
    )
    Reading.objects.bulk_create(
        Reading(domain_id=300_000_000 + number, resource=resource.name, read_at=now() if number % 10 else None)
        for number in range(60)
        for resource in RESOURCES
    )


@pytest.mark.usefixtures("_sixty_customers")
def test_the_list_of_customers_stays_small(admin_client: Client) -> None:
    address = reverse("customers:list")
    page = admin_client.get(address).content
    fragment = admin_client.get(address, headers={"hx-request": "true"}).content
    rows = re.findall(rb"<tr><td class=pick>.*?</tr>", fragment, flags=re.DOTALL)
    assert len(rows) == 50
    assert sum(map(len, rows)) / len(rows) <= ROW
    assert len(fragment) <= FRAGMENT
    assert len(page) <= PAGE
    assert b"<!doctype" not in fragment
    for answer in (page, fragment):
        assert not re.search(rb"\n\s", answer), "a list comes without the layout of its templates"
