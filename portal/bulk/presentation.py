"""What the page of a bulk request shows. Reads, decides nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.bulk import decisions
from portal.bulk.columns import REQUEST, kind_called, request_column, wording
from portal.bulk.corrections import OPEN, cells_of
from portal.bulk.file_errors import of_file
from portal.bulk.judging import WARNINGS, told
from portal.bulk.models import Import, ImportRow
from portal.bulk.runner import FIRST, may_order
from portal.bulk.sheets import Sheet
from portal.core.clock import business_today
from portal.core.rules import Consequence
from portal.core.stored_text import of_language
from portal.core.tables.file_errors import named
from portal.operations.commands import write_called
from portal.operations.eligibility import APPROVE
from portal.operations.models import Event
from portal.operations.presentation import mark_of
from portal.operations.priced import VIEW_PRICE, Estimate, Sum, sum_of
from portal.operations.states import FOR_A_PERSON, SETTLED, State

# By what stands in the address: the rows that one wants to see.
SHOWN: dict[str, tuple[Promise, Q]] = {
    "checking": (_("Checking"), Q(state=ImportRow.State.CHECKING)),
    "warned": (pgettext_lazy("rows of a bulk request", "Check"), Q(state=ImportRow.State.READY, is_warned=True)),
    "wrong": (_("Blocked"), Q(state__in=[ImportRow.State.WRONG, ImportRow.State.FAILED])),
    "ready": (_("Ready"), Q(state=ImportRow.State.READY, is_warned=False)),
    "there": (_("Duplicates"), Q(state__in=[ImportRow.State.TWICE, ImportRow.State.BEFORE])),
    "unchanged": (_("No change"), Q(state=ImportRow.State.UNCHANGED)),
    "ordered": (_("Submitted"), Q(state=ImportRow.State.REQUESTED)),
}
# state → tone, icon, whether dashed
LOOKS: dict[str, tuple[str, str, bool]] = {
    ImportRow.State.READY: ("ok", "check", True),
    ImportRow.State.WRONG: ("bad", "ban", False),
    ImportRow.State.CHECKING: ("idle", "hourglass", True),
    ImportRow.State.UNCHANGED: ("idle", "circle-minus", False),
    ImportRow.State.TWICE: ("warn", "copy", False),
    ImportRow.State.BEFORE: ("warn", "history", False),
    ImportRow.State.FAILED: ("bad", "circle-x", False),
}

DELIMITERS = {",": _("commas"), "\t": _("tabs"), ";": _("semicolons")}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row, at which column; none for the row as a whole; and what could be meant."""

    column: str
    words: str
    name: str = ""
    choices: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Cell:
    """A cell that can be corrected: the column, its header, and what stands in it."""

    name: str
    label: str
    text: str


@dataclass(frozen=True)
class Correction:
    """A cell that was corrected, for the history of its row."""

    label: str
    before: str
    after: str
    by_name: str
    at: datetime


@dataclass(frozen=True)
class Shown:
    """A row as the page shows it."""

    row: ImportRow
    given: str
    faults: list[Fault]
    consequences: list[Consequence]
    warnings: list[Consequence]
    look: tuple[str, str, bool] | None
    group: str
    title: str
    cells: list[Cell]
    corrections: list[Correction]
    estimate: Estimate | None


def rows_of(draft: Import, show: str) -> tuple[QuerySet[ImportRow], str]:
    """Return the rows that one wants to see, and what they are called; all if it is nothing that there is."""
    rank = Case(
        *(When(shown, then=Value(place)) for place, (_words, shown) in enumerate(SHOWN.values())), default=len(SHOWN)
    )
    rows = (
        draft.rows.select_related("operation", "same_as__operation", "same_as__draft")
        .prefetch_related("corrections")
        .annotate(rank=rank)
        .order_by("rank", "number")
    )
    return (rows.filter(SHOWN[show][1]), show) if show in SHOWN else (rows, "")


def lines(draft: Import, rows: Iterable[ImportRow], user: User) -> list[Shown]:
    """Return the rows of a page with what is wrong with each, and what follows from it."""
    sheet = Sheet(draft.header, draft.kind)
    labels: dict[str, Mapping[str, str | Promise]] = {}
    found = []
    for row in rows:
        kind = row.kind or draft.kind
        if kind not in labels:
            command = kind_called(kind)
            labels[kind] = {REQUEST: request_column().label, **(wording(command) if command else {})}
        found.append(_shown(draft, sheet, row, labels[kind], sees_prices=user.has_perm(VIEW_PRICE)))
    return found


def mark(draft: Import) -> str:
    """Return a text that changes with every step of the draft or of one of its operations."""
    events = mark_of(Event.objects.filter(operation__draft_row__draft=draft))
    # Without a row the sums are none.
    rows = draft.rows.aggregate(
        failed=Count("pk", filter=Q(state=ImportRow.State.FAILED)),
        checking=Count("pk", filter=Q(state=ImportRow.State.CHECKING)),
    )
    return f"{draft.state}-{events}-{rows['failed']}-{rows['checking']}-{len(draft.known_troubles)}"


