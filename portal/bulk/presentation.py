"""What the page of a bulk request shows. Reads, decides nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.bulk.columns import kind_called, wording
from portal.bulk.file_errors import named, of_file
from portal.bulk.models import Import, ImportRow
from portal.bulk.runner import FIRST
from portal.bulk.validation import told
from portal.core.clock import business_today
from portal.core.rules import Consequence
from portal.operations.commands import write_called
from portal.operations.models import Event
from portal.operations.presentation import mark_of
from portal.operations.states import FOR_A_PERSON, SETTLED, State

# By what stands in the address: the rows that one wants to see.
SHOWN: dict[str, tuple[Promise, Q]] = {
    "wrong": (_("Cannot be ordered"), Q(state__in=[ImportRow.State.WRONG, ImportRow.State.FAILED])),
    "ready": (_("Can be ordered"), Q(state=ImportRow.State.READY)),
    "there": (_("There already"), Q(state__in=[ImportRow.State.TWICE, ImportRow.State.BEFORE])),
    "ordered": (_("Ordered"), Q(state=ImportRow.State.REQUESTED)),
}
# state → tone, icon, whether dashed
LOOKS: dict[str, tuple[str, str, bool]] = {
    ImportRow.State.READY: ("ok", "check", True),
    ImportRow.State.WRONG: ("bad", "ban", False),
    ImportRow.State.TWICE: ("warn", "copy", False),
    ImportRow.State.BEFORE: ("warn", "history", False),
    ImportRow.State.FAILED: ("bad", "circle-x", False),
}

DELIMITERS = {",": _("commas"), "\t": _("tabs"), ";": _("semicolons")}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row, at which column; none for the row as a whole."""

    column: str
    words: str


@dataclass(frozen=True)
class Shown:
    """A row as the page shows it."""

    row: ImportRow
    given: str
    faults: list[Fault]
    consequences: list[Consequence]
    look: tuple[str, str, bool] | None


def rows_of(draft: Import, show: str) -> tuple[QuerySet[ImportRow], str]:
    """Return the rows that one wants to see, and what they are called; all if it is nothing that there is."""
    rows = draft.rows.select_related("operation", "same_as__operation", "same_as__draft").order_by("number")
    return (rows.filter(SHOWN[show][1]), show) if show in SHOWN else (rows, "")


def lines(draft: Import, rows: Iterable[ImportRow]) -> list[Shown]:
    """Return the rows of a page with what is wrong with each, and what follows from it."""
    command = kind_called(draft.kind)
    labels = wording(command) if command else {}
    return [_shown(row, labels) for row in rows]


def mark(draft: Import) -> str:
    """Return a text that changes with every step of the draft or of one of its operations."""
    events = mark_of(Event.objects.filter(operation__draft_row__draft=draft))
    failed = draft.rows.filter(state=ImportRow.State.FAILED).count()
    return f"{draft.state}-{events}-{failed}-{len(draft.known_troubles)}"


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
        unassigned=Count("pk", filter=Q(operation__state=State.UNASSIGNED)),
    )
    left = counts["ready"] + counts["unassigned"]
    write, command = write_called(draft.kind), kind_called(draft.kind)
    may = user.has_perm(write.permission)
    return {
        "draft": draft,
        "write": write,
        "command": command,
        "refusal": of_file(draft.refusal, command) if draft.refusal else "",
        "read_as": _read_as(draft),
        "ignored": named(draft.ignored),
        "counts": counts,
        "of": counts["ready"] + counts["ordered"],
        "shown": [(name, words, counts[name]) for name, (words, _shown) in SHOWN.items() if counts[name]],
        "first": min(FIRST, counts["ready"] or FIRST),
        "may_run": may and draft.state == Import.State.CHECKED,
        "may_discard": may and draft.state in (Import.State.CHECKED, Import.State.REFUSED),
        "may_go_on": may and draft.state in (Import.State.LOOK, Import.State.STOPPED) and left > 0,
        "left": left,
        "may_stop": may and draft.is_under_way,
        "may_check": may and draft.state in (Import.State.CHECKED, Import.State.LOOK, Import.State.STOPPED),
        "poll_seconds": _poll_seconds(draft, counts),
        "today": business_today(),
    }


def _poll_seconds(draft: Import, counts: Mapping[str, int]) -> int:
    if draft.state == Import.State.READING:
        return 1
    # What was ordered from a file that stopped goes on.
    return 2 if draft.is_under_way else 10 if counts["settled"] < counts["ordered"] else 0


def _read_as(draft: Import) -> str:
    """Name what a text was taken for, so that people see where garbled names or cells come from."""
    if not draft.charset:
        return ""
    between = DELIMITERS.get(draft.delimiter, draft.delimiter)
    return gettext("Read as %(charset)s, separated by %(delimiter)s.") % {
        "charset": draft.charset,
        "delimiter": between,
    }


def _shown(row: ImportRow, labels: Mapping[str, str | Promise]) -> Shown:
    faults = [Fault(str(labels.get(kept.get("at", ""), "")), told(kept)) for kept in row.problems]
    return Shown(
        row=row,
        given=" · ".join(cell for cell in row.cells if cell),
        faults=faults,
        consequences=[Consequence.from_json(kept) for kept in row.consequences],
        look=LOOKS.get(row.state),
    )
