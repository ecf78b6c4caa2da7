"""
The check of a month: what LINE WORKS billed of a customer against what was in force on each day.

What was in force is what was metered at midnight; what a request or a detected change has added counts from its own
day. Expected is what was in force on the 1st, for the whole month. Where something changed, the difference is
explained by that; where the lines say something else than was in force, it is not.

Amounts are compared only where a price list is given. Adjustments, penalties and Option Plus are listed: no page of
LINE WORKS says how they are worked out. Of a contract that is paid in a lump sum, the term is compared as far as it is
whole months.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple, TypeVar

from billing.rules.check_causes import Cause, Step, cause_of, source_of
from billing.rules.check_each import each_of
from billing.rules.check_facts import (
    ADJUSTMENT,
    LISTED,
    OF_USE,
    PENALTY,
    CustomerMonth,
    Force,
    Key,
    Line,
    Prices,
    is_billed,
    is_lump_sum,
    no_prices,
)
from billing.rules.check_kinds import Kind, kind_of
from billing.rules.check_rounding import Rounding, rounded

Forces = tuple[Force, ...]
Same = TypeVar("Same")
# Causes by which something is no longer in force.
ENDS = ("option_canceled", "ended")


class Run(NamedTuple):
    """Days in a row on which billed and in force were the same: the first and last day, and how many of each."""

    first: int
    last: int
    billed: int
    in_force: int


@dataclass(frozen=True)
class Difference:
    """
    One difference.

    Args:
        kind: what differs.
        key: of what; None for a line that no use stands behind.
        line: the line that it is about, or one of them; None where nothing was billed.
        force: what was in force, or was billed where nothing was.
        first, last: the days on which it is so.
        billed, expected: yen; None without a price list.
        billed_units, expected_units: licenses, users or quantity, times days.
        is_explained: whether a cause is known.
        causes: ids with values.
        runs: the days of the month.
        each: yen billed for each and in the price list, where only the price differs and the item says it exactly.
    """

    kind: Kind
    key: Key | None
    line: Line | None
    force: Force | None
    first: date
    last: date
    billed: int | None
    expected: int | None
    billed_units: int
    expected_units: int
    is_explained: bool
    causes: tuple[Cause, ...] = ()
    runs: tuple[Run, ...] = ()
    each: tuple[int, int] | None = None

    @property
    def yen(self) -> int | None:
        """By how much more was billed."""
        return None if self.billed is None or self.expected is None else self.billed - self.expected


@dataclass
class Checked:
    """
    What the check of a customer found.

    Args:
        expected: yen of what was in force on the 1st.
        billed: yen of all lines of use.
        unchecked: the part of these that no price list or no documented formula says anything of.
        expected_units, billed_units: licenses, users or quantity, times days.
    """

    differences: list[Difference] = field(default_factory=list)
    expected: int = 0
    billed: int = 0
    unchecked: int = 0
    expected_units: int = 0
    billed_units: int = 0


def check(
    customer: CustomerMonth,
    month: date,
    *,
    prices: Prices = no_prices,
    rounding: Rounding = Rounding.UNKNOWN,
) -> Checked:
    """
    Check a customer's month. The same facts always give the same answer.

    Args:
        customer: the facts.
        month: its first day.
        prices: of a whole month.
        rounding: in which way the invoice rounds.
    """
    found = Checked()
    of_use: defaultdict[Key, list[Line]] = defaultdict(list)
    listed: list[Line] = []
    for line in sorted(customer.lines, key=lambda line: line.place):
        if line.item_type in LISTED:
            listed.append(line)
        elif line.item_type in OF_USE and (is_billed(line.plan) or line.amount):
            of_use[line.key].append(line)
    metered = _by_day(customer, month)
    ends: list[Cause] = []
    if not customer.is_metered and of_use:
        _not_metered(found, of_use, month)
    else:
        for key in sorted({*of_use, *metered}):
            item = _Item(key, of_use.get(key, []), metered.get(key), customer, month, prices, rounding)
            ends += item.check(found)
    found.differences += [_listed(line, month, ends) for line in listed]
    return found


class _Item:
    """The check of one thing."""

    def __init__(
        self,
        key: Key,
        lines: Sequence[Line],
        metered: list[Forces] | None,
        customer: CustomerMonth,
        month: date,
        prices: Prices,
        rounding: Rounding,
    ) -> None:
        self._key, self._lines, self._known, self._month = key, lines, customer.known, month
        self._prices, self._rounding, self._term = prices, rounding, customer.terms.get(key)
        self._days = days_of(month)
        self._billed = _billed_by_day(lines, month)
        self._in_force = self._settled(metered or [()] * self._days)

    def check(self, found: Checked) -> list[Cause]:
        """Add what is found; return the causes by which it ended, for what is charged for that."""
        first, steps = self._in_force[0], self.steps()
        amount = sum(line.amount or 0 for line in self._lines)
        units = sum(force.units for forces in self._billed for force in forces)
        force_units = sum(force.units for forces in self._in_force for force in forces)
        expected_units = sum(force.units for force in first) * self._days
        found.billed += amount
        found.billed_units += units
        found.expected_units += expected_units
        agrees = self._billed == self._in_force and not any(map(self._is_odd, self._lines))
        expected, correct = self._expected(), self._correct(agrees=agrees)
        is_stated = all(line.amount is not None for line in self._lines)
        is_priced = expected is not None and correct is not None and is_stated
        if is_priced:
            found.expected += expected or 0
        else:
            expected = correct = None
            found.unchecked += amount
        runs = _runs(self._billed, self._in_force)
        causes = tuple(cause_of(step, self._known) for step in steps)
        if (correct != expected) if is_priced else bool(causes):
            what = causes or ({"id": "rounding", "way": self._rounding.value, "source": "invoice"},)
            found.differences.append(
                self._difference(
                    Kind.CHANGED if causes else Kind.ROUNDED, correct, expected, force_units, expected_units, what, runs
                )
            )
        off = is_priced and amount != correct
        if not agrees or off:
            kind = kind_of(self._lines, self._billed, self._in_force) if not agrees else Kind.AMOUNT
            billed = amount if is_priced else None
            difference = self._difference(kind, billed, correct, units, force_units, (), runs)
            found.differences.append(replace(difference, each=self._each()) if agrees else difference)
        return [cause for cause in causes if cause["id"] in ENDS]

    def _difference(
        self,
        kind: Kind,
        billed: int | None,
        expected: int | None,
        billed_units: int,
        expected_units: int,
        causes: tuple[Cause, ...],
        runs: tuple[Run, ...],
    ) -> Difference:
        wrong = [day for day in range(self._days) if self._billed[day] != self._in_force[day]]
        days = (wrong[0], wrong[-1]) if wrong and not causes else (0, self._days - 1)
        forces = [*self._in_force[-1:], *self._in_force, *self._billed]
        return Difference(
            kind=kind,
            key=self._key,
            line=self._lines[-1] if self._lines else None,
            force=next((each[0] for each in forces if each), None),
            first=self._month + timedelta(days=days[0]),
            last=self._month + timedelta(days=days[1]),
            billed=billed,
            expected=expected,
            billed_units=billed_units,
            expected_units=expected_units,
            is_explained=bool(causes),
            causes=causes,
            runs=runs,
        )

    def _settled(self, metered: list[Forces]) -> list[Forces]:
        """Return what was in force on each day: what a known change has added counts from its own day."""
        settled = list(metered)
        for day, billed in enumerate(self._billed):
            if billed == settled[day] or len(billed) > 1:
                continue
            later = metered[day + 1] if day + 1 < self._days else billed
            if billed != later:
                continue
            before, after = (forces[0] if forces else None for forces in (metered[day], billed))
            step = Step(self._key, self._month + timedelta(days=day), before, after)
            known = source_of(step, self._known)
            if known and known.last >= step.day:
                settled[day] = billed
        return settled

    def steps(self) -> list[Step]:
        """Return what changed within the month."""
        return [
            Step(
                self._key,
                self._month + timedelta(days=day),
                self._in_force[day - 1][0] if self._in_force[day - 1] else None,
                self._in_force[day][0] if self._in_force[day] else None,
            )
            for day in range(1, self._days)
            if self._in_force[day] != self._in_force[day - 1]
        ]

    def _is_odd(self, line: Line) -> bool:
        """Return whether a line bills days of another month, or no days that can be read."""
        last = self._month + timedelta(days=self._days - 1)
        return line.first is None or line.last is None or not self._month <= line.first <= line.last <= last

    def _monthly(self, force: Force) -> int | Fraction | None:
        return self._prices(force, self._month)

    def _expected(self) -> int | None:
        """Return what the things in force on the 1st cost for a whole month."""
        return self._of_whole_months(self._in_force[0])

    def _of_whole_months(self, forces: Forces) -> int | None:
        total = 0
        for force in forces:
            monthly = self._monthly(force)
            months = self._months_of_lump_sum() if is_lump_sum(force.plan) else 1
            if monthly is None or months is None:
                return None
            total += rounded(monthly * months, 1, 1, self._rounding)
        return total

    def _each(self) -> tuple[int, int] | None:
        line = self._lines[0]
        is_whole_month = days_between(line.first, line.last) == self._days
        return each_of(self._lines, self._monthly(line.force), is_whole_month=is_whole_month)

    def _months_of_lump_sum(self) -> int | None:
        """Return for how many months this month's invoice bills; None where no page says."""
        if self._term is None or self._term.end is None or self._steps_of_number():
            return None
        start, end = self._term.start, self._term.end + timedelta(days=1)
        months = 12 * (end.year - start.year) + end.month - start.month
        if start.day != end.day:
            return None
        is_its_month = (start.year, start.month) == (self._month.year, self._month.month)
        return months if is_its_month else 0

    def _steps_of_number(self) -> bool:
        return any(step.before and step.after for step in self.steps())

    def _correct(self, *, agrees: bool) -> int | None:
        """Return what was in force costs, in the stretches in which it was billed where these agree with it."""
        if any(is_lump_sum(force.plan) for forces in self._in_force for force in forces):
            # Billed whole with the month in which it begins, however late in the month that is.
            return self._of_whole_months(next(filter(None, self._in_force), ()))
        if agrees:
            stretches = [(line.force, days_between(line.first, line.last)) for line in self._lines]
        else:
            stretches = [(force, days) for forces, days in stretches_of(self._in_force) for force in forces]
        total = 0
        for force, days in stretches:
            monthly = self._monthly(force)
            if monthly is None:
                return None
            total += rounded(monthly, days, self._days, self._rounding)
        return total


