"""
The evidence of a check: what was compared and what was found, as one canonical JSON text.

The same facts always give the same text, so that its SHA-256 says whether anything is other than it was. Signing off
keeps the text; later checks are compared with it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from billing.rules.check_facts import CustomerMonth, Force, Key, Line

# Of another form of the text; what was signed off in an earlier one is still compared by its lines.
VERSION = 2
# What the values of the lists stand for, as a reader of the text is told.
FIELDS = {
    "lines": [
        "itemType", "itemId", "subItemId", "subscriptionId", "plan", "startDate", "endDate", "licenseCount",
        "memberCount", "quantity", "amount",
    ],
    "metered": [
        "itemType", "group", "itemId", "subItemId", "plan", "number", "firstDay", "lastDay",
    ],
}  # fmt: skip

# The place of a line says nothing: LINE WORKS may list the same lines in another order.
_Line = list[Any]


def canonical(value: Any) -> str:
    """Return JSON that is the same for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text."""
    return sha256(text.encode()).hexdigest()


def of_customer(customer: CustomerMonth) -> dict[str, Any]:
    """Return what was compared of a customer: its lines, and the days of what was metered as stretches."""
    return {
        "domainId": customer.domain_id,
        "lines": sorted(map(as_list, customer.lines), key=canonical),
        "metered": list(_stretches(customer)),
        "isMetered": customer.is_metered,
    }


def as_list(line: Line) -> _Line:
    """Return a line without its place."""
    days = [None if day is None else day.isoformat() for day in (line.first, line.last)]
    return [
        line.item_type, line.item_id, line.sub_item_id, line.subscription_id, line.plan, *days, line.licenses,
        line.users, line.quantity, line.amount,
    ]  # fmt: skip


def lines_in(text: str) -> dict[int, list[_Line]]:
    """Return the lines of each customer that a signed-off text holds."""
    customers = json.loads(text)["check"]["customers"]
    return {int(customer["domainId"]): customer["lines"] for customer in customers}


def changed(before: Sequence[_Line], after: Sequence[_Line]) -> tuple[list[_Line], list[_Line]]:
    """Return the lines that are gone and those that are new."""
    gone, new = list(before), []
    for line in after:
        if line in gone:
            gone.remove(line)
        else:
            new.append(line)
    return gone, new


def signed(check_text: str, causes: Iterable[Mapping[str, Any]]) -> str:
    """Return the text that signing off keeps: that of the check, and the causes that people chose."""
    chosen = canonical(sorted(causes, key=canonical))
    return f'{{"causes":{chosen},"check":{check_text}}}'


def _stretches(customer: CustomerMonth) -> Iterator[list[Any]]:
    days: defaultdict[tuple[Key, Force], list[int]] = defaultdict(list)
    for metered in customer.metered:
        days[metered.key, metered.force].append(metered.day + 1)
    for (key, force), numbers in sorted(days.items()):
        numbers.sort()
        first = last = numbers[0]
        for number in [*numbers[1:], 0]:
            if number != last + 1:
                yield [*key, *force, first, last]
                first = number
            last = number
