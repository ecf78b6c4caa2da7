"""What people decide about a check: the cause of a difference that nothing explains, and that a month is right."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from billing.checking import evidence
from billing.checking.runner import latest_change
from billing.models import CheckCause, CheckDifference, MonthCheck, SignOff
from portal.accounts.models import User


@dataclass(frozen=True)
class Missing:
    """
    What a sign-off waits for.

    Args:
        name: ``no check``, ``running``, ``undecided``, ``newer`` or ``signed``.
        count: how many there are of it.
    """

    name: str
    count: int = 0


class NotReady(ValueError):
    """A month cannot be signed off yet; nothing is stored."""

    def __init__(self, missing: list[Missing]) -> None:
        super().__init__(", ".join(each.name for each in missing))
        self.missing = missing


class Explained(ValueError):
    """The difference has a cause already, or is gone; nothing is stored."""


class SignedOff(ValueError):
    """The check is signed off, and its causes are part of the evidence; nothing is stored."""


@dataclass(frozen=True)
class Chosen:
    """
    What came of a cause that a person chose for several differences.

    Args:
        count: how many have it now.
        explained: how many the check explains, so that they take no other cause.
        signed: how many belong to a check that is signed off.
    """

    count: int
    explained: int
    signed: int


def choose_cause(pk: int, *, month: date, choice: str, note: str, by: User) -> None:
    """
    Keep the cause that a person chose for a difference that nothing explains.

    Raises:
        Explained: there is no such difference in the latest check of the month.
        SignedOff: the check is signed off.
    """
    found = CheckDifference.objects.filter(pk=pk, check_run__month=month)
    chosen = choose_causes(found, choice=choice, note=note, by=by)
    if chosen.signed:
        raise SignedOff
    if not chosen.count:
        raise Explained


@transaction.atomic
def choose_causes(found: QuerySet[CheckDifference], *, choice: str, note: str, by: User) -> Chosen:
    """Keep the same cause for all differences that take one; the others stay as they are, and are counted."""
    run_of = dict(found.values_list("pk", "check_run_id"))
    # Locked as a sign-off does it, so that none comes in between.
    runs = MonthCheck.objects.select_for_update().filter(pk__in=set(run_of.values())).order_by("pk")
    month_of = {run.pk: run.month for run in runs}
    signed = set(SignOff.objects.filter(check_run__in=month_of).values_list("check_run_id", flat=True))
    rows = CheckDifference.objects.select_for_update().filter(pk__in=run_of).order_by("pk")
    waiting = [row for row in rows if not row.is_explained]
    taken = [row for row in waiting if row.check_run_id not in signed]
    about = {"choice": choice, "note": note, "by_id": by.pk, "by_name": str(by)}
    CheckCause.objects.bulk_create(CheckCause(month=month_of[row.check_run_id], key=row.key, **about) for row in taken)
    CheckDifference.objects.filter(pk__in=[row.pk for row in taken]).update(decision=choice)
    return Chosen(len(taken), len(run_of) - len(waiting), len(waiting) - len(taken))


def missing(month: date, run: MonthCheck | None, signed: SignOff | None) -> list[Missing]:
    """Return what a sign-off of a month waits for."""
    return list(_missing(month, run, signed))


def _missing(month: date, run: MonthCheck | None, signed: SignOff | None) -> Iterator[Missing]:
    if run is None:
        yield Missing("no check")
        return
    if MonthCheck.objects.under_way().filter(month=month).exists():
        yield Missing("running")
    if undecided := CheckDifference.objects.undecided().filter(check_run=run).count():
        yield Missing("undecided", undecided)
    if is_older(run):
        yield Missing("newer")
    if signed and signed.check_run_id == run.pk:
        yield Missing("signed")


def is_older(run: MonthCheck) -> bool:
    """Return whether items of the month changed since the check has seen them."""
    latest = latest_change(run.month)
    return latest is not None and (run.seen_at is None or latest > run.seen_at)


@transaction.atomic
def sign_off(month: date, *, note: str, by: User, seen: int) -> SignOff:
    """
    Sign a month off: keep the evidence of its latest check with the causes that people chose.

    Args:
        month: its first day.
        note: of the person.
        by: who signs.
        seen: the check that the person saw.

    Raises:
        NotReady: something is missing, or the person saw an earlier check.
    """
    # Two people at the same time sign one after the other.
    runs = MonthCheck.objects.select_for_update().filter(month=month)
    run = next((each for each in runs if each.state == MonthCheck.State.FINISHED), None)
    signed = SignOff.objects.filter(month=month).first()
    found = missing(month, run, signed)
    if run is None or found:
        raise NotReady(found)
    if run.pk != seen:
        raise NotReady([Missing("newer")])
    keys = CheckDifference.objects.filter(check_run=run).exclude(decision="").values("key")
    causes = CheckCause.objects.filter(month=month, key__in=keys).order_by("key", "-pk").distinct("key")
    text = evidence.signed(run.evidence.text, map(_as_evidence, causes))
    return SignOff.objects.create(
        month=month,
        check_run=run,
        note=note,
        by_id=by.pk,
        by_name=str(by),
        evidence=text,
        digest=evidence.digest_of(text),
    )


def _as_evidence(cause: CheckCause) -> dict[str, Any]:
    return {
        "key": cause.key,
        "choice": cause.choice,
        "note": cause.note,
        "byId": cause.by_id,
        "byName": cause.by_name,
        "at": cause.at.isoformat(),
    }
