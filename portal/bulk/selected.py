"""
Bulk requests for what somebody selected in a list: the same request for each, written as the file that holds it.

The file takes the way of every upload: it is read, checked, decided about and run there.
"""

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.bulk import uploads
from portal.bulk.columns import CUSTOMER, IDS, flat, kinds
from portal.bulk.models import Import
from portal.core.clock import business_today
from portal.core.labels import word_for
from portal.core.untrusted_text import SeenTextForm
from portal.operations.command_forms import DayField, Row, Situation
from portal.operations.commands import Command
from portal.operations.snapshots import Snapshot, from_cache_of

# The vocabularies of ids that are codes. Other ids are numbers, which tell the things of one customer apart.
CODED_IDS = {"option_product_id": "option", "type": "option_task"}


@dataclass(frozen=True)
class Thing:
    """
    What a request can be about.

    Args:
        domain_id: the customer.
        ids: what names it below the customer, by the names in the paths of commands; nothing for the customer itself.
    """

    domain_id: int
    ids: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Offer:
    """
    What can be chosen for some things: what any of them allows.

    Args:
        choices: the words of each code, by field or id.
        fields: those that the form has for any of them.
        optional: those that are not needed for some of them.
        days: the first and the last legal day, by field.
        is_empty: whether the request can be about none of them.
    """

    choices: dict[str, dict[str, str]] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)
    optional: set[str] = field(default_factory=set)
    days: dict[str, tuple[date, date]] = field(default_factory=dict)
    is_empty: bool = True


def kinds_for(ids: Collection[str], by: User) -> list[Command[Any]]:
    """
    Return the commands that a person may request for things of a list.

    Args:
        ids: what names a thing of the list below its customer; nothing for customers.
        by: the person.
    """
    return [command for command in kinds() if set(ids) <= set(command.ids) and by.has_perm(command.permission)]


def can_be_common(command: Command[Any]) -> bool:
    """Return whether the same values can be right for many: not where each needs a text of its own, as its domain."""
    fields = command.form.base_fields.values()
    return not any(type(each) is forms.CharField and each.required for each in fields)


def offer_of(command: Command[Any], things: Sequence[Thing]) -> Offer:
    """Return what can be chosen for some things by what the cache holds of them."""
    states = from_cache_of({thing.domain_id for thing in things}, command.resources)
    today = business_today()
    offer = Offer()
    for thing in things:
        state, _read_at = states.get(thing.domain_id, (None, None))
        if state is not None:
            _widen(offer, command, thing, state, today)
    return offer


def _widen(offer: Offer, command: Command[Any], thing: Thing, state: Snapshot, today: date) -> None:
    for target in command.targets(state):
        if any(target.ids.get(name) != value for name, value in thing.ids.items()):
            continue
        offer.is_empty = False
        for name in command.ids:
            if name in CODED_IDS:
                code = str(target.ids[name])
                offer.choices.setdefault(name, {})[code] = word_for(CODED_IDS[name], code)
        form = command.form(situation=Situation(state, target, today, thing.domain_id))
        for name, each in form.fields.items():
            _widen_field(offer, name, each)


def _widen_field(offer: Offer, name: str, each: forms.Field) -> None:
    offer.fields.add(name)
    if not each.required:
        offer.optional.add(name)
    if isinstance(each, forms.ChoiceField):
        offer.choices.setdefault(name, {}).update({code: str(words) for code, words in flat(each.choices)})
    if isinstance(each, DayField) and each.first and each.last and each.first <= each.last:
        first, last = offer.days.get(name, (each.first, each.last))
        offer.days[name] = min(first, each.first), max(last, each.last)


class CommonForm(SeenTextForm):
    """
    The values of a request that are the same for all. The rules look at them with each customer's own state.

    Args:
        command: what is requested.
        offer: what can be chosen.
        named: the ids that each thing has of its own.
    """

    def __init__(self, command: Command[Any], offer: Offer, named: Collection[str], data: Any = None) -> None:
        super().__init__(data)
        self.command = command
        for name in command.ids:
            if name in CODED_IDS and name not in named:
                self.fields[name] = _select(str(IDS[name]), offer.choices.get(name, {}), required=True)
        for name, base in command.form.base_fields.items():
            if name in offer.fields:
                needed = base.required and name not in offer.optional and name not in command.form.needs
                self.fields[name] = _common(name, base, offer, needed=needed and not command.form.keeps_the_rest)

    def rows(self) -> Iterator[Row]:
        """Return the fields in the order in which they are shown, with what each of them needs."""
        for bound in self.visible_fields():
            needs, values = self.command.form.needs.get(bound.name, ("", ()))
            yield Row(bound, needs if needs in self.fields else "", " ".join(values))

    def values(self) -> dict[str, str]:
        """Return what was filled in, as cells of a file in people's words; a box that is ticked says yes."""
        given = {name: value for name, value in self.cleaned_data.items() if value not in (None, "", False)}
        return {name: self._cell(name, value) for name, value in given.items()}

    def _cell(self, name: str, value: Any) -> str:
        if value is True:
            return _("yes")
        field = self.fields[name]
        if not isinstance(field, forms.ChoiceField) or name in self.command.ids:
            return str(value)
        words = {code: str(words) for code, words in flat(field.choices)}
        # Where two choices have the same words, only the code tells them apart.
        return words[value] if list(words.values()).count(words[value]) == 1 else str(value)


def _common(name: str, base: forms.Field, offer: Offer, *, needed: bool) -> forms.Field:
    label, hint = base.label, base.help_text
    match base:
        case forms.ChoiceField():
            return _select(label, offer.choices.get(name, {}), required=needed, hint=hint)
        case forms.BooleanField():
            return forms.BooleanField(label=label, help_text=hint, required=False)
        case DayField():
            return _day(label, offer.days.get(name), required=needed)
        case forms.IntegerField():
            # How many there can be differs from customer to customer; none or fewer are right for nobody.
            few = {"min_value": _("Enter 1 or more.")}
            return forms.IntegerField(label=label, help_text=hint, required=needed, min_value=1, error_messages=few)
        case _:
            length = getattr(base, "max_length", None) or 500
            return forms.CharField(label=label, help_text=hint, required=needed, max_length=length)


def _select(label: Any, choices: Mapping[str, str], *, required: bool, hint: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, help_text=hint, required=required, choices=[("", _("Choose…")), *choices.items()]
    )


def _day(label: Any, days: tuple[date, date] | None, *, required: bool) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    each = forms.DateField(label=label, required=required, widget=widget, input_formats=["%Y-%m-%d"])
    if days:
        first, last = days
        widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}
        each.help_text = _("From %(first)s to %(last)s") % {"first": date_format(first), "last": date_format(last)}
    return each


def draft_of(command: Command[Any], things: Sequence[Thing], values: Mapping[str, str], *, of: str, by: User) -> Import:
    """
    Make a bulk request that asks for the same of each thing. Nothing is sent.

    Args:
        command: what is requested.
        things: what it is about, in order.
        values: the cells that are the same in every row, by the names of the columns.
        of: the list in which they were selected.
        by: who selected them.
    """
    named = [name for name in command.ids if things and name in things[0].ids]
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    lines.writerow([CUSTOMER, *named, *values])
    for thing in things:
        lines.writerow([thing.domain_id, *(thing.ids[name] for name in named), *values.values()])
    name = f"{of}-{business_today().isoformat()}.csv"
    return uploads.receive(command, text.getvalue().encode(), file_name=name, by=by, selected_in=of)
