"""Why an item is billed otherwise than in the month before, as far as the checks of both months know."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.check_words import Cause as CheckedCause
from billing.check_words import cause_address, cause_words, explanation
from billing.models import CheckDifference
from billing.money import Money
from billing.rules.check_facts import Key, key_of
from billing.rules.check_kinds import Kind

# What the checks found about numbers and days. Whether an amount is right says nothing of why it changed.
_OF_USE = (Kind.QUANTITY, Kind.PERIOD, Kind.PLAN, Kind.TWICE, Kind.MISSING, Kind.NOT_IN_USE)
_MORE = ("licenses_more", "users_more", "quantity_more", "option_added", "started")
_FEWER = ("licenses_fewer", "users_fewer", "quantity_fewer", "option_canceled", "ended")


@dataclass(frozen=True)
class Cause:
    """
    Why, as a check or the items themselves say it.

    Args:
        words: the cause.
        address, name: of what is behind it; empty where there is nothing to open.
        is_unexplained: whether it waits for a person.
        grows: whether it makes the bill higher, or lower; None where it may do either.
        codes: the plans, options or contract types that it is about; none where it is about the thing as such.
    """

    words: str
    address: str = ""
    name: str = ""
    is_unexplained: bool = False
    grows: bool | None = None
    codes: tuple[str, ...] = ()

    def explains(self, codes: Sequence[str], grown_by: Money | None) -> bool:
        """Return whether it explains a change of these codes that makes the bill so much higher."""
        if self.codes and not set(self.codes) & set(codes):
            return False
        return self.grows is None or not grown_by or self.grows == (grown_by > 0)


def causes_of(domain_id: int, months: Sequence[date]) -> Mapping[Key, list[Cause]]:
    """Return what the latest checks of two months, the earlier first, know about a customer, by what it is of."""
    found: dict[Key, list[Cause]] = {}
    rows = CheckDifference.objects.in_equation().filter(domain_id=domain_id, check_run__month__in=months)
    for row in rows.select_related("check_run").order_by("check_run__month", "number"):
        of_row = found.setdefault(key_of(row.item_type, row.item_id), [])
        is_later = row.check_run.month == months[-1]
        of_row += [cause for cause in _causes_of(row, is_later=is_later) if cause not in of_row]
    return found


def _causes_of(row: CheckDifference, *, is_later: bool) -> Iterable[Cause]:
    if row.is_explained:
        # A cause without a day, such as rounding, doesn't tell one month from another.
        yield from (_known(row.domain_id, cause) for cause in row.causes if "day" in cause)
    elif row.kind in _OF_USE:
        month = row.check_run.month
        name = _("Check of %(name)s") % {"name": date_format(month, "YEAR_MONTH_FORMAT")}
        # Too much in the later month makes the bill higher, too much in the earlier one makes it lower.
        grows = (row.units > 0) == is_later if row.units else None
        yield Cause(explanation(row), row.get_absolute_url(), name, row.waits, grows)


def _known(domain_id: int, cause: CheckedCause) -> Cause:
    grows = True if cause["id"] in _MORE else False if cause["id"] in _FEWER else None
    codes = tuple(str(cause[name]) for name in ("from", "to") if isinstance(cause.get(name), str))
    return Cause(cause_words(cause), *cause_address(domain_id, cause), grows=grows, codes=codes)
