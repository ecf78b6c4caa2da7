"""
Fills a fresh state with believable customers. The same number, seed and first day give the same customers.

What share has which contract is a guess at a reseller's book; the vendor publishes no such figures.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from . import names
from .catalogue import takes_licenses
from .contracts import paid_subscription
from .seed_billing import seed_billing
from .seed_options import seed_options
from .seed_reservations import seed_reservations
from .seed_situations import seed_situations
from .state import State

T = TypeVar("T")

FIRST_DOMAIN_ID = 300_000_001
FIRST_TENANT_ID = 200_000_001
LONGEST_DOMAIN_NAME = 22
OWN_DOMAINS = ("example.jp", "example.co.jp", "example.com")  # reserved names: no mail can reach anybody

_PAID_PLANS = (("ANNUAL_LICENSE", 50), ("MONTHLY", 35), ("ANNUAL_PREPAY_LICENSE", 15))
_RENEWALS = (("STAY", 90), ("CHANGE", 7), ("CANCEL", 3))
_SIZES = ((5, 20), (12, 25), (30, 25), (80, 18), (250, 9), (900, 3))
_CONTRACTS = (("paid", 80), ("trial", 8), ("none", 5), ("free", 4), ("trial ended", 3))


@dataclass(frozen=True, slots=True)
class Company:
    """A company's name and the label of its domain."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class NamedCustomer:
    """A customer that every seed has, so that demonstrations and tests can name it."""

    company: Company
    zone: str | None
    contract: str
    product_id: str = ""
    plan: str = ""
    license_count: int | None = None


BY_WORKS = "by-works.com"
NAMED_CUSTOMERS = (
    NamedCustomer(Company("株式会社ひかり物流", "hikari-logi"), BY_WORKS, "paid", "ADV", "ANNUAL_LICENSE", 120),
    NamedCustomer(Company("株式会社みなと設計", "minato-sekkei"), BY_WORKS, "paid", "STD", "MONTHLY"),
    NamedCustomer(Company("有限会社三河屋フーズ", "mikawaya-foods"), None, "trial", "STD_T"),
    NamedCustomer(Company("合同会社リーフワークス", "leafworks-llc"), None, "none"),
    NamedCustomer(
        Company("株式会社北浜フーズ", "kitahama-foods"),
        "example.jp",
        "paid",
        "ADV",
        "ANNUAL_PREPAY_LICENSE",
        45,
    ),
    NamedCustomer(Company("株式会社つばめ運輸", "tsubame-unyu"), BY_WORKS, "none"),
)


def seed_customers(state: State, customers: int, seed: int, today: date) -> None:
    """Add so many customers with their contracts; part of the caller's transaction."""
    _Seeder(state, seed, today).fill(customers)
    made_up = range(FIRST_DOMAIN_ID + len(NAMED_CUSTOMERS), FIRST_DOMAIN_ID + customers)
    seed_situations(state, made_up, seed, today)
    seed_reservations(state, made_up.start, seed, today)
    seed_options(state, made_up.start, seed, today)
    seed_billing(state, seed, today)