def detail(draft: Import, user: User) -> dict[str, Any]:
    """Return the context of a draft's page."""
    counts = draft.rows.aggregate(
        **{name: Count("pk", filter=shown) for name, (_words, shown) in SHOWN.items()},
        all=Count("pk"),
        before=Count("pk", filter=Q(state=ImportRow.State.BEFORE)),
        settled=Count("pk", filter=Q(operation__state__in=SETTLED)),
        done=Count("pk", filter=Q(operation__state=State.SUCCEEDED)),
        awaiting=Count("pk", filter=Q(operation__state=State.AWAITING_APPROVAL)),
        unknown=Count("pk", filter=Q(operation__state__in=FOR_A_PERSON)),
        to_send=Count("pk", filter=Q(state=ImportRow.State.READY, is_included=True)),
        left_out=Count("pk", filter=Q(state=ImportRow.State.READY, is_included=False)),
        unassigned=Count("pk", filter=Q(operation__state=State.UNASSIGNED)),
    )
    left = counts["to_send"] + counts["unassigned"]
    # With the ticks of the form, rows with warnings and those that were requested before are sent too.
    could_send = counts["to_send"] + counts["left_out"] + counts["before"]
    command = kind_called(draft.kind)
    may = may_order(user, draft)
    may_approve = user.has_perm(APPROVE) and bool(counts["awaiting"])
    to_decide = list(decisions.to_decide(draft, user).values_list("pk", flat=True)) if may_approve else []
    return {
        "draft": draft,
        "title": title_of(draft),
        "command": command,
        "refusal": of_file(draft.refusal, command) if draft.refusal else "",
        "read_as": _read_as(draft),
        "ignored": named(draft.ignored),
        "counts": counts,
        "of": counts["to_send"] + counts["ordered"],
        "shown": [(name, words, counts[name]) for name, (words, _shown) in SHOWN.items() if counts[name]],
        "first": min(FIRST, could_send or FIRST),
        "pauses": could_send > FIRST,
        "may_correct": may and draft.state in OPEN,
        "may_run": may and draft.state == Import.State.CHECKED,
        "may_discard": may and draft.state in (Import.State.CHECKED, Import.State.REFUSED),
        "may_go_on": may and draft.state in (Import.State.LOOK, Import.State.STOPPED) and left > 0,
        "left": left,
        "may_stop": may and draft.is_under_way,
        "may_check": may and draft.state in (Import.State.CHECKED, Import.State.LOOK, Import.State.STOPPED),
        "to_decide": len(to_decide),
        "decided_now": len(to_decide[: decisions.MOST]),
        "up_to": to_decide[: decisions.MOST][-1] if to_decide else 0,
        # The approver types in the part that a poll would swap.
        "poll_seconds": 0 if to_decide else _poll_seconds(draft, counts),
        "today": business_today(),
        "sum": _sum(draft) if user.has_perm(VIEW_PRICE) else None,
    }


def _sum(draft: Import) -> Sum | None:
    """Return what the rows to send cost together; None without a price list, or where none of them costs anything."""
    kept = draft.rows.filter(state=ImportRow.State.READY, is_included=True, estimate__isnull=False)
    estimates = map(Estimate.from_json, kept.values_list("estimate", flat=True))
    return sum_of((estimate.difference, estimate.period) for estimate in estimates if estimate)


def _poll_seconds(draft: Import, counts: Mapping[str, int]) -> int:
    if draft.state == Import.State.READING or counts["checking"]:
        return 1
    # What was ordered from a file that stopped goes on.
    return 2 if draft.is_under_way else 10 if counts["settled"] < counts["ordered"] else 0


def _read_as(draft: Import) -> str:
    """Name what a text was taken for, so that people see where garbled names or cells come from."""
    if not draft.charset or draft.selected_in:
        return ""
    between = DELIMITERS.get(draft.delimiter, draft.delimiter)
    return gettext("Read as %(charset)s, separated by %(delimiter)s.") % {
        "charset": draft.charset,
        "delimiter": between,
    }


def title_of(draft: Import) -> str | Promise:
    """Return what the rows of a draft ask for."""
    return write_called(draft.kind).title if draft.kind else gettext("Several types of request")


def _shown(
    draft: Import, sheet: Sheet, row: ImportRow, labels: Mapping[str, str | Promise], *, sees_prices: bool
) -> Shown:
    faults = [
        Fault(
            str(labels.get(kept.get("at", ""), "")),
            told(kept),
            kept.get("at", ""),
            [(choice["value"], of_language(choice["words"])) for choice in kept.get("choices", ())],
        )
        for kept in row.problems
    ]
    consequences = [Consequence.from_json(kept) for kept in row.consequences]
    # As the query that reads the rows of a page ranks them.
    group = [*SHOWN, ""][row.rank]  # type: ignore[attr-defined]
    is_open = draft.state in OPEN and row.operation_id is None and not row.fault
    return Shown(
        row=row,
        given=" · ".join(cell for cell in row.cells if cell),
        faults=faults,
        consequences=consequences,
        warnings=[each for each in consequences if each.weight in WARNINGS] if group == "warned" else [],
        look=("warn", "triangle-alert", True) if group == "warned" else LOOKS.get(row.state),
        group=group,
        title=str(write_called(row.kind).title) if row.kind and not draft.kind else "",
        estimate=Estimate.from_json(row.estimate) if sees_prices else None,
        cells=[Cell(name, str(labels.get(name, name)), text) for name, text in cells_of(sheet, row)] if is_open else [],
        corrections=[
            Correction(
                str(labels.get(kept.what, kept.what)),
                kept.details["before"],
                kept.details["after"],
                kept.by_name,
                kept.at,
            )
            for kept in row.corrections.all()
        ],
    )
