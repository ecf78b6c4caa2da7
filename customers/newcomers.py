"""What is left to do until a new customer can work: each step with its state, as far as the cache tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from customers.models import Customer, UpgradeDomain
from customers.rules.domains import is_by_works
from portal.operations.commands import CommandLink
from portal.operations.models import Operation

FIRST_REQUESTS = ("addPreOrder", "addSubscription")
ACTIVATE = "activateCustomer"


class State(StrEnum):
    """How a step stands."""

    DONE = "done"
    OPEN = "open"
    # LINE WORKS tells nobody.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Step:
    """
    One step.

    Args:
        title: what is to be done.
        state: whether it is.
        words: what is known of it, a sentence.
        links: where it is done, each with its words.
        text: what can be copied and sent; empty if nothing.
    """

    title: str
    state: State
    words: str
    links: Sequence[tuple[str, str]] = ()
    text: str = ""


def is_starting(customer: Customer) -> bool:
    """Return whether anything is left to do before a customer can work, from its own row alone."""
    if customer.removed_at:
        return False
    return _needs_domain(customer) or not (customer.subscription_count or customer.next_start)


def steps_of(
    customer: Customer,
    upgrade: UpgradeDomain | None,
    requests: Sequence[Operation],
    can: Mapping[str, Sequence[CommandLink]],
    *,
    has_subscription: bool,
    has_pre_order: bool,
) -> list[Step]:
    """
    Return the steps of a new customer, in their order.

    Args:
        customer: which.
        upgrade: the domain to be verified, if LINE WORKS told of one.
        requests: of the customer that are not settled.
        can: what the person may request, by place.
        has_subscription: as the header of the page shows it.
        has_pre_order: the same of a pre-order.
    """
    links = {link.command.kind: link for found in can.values() for link in found if not (link.reasons)}
    steps = [_administrator(customer)]
    if customer.domain_type != "GROUP" and not is_by_works(customer.domain):
        steps += _domain(customer, upgrade, requests, links)
    return [*steps, _plan(requests, links, has_subscription=has_subscription, has_pre_order=has_pre_order)]


def _needs_domain(customer: Customer) -> bool:
    return customer.domain_type != "GROUP" and not customer.enable_active_domain


def _administrator(customer: Customer) -> Step:
    title = _("Administrator")
    if customer.administrator_email or customer.administrator_login:
        return Step(title, State.DONE, customer.administrator_name or customer.administrator_email)
    words = _("No administrator is known. LINE WORKS doesn’t document how to add one later.")
    return Step(title, State.UNKNOWN, words)


def _domain(
    customer: Customer,
    upgrade: UpgradeDomain | None,
    requests: Sequence[Operation],
    links: Mapping[str, CommandLink],
) -> list[Step]:
    is_active = customer.enable_active_domain
    page = (_("Domain"), reverse("customers:domain", args=[customer.pk]))
    records = upgrade.dns_records if upgrade else []
    is_found = is_active or bool(upgrade and upgrade.is_active)
    if is_found:
        dns = Step(_("DNS records"), State.DONE, _("LINE WORKS found the DNS records."))
    elif records:
        words = _("Send this text to the customer’s DNS administrator. It can take a few hours.")
        dns = Step(_("DNS records"), State.OPEN, words, [page], dns_text(customer, upgrade))
    else:
        words = _("The DNS records haven’t been synced yet. Select Refresh on the customer page.")
        dns = Step(_("DNS records"), State.UNKNOWN, words, [page])
    terms = (
        Step(_("Terms of service"), State.DONE, _("Accepted: without it LINE WORKS activates no customer."))
        if is_active
        else Step(
            _("Terms of service"),
            State.UNKNOWN,
            _("The customer has to accept them. LINE WORKS doesn’t tell whether that was done; ask the customer."),
        )
    )
    words = _("The domain is verified and the customer is active.") if is_active else _("Not activated yet.")
    activate = Step(
        _("Activation"),
        State.DONE if is_active else State.OPEN,
        words,
        () if is_active else _ways((ACTIVATE,), requests, links),
    )
    return [dns, terms, activate]


def _plan(
    requests: Sequence[Operation], links: Mapping[str, CommandLink], *, has_subscription: bool, has_pre_order: bool
) -> Step:
    title = _("First plan")
    if has_subscription:
        return Step(title, State.DONE, _("The customer has a subscription."))
    if has_pre_order:
        return Step(title, State.DONE, _("A pre-order starts the first subscription."))
    return Step(title, State.OPEN, _("No subscription and no pre-order."), _ways(FIRST_REQUESTS, requests, links))


def _ways(
    kinds: Sequence[str], requests: Sequence[Operation], links: Mapping[str, CommandLink]
) -> list[tuple[str, str]]:
    """Return where a step is done: the request that is under way, or else the forms that the person may open."""
    open_ones = [(each.ref, each.get_absolute_url()) for each in requests if each.kind in kinds]
    return open_ones or [(str(links[kind].label), links[kind].address) for kind in kinds if kind in links]


def dns_text(customer: Customer, upgrade: UpgradeDomain | None) -> str:
    """Return the DNS records as a text to send, in the language of the customer."""
    if upgrade is None:
        return ""
    with translation.override("ja" if customer.locale.startswith("ja") else "en"):
        lines = [_("Please add these DNS records for %(domain)s:") % {"domain": upgrade.domain}]
        for record in upgrade.dns_records:
            lines += [
                "",
                f"{_('Type')}: {record.type}",
                f"{_('Host name')}: {record.host}",
                f"{_('Value')}: {record.value}",
            ]
            lines += [f"{_('Priority')}: {record.priority}"] if record.priority else []
    return "\n".join(lines)
