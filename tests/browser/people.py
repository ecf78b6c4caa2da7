"""Who works with Partnerdesk on a stage, and for whom. No Django, so that whoever drives a browser can read it."""

from dataclasses import dataclass

# Customers that every sandbox has: an Advanced contract by the year, a trial, and none yet.
HIKARI, MIKAWAYA, TSUBAME = 300_000_001, 300_000_003, 300_000_006
# Nobody orders anything for this one.
OPENED = 300_000_020
# The customers from here on have the operations in each state; the first of them has a pre-order.
FIRST_OF_STATES = 300_000_040
# Customers with a renewal, which only their test knows.
RENEWALS = range(310_000_001, 310_000_051)
PASSWORD = "a-stage-is-no-secret"


@dataclass(frozen=True)
class Person:
    """Somebody with a role (the value of ``portal.accounts.roles.Role``)."""

    role: str
    name: str
    email: str


ADMINISTRATOR = Person("administrator", "高橋 健", "takahashi@partner.example")
MANAGER = Person("account_manager", "佐藤 美咲", "sato@partner.example")
SUPPORT = Person("support", "鈴木 彩", "suzuki@partner.example")
FINANCE = Person("finance", "田中 亮", "tanaka@partner.example")
PEOPLE = (ADMINISTRATOR, MANAGER, SUPPORT, FINANCE)
