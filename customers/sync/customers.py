"""Resource: customers, by the listing or one by one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer
from portal.core.clock import now
from portal.core.labels import listed
from portal.sync import runs
from portal.sync.customer_names import name_customers_with
from portal.sync.resources import RESOURCES, Answer, Change, Line, Resource, Target
from portal.sync.retry import patiently
from portal.sync.store import keep, keep_what_fits, note_problem, retire
from portal.sync.upsert import merge
from portal.vendor import client
from portal.vendor.client import MalformedRecord, PartnerApi, all_pages
from portal.vendor.problems import ProblemText

# What a column of 64 bits holds.
_IDS = range(1, 2**63)
# More digits are no number of a customer.
LONGEST_NUMBER = 30


def read(api: PartnerApi, target: Target) -> Answer:
    """Read one customer."""
    return Answer([api.customers.get_customer(target.domain_id)])


def store(answers: Mapping[int, Answer], read_at: datetime) -> Sequence[Change]:
    """Write customers as rows."""
    records = [record for answer in answers.values() for record in answer.records]
    return merge(
        Customer,
        [_row(record) for record in records if isinstance(record, client.Customer)],
        key=("domain_id",),
        among={"domain_id__in": list(answers)},
        # The listing tells of a customer that is gone by an answer without a record.
        complete_for={domain_id for domain_id, answer in answers.items() if answer.is_complete},
        owner="domain_id",
        read_at=read_at,
    )


def cached(domain_id: int) -> Sequence[client.Customer]:
    """Return the customer as the cache holds it."""
    rows = Customer.objects.current().filter(pk=domain_id)
    return [client.Customer.from_vendor(raw) for raw in rows.values_list("raw", flat=True)]


def describe(records: Sequence[client.Customer]) -> list[Line]:
    """Return what an order depends on."""
    return [
        Line(
            "domain",
            _("Domain") if record.domain_type == "DOMAIN" else _("Group name"),
            listed((record.domain, _("verified") if record.enable_active_domain else _("Not verified"))),
        )
        for record in records
    ]


CUSTOMER = RESOURCES.declare(
    Resource(
        name=runs.CUSTOMER,
        title=gettext_lazy("Customer"),
        operation="getCustomer",
        key="domainId",
        record=client.Customer,
        read=read,
        store=store,
        cached=cached,
        table=Customer,
        describe=describe,
        # What an order depends on; a new phone number does not make it stale.
        compared=("domainId", "domain", "domainType", "enableActiveDomain"),
        # The product is that of its subscription.
        repeats=("productId",),
        every_customer=False,
    )
)


def read_listing(api: PartnerApi, since: datetime, after_each_page: runs.AfterEachPage) -> runs.Listing:
    """
    Read all pages of the customers' listing.

    A page that brings no clear answer is asked for again, so that one of many does not cost all those before it.
    Only when the last page has arrived are the customers that it did not hold marked gone; an error before that
    leaves them as they were. A record that cannot be read or kept is reported and skipped, and its customer is known
    to be there; where not even its number can be read, it may be anybody's, and nobody is marked gone.

    Args:
        api: the client.
        since: when the run began; a customer read since then is known to be there.
        after_each_page: is told which customers came, and may stop the reading by raising.
    """
    moved, listed, problems, is_complete = 0, set[int](), list[str](), True
    asked_at = now()
    ask, trouble = api.customers.list_customers, "records"
    for page in all_pages("listCustomers", lambda cursor: patiently(partial(ask, cursor=cursor))):
        answers = {record.domain_id: Answer([record]) for record in page.items if record.domain_id in _IDS}
        kept = keep_what_fits(CUSTOMER, answers, read_at=asked_at)
        moved += kept.moved
        listed |= {record.domain_id for record in page.items}
        for malformed in page.malformed:
            number = _number_in(malformed.raw)
            is_complete = is_complete and number is not None
            listed |= set() if number is None else {number}
            problems.append(_note(malformed, number))
        unfit = [*kept.unfit, *(record.domain_id for record in page.items if record.domain_id not in _IDS)]
        problems += [f"{domain_id}: its record does not fit into the table" for domain_id in unfit]
        after_each_page(answers.keys() - set(kept.unfit))
        asked_at = now()
    if not listed and Customer.objects.current().exists():
        problems.append("no customer was listed at all; nobody was taken for gone")
        trouble, is_complete = "nobody", False
    if is_complete:
        moved += _mark_gone(listed, since)
    return runs.Listing(len(listed), moved, ProblemText.called(trouble, "; ".join(problems)[:1000]))


def _number_in(raw: object) -> int | None:
    """Return the number of the customer that a record is about, even where the rest of it cannot be read."""
    number = raw.get("domainId") if isinstance(raw, dict) else None
    if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < LONGEST_NUMBER:
        return int(number)
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _note(malformed: MalformedRecord, number: int | None) -> str:
    """Keep why a record could not be read, at its customer if it tells which one; return it as a sentence."""
    problem = f"{malformed.record}.{malformed.field}: {malformed.why}"
    if number is None or number not in _IDS:
        return problem
    note_problem(CUSTOMER, number, ProblemText.called("records", problem))
    return f"{number}: {problem}"


def _mark_gone(listed: Collection[int], since: datetime) -> int:
    """
    Who was not listed is gone: an answer without a record, asked when the run began.

    So whoever was read one by one since then stays, because that answer is the newer one. The times alone would not
    do: the clock of the machine that listed may be behind the one on which the run began.
    """
    absent = sorted(set(Customer.objects.current().values_list("pk", flat=True)) - set(listed))
    gone = keep(CUSTOMER, {domain_id: Answer([]) for domain_id in absent}, read_at=since)
    retire(Customer.objects.filter(pk__in=absent, removed_at__isnull=False).values_list("pk", flat=True))
    return gone


def _row(record: client.Customer) -> Customer:
    administrator, partnership = record.administrator, record.partnership
    row = Customer(
        domain_id=record.domain_id,
        tenant_id=record.tenant_id,
        company_name=record.company_name,
        domain=record.domain,
        domain_type=record.domain_type,
        phone_number=record.phone_number,
        time_zone=record.time_zone,
        locale=record.locale,
        enable_active_domain=record.enable_active_domain,
        enable_active_mxrecord=record.enable_active_mxrecord,
        administrator_name=" ".join(filter(None, (administrator.last_name, administrator.first_name)))
        if administrator
        else "",
        administrator_email=administrator.private_email if administrator else "",
        administrator_login=administrator.id if administrator else "",
        administrator_phone=(administrator.cellphone if administrator else "") or "",
        partnership_status=(partnership.status if partnership else "") or "",
        shows_partner_profile=partnership.enable_partner_profile_display if partnership else None,
        customer_code=(partnership.customer_code if partnership else "") or "",
        memo=(partnership.memo if partnership else "") or "",
        raw=record.raw,
    )
    row.prepare_search()
    return row


runs.list_customers_with(read_listing)


def names(domain_ids: Collection[int]) -> dict[int, str]:
    """Return what customers are called."""
    rows = Customer.objects.filter(pk__in=domain_ids).only("company_name", "domain")
    return {row.pk: str(row) for row in rows}


name_customers_with(names)
