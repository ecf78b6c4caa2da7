"""Files of changes as tests make them."""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from portal.bulk import uploads
from portal.bulk.models import Import
from tests.support.waiting import wait_for

HEADER = ("Customer", "Plan", "Contract type", "Licenses", "Start date", "Note")
Line = Sequence[object]


def wish(customer: object, **changes: object) -> list[object]:
    """Return a line that asks for a pre-order that every rule allows, or for one that differs."""
    line = {
        "customer": customer, "product": "Standard", "plan": "Annual contract, monthly (license)",
        "licenses": 10, "day": "2026-02-01",
        "note": "",
    } | changes  # fmt: skip
    return list(line.values())


def table(*lines: Line, header: Sequence[str] = HEADER) -> bytes:
    """Return a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *lines])
    return text.getvalue().encode()


def book(*lines: Line, change: Callable[[Any], None] = lambda _sheet: None) -> bytes:
    """Return an XLSX workbook of one sheet; `change` may do more to that."""
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for line in lines:
        sheet.append(list(line))
    change(sheet)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def upload(browser: Client, content: bytes, *, kind: str = "addPreOrder", name: str = "changes.csv") -> Import:
    """Upload a file and have it read; return its draft."""
    address = f"/requests/bulk/kinds/{kind}/" if kind else "/requests/bulk/mixed/"
    answer = browser.post(address, {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    draft = Import.objects.get(pk=int(answer["Location"].split("/")[-2]))

    def is_read() -> bool:
        # As the worker does, where a test has one.
        uploads.take(draft.pk)
        draft.refresh_from_db()
        return draft.state != Import.State.READING

    wait_for(is_read, "the file is read")
    return draft
