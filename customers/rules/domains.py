"""
Rules for domains of customers: pure functions of (state, payload, today).

Sources: LINE WORKS pages named with each rule. ``ours`` marks what no page states.
"""

import re
from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _
from pydantic import StrictBool

from customers.rules.profile import frozen
from portal.core.rules import RULEBOOK, Consequence, Problem, Rule, Verdict, Weight
from portal.operations.payloads import OrderRequest
from portal.operations.snapshots import Snapshot
from portal.vendor.client import Customer, UpgradeDomain

# LINE WORKS's own, of which nobody has to prove anything. The English pages name the first alone.
BY_WORKS = (".by-works.com", ".by-works.net")
_LABEL = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

_ACTIVATE, _CHANGE = "partner-customer-activate", "partner-customer-change-domain-post"
_REGISTER, _REMOVE = "partner-customer-upgrade-domain-create", "partner-customer-upgrade-domain-delete"

OF_GROUP = RULEBOOK.add(
    Rule(
        "cust.activate.domain",
        _("%(domain)s is a group name. LINE WORKS doesn’t document the activation of a group name and may decline it."),
        _ACTIVATE,
        ours=True,
    )
)
ACTIVE = RULEBOOK.add(Rule("cust.activate.active", _("%(domain)s is already active."), _ACTIVATE, ours=True))
ONLY_GROUP = RULEBOOK.add(
    Rule("cust.upgradedomain.group", _("The customer already has the domain %(domain)s."), _REGISTER)
)
ONE = RULEBOOK.add(
    Rule(
        "cust.upgradedomain.one",
        _("%(domain)s is already registered. Delete that upgrade domain first."),
        _REGISTER,
        ours=True,
    )
)
NOT_NEEDED = RULEBOOK.add(
    Rule(
        "cust.upgradedomain.byworks",
        _("This domain needs no registration. Change the group name to it directly."),
        "partner",
        ours=True,
    )
)
SHAPE = RULEBOOK.add(
    Rule(
        "cust.domain.shape",
        _("Enter a domain such as example.co.jp. Use lowercase letters, digits, dots and single hyphens."),
        _REGISTER,
        ours=True,
    )
)
NONE_REGISTERED = RULEBOOK.add(Rule("cust.upgradedomain.exists", _("No upgrade domain is registered."), _REMOVE))
REGISTER_FIRST = RULEBOOK.add(
    Rule(
        "cust.changedomain.registered",
        _("Register the customer’s own domain first: %(domain)s is not registered."),
        _CHANGE,
    )
)

NOT_SEEN_YET = RULEBOOK.add(
    Rule(
        "cust.activate.dns",
        _(
            "At the last update, LINE WORKS had not found the DNS records of %(domain)s. Without them"
            " LINE WORKS declines the request."
        ),
        "partner",
    )
)
TERMS = RULEBOOK.add(
    Rule(
        "cust.activate.terms",
        _(
            "The customer must accept the terms of service of LINE WORKS first. LINE WORKS doesn’t"
            " show whether it has, so ask the customer."
        ),
        _ACTIVATE,
    )
)
USABLE = RULEBOOK.add(Rule("cust.activate.usable", _("%(domain)s can be used from then on."), _ACTIVATE))
DNS_NEXT = RULEBOOK.add(
    Rule(
        "cust.upgradedomain.next",
        _("Members are not affected yet. Next, add the DNS records, and then change the group name to the domain."),
        "partner",
    )
)
CHECK_FIRST = RULEBOOK.add(Rule("cust.domain.verify", _("Check the availability of the domain first."), "partner"))
CAN_BE_REMOVED = RULEBOOK.add(
    Rule(
        "cust.upgradedomain.undo",
        _("You can delete the upgrade domain until the group name is changed."),
        _REMOVE,
        ours=True,
    )
)
VALUES_LOST = RULEBOOK.add(
    Rule(
        "cust.upgradedomain.values",
        _("The DNS records of %(domain)s become invalid. If you register the domain again, the records may differ."),
        _REMOVE,
        ours=True,
    )
)
NAME_REPLACED = RULEBOOK.add(
    Rule("cust.changedomain.name", _("The group name %(name)s changes to the domain %(domain)s."), _CHANGE)
)
NO_CHANGE_BACK = RULEBOOK.add(
    Rule("cust.changedomain.final", _("LINE WORKS can’t change a domain back to a group name."), _CHANGE, ours=True)
)


class Activate(OrderRequest):
    """
    The customer to be activated.

    Args:
        terms_accepted: what the person says of the customer, as no reading tells it; LINE WORKS is not sent it.
    """

    terms_accepted: StrictBool = False


class DomainRegister(OrderRequest):
    """A domain that is to take the place of the group name."""

    domain: str


