"""
Store an upload; a task parses and checks it.

No HTTP request waits for that. The bytes are erased as soon as the file is read or refused.
"""

from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import translation

from portal.accounts.models import User
from portal.bulk.columns import REQUEST, kind_called
from portal.bulk.models import Import, ImportRow
from portal.bulk.sheets import Sheet
from portal.bulk.validation import check, check_corrected
from portal.core.clock import now
from portal.core.enqueue import enqueue
from portal.core.locks import try_lock
from portal.core.tables.parser_process import read_apart
from portal.core.tables.parsers import BadFile, Table
from portal.operations.commands import Command

log = structlog.get_logger(__name__)

# A message that was lost is sent again after this.
OVERDUE = timedelta(seconds=30)


@transaction.atomic
def receive(command: Command[Any] | None, content: bytes, *, file_name: str, by: User, selected_in: str = "") -> Import:
    """
    Keep an upload until the background has read it.

    Args:
        command: what its rows ask for; None if each says it itself.
        content: the bytes of the file.
        file_name: as the person calls it.
        by: who uploads it.
        selected_in: the list from which Partnerdesk wrote it; empty for a file of the person.
    """
    draft = Import.objects.create(
        kind=command.kind if command else "",
        state=Import.State.READING,
        content=content,
        file_name=file_name,
        selected_in=selected_in,
        language=translation.get_language() or "",
        uploaded_by_id=by.pk,
        uploaded_by_name=str(by),
    )
    enqueue("bulk.read", draft.pk)
    return draft


def take(pk: int) -> None:
    """Read an upload and judge its rows; leave when somebody else is at it."""
    with try_lock("draft", pk) as mine:
        draft = Import.objects.filter(pk=pk, state=Import.State.READING).first()
        if not mine or draft is None:
            return
        with translation.override(draft.language or None):
            try:
                # Before any transaction: to read may take seconds.
                _keep(draft, read_apart(bytes(draft.content or b"")))
            except BadFile as fault:
                _refuse(draft, fault)
            except Exception:
                log.exception("upload not checked", draft=pk)
                _refuse(draft, BadFile("failed"))


def sweep() -> None:
    """Send the message of each upload that waits for too long once more."""
    waiting = Import.objects.filter(state=Import.State.READING, uploaded_at__lt=now() - OVERDUE)
    for pk in waiting.values_list("pk", flat=True):
        enqueue("bulk.read", pk, expires=OVERDUE.total_seconds())
    corrected = ImportRow.objects.filter(state=ImportRow.State.CHECKING)
    for pk in corrected.order_by().values_list("draft", flat=True).distinct():
        take_corrections(pk)


def take_corrections(pk: int) -> None:
    """Judge the rows that somebody corrected; leave when somebody else is at the draft."""
    with try_lock("draft", pk) as mine:
        if mine:
            draft = Import.objects.get(pk=pk)
            with translation.override(draft.language or None):
                check_corrected(pk)


@transaction.atomic
def _keep(draft: Import, table: Table) -> None:
    sheet = Sheet(table.header, draft.kind)
    if not (sheet.is_mixed or draft.kind):
        raise BadFile("lacks", columns=[REQUEST])
    command = kind_called(draft.kind)
    draft.ignored = sheet.ignored([command] if command else [])
    draft.header, draft.charset, draft.delimiter = table.header, table.charset, table.delimiter
    draft.state, draft.content = Import.State.CHECKED, None
    draft.save()
    ImportRow.objects.bulk_create(
        ImportRow(draft=draft, number=line.number, cells=line.cells, fault=line.fault) for line in table.rows
    )
    check(draft)


def _refuse(draft: Import, fault: BadFile) -> None:
    Import.objects.filter(pk=draft.pk).update(state=Import.State.REFUSED, refusal=fault.to_json(), content=None)
