"""The package of a month: all that there is of its invoice in one ZIP file, with a manifest and checksums."""

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.serializers.json import DjangoJSONEncoder

from billing.exports import DETAILS, INVOICES, ITEMS, items_of
from billing.invoices import invoices_of
from billing.journal import JOURNAL, journal_of
from billing.listing import details_of
from billing.months import billed_in, in_address, used_in
from billing.subtotals import totals_of
from portal.accounts.models import User
from portal.core.clock import now
from portal.core.exports import csv_of

FORMAT = "partnerdesk-month/1"
# A larger package waits on the disk.
MOST_IN_MEMORY = 8 * 1024 * 1024
MANIFEST, CHECKSUMS = "manifest.json", "SHA256SUMS"


@dataclass(frozen=True)
class FileOfPackage:
    """A file in the package: its name, size and checksum."""

    name: str
    size: int
    sha256: str


def package_of(named: date, by: User) -> "tempfile.SpooledTemporaryFile[bytes]":
    """
    Return the package of a month, ready to be read; it is gone from the disk as soon as it is closed.

    ``SHA256SUMS`` covers every other file, the manifest among them, so that ``sha256sum -c`` checks the package.

    Args:
        named: the month as LINE WORKS names it.
        by: who asks for it; the manifest says so.
    """
    file = tempfile.SpooledTemporaryFile(MOST_IN_MEMORY, prefix="partnerdesk-")  # noqa: SIM115  the response closes it
    with ZipFile(file, "w", ZIP_DEFLATED) as package:
        kept = [_write(package, name, parts) for name, parts in _parts(named)]
        kept.append(_write(package, MANIFEST, [_manifest(named, by, kept)]))
        sums = "".join(f"{each.sha256}  {each.name}\n" for each in kept)
        package.writestr(CHECKSUMS, sums)
    file.seek(0)
    return file


def _parts(named: date) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Return the files of the package one after the other; each is written before the next begins."""
    invoices = invoices_of(named)
    details = details_of(named)
    yield "invoice.csv", csv_of(INVOICES, invoices)
    yield "invoice-as-received.json", [_json([invoice.raw for invoice in invoices])]
    yield "customers.csv", csv_of(DETAILS, details.order_by("domain_id").iterator())
    yield "items.csv", csv_of(ITEMS, items_of(details))
    yield "journal.csv", csv_of(JOURNAL, journal_of(named))


def _manifest(named: date, by: User, kept: Iterable[FileOfPackage]) -> bytes:
    totals = totals_of(details_of(named))
    return _json(
        {
            "format": FORMAT,
            "month_of_use": in_address(used_in(named)),
            "month_of_bill": in_address(billed_in(named)),
            "invoices": [
                {"number": invoice.invoice_no, "amount_due": invoice.total_amount, "changed_at": invoice.changed_at}
                for invoice in invoices_of(named)
            ],
            "customers": totals.customers,
            "stated_sum_of_customers": totals.amounts["stated_amount"],
            "made_at": now(),
            "made_by": str(by),
            "files": [asdict(each) for each in kept],
        }
    )


def _write(package: ZipFile, name: str, parts: Iterable[bytes]) -> FileOfPackage:
    digest, size = hashlib.sha256(), 0
    target: IO[bytes]
    with package.open(name, "w") as target:
        for part in parts:
            target.write(part)
            digest.update(part)
            size += len(part)
    return FileOfPackage(name, size, digest.hexdigest())


def _json(value: object) -> bytes:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2).encode() + b"\n"