class DomainRemove(OrderRequest):
    """The registered domain to be given up."""


class DomainChange(OrderRequest):
    """The domain that takes the place of the group name now."""

    domain: str


def is_by_works(domain: str) -> bool:
    """Return whether a domain is LINE WORKS's own, so that nobody has to prove it."""
    return domain.endswith(BY_WORKS)


def is_domain(name: str) -> bool:
    """Return whether a name has the form of a domain."""
    labels = name.split(".")
    return len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)


def registered(state: Snapshot) -> UpgradeDomain | None:
    """
    Return the domain that is registered to take the place of the group name.

    LINE WORKS answers the same question of a customer with a domain, and speaks of that domain then.
    """
    if any(customer.domain_type != "GROUP" for customer in state.of(Customer)):
        return None
    return next((found for found in state.of(UpgradeDomain) if found.domain), None)


def activate(state: Snapshot, request: Activate, _today: date) -> Verdict:
    """Judge the activation of the customer."""
    problems = against_activation(state) or ([] if request.terms_accepted else [Problem(TERMS, at="terms_accepted")])
    if problems:
        return Verdict(tuple(problems))
    domain = _domain(state)
    is_group = any(customer.domain_type == "GROUP" for customer in state.of(Customer))
    unproved = any(found.domain == domain and not found.is_active_domain for found in state.of(UpgradeDomain))
    return Verdict(
        (),
        (
            *([Consequence(NOT_SEEN_YET, {"domain": domain}, weight=Weight.CARE)] if unproved else []),
            *([Consequence(OF_GROUP, {"domain": domain}, weight=Weight.CARE)] if is_group else []),
            Consequence(USABLE, {"domain": domain}),
        ),
    )


def register(state: Snapshot, request: DomainRegister, _today: date) -> Verdict:
    """Judge the registration of a domain."""
    problems = list(against_registration(state))
    if not problems and not is_domain(request.domain):
        problems = [Problem(SHAPE, at="domain")]
    elif not problems and is_by_works(request.domain):
        problems = [Problem(NOT_NEEDED, at="domain")]
    if problems:
        return Verdict(tuple(problems))
    return Verdict(
        (),
        (Consequence(DNS_NEXT), Consequence(CHECK_FIRST), Consequence(CAN_BE_REMOVED, weight=Weight.UNDO)),
    )


def remove(state: Snapshot, _request: DomainRemove, _today: date) -> Verdict:
    """Judge the removal of the registered domain."""
    problems, present = against_removal(state), registered(state)
    if problems or present is None:
        return Verdict(tuple(problems))
    return Verdict((), (Consequence(VALUES_LOST, {"domain": present.domain or ""}, weight=Weight.CARE),))


def change(state: Snapshot, request: DomainChange, _today: date) -> Verdict:
    """Judge the change of the group name to a domain."""
    problems, present = list(against_change(state)), registered(state)
    if not problems and not is_domain(request.domain):
        problems = [Problem(SHAPE, at="domain")]
    elif not problems and not is_by_works(request.domain) and (not present or present.domain != request.domain):
        problems = [Problem(REGISTER_FIRST, {"domain": request.domain}, at="domain")]
    if problems:
        return Verdict(tuple(problems))
    unproved = not is_by_works(request.domain) and not (present and present.is_active_domain)
    return Verdict(
        (),
        (
            Consequence(NAME_REPLACED, {"name": _domain(state), "domain": request.domain}, weight=Weight.LOSS),
            Consequence(NO_CHANGE_BACK, weight=Weight.LOSS),
            *([Consequence(NOT_SEEN_YET, {"domain": request.domain}, weight=Weight.CARE)] if unproved else []),
        ),
    )


def against_activation(state: Snapshot) -> Sequence[Problem]:
    """Return what stands against an activation."""
    return frozen(state) or [
        Problem(ACTIVE, {"domain": customer.domain}) for customer in state.of(Customer) if customer.enable_active_domain
    ]


def against_registration(state: Snapshot) -> Sequence[Problem]:
    """Return what stands against a registration, whatever the domain is."""
    present = registered(state)
    return against_change(state) or ([Problem(ONE, {"domain": present.domain or ""})] if present else [])


def against_removal(state: Snapshot) -> Sequence[Problem]:
    """Return what stands against a removal."""
    return frozen(state) or ([] if registered(state) else [Problem(NONE_REGISTERED)])


def against_change(state: Snapshot) -> Sequence[Problem]:
    """Return what stands against a change to a domain, whatever that is."""
    return frozen(state) or [
        Problem(ONLY_GROUP, {"domain": customer.domain})
        for customer in state.of(Customer)
        if customer.domain_type != "GROUP"
    ]


def _domain(state: Snapshot) -> str:
    return next((customer.domain for customer in state.of(Customer)), "")