def days_of(month: date) -> int:
    """Return how many days a month has."""
    return ((month + timedelta(days=31)).replace(day=1) - month).days


def days_between(first: date | None, last: date | None) -> int:
    """Return how many days a line bills."""
    return 0 if first is None or last is None else (last - first).days + 1


def stretches_of(days: Sequence[Same]) -> list[tuple[Same, int]]:
    """Return days in a row on which the same was in force, and how many they are."""
    found: list[tuple[Same, int]] = []
    for forces in days:
        if found and found[-1][0] == forces:
            found[-1] = (forces, found[-1][1] + 1)
        else:
            found.append((forces, 1))
    return found


def _by_day(customer: CustomerMonth, month: date) -> dict[Key, list[Forces]]:
    days = days_of(month)
    found: dict[Key, list[Forces]] = {}
    for metered in sorted(customer.metered):
        if is_billed(metered.force.plan):
            of_days = found.setdefault(metered.key, [()] * days)
            of_days[metered.day] = (*of_days[metered.day], metered.force)
    return found


def _billed_by_day(lines: Sequence[Line], month: date) -> list[Forces]:
    days = days_of(month)
    found: list[Forces] = [()] * days
    for line in lines:
        if line.first is None or line.last is None:
            continue
        force = (line.force,)
        for day in range(max(0, (line.first - month).days), min(days, (line.last - month).days + 1)):
            found[day] = tuple(sorted(found[day] + force)) if found[day] else force
    return found


