"""
Judge one row of a bulk request.

A row goes through the command's own form and rules, on the same cached state.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from customers.models import Customer
from portal.bulk.columns import CUSTOMER, NOTE, REQUEST, flat
from portal.bulk.sheets import cell
from portal.core.formulas import is_formula
from portal.core.parsing import Unclear, in_every_language, narrow, one_of, yes_or_no
from portal.core.rules import Consequence, Problem, Weight
from portal.core.stored_text import in_each_language, kept_in_each_language, of_language
from portal.operations.command_forms import CommandForm, CommandTarget, Situation
from portal.operations.commands import Command
from portal.operations.snapshots import Snapshot

_CUSTOMER_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_SHOWN_CUSTOMERS = 5
_SHOWN_TARGETS = 5
# So many can be chosen from on the page.
_MOST_CHOICES = 20
# What is not sent before somebody has looked at it.
WARNINGS = (Weight.LOSS, Weight.CARE)

Trouble = dict[str, Any]


@dataclass
class Judged:
    """What is known of a row once it has been looked at."""

    customer: Customer | None = None
    request: BaseModel | None = None
    problems: list[Trouble] = field(default_factory=list)
    summary: str = ""
    consequences: list[dict[str, Any]] = field(default_factory=list)
    is_warned: bool = False


def judge(
    command: Command[Any],
    at: Mapping[str, int],
    cells: Sequence[str],
    customers: Mapping[str, Sequence[Customer]],
    states: Mapping[int, Snapshot],
    today: date,
) -> Judged:
    """
    Judge one row.

    Args:
        order: the kind of change.
        at: at which place of a line each column stands.
        cells: of the line.
        customers: those that each key names.
        states: what the cache holds, by customer.
        today: the business day.
    """
    given = {name: cell(cells, place) for name, place in at.items() if name not in (NOTE, REQUEST)}
    judged = Judged()
    for name, text in given.items():
        if is_formula(text):
            words = _("This looks like a formula. Formulas aren’t calculated: enter the value.")
            judged.problems.append(trouble(words, at=name))
    found = customers.get(given[CUSTOMER], ())
    if len(found) == 1:
        judged.customer = found[0]
    else:
        words = _several(found) if found else _("No customer found.")
        named = [(customer.domain, f"{customer} ({customer.pk})") for customer in found]
        judged.problems.append(trouble(words, at=CUSTOMER, choices=named))
    if judged.problems or judged.customer is None:
        return judged
    state = states.get(judged.customer.pk)
    if state is None:
        judged.problems.append(trouble(not_synced(), at=CUSTOMER))
        return judged
    target = _target(command, state, given, judged)
    if target is not None:
        _ask(command, state, target, given, judged, today)
    return judged


def trouble(words: str, *, at: str = "", choices: Sequence[tuple[str, str]] = ()) -> Trouble:
    """
    Return a problem of a row in the form in which it is kept, in the language of the moment alone.

    Args:
        words: what is wrong.
        at: the column.
        choices: what could be meant: each as it would stand in the cell, and in words.
    """
    language = get_language() or settings.LANGUAGE_CODE
    offered = [{"value": value, "words": {language: said}} for value, said in choices[:_MOST_CHOICES]]
    return {"at": at, "words": {language: words}} | ({"choices": offered} if offered else {})


def in_words(say: Callable[[], str]) -> Trouble:
    """Return a problem of a whole row in the form in which it is kept, for readers of every language."""
    return {"at": "", "words": in_each_language(say)}


def not_synced() -> str:
    """Return what is said of a customer of which nothing was read yet."""
    return _("This customer hasn’t been synced. Select Refresh on the customer page, then try again.")


def told(stored: Trouble) -> str:
    """Say a kept problem in the language of the moment."""
    return str(Problem.from_json(stored["finding"])) if "finding" in stored else of_language(stored.get("words", ""))


def of_rule(problem: Problem) -> Trouble:
    """Return a rule's problem in the form in which it is kept."""
    return {"at": problem.at, "finding": problem.to_json()}


# --- Whom and what a row is about ------------------------------------------------------------------------------------


def customers_named(keys: Iterable[str]) -> Mapping[str, list[Customer]]:
    """Return for each key all customers that it names: by number, by domain, or by the partner's own code."""
    wanted = {key: narrow(key) for key in keys if key and not is_formula(key)}
    numbers = {key: int(written) for key, written in wanted.items() if _CUSTOMER_NUMBER.fullmatch(written)}
    rows = Customer.objects.current().only("domain_id", "company_name", "domain", "customer_code")
    matching = rows.filter(
        Q(pk__in=set(numbers.values()))
        | Q(domain__in={written.lower() for written in wanted.values()} - {""})
        | Q(customer_code__in={*wanted, *wanted.values()})
    )
    by_name: dict[object, dict[int, Customer]] = defaultdict(dict)
    for customer in matching.order_by("pk"):
        for name in (customer.pk, customer.domain, customer.customer_code):
            by_name[name][customer.pk] = customer
    return {
        key: list((by_name[numbers.get(key)] | by_name[written.lower()] | by_name[written] | by_name[key]).values())
        for key, written in wanted.items()
    }


