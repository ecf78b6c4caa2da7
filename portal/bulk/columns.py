"""
The columns of a bulk request: the customer, the target, and the fields of the command's form.

Headers are recognized by their labels in every language, and by the names of the fields. A name as it is written in the
code goes before a label: ``plan`` is the contract type, ``Plan`` the label of ``product_id``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from portal.core.parsing import Unclear, in_every_language, one_of
from portal.core.search import fold
from portal.core.tables.parsers import BadFile
from portal.operations.commands import COMMANDS, Command

CUSTOMER = "customer"
NOTE = "note"
# What a row asks for, where the rows of a file ask for different things.
REQUEST = "request"
# What a path names, in people's words; any other id is called as the request calls it.
IDS: dict[str, str | Promise] = {
    "pre_order_id": gettext_lazy("Pre-order"),
    "subscription_id": gettext_lazy("Subscription"),
    "option_product_id": gettext_lazy("Option"),
    "type": gettext_lazy("Type of change"),
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


def kind_named(text: str) -> Command[Any]:
    """
    Return what a row asks for, by its kind or by its title in any language.

    Raises:
        Unclear: it is nothing that a file can ask for.
    """
    offered = {command.kind: command for command in kinds()}
    code = one_of(text, [(kind, in_every_language(command.title)) for kind, command in offered.items()])
    if code not in offered:
        raise Unclear(gettext_lazy("There is no such request."))
    return offered[code]


def kind_called(kind: str) -> Command[Any] | None:
    """Return the order of a kind, if it can come from a file."""
    return next((command for command in kinds() if command.kind == kind), None)


def columns_of(command: Command[Any]) -> list[Column]:
    """Return the columns of a kind, in the order of the template."""
    about = [
        Column(name, IDS.get(name, name), needed=False, hint=gettext_lazy("Leave empty if the customer has only one."))
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
    note = Column(NOTE, gettext_lazy("Note"), needed=False, hint=gettext_lazy("For your own use. Not sent."))
    return [customer_column(), *about, *fields, note]


def request_column() -> Column:
    """Return the column that says what each row asks for."""
    return Column(REQUEST, gettext_lazy("Request"), needed=False, hint=gettext_lazy("What the row asks for."))


def present_label(label: str | Promise) -> str:
    """Return the header of a column that only says what a customer has now; an upload does not look at it."""
    return gettext("%(column)s (now)") % {"column": label}


def _says_what_is_now(head: str) -> bool:
    return any(fold(head).endswith(end) for end in _ends_of_present_labels())


@cache
def _ends_of_present_labels() -> tuple[str, ...]:
    return tuple(in_every_language(gettext_lazy("%(column)s (now)"), column=""))


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


def places(command: Command[Any], header: Sequence[str], *, strict: bool = True) -> Places:
    """
    Return where each column of a kind stands.

    Args:
        command: the kind.
        header: the first line of the file.
        strict: whether the file is one of this kind. Of another one, the first of two columns counts.

    Raises:
        BadFile: the header lacks a column, or has one twice.
    """
    found: dict[str, int] = {}
    unknown: list[str] = []
    columns = [request_column(), *columns_of(command)]
    spelled = [(column, column.spellings) for column in columns]
    for place, head in enumerate(header):
        column = _column_headed(head, spelled)
        if column is None:
            if not _says_what_is_now(head):
                unknown.append(head or f"#{place + 1}")
        elif column.name not in found:
            found[column.name] = place
        elif strict:
            raise BadFile("twice", column=head)
    missing = [column.name for column in columns if column.needed and column.name not in found]
    if missing and strict:
        raise BadFile("lacks", columns=missing)
    return Places(found, unknown)


def _column_headed(head: str, columns: Sequence[tuple[Column, set[str]]]) -> Column | None:
    """Return the column with a header; a field's name goes before a label that differs only in case."""
    wanted = fold(head)
    named = (column for column, _spellings in columns if column.name == head.strip())
    labeled = (column for column, spellings in columns if wanted in spellings)
    return next(named, None) or next(labeled, None)


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


def customer_column() -> Column:
    """Return the column that names the customer."""
    return Column(
        CUSTOMER,
        gettext_lazy("Customer"),
        hint=gettext_lazy("Domain ID, domain or customer code."),
    )


def _choices(field: forms.Field) -> list[str]:
    return [str(words) for _code, words in flat(getattr(field, "choices", ()))]
