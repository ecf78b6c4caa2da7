"""
Check each row of a bulk request.

A row goes through the command's own form and rules, on the same cached state; only the states of all customers are
loaded together.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from customers.models import Customer
from portal.bulk.columns import CUSTOMER, NOTE, flat, in_every_language, kind_called, places
from portal.bulk.file_errors import of_file, of_line
from portal.bulk.formulas import is_formula
from portal.bulk.models import Import, ImportRow
from portal.bulk.parsers import BadFile
from portal.core.clock import business_today, now
from portal.core.parsing import Unclear, narrow, one_of, yes_or_no
from portal.core.rules import Problem
from portal.core.stored_text import in_each_language, kept_in_each_language, of_language
from portal.operations.command_forms import CommandForm, CommandTarget, Situation
from portal.operations.commands import Command
from portal.operations.snapshots import Snapshot, from_cache_of
from portal.operations.states import State
from portal.sync.upsert import write_columns

# An operation that ended so has changed nothing, so that the same wish is a new one.
CAME_TO_NOTHING = (State.REFUSED, State.NOT_APPLIED, State.STALE, State.CANCELED)

_CUSTOMER_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_SHOWN_CUSTOMERS = 5
_SHOWN_LINES = 5

# What judging a row fills in.
_JUDGED = (
    "state", "domain_id", "customer_name", "request", "digest", "problems", "summary", "consequences", "same_as",
)  # fmt: skip

Trouble = dict[str, Any]


@dataclass
class Judged:
    """What is known of a row once it has been looked at."""

    customer: Customer | None = None
    request: BaseModel | None = None
    problems: list[Trouble] = field(default_factory=list)
    summary: str = ""
    consequences: list[dict[str, Any]] = field(default_factory=list)


@transaction.atomic
def check(draft: Import) -> None:
    """Judge every row that has no operation yet, on the facts that the cache holds now."""
    rows = list(draft.rows.filter(operation=None))
    command = kind_called(draft.kind)
    if command is None:
        _write_all(draft, rows, in_words(lambda: _("The portal does not offer this kind of change any more.")))
    else:
        try:
            at = places(command, draft.header).at
        except BadFile as fault:
            # The form has changed since the file was uploaded.
            _write_all(draft, rows, in_words(partial(of_file, fault.to_json(), command)))
        else:
            _judge_all(draft, rows, command, at)
    _mark_what_is_there_already(draft, rows)
    if command is not None:
        _mark_what_meets(command, rows)
    write_columns(rows, _JUDGED)
    Import.objects.filter(pk=draft.pk).update(checked_at=now())


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
    given = {name: cells[place] for name, place in at.items() if name != NOTE}
    judged = Judged()
    for name, text in given.items():
        if is_formula(text):
            words = _("This looks like a formula, which is never worked out here. Give the value itself.")
            judged.problems.append(trouble(words, at=name))
    found = customers.get(given[CUSTOMER], ())
    if len(found) == 1:
        judged.customer = found[0]
    else:
        judged.problems.append(trouble(_several(found) if found else _("There is no such customer."), at=CUSTOMER))
    if judged.problems or judged.customer is None:
        return judged
    state = states.get(judged.customer.pk)
    if state is None:
        judged.problems.append(trouble(_("This customer has not been read at the vendor yet."), at=CUSTOMER))
        return judged
    target = _target(command, state, given, judged)
    if target is not None:
        _ask(command, state, target, given, judged, today)
    return judged


def trouble(words: str, *, at: str = "") -> Trouble:
    """Return a problem of a row in the form in which it is kept, in the language of the moment alone."""
    return {"at": at, "words": {get_language() or settings.LANGUAGE_CODE: words}}


def in_words(say: Callable[[], str]) -> Trouble:
    """Return a problem of a whole row in the form in which it is kept, for readers of every language."""
    return {"at": "", "words": in_each_language(say)}


def told(stored: Trouble) -> str:
    """Say a kept problem in the language of the moment."""
    return str(Problem.from_json(stored["finding"])) if "finding" in stored else of_language(stored.get("words", ""))


def of_rule(problem: Problem) -> Trouble:
    """Return a rule's problem in the form in which it is kept."""
    return {"at": problem.at, "finding": problem.to_json()}


