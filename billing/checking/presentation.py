"""What the page of a check shows. Reads, decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.check_chart import DayChart, chart_of
from billing.check_words import cause_address, cause_words, causes_words, explanation, item_words
from billing.checking import past_usage
from billing.checking.decisions import Missing, is_older, missing
from billing.checking.price_groups import alone, groups_in
from billing.checking.sums import Share, Sums, sums_of
from billing.models import CheckCause, CheckDifference, InvoiceDetail, MonthCheck, SignOff
from billing.months import billed_in, named_for, shifted
from billing.rules.check_kinds import Kind

WORST, OTHERS, SINCE, GROUPS = 3, 10, 5, 5


@dataclass(frozen=True)
class Term:
    """One term of the equation: its sign, name, amount, and what stands beneath."""

    sign: str
    name: str
    amount: int
    note: str
    is_unknown: bool = False


@dataclass
class Shown:
    """A difference with its words. ``chosen`` is the latest cause that a person chose."""

    difference: CheckDifference
    chosen: CheckCause | None = None

    @cached_property
    def item(self) -> str:
        """What it is about."""
        return item_words(self.difference)

    @cached_property
    def why(self) -> str:
        """In what it differs, where nothing explains it."""
        return explanation(self.difference)

    @cached_property
    def causes(self) -> list[tuple[str, str, str]]:
        """The known causes: words, address and its name."""
        domain_id = self.difference.domain_id
        return [(cause_words(cause), *cause_address(domain_id, cause)) for cause in self.difference.causes]

    @cached_property
    def cause(self) -> str:
        """All causes in one text."""
        return causes_words(self.difference)

    @cached_property
    def chart(self) -> DayChart | None:
        """Its days."""
        return chart_of(self.difference)


def page(month: date, opened: int | None = None) -> dict[str, Any]:
    """Return the context of the page of a month; ``opened`` is the difference that it is opened for, if any."""
    # Before what it answers is read: what moves in between is brought by the next poll.
    attempt = MonthCheck.objects.filter(month=month).first()
    run = MonthCheck.objects.latest_of(month)
    signed = SignOff.objects.filter(month=month).select_related("check_run").defer("evidence").first()
    context: dict[str, Any] = {
        "month": month,
        "billed_month": billed_in(named_for(month)),
        "earlier": shifted(month, -1),
        "later": shifted(month, 1),
        "run": run,
        "attempt": attempt,
        "signed": signed,
        "mark": mark_of(attempt),
        "has_details": InvoiceDetail.objects.current().filter(month=named_for(month)).exists(),
    }
    context |= _answer(run, signed, opened) if run else {"missing": []}
    lacks_usage = context["not_read"] if run else context["has_details"]
    context["past_usage"] = past_usage.state_of(month) if lacks_usage and past_usage.is_past(month) else None
    return context


def in_short(month: date, run: MonthCheck | None) -> dict[str, Any]:
    """Return the context of the card about the check on the page of the month's invoice."""
    signed = SignOff.objects.filter(month=month).defer("evidence").first()
    if run is None:
        return {"signed": signed}
    waits = [] if signed else missing(month, run, signed)
    return {"signed": signed, "check_terms": terms_of(run, sums_of(run)), "check_reasons": reasons(waits)}


def mark_of(attempt: MonthCheck | None) -> str:
    """Return a text that changes with every step of a run."""
    return f"{attempt.pk}-{attempt.state}-{attempt.done}" if attempt else ""