class _Seeder:
    def __init__(self, state: State, seed: int, today: date) -> None:
        self._state = state
        self._random = random.Random(seed)  # noqa: S311  made-up customers, no secret
        self._today = today
        self._labels: dict[str, int] = {}
        self._platforms: list[dict[str, Any]] = []
        # The ids begin with those of the named customers, which are the same in every seed.
        self._next_domain_id = FIRST_DOMAIN_ID
        self._next_tenant_id = FIRST_TENANT_ID

    def fill(self, customers: int) -> None:
        named = NAMED_CUSTOMERS[:customers]
        # A domain name belongs to one customer, so nobody else may be given the label of a named one.
        self._labels = {customer.company.label: 1 for customer in NAMED_CUSTOMERS}
        self._state.add_customers(self._named_records(named))
        self._state.add_customers(self._made_up_record() for _ in range(customers - len(named)))
        self._state.add_platforms(self._platforms)

    def _named_records(self, named: tuple[NamedCustomer, ...]) -> Iterator[dict[str, Any]]:
        for customer in named:
            record = self._record(customer.company, customer.zone)
            domain_id = record["domainId"]
            self._add_platform(domain_id, customer.license_count or 20, customer.license_count)
            if customer.contract == "paid":
                self._add_paid(domain_id, customer.product_id, customer.plan, customer.license_count, "STAY")
            elif customer.contract == "trial":
                self._add_unpaid(domain_id, customer.product_id, "TRIAL", end=self._today + timedelta(days=14))
            yield record

    def _made_up_record(self) -> dict[str, Any]:
        chance = self._random
        zone = _pick(chance, ((BY_WORKS, 72), (None, 10), (chance.choice(OWN_DOMAINS), 18)))
        record = self._record(self._company(), zone)
        self._add_contracts(record["domainId"], has_domain=zone is not None)
        return record

    def _record(self, company: Company, zone: str | None) -> dict[str, Any]:
        """Make a customer's record. `zone` is what follows the label of its domain; None for a group name."""
        chance = self._random
        domain_id, self._next_domain_id = self._next_domain_id, self._next_domain_id + 1
        tenant_id, self._next_tenant_id = self._next_tenant_id, self._next_tenant_id + 1
        domain = f"{company.label}.{zone}" if zone else company.label
        is_proven = zone == BY_WORKS or (zone is not None and chance.random() < 0.9)
        last_name, first_name = chance.choice(names.LAST_NAMES), chance.choice(names.FIRST_NAMES)
        mail_name = f"{first_name[1]}.{last_name[1]}"
        return {
            "tenantId": tenant_id,
            "domainId": domain_id,
            "domain": domain,
            "companyName": company.name,
            "phoneNumber": self._phone_number(),
            "timeZone": "Asia/Tokyo",
            "locale": _pick(chance, (("ja_JP", 96), ("en_US", 3), ("ko_KR", 1))),
            "enableActiveMxrecord": is_proven and zone != BY_WORKS and chance.random() < 0.7,
            "enableActiveDomain": is_proven,
            "domainType": "DOMAIN" if zone else "GROUP",
            "administrator": {
                "lastName": last_name[0],
                "firstName": first_name[0],
                "id": mail_name,
                "privateEmail": f"{mail_name}@{company.label}.example.net",
                "cellphone": f"0{chance.choice('789')}0-{self._four_digits()}-{self._four_digits()}",
                "countryCode": "+81",
            },
            "partnership": self._partnership(domain_id),
        }

    def _partnership(self, domain_id: int) -> dict[str, Any]:
        partnership: dict[str, Any] = {"enablePartnerProfileDisplay": self._random.random() < 0.95}
        if self._random.random() < 0.85:
            partnership["customerCode"] = f"C-{domain_id - FIRST_DOMAIN_ID + 1:06}"
        if self._random.random() < 0.35:
            partnership["memo"] = self._random.choice(names.MEMOS)
        return partnership

    def _phone_number(self) -> str:
        area, digits = self._random.choice(names.AREA_CODES)
        exchange = self._random.randrange(2 * 10 ** (digits - 5), 10 ** (digits - 4))
        return f"{area}-{exchange}-{self._four_digits()}"

    def _four_digits(self) -> str:
        return f"{self._random.randrange(10_000):04}"

    def _company(self) -> Company:
        name, label = self._name()
        return Company(name, self._unique_label(label))

    def _name(self) -> tuple[str, str]:
        chance = self._random
        stem, stem_latin = chance.choice(names.STEMS)
        trade, trade_latin = chance.choice(names.TRADES)
        form = chance.randrange(100)
        if form < 44:
            return f"株式会社{stem}{trade}", f"{stem_latin}-{trade_latin}"
        if form < 62:
            return f"{stem}{trade}株式会社", f"{stem_latin}-{trade_latin}"
        if form < 72:
            return f"有限会社{stem}{trade}", f"{stem_latin}-{trade_latin}"
        if form < 79:
            return f"合同会社{stem}{trade}", f"{stem_latin}-{trade_latin}-llc"
        if form < 84:
            kind, kind_latin = chance.choice(names.CLINICS)
            return f"医療法人{stem}会 {stem}{kind}", f"{stem_latin}-{kind_latin}"
        if form < 87:
            kind, kind_latin = chance.choice(names.SCHOOLS)
            return f"学校法人{stem}{kind}", f"{stem_latin}-{kind_latin}"
        if form < 90:
            kind, kind_latin = chance.choice(names.WELFARE)
            return f"社会福祉法人{stem}{kind}", f"{stem_latin}-{kind_latin}"
        if form < 93:
            return f"税理士法人{stem}会計事務所", f"{stem_latin}-tax"
        latin_stem, latin_trade = chance.choice(names.LATIN_STEMS), chance.choice(names.LATIN_TRADES)
        label = f"{latin_stem}-{latin_trade}".lower()
        if form < 97:
            return f"{latin_stem} {latin_trade}株式会社", label
        return f"株式会社{latin_stem}{latin_trade}", label

    def _unique_label(self, label: str) -> str:
        """Fit a label into the vendor's length and number it until nobody else has it."""
        base = _shorten(label, LONGEST_DOMAIN_NAME)
        number = self._labels.get(base, 0) + 1
        self._labels[base] = number
        if number == 1:
            return base
        numbered = f"{_shorten(base, LONGEST_DOMAIN_NAME - len(str(number)) - 1)}-{number}"
        # Two bases may come to the same once shortened; then that form is numbered in its turn.
        return self._unique_label(numbered)

    def _add_contracts(self, domain_id: int, *, has_domain: bool) -> None:
        chance = self._random
        contract = _pick(chance, _CONTRACTS)
        product_id = "ADV" if has_domain and chance.random() < 0.4 else "STD"
        plan = _pick(chance, _PAID_PLANS)
        size = max(1, round(_pick(chance, _SIZES) * chance.uniform(0.6, 1.7)))
        license_count = size if takes_licenses(plan) else None
        self._add_platform(domain_id, size, license_count if contract == "paid" else None)
        if contract == "paid":
            self._add_paid(domain_id, product_id, plan, license_count, _pick(chance, _RENEWALS))
            if chance.random() < 0.08:
                self._add_second_product(domain_id, size)
        elif contract == "trial":
            end = self._today + timedelta(days=chance.randint(1, 30))
            self._add_unpaid(domain_id, f"{product_id}_T", "TRIAL", end=end)
        elif contract == "trial ended":
            end = self._today - timedelta(days=chance.randint(1, 20))
            self._add_unpaid(domain_id, f"{product_id}_T", "TRIAL", end=end, status="SUSPENDED_TRIALEND")
        elif contract == "free":
            self._add_unpaid(domain_id, "FR", "FREE", end=None)
        elif chance.random() < 0.4:
            self._add_pre_order(domain_id, product_id, plan, license_count)

    def _add_platform(self, domain_id: int, size: int, license_count: int | None) -> None:
        """Note how many members there are: fewer than licenses where those are counted, and a limit elsewhere."""
        chance = self._random
        members = max(1, round(size * chance.uniform(0.5, 1.0)))
        has_limit = license_count is None and chance.random() < 0.5
        self._platforms.append(
            {
                "domain_id": domain_id,
                "status": "SUSPENDED_ADMIN" if chance.random() < 0.005 else "ACTIVE",
                "member_count": members,
                "max_member_count": size if has_limit else None,
                "has_slow_app": int(chance.random() < 0.03),
                "storage_gb": round(members * chance.uniform(0.5, 8)),
                "contacts": members * chance.randint(10, 400),
            }
        )

    def _add_paid(self, domain_id: int, product_id: str, plan: str, license_count: int | None, renewal: str) -> None:
        # A contract of a year, begun on any of the days on which it would still be running today.
        start = self._today - timedelta(days=self._random.randint(0, 363))
        record = paid_subscription(domain_id, product_id, plan, license_count, start)
        if renewal == "CANCEL":
            record["renewal"] = {"type": "CANCEL"}
        elif renewal == "CHANGE":
            record["renewal"]["type"] = "CHANGE"
            if license_count is not None:
                record["renewal"]["licenseCount"] = max(1, round(license_count * self._random.uniform(0.5, 1.5)))
            else:
                record["renewal"] |= {"plan": "ANNUAL_LICENSE", "licenseCount": 20}
        self._state.add_subscription(record)

    def _add_second_product(self, domain_id: int, size: int) -> None:
        start = self._today - timedelta(days=self._random.randint(0, 363))
        family = self._random.choice(("NTA_TM", "NTA_SL", "NTA_FR", "ROG_STD"))
        if family == "NTA_FR":
            self._add_unpaid(domain_id, family, "FREE", end=None)
        elif family == "ROG_STD":
            record = paid_subscription(domain_id, family, "ANNUAL_LICENSE", size, start)
            record["licenseAssignType"] = self._random.choice(("AUTO", "MANUAL"))
            self._state.add_subscription(record)
        else:
            plan = self._random.choice(("ANNUAL", "MONTHLY"))
            self._state.add_subscription(paid_subscription(domain_id, family, plan, None, start))

    def _add_unpaid(
        self, domain_id: int, product_id: str, plan: str, *, end: date | None, status: str = "ACTIVE"
    ) -> None:
        start = (end or self._today) - timedelta(days=30 if end else self._random.randint(1, 900))
        self._state.add_subscription(
            {
                "domainId": domain_id,
                "productId": product_id,
                "plan": plan,
                "planStartDate": start.isoformat(),
                "planEndDate": end.isoformat() if end else None,
                "licenseAssignType": "NONE",
                "licenseCount": None,
                "status": status,
                "renewal": None,
            }
        )

    def _add_pre_order(self, domain_id: int, product_id: str, plan: str, license_count: int | None) -> None:
        apply_date = self._today + timedelta(days=self._random.randint(1, 31))
        self._state.add_pre_order(domain_id, product_id, plan, license_count, apply_date)


def _pick(chance: random.Random, weighted: tuple[tuple[T, int], ...]) -> T:
    return chance.choices([value for value, _ in weighted], [weight for _, weight in weighted])[0]


def _shorten(label: str, length: int) -> str:
    return label[:length].rstrip("-")
