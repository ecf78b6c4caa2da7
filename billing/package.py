"""The package of a month: all that there is of its invoice in one ZIP file, with a manifest and checksums."""

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.serializers.json import DjangoJSONEncoder

from billing.check_listing import EXPORTED, rows
from billing.checking.decisions import is_older
from billing.checking.sums import Share, Sums, sums_of
from billing.exports import DETAILS, INVOICES, ITEMS, items_of
from billing.invoices import invoices_of
from billing.journal import JOURNAL, journal_of
from billing.listing import details_of
from billing.models import MonthCheck, SignOff
from billing.months import billed_in, in_address, used_in
from billing.subtotals import totals_of
from portal.accounts.models import User
from portal.core.clock import now
from portal.core.exports import AT_ONCE, csv_of

FORMAT = "partnerdesk-month/2"
# A larger package waits on the disk.
MOST_IN_MEMORY = 8 * 1024 * 1024
MANIFEST, CHECKSUMS = "manifest.json", "SHA256SUMS"
DIFFERENCES, EVIDENCE = "differences.csv", "evidence.json"


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
    check = MonthCheck.objects.latest_of(used_in(named))
    signed = SignOff.objects.filter(month=used_in(named)).first()
    file = tempfile.SpooledTemporaryFile(MOST_IN_MEMORY, prefix="partnerdesk-")  # noqa: SIM115  the response closes it
    with ZipFile(file, "w", ZIP_DEFLATED) as package:
        kept = [_write(package, name, parts) for name, parts in _parts(named, check, signed)]
        about = _about(named, by) | {"check": _check(check), "sign_off": _sign_off(signed, check)}
        kept.append(_write(package, MANIFEST, [_json(about | {"files": [asdict(each) for each in kept]})]))
        sums = "".join(f"{each.sha256}  {each.name}\n" for each in kept)
        package.writestr(CHECKSUMS, sums)
    file.seek(0)
    return file


def _parts(named: date, check: MonthCheck | None, signed: SignOff | None) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Return the files of the package one after the other; each is written before the next begins."""
    invoices = invoices_of(named)
    details = details_of(named)
    yield "invoice.csv", csv_of(INVOICES, invoices)
    yield "invoice-as-received.json", [_json([invoice.raw for invoice in invoices])]
    yield "customers.csv", csv_of(DETAILS, details.order_by("domain_id").iterator())
    yield "items.csv", csv_of(ITEMS, items_of(details))
    yield "journal.csv", csv_of(JOURNAL, journal_of(named))
    if check:
        differences = rows().filter(check_run=check).order_by("number")
        yield DIFFERENCES, csv_of(EXPORTED, differences.iterator(AT_ONCE))
    if signed:
        # As it was signed off, to the byte: its checksum is the one that stands on the page.
        yield EVIDENCE, [signed.evidence.encode()]


def _about(named: date, by: User) -> dict[str, Any]:
    totals = totals_of(details_of(named))
    return {
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
    }


def _check(check: MonthCheck | None) -> dict[str, Any]:
    """Return what the latest check has found, or that there was none."""
    if check is None:
        return {"was_run": False}
    sums = sums_of(check)
    return {
        "was_run": True,
        "finished_at": check.finished_at,
        "asked_by": check.asked_by_name,
        "customers": check.customers,
        "agreeing": check.agreeing,
        "explained": _share(sums.explained),
        "cause_chosen": _share(sums.chosen),
        "unexplained": _share(sums.unexplained),
        # The sum of the page, in yen; without a price list none is known.
        "yen": _yen(check, sums) if check.is_priced else None,
        "items_changed_since": is_older(check),
    }


def _share(share: Share) -> dict[str, int]:
    return {"differences": share.differences, "customers": share.customers}


def _yen(check: MonthCheck, sums: Sums) -> dict[str, Any]:
    return {
        "expected": check.expected,
        "explained": sums.explained.yen,
        "cause_chosen": sums.chosen.yen,
        "unexplained": sums.unexplained.yen,
        "not_checked": check.unchecked,
        "not_in_the_items": check.beside,
        "stated": check.stated,
    }


def _sign_off(signed: SignOff | None, check: MonthCheck | None) -> dict[str, Any] | None:
    """Return who signed the month off, and whether it was this check; None where nobody did."""
    if signed is None:
        return None
    return {
        "at": signed.at,
        "by": signed.by_name,
        "note": signed.note,
        "sha256": signed.digest,
        "is_of_this_check": check is not None and signed.check_run_id == check.pk,
    }


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
