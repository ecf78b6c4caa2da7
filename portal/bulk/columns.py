"""
The columns of a bulk request: the customer, the target, and the fields of the command's form.

Headers are recognised by their labels in every language, and by the names of the payload.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from portal.bulk.parsers import BadFile
from portal.core.search import fold
from portal.operations.commands import COMMANDS, Command

CUSTOMER = "customer"
NOTE = "note"
# What a path names, in people's words; any other id is called as the request calls it.
IDS: dict[str, str | Promise] = {
    "pre_order_id": gettext_lazy("Pre-order"),
    "subscription_id": gettext_lazy("Subscription"),
    "option_product_id": gettext_lazy("Option"),
    "type": gettext_lazy("What happens"),
}


@dataclass(frozen=True)
class Column:
    """
    One column of a file.

    Args:
        name: of the field, or of the id.
        label: its header.
        needed: whether each row has something there.
        hint: what is asked for.
        choices: what can be chosen, in people's words.
    """

    name: str
    label: str | Promise
    needed: bool = True
    hint: str | Promise = ""
    choices: Sequence[str] = ()

    @property
    def spellings(self) -> set[str]:
        """Every header that names this column."""
        return {fold(self.name), *in_every_language(self.label)}


def kinds() -> Iterator[Command[Any]]:
    """Return the orders that can come from a file: about a customer, and without a secret."""
    for command in COMMANDS:
        secret = any(isinstance(field.widget, forms.PasswordInput) for field in command.form.base_fields.values())
        if command.reads and not secret and not command.is_onboarding:
            yield command


def kind_called(kind: str) -> Command[Any] | None:
    """Return the order of a kind, if it can come from a file."""
    return next((command for command in kinds() if command.kind == kind), None)


def columns_of(command: Command[Any]) -> list[Column]:
    """Return the columns of a kind, in the order of the template."""
    about = [
        Column(name, IDS.get(name, name), needed=False, hint=gettext_lazy("Empty where the customer has only one."))
        for name in command.ids
    ]
    fields = [
        Column(
            name,
            field.label or name,
            needed=field.required and not command.form.keeps_the_rest,
            hint=field.help_text,
            choices=_choices(field),
        )
        for name, field in command.form.base_fields.items()
    ]
    note = Column(NOTE, gettext_lazy("Note"), needed=False, hint=gettext_lazy("For yourselves; it is not sent."))
    return [_customer(), *about, *fields, note]


@dataclass(frozen=True)
class Places:
    """
    Where the columns of a kind stand in the lines of a file.

    Args:
        at: the place of each column by its name.
        unknown: the headers that name none of the columns.
    """

    at: Mapping[str, int]
    unknown: Sequence[str] = ()


def places(command: Command[Any], header: Sequence[str]) -> Places:
    """
    Return where each column of a kind stands.

    Raises:
        BadFile: the header lacks a column, or has one twice.
    """
    found: dict[str, int] = {}
    unknown: list[str] = []
    columns = columns_of(command)
    for place, head in enumerate(header):
        column = next((column for column in columns if fold(head) in column.spellings), None)
        if column is None:
            unknown.append(head or f"#{place + 1}")
        elif column.name in found:
            raise BadFile("twice", column=head)
        else:
            found[column.name] = place
    missing = [column.name for column in columns if column.needed and column.name not in found]
    if missing:
        raise BadFile("lacks", columns=missing)
    return Places(found, unknown)


def in_every_language(words: str | Promise) -> set[str]:
    """Return how a text reads in each language of Partnerdesk, as it is compared."""
    found = set()
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.add(fold(str(words)))
    return found


def flat(choices: Any) -> Iterator[tuple[str, Any]]:
    """Return the choices of a field without their groups; the empty one is none."""
    for code, words in choices:
        if isinstance(words, (list, tuple)):
            yield from flat(words)
        elif code not in ("", None):
            yield str(code), words


def wording(command: Command[Any]) -> Mapping[str, str | Promise]:
    """Return the header of each column by its name."""
    return {column.name: column.label for column in columns_of(command)}


def _customer() -> Column:
    return Column(
        CUSTOMER,
        gettext_lazy("Customer"),
        hint=gettext_lazy("The number at the vendor (domainId), the domain, or your customer code."),
    )


def _choices(field: forms.Field) -> list[str]:
    return [str(words) for _code, words in flat(getattr(field, "choices", ()))]
