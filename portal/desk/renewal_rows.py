"""The rows of the list of renewals: each with what people read of it, in groups by the day of the decision."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from billing.estimates import Value
from billing.rules.prices import PriceBook
from customers.models import Customer, UsageStatus
from portal.accounts.models import User
from portal.core.business_days import decide_by, is_working_day
from portal.core.catalogue import TRIAL_PLANS
from portal.core.clock import business_today
from portal.core.exports import in_batches
from portal.core.labels import listed, word_for
from portal.desk import renewals, values
from portal.desk.customer_header import Use, use_of
from portal.desk.models import RenewalCase
from portal.desk.renewal_actions import PERMISSION
from portal.desk.renewals import CASE_COLUMNS, DAYS_OF_A_WEEK, KINDS, OPEN, Alike, Stage
from portal.operations.display import display_of
from portal.operations.models import Operation
from portal.operations.priced import Sum
from portal.operations.states import FOR_A_PERSON
from portal.ui.templatetags.figures import renewal_changes, yen
from subscriptions.commands.contract import CONVERT
from subscriptions.commands.renewals import SET_RENEWAL
from subscriptions.rules.renewals import CANCEL, CHANGE
from subscriptions.rules.shared import IN_GRACE

_FRIDAY = 4


@dataclass(frozen=True)
class Decision:
    """
    What was decided about a renewal.

    Args:
        words: in a few words; what happens without a decision where there is none.
        look: planned, cancel, or fact; empty where nothing was decided.
        detail: who recorded it and when, or how the request stands.
        address: of the request.
    """

    words: str
    look: str = ""
    detail: str = ""
    address: str = ""


@dataclass(frozen=True)
class Menu:
    """
    What can be recorded about a renewal, opened in its row.

    Args:
        name: which of the menus is open.
        to: the address to which it is posted.
        token: of its form.
        problem: why what was entered is not recorded.
    """

    name: str
    to: str
    token: str
    problem: str = ""


@dataclass(frozen=True)
class Row:
    """
    A renewal as the page shows it.

    Args:
        subscription: with the columns of ``renewals.queue``.
        customer: whose it is.
        case: what people recorded about it.
        use: users against licenses, where both are known.
        decision: what was decided.
        edit: the form of the renewal settings, or of the conversion of a trial.
        is_unknown: whether the outcome of a request of the customer is unknown.
        mine: whether it is assigned to the person who looks.
        may_take_over: whether somebody else owns it, or the customer.
        decide_by: the last working day for the decision.
        may_decide: whether the person who looks records decisions.
        today: the business day.
        menu: what is open in the row.
        value: what the contract is worth, for those who see prices.
    """

    subscription: Any
    customer: Customer
    case: RenewalCase
    use: Use | None
    decision: Decision
    edit: str
    is_unknown: bool
    mine: bool
    may_take_over: bool
    decide_by: date
    may_decide: bool
    today: date
    menu: Menu | None = None
    value: Value | None = None

    @property
    def key(self) -> int:
        """What names the row on the page."""
        return int(self.subscription.pk)

    @property
    def stretch(self) -> date:
        """The stretch of time into which its decision falls."""
        return stretch_of(self.decide_by, self.today)

    @property
    def stage(self) -> Stage:
        """How far the decision is."""
        return Stage(self.subscription.stage)

    @property
    def is_trial(self) -> bool:
        """Whether it ends by itself and has no renewal settings."""
        return self.subscription.plan in TRIAL_PLANS

    @property
    def in_grace(self) -> bool:
        """Whether it is a trial in its grace period."""
        return bool(self.is_trial and self.subscription.status == IN_GRACE)


def rows_of(found: Iterable[Any], by: User) -> Iterator[Row]:
    """
    Return the rows of a list, at the cost of one query for each batch.

    Args:
        found: as ``renewals.queue`` or ``renewals.verified`` return them, ``shown``.
        by: who looks.
    """
    today, book = business_today(), values.prices_for(by)
    for batch in in_batches(found):
        requests = _requests({row.customer_id for row in batch})
        unknown = {request.domain_id for request in requests if request.state in FOR_A_PERSON}
        about = {
            (request.domain_id, request.request.get("subscriptionId")): request
            for request in requests
            if request.kind in KINDS
        }
        for row in batch:
            yield _row(row, about.get((row.customer_id, row.subscription_id)), unknown, by, today, book)


def stretch_of(day: date, today: date) -> date:
    """
    Return the day by which the stretch of time is known that a day falls into.

    That is today for what is due or late, the end of a week, or the first of a later month.
    """
    week = today + timedelta(days=DAYS_OF_A_WEEK)
    return today if day <= today else week if day <= week else max(day.replace(day=1), week + timedelta(days=1))


def heads_of(counts: Sequence[Alike], today: date, sums: Mapping[date, Sum] | None = None) -> dict[date, SafeString]:
    """
    Return the head of each group of the list, by what ``stretch_of`` returns: its name, and how many it has in all.

    Args:
        counts: how many there are of each deadline, and stage.
        today: the business day.
        sums: what they are worth, by the last working day for the decision.
    """
    totals: Counter[date] = Counter()
    for alike in counts:
        totals[stretch_of(decide_by(alike.deadline), today)] += alike.number
    worth: Counter[date] = Counter()
    for day, amount in (sums or {}).items():
        worth[stretch_of(day, today)] += amount.amount
    return {begin: _head(begin, count, today, worth.get(begin)) for begin, count in totals.items()}


def _head(begin: date, count: int, today: date, worth: int | None) -> SafeString:
    week = today + timedelta(days=DAYS_OF_A_WEEK)
    title, note = date_format(begin, "YEAR_MONTH_FORMAT"), ""
    if begin == today:
        title = _("Today or overdue")
    elif begin == week:
        title, note = _("Within a week, until %(date)s") % {"date": date_format(week)}, _holidays(today)
    value = _("%(amount)s a month, estimated") % {"amount": yen(worth)} if worth is not None else ""
    return format_html("{} <span class=pd-n>{}</span>", title, " · ".join(filter(None, (f"{count:,}", value, note))))


def _holidays(today: date) -> str:
    days = [today + timedelta(days=number) for number in range(1, DAYS_OF_A_WEEK + 1)]
    free = [
        date_format(day, "MONTH_DAY_FORMAT") for day in days if day.weekday() <= _FRIDAY and not is_working_day(day)
    ]
    return _("Public holidays: %(days)s") % {"days": listed(free)} if free else ""


def _row(
    row: Any, request: Operation | None, unknown: set[int | None], by: User, today: date, book: PriceBook | None
) -> Row:
    case = _case(row)
    customer = row.customer
    ids = {"subscription_id": row.subscription_id}
    command = CONVERT if row.plan in TRIAL_PLANS else SET_RENEWAL
    return Row(
        subscription=row,
        customer=customer,
        case=case,
        use=use_of(row, _usage(customer)),
        decision=_decision(row, case, request),
        edit=command.address(customer.pk, ids),
        is_unknown=customer.pk in unknown,
        mine=row.case_owner_id == by.pk,
        may_take_over=case.owner_id not in (None, by.pk),
        decide_by=renewals.due(row),
        may_decide=by.has_perm(PERMISSION),
        today=today,
        value=_value(book, row) if book else None,
    )


def _value(book: PriceBook, row: Any) -> Value | None:
    usage = _usage(row.customer)
    users = usage.member_count if usage else None
    return values.of_renewal(book, row.product_id, row.plan, row.license_count, users, row.term_end)


def _usage(customer: Customer) -> UsageStatus | None:
    try:
        return customer.usage_status
    except UsageStatus.DoesNotExist:
        return None


def _decision(row: Any, case: RenewalCase, request: Operation | None) -> Decision:
    is_trial = row.plan in TRIAL_PLANS
    if row.stage == Stage.VERIFIED:
        return Decision(_("Not renewed") if row.removed_at else _("Renewed"), "cancel" if row.removed_at else "fact")
    if row.stage == Stage.ACCEPTED:
        if is_trial:
            return Decision(_("Convert to paid"), "planned")
        if row.renewal_type == CANCEL:
            return Decision(word_for("renewal", CANCEL), "cancel")
        return Decision(renewal_changes(row) or word_for("renewal", CHANGE), "planned")
    if request:
        kind = request.request.get("type") if request.kind == SET_RENEWAL.kind else None
        words = word_for("renewal", kind) if kind else display_of(request).title
        look = "cancel" if kind == CANCEL else "planned"
        return Decision(words, look, str(request.look.words), request.get_absolute_url())
    if case.decision and case.decided_at:
        words = _("Let the trial end") if is_trial else _("Renew unchanged")
        who = listed((case.decided_by_name, date_format(localtime(case.decided_at), "MONTH_DAY_FORMAT")))
        return Decision(words, "planned", who)
    return Decision(_("Trial ends") if is_trial else _("Renews unchanged"))


def _case(row: Any) -> RenewalCase:
    """Return what people recorded about a row, with the owner of the customer where the renewal has none of its own."""
    found = {name: getattr(row, f"case_{name}") for name in CASE_COLUMNS}
    domain_id, subscription_id, end_date = row.customer_id, row.subscription_id, row.term_end
    recorded = {name: value for name, value in found.items() if value is not None}
    owner = row.customer.owner
    if owner and "owner_id" not in recorded:
        recorded |= {"owner_id": owner.pk, "owner_name": str(owner)}
    return RenewalCase(domain_id=domain_id, subscription_id=subscription_id, end_date=end_date, **recorded)


def _requests(customers: set[int]) -> Sequence[Operation]:
    """Open requests about renewals, and whatever has an unknown outcome; what was read for them is not needed."""
    wanted = Q(kind__in=KINDS, state__in=OPEN) | Q(state__in=FOR_A_PERSON)
    return list(
        Operation.objects.filter(wanted, domain_id__in=customers).defer("baseline", "before", "after").order_by("pk")
    )
