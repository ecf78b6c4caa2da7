"""
Correct a cell of a bulk request on its page, and say which rows with warnings are sent.

Who corrected what stays on record. The background judges the row again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal.accounts.models import User
from portal.bulk.columns import REQUEST, columns_of, kind_called
from portal.bulk.models import CellCorrection, Import, ImportRow
from portal.bulk.runner import may_order
from portal.bulk.sheets import Sheet, cell
from portal.core.enqueue import enqueue
from portal.core.locks import try_lock
from portal.core.tables.parsers import LONGEST_CELL

# While a draft runs, nobody changes what is about to be sent.
OPEN = (Import.State.CHECKED, Import.State.LOOK, Import.State.STOPPED)


class Closed(Exception):
    """The draft is running, or the row was submitted; nothing was changed."""


def cells_of(sheet: Sheet, row: ImportRow) -> list[tuple[str, str]]:
    """
    Return the cells of a row that can be corrected: the name of each column, and what stands there.

    Args:
        sheet: the table that the row is of.
        row: one that was not submitted.
    """
    command = kind_called(row.kind or sheet.kind)
    names = [REQUEST] if sheet.is_mixed else []
    if command is not None:
        names += [column.name for column in columns_of(command)]
    at = sheet.loose_places(command)
    return [(name, cell(row.cells, at[name]) if name in at else "") for name in names]


def correct(row: ImportRow, given: Mapping[str, str], *, by: User) -> None:
    """
    Put other texts into cells of a row and have it judged again. What is the same changes nothing.

    Args:
        row: of a draft that does not run.
        given: the texts by the names of the columns; other names are not looked at.
        by: who corrects.

    Raises:
        Closed: it is too late for that.
        PermissionDenied: the person may not request what the draft asks for.
    """
    with _held(row, by) as (draft, held):
        sheet = Sheet(draft.header, draft.kind)
        at = dict(sheet.loose_places(kind_called(held.kind or sheet.kind)))
        changed = False
        for name, before in cells_of(sheet, held):
            after = given.get(name, before).strip()[:LONGEST_CELL].replace("\x00", "")
            if after == before:
                continue
            if name not in at:
                # The file has no such column; it gets one, which is empty in the other rows.
                at[name] = len(draft.header)
                draft.header = [*draft.header, name]
                draft.save(update_fields=["header"])
            held.cells = [*held.cells, *[""] * (at[name] + 1 - len(held.cells))]
            held.cells[at[name]] = after
            held.corrections.create(what=name, by_id=by.pk, by_name=str(by), details={"before": before, "after": after})
            changed = True
        if changed:
            held.state = ImportRow.State.CHECKING
            held.save(update_fields=["state", "cells"])
            enqueue("bulk.check", draft.pk)


def include(row: ImportRow, *, by: User, is_included: bool) -> None:
    """
    Say whether a row that is ready is among those to send.

    Raises:
        Closed: it is too late for that.
        PermissionDenied: the person may not request what the draft asks for.
    """
    with _held(row, by) as (_draft, held):
        if held.state != ImportRow.State.READY:
            raise Closed
        held.is_included = is_included
        held.save(update_fields=["is_included"])


def history_of(row: ImportRow) -> list[CellCorrection]:
    """Return the corrections of a row, the first one first."""
    return list(row.corrections.all())


@contextmanager
def _held(row: ImportRow, by: User) -> Iterator[tuple[Import, ImportRow]]:
    """Hold a row whose draft nobody runs or checks in the meantime."""
    with try_lock("draft", row.draft_id) as mine, transaction.atomic():
        draft = Import.objects.select_for_update().get(pk=row.draft_id)
        held = draft.rows.select_for_update().get(pk=row.pk)
        if not may_order(by, draft):
            raise PermissionDenied
        if not mine or draft.state not in OPEN or held.operation_id is not None:
            raise Closed
        yield draft, held
