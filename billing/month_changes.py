"""
Why a customer's part of an invoice is another one than the month before: what is new, gone or changed among its items.

Amounts and numbers are those that LINE WORKS states; nothing is worked out but sums of items and what lies between two.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.assumptions import per_of
from billing.change_causes import Cause, causes_of
from billing.models import InvoiceDetail, MonthCheck, SettlementItem
from billing.money import Money, difference, total
from billing.months import shifted, used_in
from billing.rules.check_facts import Key, key_of
from billing.subtotals import TYPES
from portal.operations.priced import Per
from portal.sync.calendar import last_day_of

SUMMARY = "SUMMARY"
# What the documented sum of a customer's items is made of
SUMMED = ("PRODUCT", "OPTION_PRODUCT", "ADJUSTMENT")
_Kind = tuple[str, str, str, str]


class Period(NamedTuple):
    """A number, and the days on which it was billed."""

    number: int
    first: date
    last: date


@dataclass(frozen=True)
class Items:
    """
    The items of one kind in a month.

    Args:
        amount: what they come to; None where none states an amount.
        numbers: how many each states, in the order of their days, each number once.
        per: what the numbers count: licenses, users, or the quantity.
        days: their first and last day, where they are no whole month.
        periods: how many from which day to which, in the order of their days; none where an item states no days or no
            number.
    """

    amount: Money | None
    numbers: Sequence[int]
    per: Per
    days: tuple[date, date] | None
    periods: Sequence[Period] = ()


@dataclass(frozen=True)
class ItemChange:
    """
    What changed of one item type, plan or option, size and contract type.

    Args:
        before: None where it is new.
        after: None where it is gone.
    """

    item_type: str
    item_id: str
    sub_item_id: str
    plan: str
    before: Items | None
    after: Items | None
    causes: Sequence[Cause]

    @property
    def grown_by(self) -> Money | None:
        """By how much the amount grew; what isn't there costs nothing, and what states no amount can't be compared."""
        return difference(self.after.amount if self.after else 0, self.before.amount if self.before else 0)

    @property
    def amount_before(self) -> Money | None:
        """What it came to in the month before."""
        return self.before.amount if self.before else None

    @property
    def amount_after(self) -> Money | None:
        """What it comes to."""
        return self.after.amount if self.after else None

    @property
    def sides(self) -> Sequence[Items]:
        """The items of both months, the earlier first, as far as there are some."""
        return [items for items in (self.before, self.after) if items]


@dataclass(frozen=True)
class MonthChanges:
    """
    A customer's month against the month before.

    Args:
        changes: in the order of the documented sum.
        unchanged: how many kinds of items are as they were.
        before: what plans, options and adjustments came to.
        after: what they come to.
        unchecked: those of the two months that were never checked, so that no cause is known.
    """

    changes: Sequence[ItemChange]
    unchanged: int
    before: Money | None
    after: Money | None
    unchecked: Sequence[date]

    @property
    def grown_by(self) -> Money | None:
        """By how much plans, options and adjustments grew together."""
        return difference(self.after or 0, self.before or 0)


def changes_of(detail: InvoiceDetail, items: Iterable[SettlementItem]) -> MonthChanges | None:
    """
    Return what changed for a customer since the month before, in three queries; None where nothing is known of that.

    Args:
        detail: of the customer and the month.
        items: its items.
    """
    if detail.spent_before is None:
        return None
    month_before = shifted(detail.month, -1)
    before = SettlementItem.objects.current().filter(
        detail__month=month_before, detail__domain_id=detail.domain_id, detail__removed_at=None
    )
    used, used_before = used_in(detail.month), used_in(month_before)
    checked = MonthCheck.objects.finished().filter(month__in=(used_before, used)).order_by("month")
    months = set(checked.values_list("month", flat=True))
    return compare(
        _by_kind(before),
        _by_kind(items),
        used=used,
        causes=causes_of(detail.domain_id, (used_before, used)) if months else {},
        unchecked=[month for month in (used_before, used) if month not in months],
    )


def compare(
    before: Mapping[_Kind, Sequence[SettlementItem]],
    after: Mapping[_Kind, Sequence[SettlementItem]],
    *,
    used: date,
    causes: Mapping[Key, Sequence[Cause]],
    unchecked: Sequence[date] = (),
) -> MonthChanges:
    """Return what changed between the items of two months."""
    used_before = shifted(used, -1)
    changes, unchanged = [], 0
    for kind in sorted(before.keys() | after.keys(), key=_in_order):
        was, now = _items(before.get(kind, ()), used_before), _items(after.get(kind, ()), used)
        if was and now and (was.amount, was.numbers) == (now.amount, now.numbers):
            unchanged += 1
        else:
            why = [*_parts(was, now, used_before, used), *causes.get(key_of(kind[0], kind[1]), ())]
            change = ItemChange(*kind, was, now, why)
            known = [cause for cause in why if cause.explains(kind[1:], change.grown_by)]
            changes.append(replace(change, causes=known))
    return MonthChanges(changes, unchanged, _summed(before), _summed(after), unchecked)


def _summed(kinds: Mapping[_Kind, Sequence[SettlementItem]]) -> Money | None:
    return total(item.amount for kind, items in kinds.items() if kind[0] in SUMMED for item in items)


def _by_kind(items: Iterable[SettlementItem]) -> Mapping[_Kind, list[SettlementItem]]:
    """Return items by what they are for; the summary is the sum of the others."""
    found: dict[_Kind, list[SettlementItem]] = {}
    for item in items:
        if item.item_type != SUMMARY:
            found.setdefault((item.item_type, item.item_id, item.sub_item_id, item.plan), []).append(item)
    return found


def _in_order(kind: _Kind) -> tuple[Any, ...]:
    return (TYPES.index(kind[0]) if kind[0] in TYPES else len(TYPES), *kind)


def _items(items: Sequence[SettlementItem], month: date) -> Items | None:
    if not items:
        return None
    ordered = sorted(items, key=lambda item: (item.start_date or month, item.place))
    per, numbers = per_of(ordered[0].sub_item_id or ordered[0].item_id, ordered[0].plan), dict[int, None]()
    for item in ordered:
        count = _number(item, per)
        if count is not None:
            numbers[count] = None
    amount, periods = total(item.amount for item in items), _periods(ordered, per)
    return Items(amount, list(numbers), per, _days(ordered, month), periods)


def _number(item: SettlementItem, per: Per) -> int | None:
    return {Per.LICENSE: item.license_count, Per.USER: item.member_count, Per.CONTRACT: item.quantity}[per]


def _periods(items: Sequence[SettlementItem], per: Per) -> list[Period]:
    """Return the numbers with their days; days that follow one another with the same number are one period."""
    found: list[Period] = []
    for item in items:
        number = _number(item, per)
        if number is None or item.start_date is None or item.end_date is None:
            return []
        before = found[-1] if found else None
        if before and before.number == number and before.last + timedelta(days=1) == item.start_date:
            found[-1] = before._replace(last=item.end_date)
        else:
            found.append(Period(number, item.start_date, item.end_date))
    return found


def _parts(was: Items | None, now: Items | None, used_before: date, used: date) -> Iterator[Cause]:
    """Return that one of two months is only billed in part, where the item is of both."""
    if was is None or now is None:
        return
    for items, month, grows in ((was, used_before, True), (now, used, False)):
        if items.days and month <= items.days[0] <= items.days[1] <= last_day_of(month):
            days = {"month": date_format(month, "F"), "first": items.days[0].day, "last": items.days[1].day}
            yield Cause(_("%(month)s: %(first)s to %(last)s only") % days, grows=grows)


def _days(items: Sequence[SettlementItem], month: date) -> tuple[date, date] | None:
    firsts = [item.start_date for item in items if item.start_date]
    lasts = [item.end_date for item in items if item.end_date]
    if not firsts or not lasts or (min(firsts), max(lasts)) == (month, last_day_of(month)):
        return None
    return min(firsts), max(lasts)
