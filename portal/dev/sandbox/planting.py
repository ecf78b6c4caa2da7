"""
Plants what a check of a month is to find: causes in what was metered, and errors in what was billed.

A cause changes the past as it was metered, so that the invoice of the month follows it. An error changes the lines of
the invoice alone. Only contracts of which a month is plain are chosen: paid by the month of an annual contract, the
same from the first day to the last. Each customer is chosen once.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from .billing import BILLED, IN_MONTH, line_of
from .charges import ADJUSTMENT, PENALTY
from .errors import Refusal, invalid
from .invoices import use_of
from .metering import OPTION_PRODUCT, PRODUCT, Item, Stretch, add_stretches, read_stretches
from .misbilling import Edit, add_error
from .months import Month
from .options_catalogue import OPTIONS
from .pricing import is_annual, is_prepaid
from .recounting import recount
from .state import State

Record = dict[str, Any]

CAUSES = ("upgrade", "licenses", "optionAdded", "optionCanceled", "penalty", "adjustment")
ERRORS = ("quantity", "period", "yen", "missing", "twice", "plan")
# What a demonstration has in each month, and errors in the latest; a small book has too few contracts for them.
_DEMO_CAUSES = {"upgrade": 1, "licenses": 3, "optionAdded": 1, "optionCanceled": 1, "penalty": 1, "adjustment": 1}
_DEMO_ERRORS = {"quantity": 1, "yen": 1}
_FEWEST_PLAIN = 40
_STANDARD, _ADVANCED = "STD", "ADV"
_ARCHIVE, _PAID_ARCHIVE = "ACV2", "ACV201"


@dataclass(frozen=True, slots=True)
class _Plain:
    """A subscription that was the same all month, with the options beside it."""

    product: Stretch
    options: tuple[Stretch, ...]

    @property
    def domain_id(self) -> int:
        return self.product.item.domain_id

    def held(self, option_id: str) -> bool:
        return any(option.item.item_id == option_id for option in self.options)


def plant(state: State, month: Month, seed: int, causes: Mapping[str, int], errors: Mapping[str, int]) -> Record:
    """
    Plant causes and errors in a month that was billed, and give what was planted; part of the caller's transaction.

    Args:
        causes: how many of each of `CAUSES`.
        errors: how many of each of `ERRORS`.

    Raises:
        Refusal: the month was not billed, or too few contracts are plain in it.
    """
    planter = _Planter(state, month, random.Random(f"months {seed} {month}"))  # noqa: S311  made up, no secret
    return {
        "month": str(month),
        "causes": [planter.plant_cause(kind) for kind, count in causes.items() for _ in range(count)],
        "errors": [planter.plant_error(kind) for kind, count in errors.items() for _ in range(count)],
    }


def plant_demo(state: State, today: date, months: int) -> None:
    """Plant causes in the months that were billed last, and errors in the latest; part of the caller's transaction."""
    for number in range(months, 0, -1):
        month = Month.of(today).before(number)
        if sum(1 for _plain in _plain_contracts(state, month)) >= _FEWEST_PLAIN:
            plant(state, month, number, _DEMO_CAUSES, _DEMO_ERRORS if number == 1 else {})


