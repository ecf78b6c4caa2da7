"""The kinds of e-mail: each declared once, by the app that knows what it tells."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise

from portal.accounts.models import User


@dataclass(frozen=True)
class Letter:
    """What an e-mail says, in the language that is active."""

    subject: str
    body: str


@dataclass(frozen=True)
class MailKind:
    """
    One kind of e-mail.

    Args:
        name: in rows; it stays.
        label: for people, on the page where they choose.
        description: when it is sent, a sentence.
        permission: who can get it.
        is_on_by_default: whether people get it who said nothing.
        compose: return what to write to a person about something, by its key; None where that is no longer so.
    """

    name: str
    label: str | Promise
    description: str | Promise
    permission: str
    is_on_by_default: bool
    compose: Callable[[User, str], Letter | None]


class MailKinds:
    """All kinds of e-mail by name, in the order in which people choose among them."""

    def __init__(self) -> None:
        self._kinds: dict[str, MailKind] = {}

    def register(self, *kinds: MailKind) -> None:
        """
        Add kinds.

        Raises:
            ValueError: one of that name is there already.
        """
        for kind in kinds:
            if kind.name in self._kinds:
                raise ValueError(f"two kinds of e-mail are called {kind.name}")
            self._kinds[kind.name] = kind

    def get(self, name: str) -> MailKind | None:
        """Return a kind by its name; None of one that is no longer declared."""
        return self._kinds.get(name)

    def __iter__(self) -> Iterator[MailKind]:
        return iter(self._kinds.values())


MAIL_KINDS: Final = MailKinds()
