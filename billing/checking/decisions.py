"""What people decide about a check: the cause of a difference that nothing explains, and that a month is right."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

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


@transaction.atomic
def choose_cause(pk: int, *, month: date, choice: str, note: str, by: User) -> CheckDifference:
    """
    Keep the cause that a person chose for a difference that nothing explains.

    Raises:
        Explained: there is no such difference in the latest check of the month.
    """
    found = (
        CheckDifference.objects.select_for_update().filter(pk=pk, check_run__month=month, is_explained=False).first()
    )
    if found is None:
        raise Explained
    CheckCause.objects.create(month=month, key=found.key, choice=choice, note=note, by_id=by.pk, by_name=str(by))
    found.decision = choice
    found.save(update_fields=["decision"])
    return found


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