class _Planter:
    def __init__(self, state: State, month: Month, chance: random.Random) -> None:
        if (
            state.db.execute(
                "SELECT 1 FROM invoices WHERE year = ? AND month = ?", (month.year, month.month)
            ).fetchone()
            is None
        ):
            raise invalid("month", "was not billed")
        self._state, self._month, self._chance = state, month, chance
        self._plain = list(_plain_contracts(state, month))
        chance.shuffle(self._plain)

    def plant_cause(self, kind: str) -> Record:
        day = self._month.first + timedelta(days=self._chance.randrange(2, self._month.days - 1))
        match kind:
            case "upgrade":
                one = self._take(kind, lambda plain: plain.product.item.item_id == _ADVANCED)
                what = self._upgrade(one, day)
            case "licenses":
                one = self._take(kind, lambda plain: (plain.product.item.license_count or 0) > 1)
                what = self._add_licenses(one, day)
            case "optionAdded":
                one = self._take(kind, lambda plain: bool(plain.options))
                what = self._add_option(one, day)
            case "optionCanceled" | "penalty":
                one = self._take(kind, lambda plain: not plain.held(_ARCHIVE))
                what = self._cancel_option(one, day, with_penalty=kind == "penalty")
            case _:
                one = self._take(kind, lambda _plain: True)
                amount = -100 * self._chance.randrange(1, 60)
                self._charge(one.domain_id, ADJUSTMENT, amount)
                what = {"amount": amount}
        subscription_id = one.product.item.subscription_id
        return {"kind": kind, "domainId": one.domain_id, "subscriptionId": subscription_id, **what}

    def plant_error(self, kind: str) -> Record:
        one = self._take(kind, lambda plain: plain.product.item.item_id in (_STANDARD, _ADVANCED))
        item = one.product.item
        edit = self._edit(kind, one.product)
        before = use_of(self._state, self._month, one.domain_id)
        add_error(self._state, str(self._month), one.domain_id, edit)
        by = use_of(self._state, self._month, one.domain_id) - before
        recount(self._state, self._month, by)
        return {
            "kind": kind,
            "domainId": one.domain_id,
            "subscriptionId": item.subscription_id,
            "itemId": item.item_id,
            "yen": by,
        }

    def _take(self, kind: str, fits: Callable[[_Plain], bool]) -> _Plain:
        for place, plain in enumerate(self._plain):
            if fits(plain):
                return self._plain.pop(place)
        raise Refusal(409, "CONFLICT", f"too few plain contracts in {self._month} for {kind}")

    def _upgrade(self, one: _Plain, day: date) -> Record:
        self._change_past(one, day, lambda item: replace(item, item_id=_STANDARD) if _is_product(item) else item)
        return {"day": day.isoformat(), "itemId": _ADVANCED, "from": _STANDARD, "to": _ADVANCED}

    def _add_licenses(self, one: _Plain, day: date) -> Record:
        now = one.product.item.license_count or 0
        added = self._chance.randrange(1, max(2, min(now, 20)))
        self._change_past(one, day, lambda item: replace(item, license_count=now - added))
        return {"day": day.isoformat(), "itemId": one.product.item.item_id, "from": now - added, "to": now}

    def _add_option(self, one: _Plain, day: date) -> Record:
        item = self._chance.choice(one.options).item
        with _Recounted(self._state, one.domain_id):
            of_option = (item.domain_id, item.subscription_id, item.item_id)
            where = "domain_id = ? AND subscription_id = ? AND item_id = ?"
            self._state.db.execute(
                f"DELETE FROM stretches WHERE {where} AND end_date < ?",  # noqa: S608  ours
                (*of_option, day.isoformat()),
            )
            self._state.db.execute(
                f"UPDATE stretches SET start_date = ? WHERE {where} AND start_date < ?",  # noqa: S608  ours
                (day.isoformat(), *of_option, day.isoformat()),
            )
        return {"day": day.isoformat(), "itemId": item.item_id, "subItemId": item.sub_item_id}

    def _cancel_option(self, one: _Plain, day: date, *, with_penalty: bool) -> Record:
        product = one.product
        archive = replace(
            product.item, item_type=OPTION_PRODUCT, item_id=_ARCHIVE, sub_item_id=_PAID_ARCHIVE, quantity=None
        )
        with _Recounted(self._state, one.domain_id):
            last = day - timedelta(days=1)
            add_stretches(self._state, [Stretch(archive, 0, product.start_date, last.isoformat())])
        what: Record = {"day": day.isoformat(), "itemId": _ARCHIVE, "subItemId": _PAID_ARCHIVE}
        if with_penalty:
            what["amount"] = archive.monthly() * self._chance.randrange(1, 12)
            self._charge(one.domain_id, PENALTY, what["amount"], archive)
        return what

    def _change_past(self, one: _Plain, day: date, change: Callable[[Item], Item]) -> None:
        """Have a subscription and its options been otherwise before a day."""
        with _Recounted(self._state, one.domain_id):
            for stretch in (one.product, *one.options):
                changed = change(stretch.item)
                if changed == stretch.item:
                    continue
                item = stretch.item
                self._state.db.execute(
                    "UPDATE stretches SET start_date = ? WHERE domain_id = ? AND subscription_id = ?"
                    " AND item_type = ? AND item_id = ? AND start_date = ?",
                    (
                        day.isoformat(), item.domain_id, item.subscription_id, item.item_type, item.item_id,
                        stretch.start_date,
                    ),
                )  # fmt: skip
                earlier = (day - timedelta(days=1)).isoformat()
                add_stretches(self._state, [Stretch(changed, stretch.paid_at_once, stretch.start_date, earlier)])

    def _charge(self, domain_id: int, item_type: str, amount: int, item: Item | None = None) -> None:
        self._state.db.execute(
            "INSERT INTO charges (domain_id, month, item_type, subscription_id, item_id, amount)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                domain_id, str(self._month), item_type, item.subscription_id if item else None,
                item.item_id if item else None, amount,
            ),
        )  # fmt: skip
        recount(self._state, self._month, 0)

    def _edit(self, kind: str, stretch: Stretch) -> Edit:
        item = stretch.item
        about = {"subscriptionId": item.subscription_id, "itemType": item.item_type, "itemId": item.item_id}
        match kind:
            case "missing":
                return Edit(about, "drop", {})
            case "twice":
                return Edit(about, "double", {})
            case "yen":
                return Edit(about, "add", {"yen": self._chance.choice((-1, 1))})
            case "quantity":
                wrong = replace(item, license_count=(item.license_count or 0) + self._chance.randrange(1, 20))
                return Edit(about, "replace", _billed(wrong, stretch, self._month))
            case "plan":
                wrong = replace(item, item_id=_STANDARD if item.item_id == _ADVANCED else _ADVANCED)
                return Edit(about, "replace", _billed(wrong, stretch, self._month))
        last = self._month.last - timedelta(days=self._chance.randrange(1, self._month.days - 1))
        return Edit(about, "replace", _billed(item, stretch._replace(end_date=last.isoformat()), self._month))


