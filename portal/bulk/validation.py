"""
Check the rows of a bulk request, and compare them with each other and with what was requested before.

The states of all customers are loaded together.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from pydantic import BaseModel

from portal.bulk.columns import CUSTOMER, REQUEST
from portal.bulk.file_errors import of_file
from portal.bulk.judging import Judged, Trouble, customers_named, in_words, judge
from portal.bulk.models import Import, ImportRow
from portal.bulk.sheets import Sheet, cell
from portal.core.clock import business_today, now
from portal.core.parsing import Unclear
from portal.core.stored_text import in_each_language
from portal.core.tables.file_errors import of_line
from portal.core.tables.parsers import BadFile
from portal.operations.commands import COMMANDS, Command
from portal.operations.priced import estimates_of
from portal.operations.snapshots import from_cache_of
from portal.operations.states import State
from portal.sync.upsert import write_columns

# An operation that ended so has changed nothing, so that the same wish is a new one.
CAME_TO_NOTHING = (State.REFUSED, State.NOT_APPLIED, State.STALE, State.CANCELED)

_SHOWN_LINES = 5

# What judging a row fills in.
_JUDGED = (
    "state", "kind", "domain_id", "customer_name", "request", "digest", "problems", "summary", "consequences",
    "estimate", "is_warned", "is_included", "same_as",
)  # fmt: skip


@transaction.atomic
def check(draft: Import) -> None:
    """Judge every row that has no operation yet, on the facts that the cache holds now."""
    rows = list(draft.rows.filter(operation=None))
    _check(draft, rows, rows)
    Import.objects.filter(pk=draft.pk).update(checked_at=now())


@transaction.atomic
def check_corrected(pk: int) -> None:
    """Judge the corrected rows of a draft, and those that were judged by what stood in them."""
    draft = Import.objects.select_for_update().get(pk=pk)
    rows = list(draft.rows.filter(operation=None))
    corrected = [row for row in rows if row.state == ImportRow.State.CHECKING]
    whose, numbers = {row.domain_id for row in corrected} - {None}, {row.pk for row in corrected}
    again = [row for row in rows if row in corrected or row.domain_id in whose or row.same_as_id in numbers]
    if corrected:
        _check(draft, rows, again)


def _check(draft: Import, rows: Sequence[ImportRow], judged: Sequence[ImportRow]) -> None:
    """Judge some of the rows without an operation, and compare all of these."""
    _judge_all(Sheet(draft.header, draft.kind), judged)
    _mark_what_is_there_already(draft, rows)
    _mark_what_meets(rows)
    write_columns(rows, _JUDGED)


def digest_of(kind: str, domain_id: int, request: Mapping[str, Any]) -> str:
    """Return what stands for a wish: two rows that ask for the same have the same."""
    asked = json.dumps([kind, domain_id, request], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(asked.encode()).hexdigest()


# --- What is kept ----------------------------------------------------------------------------------------------------


def _judge_all(sheet: Sheet, rows: Sequence[ImportRow]) -> None:
    """Judge rows by what each asks for; those that ask for the same are loaded together."""
    asked: dict[str, list[ImportRow]] = defaultdict(list)
    for row in rows:
        command = _asked_for(sheet, row)
        if command is not None:
            asked[command.kind].append(row)
    for kind, alike in asked.items():
        _judge_alike(sheet, COMMANDS[kind], alike)


def _asked_for(sheet: Sheet, row: ImportRow) -> Command[Any] | None:
    """Return what a row asks for; write what stands against it, or that it asks for nothing."""
    row.kind = ""
    if row.fault:
        _write(row, Judged(problems=[in_words(partial(of_line, row.fault))]))
        return None
    try:
        command = sheet.command_of(row.cells)
    except Unclear as unclear:
        words = in_each_language(partial(str, unclear.words))
        _write(row, Judged(problems=[{"at": REQUEST, "words": words}]))
        return None
    if sheet.asks_for_nothing(row.cells, command):
        _write(row, Judged())
        row.state = ImportRow.State.UNCHANGED
        return None
    if command is None:
        _write(row, Judged(problems=[_nothing_asked_for(sheet)]))
        return None
    row.kind = command.kind
    try:
        sheet.places_of(command)
    except BadFile as fault:
        # The form has changed since the file was uploaded, or the file has rows of several kinds.
        _write(row, Judged(problems=[in_words(partial(of_file, fault.to_json(), command))]))
        return None
    return command


def _nothing_asked_for(sheet: Sheet) -> Trouble:
    if sheet.is_mixed:
        return {"at": REQUEST, "words": in_each_language(lambda: _("Enter what is requested."))}
    return in_words(lambda: _("Partnerdesk no longer offers this request."))


def _judge_alike(sheet: Sheet, command: Command[Any], rows: Sequence[ImportRow]) -> None:
    at = sheet.places_of(command).at
    customers = customers_named({cell(row.cells, at[CUSTOMER]) for row in rows})
    named = {customer.pk for found in customers.values() for customer in found}
    states = {pk: state for pk, (state, _read_at) in from_cache_of(named, command.resources).items()}
    today = business_today()
    asked: dict[int, tuple[int, BaseModel]] = {}
    for row in rows:
        judged = _for_every_reader(partial(judge, command, at, row.cells, customers, states, today))
        if sheet.is_mixed:
            judged.problems += [in_words(partial(_misplaced, head)) for head in sheet.misplaced(row.cells, command)]
        _write(row, judged)
        if row.state == ImportRow.State.READY and judged.customer and judged.request:
            asked[row.pk] = judged.customer.pk, judged.request
    changes = [(states[pk], command.projected_state(states[pk], request)) for pk, request in asked.values()]
    estimates = dict(zip(asked, estimates_of(changes), strict=True))
    for row in rows:
        estimate = estimates.get(row.pk)
        row.estimate = estimate.to_json() if estimate else None


def _misplaced(head: str) -> str:
    return _("“%(field)s” can’t be set here. Leave the field empty.") % {"field": head}


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
                for choice, said in zip(problem.get("choices", ()), again.get("choices", ()), strict=True):
                    choice["words"] |= said["words"]
    return judged


def _write(row: ImportRow, judged: Judged) -> None:
    looked_at = row.is_warned and row.is_included
    before = row.request, [kept.get("rule") for kept in row.consequences]
    row.domain_id = judged.customer.pk if judged.customer else None
    row.customer_name = str(judged.customer) if judged.customer else ""
    row.problems, row.summary, row.consequences = judged.problems, judged.summary, judged.consequences
    row.request = judged.request.model_dump(mode="json", by_alias=True, exclude_unset=True) if judged.request else None
    row.digest = digest_of(row.kind, row.domain_id, row.request) if row.domain_id and row.request is not None else ""
    row.state = ImportRow.State.WRONG if row.problems else ImportRow.State.READY
    row.same_as, row.estimate = None, None
    # Whoever included a row with warnings has seen these; others are to be looked at.
    same = before == (row.request, [kept.get("rule") for kept in row.consequences])
    row.is_warned = judged.is_warned
    row.is_included = not judged.is_warned or (looked_at and same)


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


def _mark_what_meets(rows: Sequence[ImportRow]) -> None:
    """
    Block rows that ask for different things of the same subject.

    Each was judged on the facts of now; whichever went first would change them for the others.
    """
    same: dict[tuple[Any, ...], list[ImportRow]] = defaultdict(list)
    for row in rows:
        if row.state in (ImportRow.State.READY, ImportRow.State.BEFORE) and row.request is not None:
            command = COMMANDS[row.kind]
            names = [command.request.model_fields[name].alias or name for name in command.ids]
            same[row.kind, row.domain_id, *(row.request.get(name) for name in names)].append(row)
    for meeting in same.values():
        for row in meeting if len(meeting) > 1 else ():
            others = [other.number for other in meeting if other is not row]
            row.problems = [in_words(partial(_meets, others[:_SHOWN_LINES]))]
            row.state, row.same_as = ImportRow.State.WRONG, None


def _meets(lines: Sequence[int]) -> str:
    words = _("Row %(lines)s of this file has a different request for the same item. Keep only one of them.")
    return words % {"lines": _(", ").join(str(number) for number in lines)}


def _ordered(digests: Iterable[str]) -> dict[str, ImportRow]:
    rows = ImportRow.objects.filter(digest__in=list(digests), operation__isnull=False)
    return {row.digest: row for row in rows.exclude(operation__state__in=CAME_TO_NOTHING).order_by("pk")}
