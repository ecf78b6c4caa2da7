"""Commands that bring a customer to the partner: add, and transfer from Online Direct."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.commands.profile import PERMISSION, describe_details
from customers.forms.onboarding import CustomerAddForm, TransferForm
from customers.rules import onboarding as rules
from customers.rules.domains import is_by_works
from customers.rules.onboarding import CustomerCreate, CustomerTransfer
from customers.sync.customers import CUSTOMER
from portal.core.field_labels import label_of, text_of
from portal.core.labels import listed, word_for
from portal.operations.approval_topics import Topic
from portal.operations.commands import Command, Outcome
from portal.operations.derived_effects import DerivedEffect
from portal.operations.intents import Intent
from portal.operations.snapshots import Snapshot
from portal.sync.resources import Change, Line
from portal.vendor.client import Customer, NewCustomer, PartnerApi, Transfer, all_pages

READS = (CUSTOMER.name,)
TRANSFER_READY = "TRANSFER_READY"
# What LINE WORKS returns of an administrator, as it is reviewed; a password is not among it.
_OF_ADMINISTRATOR = ("lastName", "firstName", "id", "privateEmail", "cellphone", "countryCode")


def describe_new(records: Sequence[Customer]) -> list[Line]:
    """Say all that is registered of a new customer: its details, and its first administrator if one was named."""
    lines = describe_details(records)
    for record in records:
        named = record.raw.get("administrator") or {}
        paths = {f"administrator.{name}": named[name] for name in _OF_ADMINISTRATOR if named.get(name)}
        lines += [Line(path, label_of(path), text_of(path, value)) for path, value in paths.items()]
    return lines


def _who_has(api: PartnerApi, domain: str) -> Sequence[Customer]:
    """Whether LINE WORKS takes a part of a name for a match no page says, so the names are compared once more."""
    pages = all_pages("listCustomers", lambda cursor: api.customers.list_customers(domain=domain, cursor=cursor))
    found = {record.domain_id: record for page in pages for record in page.items if record.domain == domain}
    return tuple(found.values())


def _send_create(api: PartnerApi, _domain_id: int, request: CustomerCreate) -> object:
    return api.customers.create_customer(NewCustomer.model_validate(_body(request)))


def _send_transfer(api: PartnerApi, _domain_id: int, request: CustomerTransfer) -> None:
    body = _body(request)
    domain = body.pop("domain")
    api.customers.transfer_potential_customer(domain, Transfer.model_validate(body))


def _body(request: CustomerCreate | CustomerTransfer) -> dict[str, Any]:
    return request.model_dump(by_alias=True, exclude_unset=True)


def _is_there(before: Snapshot, after: Snapshot, _request: object) -> bool:
    return not before.of(Customer) and len(after.of(Customer)) == 1


def _with_created(state: Snapshot, request: CustomerCreate) -> Snapshot:
    raw = {
        **_body(request),
        "tenantId": 0,
        "domainId": 0,
        "enableActiveDomain": is_by_works(request.domain),
        "enableActiveMxrecord": False,
        "domainType": "GROUP" if rules.is_group(request.domain) else "DOMAIN",
    }
    named = raw.pop("administrator", None)
    if named:
        raw["administrator"] = {name: named[name] for name in _OF_ADMINISTRATOR if name in named}
    after = state.with_records(CUSTOMER, [Customer.from_vendor(raw)])
    if named and not named.get("countryCode"):
        # Whether LINE WORKS fills it in no page says.
        after = after.assuming(CUSTOMER, "administrator.countryCode", key=0)
    # How a name of by-works.com is shown, and whether it can be used at once, no page says.
    return after.assuming(CUSTOMER, "domain", "domainType", "enableActiveDomain", "enableActiveMxrecord", key=0)


def _with_transferred(state: Snapshot, _request: CustomerTransfer) -> Snapshot:
    """What comes over is not known before, and whatever comes is as it should be."""
    return state


def _how_far_it_is(_before: Snapshot, after: Snapshot) -> Outcome:
    is_ready = any(each.partnership and each.partnership.status == TRANSFER_READY for each in after.of(Customer))
    if is_ready:
        words = _(
            "LINE WORKS lists the customer, and the transfer is still in progress. Its subscriptions may appear later."
        )
    else:
        words = _("The customer was transferred.")
    return Outcome(words, after)


def _is_handed_over(_before: Snapshot, _expected: Snapshot, change: Change) -> bool:
    """It was still on its way when it was first seen."""
    return _is_on_its_way(change.before) and change.after is not None and not _is_on_its_way(change.after)


def _comes_with_it(_before: Snapshot, expected: Snapshot, change: Change) -> bool:
    return change.before is None and any(_is_on_its_way(customer.raw) for customer in expected.of(Customer))


def _is_on_its_way(raw: Mapping[str, Any] | None) -> bool:
    return ((raw or {}).get("partnership") or {}).get("status") == TRANSFER_READY


def _summary_create(_state: Snapshot, request: CustomerCreate) -> str:
    product = word_for("product", request.product_id) if request.product_id else _("no subscription")
    return listed((request.company_name, request.domain, product))


def _summary_transfer(_state: Snapshot, request: CustomerTransfer) -> str:
    return request.domain


CREATE = Command(
    kind="createCustomer",
    intent=Intent.DATA,
    topic=Topic.NEW_CUSTOMER,
    title=gettext_lazy("Add customer"),
    label=gettext_lazy("Add customer"),
    description=gettext_lazy(
        "Registers a new customer in LINE WORKS. The administrator and the first plan are optional."
    ),
    icon="building-2",
    permission=PERMISSION,
    group="newcomers",
    url_name="customers:add",
    path="add/",
    form=CustomerAddForm,
    request=CustomerCreate,
    reads=READS,
    evaluate=rules.create,
    compare_all_fields={CUSTOMER.name: describe_new},
    send=_send_create,
    took_effect=_is_there,
    projected_state=_with_created,
    summary=_summary_create,
    find_customers=_who_has,
)
TRANSFER = Command(
    kind="transferPotentialCustomer",
    intent=Intent.DATA,
    topic=Topic.NEW_CUSTOMER,
    title=gettext_lazy("Transfer Online Direct customer"),
    label=gettext_lazy("Transfer Online Direct customer"),
    description=gettext_lazy("Makes an Online Direct customer yours. LINE WORKS completes the transfer later."),
    icon="arrow-right-left",
    permission=PERMISSION,
    group="newcomers",
    url_name="customers:transfer",
    path="transfer/",
    form=TransferForm,
    request=CustomerTransfer,
    reads=READS,
    evaluate=rules.transfer,
    send=_send_transfer,
    took_effect=_is_there,
    projected_state=_with_transferred,
    summary=_summary_transfer,
    find_customers=_who_has,
    outcome=_how_far_it_is,
    derived_effects=(
        DerivedEffect(CUSTOMER.name, _is_handed_over, fields=("partnership", "productId"), is_late=True),
        DerivedEffect("subscriptions", _comes_with_it, is_late=True),
    ),
)