def _billed(item: Item, stretch: Stretch, month: Month) -> Record:
    """Give what a line would be that bills another item, or another period, than was used."""
    line = line_of(stretch._replace(item=item), month)
    if line is None:
        return {}
    about: Record = {"itemId": item.item_id, "endDate": line.last.isoformat(), "amount": line.amount}
    return about if item.license_count is None else {**about, "licenseCount": item.license_count}


class _Recounted:
    """Bring the invoices up to date with what changes of one customer inside the block."""

    def __init__(self, state: State, domain_id: int) -> None:
        self._state, self._domain_id = state, domain_id
        rows = state.db.execute("SELECT year, month FROM invoices ORDER BY year, month").fetchall()
        self._months = [Month(year, month) for year, month in rows]

    def __enter__(self) -> None:
        self._before = [use_of(self._state, month, self._domain_id) for month in self._months]

    def __exit__(self, *_error: object) -> None:
        for month, before in zip(self._months, self._before, strict=True):
            if by := use_of(self._state, month, self._domain_id) - before:
                recount(self._state, month, by)


def _is_product(item: Item) -> bool:
    return item.item_type == PRODUCT


def _plain_contracts(state: State, month: Month) -> Iterator[_Plain]:
    """Give the contracts of customers for whom nothing happened in a month, by the order of their ids."""
    touched = {
        domain_id
        for (domain_id,) in state.db.execute(
            "SELECT domain_id FROM charges WHERE month = ?1 UNION SELECT domain_id FROM misbillings WHERE month = ?1",
            (str(month),),
        )
    }
    by_customer: dict[int, list[Stretch]] = {}
    for stretch in read_stretches(
        state,
        f"{IN_MONTH} AND {BILLED} ORDER BY domain_id, item_type <> '{PRODUCT}', subscription_id, item_id",
        (month.last.isoformat(), month.first.isoformat()),
    ):
        by_customer.setdefault(stretch.item.domain_id, []).append(stretch)
    for domain_id, stretches in by_customer.items():
        products = [stretch for stretch in stretches if _is_product(stretch.item)]
        options = [stretch for stretch in stretches if not _is_product(stretch.item)]
        if (
            domain_id not in touched
            and len(products) == 1
            and all(_is_plain(stretch, month) for stretch in stretches)
            and len({option.item.item_id for option in options}) == len(options)
            and all(option.item.item_id in OPTIONS for option in options)
        ):
            yield _Plain(products[0], tuple(options))


def _is_plain(stretch: Stretch, month: Month) -> bool:
    plan = stretch.item.plan
    is_whole = stretch.start_date < month.first.isoformat() and (
        stretch.end_date is None or stretch.end_date >= month.last.isoformat()
    )
    return is_whole and is_annual(plan) and not is_prepaid(plan) and stretch.item.license_count is not None
