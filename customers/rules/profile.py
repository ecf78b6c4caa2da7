"""
Rules for a customer's details: pure functions of (state, payload, today).

Sources: LINE WORKS pages named with each rule. ``ours`` marks what no page states.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _
from pydantic import StrictBool

from portal.core.labels import LOCALES
from portal.core.rules import RULEBOOK, Consequence, Fields, FieldValue, Problem, Rule, Verdict, Weight
from portal.core.untrusted_text import can_be_seen
from portal.operations.payloads import OrderRequest
from portal.operations.snapshots import Snapshot
from portal.vendor.client import Customer, UsageStatus

LONGEST_COMPANY_NAME = 40
MOST_CODE_BYTES = 200
LONGEST_MEMO = 700
PENDING = "SUSPENDED_WITHDRAWAL"

_PATCH, _PUT, _CREATE = "partner-customer-update-patch", "api-call", "partner-customer-create"
_PHONE = re.compile(r"[0-9PT\-*#+,]*")

COMPANY = RULEBOOK.add(Rule("cust.company.length", _("A name has up to %(most)s characters."), _PATCH))
NEEDED = RULEBOOK.add(Rule("cust.needed", _("A customer always has this; it cannot be emptied."), _PATCH, ours=True))
PHONE = RULEBOOK.add(
    Rule("cust.phone.characters", _("A phone number is made of digits and of P T - * # + and the comma."), _PATCH)
)
TIME_ZONE = RULEBOOK.add(Rule("cust.timezone.iana", _("There is no time zone of this name."), "appendix"))
LOCALE = RULEBOOK.add(Rule("cust.locale.known", _("The vendor does not know this language."), "appendix"))
CODE = RULEBOOK.add(
    Rule(
        "cust.partnership.code",
        _("A code has up to %(most)s bytes; this one has %(count)s. A Japanese character takes three."),
        _PATCH,
    )
)
MEMO = RULEBOOK.add(Rule("cust.partnership.memo", _("A memo has up to %(most)s characters."), _PATCH))
NOTHING = RULEBOOK.add(Rule("cust.edit.nothing", _("Nothing differs from what the vendor has."), _PATCH, ours=True))
FROZEN = RULEBOOK.add(
    Rule(
        "cust.withdrawal.frozen",
        _("The customer waits for its deletion. That cannot be undone, and nothing of it can be changed any more."),
        "partner-customer-delete",
    )
)

ONLY_THESE = RULEBOOK.add(Rule("cust.patch.keeps", _("Sent is only this: %(names)s. The rest stays."), _PUT))
EDIT_AGAIN = RULEBOOK.add(Rule("cust.edit.again", _("Can be edited back at any time."), _PATCH, ours=True))
PROFILE_SHOWN = RULEBOOK.add(
    Rule("cust.profile.shown", _("From now on the customer sees the profile of the partner."), _PATCH)
)
PROFILE_HIDDEN = RULEBOOK.add(
    Rule("cust.profile.hidden", _("From now on the customer does not see the profile of the partner."), _PATCH)
)
PROFILE_UNSAID = RULEBOOK.add(
    Rule(
        "cust.profile.unsaid",
        _("Whether the customer sees the profile of the partner is left out; the vendor may set it back to yes."),
        _PATCH,
        ours=True,
    )
)
REPLACES = RULEBOOK.add(
    Rule(
        "cust.put.replaces",
        _(
            "All of this becomes what is given here, even what nobody meant to change: name, phone, time zone,"
            " language, code, memo, and whether the customer sees the profile."
        ),
        _PUT,
    )
)
UNSEEN_PAGE = RULEBOOK.add(
    Rule(
        "cust.put.unseen",
        _(
            "The vendor’s description of this operation is not known. What it cannot be given, such as the"
            " administrator, should stay; to change some of it only, edit instead."
        ),
        _PUT,
        ours=True,
    )
)
EMPTIED = RULEBOOK.add(Rule("cust.put.emptied", _("%(name)s is emptied. It was: %(old)s"), _PUT))


class Partnership(OrderRequest):
    """The partner's own notes on a customer; what is not given stays."""

    customer_code: str | None = None
    enable_partner_profile_display: StrictBool | None = None
    memo: str | None = None


class CustomerEdit(OrderRequest):
    """What is to change of a customer; what is not given stays."""

    company_name: str | None = None
    phone_number: str | None = None
    time_zone: str | None = None
    locale: str | None = None
    partnership: Partnership | None = None


class WholePartnership(OrderRequest):
    """The partner's own notes on a customer, all of them."""

    customer_code: str
    enable_partner_profile_display: StrictBool
    memo: str


class CustomerReplace(OrderRequest):
    """All that a customer is to be, as far as it can be changed."""

    company_name: str
    phone_number: str
    time_zone: str
    locale: str
    partnership: WholePartnership


