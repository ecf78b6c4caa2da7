"""
Fills a fresh state with what is under way among its customers, and with those who may come over from Online Direct.

It draws nothing from the chances of the customers themselves, so that who they are does not hang on it.
"""

import random
import string
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from .customers import PENDING
from .inferred import end_of_pending
from .state import State, to_json

# A book too small to spare anybody keeps its customers as they are.
FEWEST_CUSTOMERS = 40
ONE_IN, MOST_OF_A_KIND = 60, 20
FIRST_POTENTIAL_ID = 290_000_001  # below those of the customers, whose next new one follows the highest

_POTENTIALS = (
    # company, domain, contracts as (productId, plan, licenceCount), members, apps that the partner doesn't handle
    ("株式会社すみれ製菓", "sumire-seika.example.jp", (("STD", "MONTHLY", None),), 34, ()),
    ("医療法人あけぼの会", "akebono-kai.example.jp", (("ADV", "ANNUAL_LICENSE", 60),), 52, ("勤怠ボード",)),
    ("有限会社ほたる工房", "hotaru-kobo", (("FR", "FREE", None),), 12, ()),
    ("こもれび法律事務所", "komorebi-law.example.jp", (("STD_T", "TRIAL", None), ("NTA_FR", "FREE", None)), 9, ()),
    ("株式会社しおかぜ観光", "shiokaze-kanko", (("STD", "ANNUAL_LICENSE", 25),), 25, ("宅配便らくらく送信",)),
)
_OF_CODES = string.ascii_letters + string.digits
_LONGEST_CODE = 20


def seed_situations(state: State, customers: range, seed: int, today: date) -> None:
    """
    Put what is under way into the book; part of the caller's transaction.

    Args:
        customers: the domainIds of the made-up customers, of whom the last becomes the partner's own domain.
    """
    chance = random.Random(f"situations {seed}")  # noqa: S311  made-up customers, no secret
    _add_potentials(state, chance)
    if not customers:
        return
    state.db.execute("UPDATE platforms SET is_partner = 1 WHERE domain_id = ?", (customers[-1],))
    if len(customers) >= FEWEST_CUSTOMERS:
        _Situations(state, chance, today, customers[:-1]).fill()


class _Situations:
    def __init__(self, state: State, chance: random.Random, today: date, customers: range) -> None:
        self._state = state
        self._chance = chance
        self._today = today
        self._customers = customers
        self._how_many = min(MOST_OF_A_KIND, 1 + len(customers) // ONE_IN)
        self._taken: set[int] = set()

    def fill(self) -> None:
        self._begin_upgrades()
        self._leave_inactive()
        self._schedule_limits()
        self._schedule_withdrawals()
        self._make_one_pending()

    def _pick(self, condition: str, how_many: int) -> Iterator[tuple[Any, ...]]:
        """Pick customers who meet a condition and of whom nothing else is under way."""
        query = f"""
            SELECT domain_id, domain, max_member_count, end_date
            FROM customers JOIN platforms USING (domain_id) LEFT JOIN subscriptions USING (domain_id)
            WHERE domain_id BETWEEN ? AND ? AND platforms.status = 'ACTIVE' AND {condition}
            ORDER BY domain_id * 7919 % 10007, domain_id LIMIT ?"""  # noqa: S608  conditions of our own
        first, last = self._customers[0], self._customers[-1]
        # Strewn over the book by the order; those taken already are passed over, so as many more are read.
        for row in self._state.db.execute(query, (first, last, how_many + len(self._taken))).fetchall():
            if how_many and row[0] not in self._taken:
                how_many -= 1
                self._taken.add(row[0])
                yield row

    def _set(self, domain_id: int, **values: object) -> None:
        columns = ", ".join(f"{name} = ?" for name in values)
        query = f"UPDATE platforms SET {columns} WHERE domain_id = ?"  # noqa: S608  names of our own
        self._state.db.execute(query, (*values.values(), domain_id))

    def _in_days(self, fewest: int, most: int) -> str:
        return (self._today + timedelta(days=self._chance.randint(fewest, most))).isoformat()

    def _begin_upgrades(self) -> None:
        for domain_id, label, *_ in self._pick("domain_type = 'GROUP'", self._how_many):
            self._set(domain_id, upgrade_domain=f"{label}.example.jp", has_dns=self._chance.randint(0, 1))

    def _leave_inactive(self) -> None:
        is_unproven = "domain_type = 'DOMAIN' AND NOT json_extract(customers.record, '$.enableActiveDomain')"
        for domain_id, *_ in self._pick(is_unproven, self._how_many):
            self._set(domain_id, accepted_terms=self._chance.randint(0, 1), has_dns=self._chance.randint(0, 1))
        for domain_id, *_ in self._pick(is_unproven, 1):
            self._set(domain_id, accepted_terms=0)

    def _schedule_limits(self) -> None:
        for domain_id, _, limit, _ in self._pick("max_member_count > 0", self._how_many):
            self._set(domain_id, limit_date=self._in_days(5, 90), limit_count=limit + self._chance.randint(5, 50))

    def _schedule_withdrawals(self) -> None:
        asked_on = (self._today - timedelta(days=3)).isoformat()
        for domain_id, _, _, end in self._pick("subscriptions.is_paid", self._how_many):
            free_of_penalty = (date.fromisoformat(end) + timedelta(days=1)).isoformat()
            self._set(domain_id, withdrawal_date=free_of_penalty, withdrawal_set_on=asked_on)

    def _make_one_pending(self) -> None:
        asked_on = self._today - timedelta(days=3)
        has_nothing = "subscription_id IS NULL AND domain_id NOT IN (SELECT domain_id FROM pre_orders)"
        for domain_id, *_ in self._pick(has_nothing, 1):
            self._set(
                domain_id,
                status=PENDING,
                has_slow_app=1,
                withdrawal_date=end_of_pending(asked_on).isoformat(),
                withdrawal_set_on=asked_on.isoformat(),
            )


def _add_potentials(state: State, chance: random.Random) -> None:
    for number, (company_name, domain, contracts, members, apps) in enumerate(_POTENTIALS):
        domain_id = FIRST_POTENTIAL_ID + number
        has_domain = "." in domain
        customer = {
            "tenantId": domain_id - 100_000_000,
            "domainId": domain_id,
            "domain": domain,
            "companyName": company_name,
            "phoneNumber": f"03-{chance.randrange(3000, 7000)}-{chance.randrange(10_000):04}",
            "timeZone": "Asia/Tokyo",
            "locale": "ja_JP",
            "enableActiveMxrecord": has_domain,
            "enableActiveDomain": has_domain,
            "domainType": "DOMAIN" if has_domain else "GROUP",
        }
        record = {
            "customer": customer,
            "contracts": [dict(zip(("productId", "plan", "licenseCount"), one, strict=True)) for one in contracts],
            "members": members,
            "notHandledApps": apps,
        }
        partner_code = "".join(chance.choices(_OF_CODES, k=_LONGEST_CODE))
        state.db.execute(
            "INSERT INTO potentials (domain, record, partner_code) VALUES (?, ?, ?)",
            (domain, to_json(record), partner_code),
        )