def _runs(billed: Sequence[Forces], in_force: Sequence[Forces]) -> tuple[Run, ...]:
    found: list[Run] = []
    day = 1
    for (were, was), length in stretches_of(list(zip(billed, in_force, strict=True))):
        run = Run(day, day + length - 1, sum(force.units for force in were), sum(force.units for force in was))
        if found and found[-1][2:] == run[2:]:
            found[-1] = found[-1]._replace(last=run.last)
        else:
            found.append(run)
        day += length
    return tuple(found)


def _listed(line: Line, month: date, ends: Sequence[Cause]) -> Difference:
    """Return a line of which no page says how it is worked out; an adjustment may be part of the amount spent."""
    cause = {"id": line.item_type.lower(), "amount": line.amount, "item": line.item_id, "source": "invoice"}
    if line.item_type == PENALTY:
        cause |= next((_about(end) for end in ends if line.item_id in ("", end["item"])), {})
    return Difference(
        kind=Kind.LISTED,
        key=None,
        line=line,
        force=None,
        first=line.first or month,
        last=line.last or month + timedelta(days=days_of(month) - 1),
        billed=line.amount,
        expected=0 if line.item_type == ADJUSTMENT else None,
        billed_units=0,
        expected_units=0,
        is_explained=True,
        causes=(cause,),
    )


def _about(end: Cause) -> Cause:
    """Return what is known of the end that a penalty is for."""
    return {name: end[name] for name in ("day", "source", "number", "ref") if name in end}


def _not_metered(found: Checked, of_use: dict[Key, list[Line]], month: date) -> None:
    """Nothing is compared with metering that was never read; the lines stay unexplained."""
    for key, lines in sorted(of_use.items()):
        amount = sum(line.amount or 0 for line in lines)
        units = sum(line.force.units * days_between(line.first, line.last) for line in lines)
        found.billed += amount
        found.unchecked += amount
        found.billed_units += units
        found.differences.append(
            Difference(
                kind=Kind.NOT_READ,
                key=key,
                line=lines[0],
                force=lines[0].force,
                first=month,
                last=month + timedelta(days=days_of(month) - 1),
                billed=None,
                expected=None,
                billed_units=units,
                expected_units=0,
                is_explained=False,
            )
        )
