"""Who works with the portal on a stage. No Django here, so that whoever drives the browser can read it."""

from dataclasses import dataclass

PASSWORD = "a-stage-is-no-secret"


@dataclass(frozen=True)
class Person:
    """Somebody with a role (the value of ``portal.access.roles.Role``)."""

    role: str
    name: str
    email: str


ADMINISTRATOR = Person("administrator", "高橋 健", "takahashi@partner.example")
MANAGER = Person("account_manager", "佐藤 美咲", "sato@partner.example")
SUPPORT = Person("support", "鈴木 彩", "suzuki@partner.example")
FINANCE = Person("finance", "田中 亮", "tanaka@partner.example")
PEOPLE = (ADMINISTRATOR, MANAGER, SUPPORT, FINANCE)
