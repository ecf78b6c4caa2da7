"""
Fills a fresh state with what is under way among its customers, and with those who may come over from Online Direct.

It draws nothing from the chances of the customers themselves, so that who they are does not hang on it.
"""

import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from .customers import PENDING
from .inferred import end_of_pending
from .state import State, to_json

# A book too small to spare anybody keeps its customers as they are.
FEWEST_CUSTOMERS = 40
ONE_IN, MOST_OF_A_KIND = 60, 20
MOST_LOOKED_AT = 3_000  # plenty to find twenty of a kind
FIRST_POTENTIAL_ID = 290_000_001  # below those of the customers, whose next new one follows the highest

_POTENTIALS = (
    # company, domain, contracts as (productId, plan, licenseCount), members, apps that the partner doesn't handle
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


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A customer of whom nothing is under way yet, as far as it matters here; `end` is that of a paid contract."""

    domain_id: int
    domain: str
    is_group: bool
    is_proven: bool
    limit: int | None
    end: date | None
    has_nothing: bool


class _Situations:
    def __init__(self, state: State, chance: random.Random, today: date, customers: range) -> None:
        self._state = state
        self._chance = chance
        self._today = today
        self._how_many = min(MOST_OF_A_KIND, 1 + len(customers) // ONE_IN)
        self._candidates = _candidates(state, customers[:MOST_LOOKED_AT])
        chance.shuffle(self._candidates)

    def fill(self) -> None:
        self._begin_upgrades()
        self._leave_inactive()
        self._schedule_limits()
        self._schedule_withdrawals()
        self._make_one_pending()

    def _pick(self, suits: Callable[[_Candidate], bool], how_many: int) -> list[_Candidate]:
        """Pick customers who suit and are not picked again."""
        picked = list(islice(filter(suits, self._candidates), how_many))
        self._candidates = [one for one in self._candidates if one not in picked]
        return picked

    def _set(self, customer: _Candidate, **values: object) -> None:
        columns = ", ".join(f"{name} = ?" for name in values)
        query = f"UPDATE platforms SET {columns} WHERE domain_id = ?"  # noqa: S608  names of our own
        self._state.db.execute(query, (*values.values(), customer.domain_id))

    def _begin_upgrades(self) -> None:
        for one in self._pick(lambda one: one.is_group, self._how_many):
            self._set(one, upgrade_domain=f"{one.domain}.example.jp", has_dns=self._chance.randint(0, 1))

    def _leave_inactive(self) -> None:
        inactive = self._pick(lambda one: not one.is_group and not one.is_proven, 1 + self._how_many)
        for number, one in enumerate(inactive):
            self._set(one, accepted_terms=number % 2, has_dns=self._chance.randint(0, 1))

    def _schedule_limits(self) -> None:
        for one in self._pick(lambda one: one.limit is not None, self._how_many):
            day = self._today + timedelta(days=self._chance.randint(5, 90))
            limit = (one.limit or 0) + self._chance.randint(5, 50)
            self._set(one, limit_date=day.isoformat(), limit_count=limit)

    def _schedule_withdrawals(self) -> None:
        asked_on = (self._today - timedelta(days=3)).isoformat()
        for one in self._pick(lambda one: one.end is not None, self._how_many):
            free_of_penalty = (one.end or self._today) + timedelta(days=1)
            self._set(one, withdrawal_date=free_of_penalty.isoformat(), withdrawal_set_on=asked_on)

    def _make_one_pending(self) -> None:
        asked_on = self._today - timedelta(days=3)
        for one in self._pick(lambda one: one.has_nothing, 1):
            self._set(
                one,
                status=PENDING,
                has_slow_app=1,
                withdrawal_date=end_of_pending(asked_on).isoformat(),
                withdrawal_set_on=asked_on.isoformat(),
            )


def _candidates(state: State, customers: range) -> list[_Candidate]:
    # There are no indexes yet, so each table is read once rather than joined.
    ids = (customers[0], customers[-1])
    contracts = dict(
        state.db.execute(
            "SELECT domain_id, CASE WHEN is_paid THEN end_date END FROM subscriptions WHERE domain_id BETWEEN ? AND ?",
            ids,
        )
    )
    orders = {
        row[0] for row in state.db.execute("SELECT domain_id FROM pre_orders WHERE domain_id BETWEEN ? AND ?", ids)
    }
    rows = state.db.execute(
        "SELECT domain_id, domain, domain_type, json_extract(customers.record, '$.enableActiveDomain'),"
        " max_member_count FROM customers JOIN platforms USING (domain_id)"
        " WHERE domain_id BETWEEN ? AND ? AND status = 'ACTIVE'",
        ids,
    )
    return [
        _Candidate(
            domain_id,
            domain,
            is_group=domain_type == "GROUP",
            is_proven=bool(is_proven),
            limit=limit,
            end=date.fromisoformat(end) if (end := contracts.get(domain_id)) else None,
            has_nothing=domain_id not in contracts and domain_id not in orders,
        )
        for domain_id, domain, domain_type, is_proven, limit in rows
    ]


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