def digest_of(kind: str, domain_id: int, request: Mapping[str, Any]) -> str:
    """Return what stands for a wish: two rows that ask for the same have the same."""
    asked = json.dumps([kind, domain_id, request], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(asked.encode()).hexdigest()


# --- Whom and what a row is about ------------------------------------------------------------------------------------


def _customers(keys: Iterable[str]) -> Mapping[str, list[Customer]]:
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
    return _("This names several customers: %(customers)s. Give the domain of the one that is meant.") % {
        "customers": shown
    }


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
    words = _("The customer has several; say which.") if fitting else _("The customer has none of this.")
    judged.problems.append(trouble(words, at=next(iter(command.ids), "")))
    return None


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
            judged.problems.append(trouble(_("This cannot be given here; leave it empty."), at=name))
    judged.problems += [of_rule(problem) for problem in command.preconditions(state, target, today)]
    if not form.is_valid():
        judged.problems += [
            trouble(str(message), at=name if name in form.fields else "")
            for name, messages in form.errors.items()
            for message in messages
            if name not in unclear
        ]
    elif form.secrets():
        judged.problems.append(trouble(_("This needs a secret, which does not belong in a file.")))
    if judged.problems:
        return
    try:
        request = command.request.model_validate({**ids, **form.wish()})
    except ValidationError as error:
        judged.problems += [
            trouble(_("This value cannot be taken."), at=str(fault["loc"][0]) if fault["loc"] else "")
            for fault in error.errors(include_input=False)
        ]
        return
    verdict = command.evaluate(state, request, today)
    judged.problems += [of_rule(problem) for problem in verdict.problems]
    judged.request = request
    judged.summary = kept_in_each_language(lambda: command.summary(state, request))
    judged.consequences = [consequence.to_json() for consequence in verdict.worst_first()]


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


# --- What is kept ----------------------------------------------------------------------------------------------------


def _judge_all(draft: Import, rows: Sequence[ImportRow], command: Command[Any], at: Mapping[str, int]) -> None:
    customers = _customers({row.cells[at[CUSTOMER]] for row in rows if not row.fault})
    named = {customer.pk for found in customers.values() for customer in found}
    states = {pk: state for pk, (state, _read_at) in from_cache_of(named, command.resources).items()}
    today = business_today()
    for row in rows:
        if row.fault:
            _write(row, draft.kind, Judged(problems=[in_words(partial(of_line, row.fault))]))
        else:
            say = partial(judge, command, at, row.cells, customers, states, today)
            _write(row, draft.kind, _for_every_reader(say))


def _for_every_reader(judging: Callable[[], Judged]) -> Judged:
    """
    Judge a row, and once more in each other language if something stands against it in words.

    A form makes its words as it looks, and knows no names for them; the same cells bring the same problems in order.
    """
    judged = judging()
    if not any("words" in problem for problem in judged.problems):
        return judged
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            for problem, again in zip(judged.problems, judging().problems, strict=True):
                if "words" in problem:
                    problem["words"] |= again["words"]
    return judged


def _write_all(draft: Import, rows: Sequence[ImportRow], problem: Trouble) -> None:
    for row in rows:
        _write(row, draft.kind, Judged(problems=[problem]))


def _write(row: ImportRow, kind: str, judged: Judged) -> None:
    row.domain_id = judged.customer.pk if judged.customer else None
    row.customer_name = str(judged.customer) if judged.customer else ""
    row.problems, row.summary, row.consequences = judged.problems, judged.summary, judged.consequences
    row.request = judged.request.model_dump(mode="json", by_alias=True, exclude_unset=True) if judged.request else None
    row.digest = digest_of(kind, row.domain_id, row.request) if row.domain_id and row.request is not None else ""
    row.state = ImportRow.State.WRONG if row.problems else ImportRow.State.READY
    row.same_as = None


def _mark_what_is_there_already(draft: Import, rows: Sequence[ImportRow]) -> None:
    """A wish counts once in a file; one that was ordered out of any file is not ordered again by accident."""
    ordered = _ordered({row.digest for row in rows if row.digest})
    first: dict[str, ImportRow] = {row.digest: row for row in draft.rows.exclude(operation=None)}
    for row in rows:
        if row.state != ImportRow.State.READY:
            continue
        twin = first.setdefault(row.digest, row)
        if twin is not row:
            row.state, row.same_as = ImportRow.State.TWICE, twin
        elif row.digest in ordered:
            row.state, row.same_as = ImportRow.State.BEFORE, ordered[row.digest]


def _mark_what_meets(command: Command[Any], rows: Sequence[ImportRow]) -> None:
    """
    Block rows that ask for different things of the same subject.

    Each was judged on the facts of now; whichever went first would change them for the others.
    """
    names = [command.request.model_fields[name].alias or name for name in command.ids]
    same: dict[tuple[Any, ...], list[ImportRow]] = defaultdict(list)
    for row in rows:
        if row.state in (ImportRow.State.READY, ImportRow.State.BEFORE) and row.request is not None:
            same[row.domain_id, *(row.request.get(name) for name in names)].append(row)
    for meeting in same.values():
        for row in meeting if len(meeting) > 1 else ():
            others = [other.number for other in meeting if other is not row]
            row.problems = [in_words(partial(_meets, others[:_SHOWN_LINES]))]
            row.state, row.same_as = ImportRow.State.WRONG, None


def _meets(lines: Sequence[int]) -> str:
    words = _("Line %(lines)s of this file has a different request for the same item. Keep one of them in this file.")
    return words % {"lines": _(", ").join(str(number) for number in lines)}


def _ordered(digests: Iterable[str]) -> dict[str, ImportRow]:
    rows = ImportRow.objects.filter(digest__in=list(digests), operation__isnull=False)
    return {row.digest: row for row in rows.exclude(operation__state__in=CAME_TO_NOTHING).order_by("pk")}