def _several(found: Sequence[Customer]) -> str:
    shown = _(", ").join(f"{customer} ({customer.pk})" for customer in found[:_SHOWN_CUSTOMERS])
    return _("Several customers match: %(customers)s. Enter the domain of one of them.") % {"customers": shown}


def _target(command: Command[Any], state: Snapshot, given: Mapping[str, str], judged: Judged) -> CommandTarget | None:
    """Return what a row is about; where the customer has only one of it, nobody needs to name it."""
    named = {name: given[name] for name in command.ids if given.get(name)}
    fitting = [
        target
        for target in command.targets(state)
        if all(str(target.ids.get(name)).casefold() == narrow(text).casefold() for name, text in named.items())
    ]
    if len(fitting) == 1:
        return fitting[0]
    words = _one_of(fitting) if fitting else _("The customer has nothing that matches.")
    at = next((name for name in command.ids if len({target.ids.get(name) for target in fitting}) > 1), "")
    choices = {str(target.ids[at]): _said(target) for target in fitting} if at else {}
    judged.problems.append(trouble(words, at=at or next(iter(command.ids), ""), choices=list(choices.items())))
    return None


def _one_of(fitting: Sequence[CommandTarget]) -> str:
    shown = _(", ").join(_said(target) for target in fitting[:_SHOWN_TARGETS])
    return _("The customer has more than one. Enter one of these: %(targets)s.") % {"targets": shown}


def _said(target: CommandTarget) -> str:
    """Return the ids of a target as a file names them, with what people call it."""
    ids = " ".join(str(value) for value in target.ids.values())
    return target.words if ids in target.words else f"{ids} ({target.words})"


# --- What a row asks for ---------------------------------------------------------------------------------------------


def _ask(
    command: Command[Any], state: Snapshot, target: CommandTarget, given: Mapping[str, str], judged: Judged, today: date
) -> None:
    customer = judged.customer
    domain_id = customer.pk if customer else 0
    form = command.form(situation=Situation(state, target, today, domain_id))
    form.is_typed = True
    unclear = _fill_in(form, given)
    judged.problems += [trouble(str(fault.words), at=name) for name, fault in unclear.items()]
    ids = {name: value for name, value in target.ids.items() if name in command.ids}
    for name, text in given.items():
        if text and name != CUSTOMER and name not in command.ids and name not in form.fields:
            judged.problems.append(trouble(_("This value can’t be set here. Leave the cell empty."), at=name))
    judged.problems += [of_rule(problem) for problem in command.preconditions(state, target, today)]
    if not form.is_valid():
        judged.problems += [
            trouble(str(message), at=name if name in form.fields else "")
            for name, messages in form.errors.items()
            for message in messages
            if name not in unclear
        ]
    elif form.secrets():
        judged.problems.append(trouble(_("This request needs a password, which can’t be in a file.")))
    if judged.problems:
        return
    try:
        request = command.request.model_validate({**ids, **form.wish()})
    except ValidationError as error:
        judged.problems += [
            trouble(_("This value isn’t valid."), at=str(fault["loc"][0]) if fault["loc"] else "")
            for fault in error.errors(include_input=False)
        ]
        return
    verdict = command.evaluate(state, request, today)
    judged.problems += [of_rule(problem) for problem in verdict.problems]
    judged.request = request
    judged.summary = kept_in_each_language(lambda: command.summary(state, request))
    judged.consequences = [consequence.to_json() for consequence in verdict.worst_first()]
    judged.is_warned = command.takes_away(request) or _warns(verdict.consequences)


def _warns(consequences: Iterable[Consequence]) -> bool:
    return any(consequence.weight in WARNINGS for consequence in consequences)


def _fill_in(form: CommandForm, given: Mapping[str, str]) -> dict[str, Unclear]:
    """
    Give a form cells as a browser would send them; where it keeps the rest, an empty one as what there is.

    Returns:
        What could not be read, by field.
    """
    data = {name: value for name, value in form.initial.items() if form.keeps_the_rest and not given.get(name)}
    unclear: dict[str, Unclear] = {}
    for name, text in given.items():
        if text and name in form.fields:
            try:
                data[name] = _sent(form.fields[name], text)
            except Unclear as fault:
                unclear[name] = fault
    # The fields know what can be chosen only once the form has seen the situation.
    form.data, form.is_bound = data, True
    return unclear


def _sent(field: forms.Field, text: str) -> Any:
    """Numbers and days are read by the fields themselves."""
    match field:
        case forms.MultipleChoiceField():
            return [_code(field, part.strip()) for part in re.split(r"[,、;]", text) if part.strip()]
        case forms.ChoiceField():
            return _code(field, text)
        case forms.BooleanField():
            # As a box that is not ticked.
            return "on" if yes_or_no(text) else ""
        case _:
            return text


def _code(field: forms.ChoiceField, text: str) -> str:
    return one_of(text, [(code, in_every_language(words)) for code, words in flat(field.choices)])
