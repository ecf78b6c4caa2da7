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

COMPANY = RULEBOOK.add(Rule("cust.company.length", _("Enter a name of up to %(most)s characters."), _PATCH))
NEEDED = RULEBOOK.add(Rule("cust.needed", _("This field is required and can’t be cleared."), _PATCH, ours=True))
PHONE = RULEBOOK.add(Rule("cust.phone.characters", _("Use digits, + - # * , P or T in a phone number."), _PATCH))
TIME_ZONE = RULEBOOK.add(Rule("cust.timezone.iana", _("There is no time zone with this name."), "appendix"))
LOCALE = RULEBOOK.add(Rule("cust.locale.known", _("LINE WORKS doesn’t support this language."), "appendix"))
CODE = RULEBOOK.add(
    Rule(
        "cust.partnership.code",
        _(
            "A customer code can have up to %(most)s bytes, and this one has %(count)s. A Japanese"
            " character takes 3 bytes."
        ),
        _PATCH,
    )
)
MEMO = RULEBOOK.add(Rule("cust.partnership.memo", _("Enter a memo of up to %(most)s characters."), _PATCH))
NOTHING = RULEBOOK.add(
    Rule(
        "cust.edit.nothing",
        _("These values are the same as in LINE WORKS. Change at least one field."),
        _PATCH,
        ours=True,
    )
)
FROZEN = RULEBOOK.add(
    Rule(
        "cust.withdrawal.frozen",
        _("This customer is pending cancellation. This can’t be undone, and its details can’t be changed."),
        "partner-customer-delete",
    )
)

ONLY_THESE = RULEBOOK.add(Rule("cust.patch.keeps", _("Only these fields are sent: %(names)s."), _PUT))
EDIT_AGAIN = RULEBOOK.add(Rule("cust.edit.again", _("You can edit the details again at any time."), _PATCH, ours=True))
PROFILE_SHOWN = RULEBOOK.add(
    Rule("cust.profile.shown", _("The customer can see the partner profile from now on."), _PATCH)
)
PROFILE_HIDDEN = RULEBOOK.add(
    Rule("cust.profile.hidden", _("The customer can no longer see the partner profile."), _PATCH)
)
PROFILE_UNSAID = RULEBOOK.add(
    Rule(
        "cust.profile.unsaid",
        _("The partner profile display is not sent. LINE WORKS may set it to Yes again."),
        _PATCH,
        ours=True,
    )
)
REPLACES = RULEBOOK.add(
    Rule(
        "cust.put.replaces",
        _(
            "All of these fields are replaced with the values you entered: company name, phone"
            " number, time zone, language, customer code, memo and partner profile display."
        ),
        _PUT,
    )
)
UNSEEN_PAGE = RULEBOOK.add(
    Rule(
        "cust.put.unseen",
        _(
            "LINE WORKS doesn’t document this request in detail. Other fields, such as the"
            " administrator, should stay. To change only some fields, edit the customer instead."
        ),
        _PUT,
        ours=True,
    )
)
EMPTIED = RULEBOOK.add(Rule("cust.put.emptied", _("%(name)s is cleared. Current value: %(old)s"), _PUT))


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
