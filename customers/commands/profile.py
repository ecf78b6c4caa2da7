"""Commands that change a customer's details."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.forms.customers import DetailsForm, ReplaceForm
from customers.rules import profile
from customers.rules.profile import CustomerEdit, CustomerReplace
from customers.sync.customers import CUSTOMER, describe
from customers.sync.usage_status import USAGE_STATUS
from portal.core.field_labels import label_of, text_of
from portal.core.labels import listed
from portal.operations.approval_topics import Topic
from portal.operations.commands import Command
from portal.operations.intents import Intent
from portal.operations.payloads import OrderRequest
from portal.operations.snapshots import Snapshot
from portal.sync.resources import Line
from portal.vendor.client import Customer, CustomerChange, CustomerReplacement, PartnerApi

PERMISSION = "customers.order"
READS = (CUSTOMER.name, USAGE_STATUS.name)


def describe_details(records: Sequence[Customer]) -> list[Line]:
    """Say all that can be changed of a customer."""
    details = profile.details_of(Snapshot({CUSTOMER.name: records}))
    return [*describe(records), *(Line(name, label_of(name), text_of(name, value)) for name, value in details.items())]


def customer_with(customer: Customer, wanted: dict[str, Any]) -> Customer:
    """Return a customer's record with other values at some of LINE WORKS's names, those within another with a dot."""
    raw = {**customer.raw, "partnership": {**(customer.raw.get("partnership") or {})}}
    for name, value in wanted.items():
        outer, dot, inner = name.partition(".")
        if dot:
            raw[outer][inner] = value
        else:
            raw[name] = value
    return Customer.from_vendor(raw)


def _send_edit(api: PartnerApi, domain_id: int, request: CustomerEdit) -> object:
    return api.customers.patch_customer(domain_id, CustomerChange.model_validate(_body(request)))


def _send_replace(api: PartnerApi, domain_id: int, request: CustomerReplace) -> object:
    return api.customers.update_customer(domain_id, CustomerReplacement.model_validate(_body(request)))


def _body(request: OrderRequest) -> dict[str, Any]:
    return request.model_dump(by_alias=True, exclude_unset=True)


def _has_it_all(_before: Snapshot, after: Snapshot, request: OrderRequest) -> bool:
    """At least one of these differed before, or nothing would have been sent."""
    wanted, present = profile.flat(request), profile.details_of(after)
    return bool(present) and all(present[name] == value for name, value in wanted.items())


def _with_it_all(state: Snapshot, request: OrderRequest) -> Snapshot:
    wanted = profile.flat(request)
    return state.with_records(CUSTOMER, [customer_with(customer, wanted) for customer in state.of(Customer)])


def _undo_edit(before: Snapshot, _after: Snapshot, request: CustomerEdit) -> tuple[str, CustomerEdit] | None:
    present = {name: value for name, value in profile.details_of(before).items() if value is not None}
    wanted = {name: present[name] for name in profile.flat(request) if name in present}
    return ("patchCustomer", CustomerEdit.model_validate(_nested(wanted))) if wanted else None


def _undo_replace(before: Snapshot, _after: Snapshot, _request: CustomerReplace) -> tuple[str, CustomerReplace] | None:
    present = profile.details_of(before)
    if not present or None in present.values():
        return None
    return "updateCustomer", CustomerReplace.model_validate(_nested(present))


def _nested(wanted: dict[str, Any]) -> dict[str, Any]:
    """Return a request by LINE WORKS's names, those with a dot within another."""
    nested: dict[str, Any] = {}
    for name, value in wanted.items():
        outer, dot, inner = name.partition(".")
        if dot:
            nested.setdefault(outer, {})[inner] = value
        else:
            nested[name] = value
    return nested


def _summary(state: Snapshot, request: OrderRequest) -> str:
    """Return what changes; what is sent along unchanged is not worth the words."""
    present = profile.details_of(state)
    changed = {name: value for name, value in profile.flat(request).items() if value != present.get(name)}
    return listed(
        _("%(name)s: %(value)s") % {"name": label_of(name), "value": text_of(name, value)}
        for name, value in changed.items()
    )


EDIT = Command(
    kind="patchCustomer",
    intent=Intent.DATA,
    topic=Topic.CUSTOMER,
    title=gettext_lazy("Edit customer"),
    label=gettext_lazy("Edit customer"),
    description=gettext_lazy(
        "Company name, phone number, time zone, language, customer code, memo. Only changed fields are sent."
    ),
    icon="pencil",
    permission=PERMISSION,
    url_name="customers:edit",
    path="edit/",
    preconditions=lambda state, _target, _today: profile.frozen(state),
    form=DetailsForm,
    request=CustomerEdit,
    reads=READS,
    evaluate=profile.edit,
    compare_all_fields={CUSTOMER.name: describe_details},
    send=_send_edit,
    took_effect=_has_it_all,
    projected_state=_with_it_all,
    summary=_summary,
    undo=_undo_edit,
)
REPLACE = Command(
    kind="updateCustomer",
    intent=Intent.DATA,
    topic=Topic.CUSTOMER,
    title=gettext_lazy("Overwrite customer details"),
    label=gettext_lazy("Overwrite all details instead"),
    description=gettext_lazy("Replaces all these fields with the values you enter"),
    icon="replace-all",
    permission=PERMISSION,
    offered_below=EDIT.kind,
    url_name="customers:replace",
    path="replace/",
    preconditions=lambda state, _target, _today: profile.frozen(state),
    form=ReplaceForm,
    request=CustomerReplace,
    reads=READS,
    evaluate=profile.replace,
    compare_all_fields={CUSTOMER.name: describe_details},
    send=_send_replace,
    took_effect=_has_it_all,
    projected_state=_with_it_all,
    summary=_summary,
    undo=_undo_replace,
)
