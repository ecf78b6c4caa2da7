"""Commands about domains and group names of customers."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.commands.profile import PERMISSION, customer_with
from customers.forms.customers import ActivateForm, DomainChangeForm, DomainForm
from customers.rules import domains as rules
from customers.rules.domains import Activate, DomainChange, DomainRegister, DomainRemove
from customers.sync.customers import CUSTOMER
from customers.sync.domains import UPGRADE_DOMAIN
from customers.sync.usage_status import USAGE_STATUS
from portal.operations.approval_topics import Topic
from portal.operations.command_forms import CommandForm
from portal.operations.commands import Command
from portal.operations.intents import Intent
from portal.operations.snapshots import Snapshot
from portal.vendor.client import Customer, PartnerApi, UpgradeDomain

READS = (CUSTOMER.name, USAGE_STATUS.name, UPGRADE_DOMAIN.name)


def _send_activate(api: PartnerApi, domain_id: int, _request: Activate) -> object:
    return api.customers.activate_customer(domain_id)


def _send_register(api: PartnerApi, domain_id: int, request: DomainRegister) -> object:
    return api.customers.create_upgrade_domain(domain_id, request.domain)


def _send_remove(api: PartnerApi, domain_id: int, _request: DomainRemove) -> None:
    api.customers.delete_upgrade_domain(domain_id)


def _send_change(api: PartnerApi, domain_id: int, request: DomainChange) -> None:
    api.customers.change_domain(domain_id, request.domain)


def _is_active(before: Snapshot, after: Snapshot, _request: Activate) -> bool:
    was_active = any(customer.enable_active_domain for customer in before.of(Customer))
    return not was_active and any(customer.enable_active_domain for customer in after.of(Customer))


def _is_registered(before: Snapshot, after: Snapshot, request: DomainRegister) -> bool:
    present = rules.registered(after)
    return rules.registered(before) is None and present is not None and present.domain == request.domain


def _is_removed(before: Snapshot, after: Snapshot, _request: DomainRemove) -> bool:
    """What is registered disappears too when the group name is changed to it."""
    is_group = any(customer.domain_type == "GROUP" for customer in after.of(Customer))
    return rules.registered(before) is not None and is_group and after.is_complete and rules.registered(after) is None


def _is_changed(before: Snapshot, after: Snapshot, request: DomainChange) -> bool:
    had_it = any(customer.domain == request.domain for customer in before.of(Customer))
    return not had_it and any(customer.domain == request.domain for customer in after.of(Customer))


def _activated(state: Snapshot, _request: Activate) -> Snapshot:
    """A domain registered to replace a group name is another than the one that is activated."""
    is_group = any(customer.domain_type == "GROUP" for customer in state.of(Customer))
    return _with_customer(state if is_group else _proved(state), enableActiveDomain=True)


def _with_registered(state: Snapshot, request: DomainRegister) -> Snapshot:
    planned = UpgradeDomain.from_vendor({"domain": request.domain, "isActiveDomain": False})
    return state.with_records(UPGRADE_DOMAIN, [planned])


def _without_registered(state: Snapshot, _request: DomainRemove) -> Snapshot:
    return state.with_records(UPGRADE_DOMAIN, [])


def _with_domain(state: Snapshot, request: DomainChange) -> Snapshot:
    changed = _with_customer(state, domain=request.domain, domainType="DOMAIN", enableActiveDomain=True)
    # What becomes of the domain that was to be proved, and whether the new one can be used at once, no page says.
    changed = changed.assuming(UPGRADE_DOMAIN)
    for customer in state.of(Customer):
        changed = changed.assuming(CUSTOMER, "domainType", "enableActiveDomain", key=customer.domain_id)
    if rules.is_by_works(request.domain):
        return changed.with_records(UPGRADE_DOMAIN, [])
    return _proved(changed)


def _with_customer(state: Snapshot, **changes: object) -> Snapshot:
    return state.with_records(CUSTOMER, [customer_with(customer, changes) for customer in state.of(Customer)])


def _proved(state: Snapshot) -> Snapshot:
    found = state.of(UpgradeDomain)
    return state.with_records(
        UPGRADE_DOMAIN, [UpgradeDomain.from_vendor({**each.raw, "isActiveDomain": True}) for each in found]
    )


def _undo_register(_before: Snapshot, _after: Snapshot, _request: DomainRegister) -> tuple[str, DomainRemove]:
    return "deleteUpgradeDomain", DomainRemove()


def _undo_remove(before: Snapshot, _after: Snapshot, _request: DomainRemove) -> tuple[str, DomainRegister] | None:
    """The same name; whether it gets the same DNS values no page says."""
    present = rules.registered(before)
    return ("createUpgradeDomain", DomainRegister(domain=present.domain)) if present and present.domain else None


def _summary_activate(state: Snapshot, _request: Activate) -> str:
    return ", ".join(customer.domain for customer in state.of(Customer))


def _summary_register(_state: Snapshot, request: DomainRegister) -> str:
    return request.domain


def _summary_remove(state: Snapshot, _request: DomainRemove) -> str:
    present = rules.registered(state)
    return (present and present.domain) or ""


def _summary_change(state: Snapshot, request: DomainChange) -> str:
    old = ", ".join(customer.domain for customer in state.of(Customer))
    return _("From %(old)s to %(new)s") % {"old": old, "new": request.domain}


ACTIVATE = Command(
    kind="activateCustomer",
    intent=Intent.USERS,
    topic=Topic.DOMAIN,
    title=gettext_lazy("Activate customer"),
    label=gettext_lazy("Activate customer"),
    description=gettext_lazy("After the DNS records are added, makes the services available"),
    icon="shield-check",
    permission=PERMISSION,
    group="domain",
    url_name="customers:activate",
    path="domain/activate/",
    preconditions=lambda state, _target, _today: rules.against_activation(state),
    form=ActivateForm,
    request=Activate,
    reads=READS,
    evaluate=rules.activate,
    send=_send_activate,
    took_effect=_is_active,
    projected_state=_activated,
    summary=_summary_activate,
)
REGISTER = Command(
    kind="createUpgradeDomain",
    intent=Intent.USERS,
    topic=Topic.DOMAIN,
    title=gettext_lazy("Add upgrade domain"),
    label=gettext_lazy("Add upgrade domain"),
    description=gettext_lazy("Registers the domain that replaces the group name"),
    icon="globe",
    permission=PERMISSION,
    group="domain",
    url_name="customers:domain_register",
    path="domain/register/",
    preconditions=lambda state, _target, _today: rules.against_registration(state),
    form=DomainForm,
    request=DomainRegister,
    reads=READS,
    evaluate=rules.register,
    send=_send_register,
    took_effect=_is_registered,
    projected_state=_with_registered,
    summary=_summary_register,
    undo=_undo_register,
)
REMOVE = Command(
    kind="deleteUpgradeDomain",
    intent=Intent.USERS,
    topic=Topic.DOMAIN,
    title=gettext_lazy("Delete upgrade domain"),
    label=gettext_lazy("Delete upgrade domain"),
    description=gettext_lazy("The group name stays"),
    icon="globe-x",
    permission=PERMISSION,
    group="domain",
    url_name="customers:domain_remove",
    path="domain/remove/",
    preconditions=lambda state, _target, _today: rules.against_removal(state),
    form=CommandForm,
    request=DomainRemove,
    reads=READS,
    evaluate=rules.remove,
    send=_send_remove,
    took_effect=_is_removed,
    projected_state=_without_registered,
    summary=_summary_remove,
    is_destructive=True,
    undo=_undo_remove,
)
CHANGE = Command(
    kind="changeDomain",
    intent=Intent.USERS,
    topic=Topic.DOMAIN,
    title=gettext_lazy("Change to domain name"),
    label=gettext_lazy("Change to domain name"),
    description=gettext_lazy("The group name can’t be restored"),
    icon="globe-lock",
    permission=PERMISSION,
    group="domain",
    url_name="customers:domain_change",
    path="domain/change/",
    preconditions=lambda state, _target, _today: rules.against_change(state),
    form=DomainChangeForm,
    request=DomainChange,
    reads=READS,
    evaluate=rules.change,
    send=_send_change,
    took_effect=_is_changed,
    projected_state=_with_domain,
    summary=_summary_change,
    is_destructive=True,
)
