"""Many differences that are the same difference of a price: said once, listed together, and exact or not said."""

import re
from datetime import date
from fractions import Fraction

import pytest
from django.forms.models import model_to_dict
from django.test import Client
from django.utils.html import strip_tags

from billing.checking import runner
from billing.checking.price_groups import MOST
from billing.models import CheckDifference
from billing.rules.check_each import each_of
from billing.rules.check_facts import Line
from tests.support.billing import ANNUAL, bill, detail, item, keep_details, keep_invoices, meter, summary
from tests.support.languages import speak
from tests.support.portal import People, SignIn
from tests.support.prices import keep_prices, price
from tests.support.rows import keep_customers
from tests.support.vendor_json import customer

pytestmark = pytest.mark.django_db

MONTH = date(2026, 10, 1)
PAGE, LIST = "/billing/check/2026-10/", "/billing/differences/"
VALUE = "PRODUCT%7CSTD%7C%7CANNUAL_LICENSE%7C540%7C450"
# Of a license each; the last one's amount is no multiple of its licenses.
BILLED = {1: (10, 5_400), 2: (20, 10_800), 3: (30, 16_200), 4: (10, 4_500), 5: (10, 4_510), 6: (10, 4_509)}


@pytest.fixture(autouse=True)
def checked(people: People) -> None:
    """Three customers with 540 yen a license instead of 450, one that agrees, and two with odd amounts."""
    keep_prices(people.finance, price("STD", "ANNUAL_LICENSE", 600, 450))
    shares = []
    for number, (licenses, amount) in BILLED.items():
        keep_customers(customer(number, companyName=f"株式会社{number}"))
        meter(number, licenses)
        shares.append(detail(number, item(amount, licenseCount=licenses, **ANNUAL), summary(amount)))
    keep_details("2026-10", *shares)
    keep_invoices(2026, bill("2026-10", usedAmount=sum(amount for _count, amount in BILLED.values())))
    runner.run(runner.start(MONTH, by=people.finance).pk)


def html(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def words(text: str) -> str:
    return re.sub(r"\s+", " ", strip_tags(text))


def test_the_same_price_is_said_once_with_its_items_and_yen(finance: Client) -> None:
    page = html(finance, PAGE)
    card = page.partition('id="prices"')[2].partition("</section>")[0]
    for said in ("Standard", "¥540 billed for each, ¥450 in the price list", "+¥5,400", "Show 3 differences",
                 "3 without a cause", "Open price list"):  # fmt: skip
        assert said in words(card), said
    assert f"{LIST}?view=all&amp;month=2026-10&amp;price={VALUE}" in card
    assert card.count("<li") == 1


def test_what_is_looked_at_first_is_in_no_group_that_waits(finance: Client) -> None:
    def first() -> list[int]:
        card = html(finance, PAGE).partition('id="worst"')[2].partition("</section>")[0]
        return [int(number) for number in re.findall(r'<h3><a href="/customers/(\d)/"', card)]

    assert first() == [5, 6]
    for row in CheckDifference.objects.filter(domain_id__in=(5, 6)):
        finance.post(f"{PAGE}differences/{row.pk}/", {"choice": "rounding", "note": ""})
    assert first() == [3, 2, 1]


def test_the_link_lists_exactly_these_and_all_get_one_cause(finance: Client) -> None:
    query = f"view=all&month=2026-10&price={VALUE}"
    page = html(finance, f"{LIST}?{query}")
    assert page.partition("<tbody>")[2].count("<th scope=row>") == 3
    assert "¥540 billed for each, ¥450 in the price list. Days and numbers agree." in words(page)
    finance.post(f"{LIST}cause/?{query}&select=all", {"count": 3, "choice": "accepted", "note": "旧単価"})
    assert set(CheckDifference.objects.undecided().values_list("domain_id", flat=True)) == {5, 6}
    assert "without a cause" not in words(html(finance, PAGE).partition('id="prices"')[2].partition("</section>")[0])


def test_the_groups_of_a_month_can_be_chosen_though_other_months_have_many(finance: Client, people: People) -> None:
    earlier = runner.start(date(2026, 9, 1), by=people.finance)
    same = model_to_dict(CheckDifference.objects.get(domain_id=1), exclude=["id", "check_run"])
    same |= {"check_run": earlier, "yen": 1_000_000}
    # Two of each price.
    CheckDifference.objects.bulk_create(
        CheckDifference(**same | {"number": number, "key": str(number), "billed_each": 1_000 + number // 2})
        for number in range(2 * MOST)
    )
    page = html(finance, f"{LIST}?view=all&month=2026-10&price={VALUE}")
    assert page.partition("<tbody>")[2].count("<th scope=row>") == 3


def test_a_price_is_said_only_where_the_item_says_it_exactly(finance: Client) -> None:
    each = dict(CheckDifference.objects.values_list("domain_id", "billed_each"))
    assert each == {1: 540, 2: 540, 3: 540, 5: 451, 6: None}
    page = words(html(finance, f"{PAGE}?difference={CheckDifference.objects.get(domain_id=6).pk}"))
    assert "Days and numbers agree, the amount doesn’t." in page


def test_a_price_that_there_is_not_is_no_filter(finance: Client) -> None:
    page = html(finance, f"{LIST}?view=all&price=PRODUCT%7CSTD")
    assert "Part of this filter is not valid or no longer exists." in page


@pytest.mark.usefixtures("japanese")
def test_prices_are_japanese(people: People, sign_in: SignIn) -> None:
    page = words(html(speak(sign_in(people.finance), "ja"), PAGE))
    assert "単価540円で請求（価格表では450円）" in page
    assert "差異3件を表示" in page


def line(amount: int | None, licenses: int | None, plan: str = "ANNUAL_LICENSE") -> Line:
    return Line(1, "PRODUCT", "STD", "", 1, plan, MONTH, date(2026, 10, 31), licenses, 1, None, amount)


@pytest.mark.parametrize(
    ("lines", "monthly", "is_whole_month", "each"),
    [
        ([line(5_400, 10)], 4_500, True, (540, 450)),
        ([line(5_400, 10)], Fraction(54_000, 12), True, (540, 450)),
        ([line(5_400, 10)], Fraction(4_501), True, None),
        ([line(5_401, 10)], 4_500, True, None),
        ([line(5_400, 10)], 4_500, False, None),
        ([line(5_400, 10)], None, True, None),
        ([line(None, 10)], 4_500, True, None),
        ([line(5_400, 0)], 0, True, None),
        ([line(5_400, 10), line(5_400, 10)], 4_500, True, None),
        ([line(5_400, 10, "ANNUAL_PREPAY_LICENSE")], 4_500, True, None),
        ([], 4_500, True, None),
    ],
)
def test_what_an_item_bills_for_each(
    lines: list[Line], monthly: int | Fraction | None, each: tuple[int, int] | None, *, is_whole_month: bool
) -> None:
    assert each_of(lines, monthly, is_whole_month=is_whole_month) == each