def _answer(run: MonthCheck, signed: SignOff | None, opened: int | None) -> dict[str, Any]:
    differences = run.differences.in_equation()
    since = run.differences.filter(kind=Kind.SINCE)
    groups = groups_in(differences, GROUPS)
    first = list(differences.worst_first()[: WORST + OTHERS])
    of_link = list(differences.filter(pk=opened)) if opened is not None else []
    # What the groups of prices say already is not said three times more.
    waiting = [row for row in alone(differences.worst_first(), groups)[:WORST] if row.waits] if groups else []
    worst = of_link or waiting or first[:WORST]
    named = {row.pk for row in worst}
    others = [row for row in first if row.pk not in named][:OTHERS]
    sums = sums_of(run)
    chosen = {
        cause.key: cause
        for cause in CheckCause.objects.filter(month=run.month, key__in=[row.key for row in worst if row.decision])
        .order_by("key", "-pk")
        .distinct("key")
    }
    waits = missing(run.month, run, signed)
    return {
        "terms": terms_of(run, sums),
        "sums": sums,
        "is_opened": bool(of_link),
        "worst": [Shown(row, chosen.get(row.key)) for row in worst],
        "others": list(map(Shown, others)),
        "price_groups": groups,
        "other_count": max(0, sums.differences - len(worst)),
        "not_read": sums.not_read,
        "since": list(map(Shown, since[:SINCE])) if sums.since else [],
        "since_count": sums.since,
        "is_older": is_older(run),
        "missing": waits,
        "reasons": reasons(waits),
        "is_signed": bool(signed and signed.check_run_id == run.pk),
        "signed_words": signed_off_words(),
    }


def terms_of(run: MonthCheck, sums: Sums) -> Sequence[Term]:
    """Return the equation of a month: in yen, or without a price list in licenses, users and quantities by days."""

    def share(name: str, of: Share, *, is_unknown: bool = False) -> Term:
        return _signed(name, of.yen if run.is_priced else of.units, _of(of), is_unknown=is_unknown)

    expected = run.expected if run.is_priced else run.expected_units
    terms = [
        Term("", _("Expected"), expected, _("from usage and requests")),
        share(_("Explained"), sums.explained),
        share(_("Cause chosen"), sums.chosen),
        share(_("Unexplained"), sums.unexplained, is_unknown=sums.unexplained.differences > 0),
    ]
    if not run.is_priced:
        return (*terms, Term("=", _("Billed"), run.billed_units, _agree(run)))
    if run.unchecked:
        terms.append(_signed(_("Not checked"), run.unchecked, _("no price, or lump sum")))
    if run.beside:
        terms.append(_signed(_("Not in the items"), run.beside, _("stated by the invoice"), is_unknown=True))
    total = sum(-term.amount if term.sign == "−" else term.amount for term in terms)
    name = _("Amount spent") if run.stated is not None else _("Sum of the items")
    return (*terms, Term("=", name, total, _agree(run)))


def _signed(name: str, amount: int, note: str, *, is_unknown: bool = False) -> Term:
    return Term("−" if amount < 0 else "+", name, abs(amount), note, is_unknown)


def _of(share: Share) -> str:
    """Return how many differences a share has, and of how many customers."""
    if not share.differences:
        return _("no difference")
    count = {"count": f"{share.differences:,}"}
    differences = ngettext("%(count)s difference", "%(count)s differences", share.differences) % count
    count = {"count": f"{share.customers:,}"}
    customers = ngettext("at %(count)s customer", "at %(count)s customers", share.customers) % count
    return _("%(differences)s %(customers)s") % {"differences": differences, "customers": customers}


def _agree(run: MonthCheck) -> str:
    counts = {"some": f"{run.agreeing:,}", "all": f"{run.customers:,}"}
    if run.is_priced:
        return _("%(some)s of %(all)s agree to the yen") % counts
    return _("%(some)s of %(all)s agree") % counts


def reasons(waits: Sequence[Missing]) -> list[str]:
    """Return what a sign-off waits for, in sentences."""
    return [_reason(each) for each in waits]


def _reason(each: Missing) -> str:
    match each.name:
        case "no check":
            return _("The month has to be checked first.")
        case "running":
            return _("A check is running.")
        case "undecided":
            return _undecided(each)
        case "newer":
            return _("Items changed in LINE WORKS after this check. Check again first.")
    return _("This check is signed off.")


def signed_off_words() -> str:
    """Return how the causes of a check that is signed off are changed: not at all, as they are part of the evidence."""
    return _("This check is signed off. To change a cause, check the month again, choose the cause and sign off again.")


def _undecided(each: Missing) -> str:
    words = ngettext(
        "%(count)s difference needs a cause first.", "%(count)s differences need a cause first.", each.count
    )
    return words % {"count": f"{each.count:,}"}


def month_words(month: date) -> str:
    """Return a month as pages name it."""
    return date_format(month, "YEAR_MONTH_FORMAT")