def edit(state: Snapshot, request: CustomerEdit, _today: date) -> Verdict:
    """Judge a change of some of a customer's details."""
    wanted, present = flat(request), details_of(state)
    changed = {name: value for name, value in wanted.items() if value != present.get(name)}
    problems = frozen(state) or detail_problems(wanted) or ([] if changed else [Problem(NOTHING)])
    if problems:
        return Verdict(tuple(problems))
    consequences = [Consequence(ONLY_THESE, {"names": Fields(tuple(wanted))})]
    consequences += _profile(changed)
    if request.partnership and request.partnership.enable_partner_profile_display is None:
        consequences.append(Consequence(PROFILE_UNSAID, weight=Weight.CARE))
    return Verdict((), (*consequences, Consequence(EDIT_AGAIN, weight=Weight.UNDO)))


def replace(state: Snapshot, request: CustomerReplace, _today: date) -> Verdict:
    """Judge the replacement of all of a customer's details."""
    wanted, present = flat(request), details_of(state)
    changed = {name: value for name, value in wanted.items() if value != present.get(name)}
    problems = frozen(state) or detail_problems(wanted) or ([] if changed else [Problem(NOTHING)])
    if problems:
        return Verdict(tuple(problems))
    emptied = [
        Consequence(EMPTIED, {"name": Fields((name,)), "old": FieldValue(name, present[name])}, weight=Weight.LOSS)
        for name, value in changed.items()
        if value == "" and present.get(name)
    ]
    return Verdict(
        (),
        (
            *emptied,
            Consequence(REPLACES, weight=Weight.CARE),
            Consequence(UNSEEN_PAGE, weight=Weight.CARE),
            *_profile(changed),
            Consequence(EDIT_AGAIN, weight=Weight.UNDO),
        ),
    )


def flat(request: OrderRequest) -> dict[str, Any]:
    """Return what is asked for by LINE WORKS's names, those within another with a dot."""
    given = request.model_dump(by_alias=True, exclude_unset=True)
    partnership = given.pop("partnership", None) or {}
    return given | {f"partnership.{name}": value for name, value in partnership.items()}


def details_of(state: Snapshot) -> dict[str, Any]:
    """Return what can be changed of the customer as it is, by the same names; an absent text as an empty one."""
    details: dict[str, Any] = {}
    for customer in state.of(Customer):
        notes = customer.partnership
        details = {
            "companyName": customer.company_name,
            "phoneNumber": customer.phone_number,
            "timeZone": customer.time_zone,
            "locale": str(customer.locale),
            "partnership.customerCode": (notes and notes.customer_code) or "",
            "partnership.enablePartnerProfileDisplay": notes and notes.enable_partner_profile_display,
            "partnership.memo": (notes and notes.memo) or "",
        }
    return details


def frozen(state: Snapshot) -> list[Problem]:
    """Return what stands against any change of a customer: it waits for its deletion."""
    return [Problem(FROZEN) for usage in state.of(UsageStatus) if usage.status == PENDING]


def detail_problems(wanted: Mapping[str, Any]) -> list[Problem]:
    """Judge each detail by itself; those that are not given are left out."""
    problems = [
        Problem(NEEDED, at=at)
        for name, at in {"companyName": "company_name", "phoneNumber": "phone_number"}.items()
        if name in wanted and not can_be_seen(wanted[name] or "")
    ]
    if len(wanted.get("companyName") or "") > LONGEST_COMPANY_NAME:
        problems.append(Problem(COMPANY, {"most": LONGEST_COMPANY_NAME}, at="company_name"))
    if not _PHONE.fullmatch(wanted.get("phoneNumber") or ""):
        problems.append(Problem(PHONE, at="phone_number"))
    if wanted.get("timeZone", "UTC") not in time_zones():
        problems.append(Problem(TIME_ZONE, at="time_zone"))
    if wanted.get("locale", "ja_JP") not in LOCALES:
        problems.append(Problem(LOCALE, at="locale"))
    code = len((wanted.get("partnership.customerCode") or "").encode())
    if code > MOST_CODE_BYTES:
        problems.append(Problem(CODE, {"most": MOST_CODE_BYTES, "count": code}, at="customer_code"))
    if len(wanted.get("partnership.memo") or "") > LONGEST_MEMO:
        problems.append(Problem(MEMO, {"most": LONGEST_MEMO}, at="memo"))
    return problems


@cache
def time_zones() -> frozenset[str]:
    """Return the names of all time zones, as LINE WORKS takes them."""
    return frozenset(available_timezones())


def _profile(changed: Mapping[str, Any]) -> list[Consequence]:
    shown = changed.get("partnership.enablePartnerProfileDisplay")
    return [] if shown is None else [Consequence(PROFILE_SHOWN if shown else PROFILE_HIDDEN)]
