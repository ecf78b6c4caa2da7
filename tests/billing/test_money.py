"""Yen: sums, differences, parts; and how pages write them."""

from decimal import Decimal

from django.utils import translation

from billing.money import Money, difference, percent, total
from portal.ui.templatetags.figures import amount, more_or_less, yen, yen_more_or_less


def test_only_stated_amounts_are_added() -> None:
    amounts: list[Money | None] = [Decimal("0.1"), None, 2, -3]
    assert total(amounts) == Decimal("-0.9")
    assert total([None]) is None
    assert total([]) is None
    assert total([0]) == 0


def test_a_difference_needs_both() -> None:
    assert difference(5, 7) == -2
    assert difference(None, 7) is None
    assert difference(5, None) is None


def test_a_part_in_percent_has_one_decimal_and_needs_a_whole() -> None:
    assert percent(1207300, 21690340) == Decimal("5.6")
    assert percent(-5, 1000) == Decimal("-0.5")
    assert percent(50, -1000) == Decimal("5.0")
    assert percent(5, 0) is None
    assert percent(None, 5) is None


def test_yen_are_written_without_decimals_that_say_nothing() -> None:
    assert yen(Decimal("25420894.0000")) == "¥25,420,894"
    assert yen(-4500) == "−¥4,500"
    assert yen(None) == amount(None) == more_or_less(None) == "–"
    assert amount(Decimal("-1234.5000")) == "−1,234.5"
    assert amount(0) == more_or_less(0) == "0"
    assert more_or_less(1) == "+1"
    assert yen_more_or_less(Decimal(1207300)) == "+¥1,207,300"
    assert yen_more_or_less(-1) == "−¥1"


def test_yen_in_japanese(japanese: None) -> None:
    with translation.override("ja"):
        assert yen(-4500) == "−4,500円"
