"""
Rules for adding and transferring a customer.

Pure functions of (state, payload, today); the state holds the customers that have the domain name already. Sources: the
LINE WORKS pages named with each rule. ``ours`` marks what no page states.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from pydantic import Field, StrictBool

from customers.rules.domains import is_by_works
from customers.rules.profile import detail_problems
from portal.core.rules import RULEBOOK, Code, Consequence, Problem, Rule, Verdict, Weight
from portal.operations.payloads import OrderRequest
from portal.operations.snapshots import Snapshot
from portal.vendor.client import Customer

STARTING_PRODUCTS = ("FR", "STD_T", "ADV_T")
SHORTEST_DOMAIN, LONGEST_DOMAIN = 2, 22
LONGEST_NAMES = 80
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 20
# What stands in a request in the place of a password that is kept elsewhere.
STRUCK = "***"

_CREATE, _VERIFY = "partner-customer-create", "partner-customer-verify-domain"
_TRANSFER, _PARTNER = "partner-potential-customers-transfer", "partner"
_LABEL = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# Japanese names hold signs of their own, such as the middle dot, so LINE WORKS's list is held against ASCII alone.
_ODD_IN_NAMES = re.compile(r"[\x00-\x1f\x7f\"#$%'*/:;<=>?\\^`|~]")
_MAIL = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+")

DOMAIN_LENGTH = RULEBOOK.add(
    Rule("cust.domain.length", _("Enter a domain or group name of %(least)s to %(most)s characters."), _VERIFY)
)
DOMAIN_CHARACTERS = RULEBOOK.add(
    Rule(
        "cust.domain.characters",
        _("Use lowercase letters, digits and single hyphens. Separate the parts of a domain with dots."),
        _CREATE,
    )
)
TAKEN = RULEBOOK.add(Rule("cust.domain.free", _("%(name)s already uses this domain or group name."), _VERIFY))
PRODUCT = RULEBOOK.add(Rule("cust.create.product", _("Choose Free or a trial as the first plan, or no plan."), _CREATE))
NEEDS_DOMAIN = RULEBOOK.add(
    Rule("cust.create.advanced", _("Advanced Trial needs a domain, and %(domain)s is a group name."), _PARTNER)
)
NAMES_LENGTH = RULEBOOK.add(
    Rule("cust.admin.namelength", _("Family and given name can have up to %(most)s characters together."), _CREATE)
)
NAMES_CHARACTERS = RULEBOOK.add(
    Rule(
        "cust.admin.namecharacters",
        _("A name can contain only these special characters: ! @ & ( ) - _ + [ ] { } , ."),
        _CREATE,
    )
)
NOBODY = RULEBOOK.add(
    Rule(
        "cust.admin.none",
        _("No administrator is added. Leave this field empty, or select Add an administrator."),
        _CREATE,
        ours=True,
    )
)
ADMIN_ID = RULEBOOK.add(Rule("cust.admin.id", _("Enter an ID of 2 to 40 characters."), _CREATE))
ADMIN_MAIL = RULEBOOK.add(Rule("cust.admin.mail", _("Enter an address such as name@example.com."), _CREATE, ours=True))
PASSWORD = RULEBOOK.add(
    Rule(
        "cust.password",
        _(
            "Enter a password of 8 to 20 characters with letters and digits. Special characters are"
            " allowed; three identical or consecutive characters in a row are not."
        ),
        _CREATE,
    )
)

IS_MADE = RULEBOOK.add(Rule("cust.create.made", _("%(name)s is added as a customer under %(domain)s."), _CREATE))
BEGINS_WITH = RULEBOOK.add(Rule("cust.create.begins", _("%(product)s starts today."), _CREATE))
NO_PRODUCT = RULEBOOK.add(
    Rule(
        "cust.create.withoutproduct",
        _("No subscription starts. You can add one later."),
        _CREATE,
    )
)
PRODUCT_GOES = RULEBOOK.add(
    Rule(
        "cust.create.productgoes",
        _(
            "LINE WORKS will remove the plan from this request in the future. You’ll then add the"
            " subscription afterwards."
        ),
        _CREATE,
    )
)
NO_ADMIN = RULEBOOK.add(
    Rule(
        "cust.create.noadmin",
        _("Without an administrator nobody can sign in. LINE WORKS doesn’t document how to add one later."),
        _CREATE,
        ours=True,
    )
)
ADMIN = RULEBOOK.add(
    Rule(
        "cust.create.admin",
        _("%(id)s can administer LINE WORKS with this password. Partnerdesk deletes the password after it is sent."),
        _CREATE,
    )
)
PROVE_NEXT = RULEBOOK.add(
    Rule(
        "cust.create.prove",
        _(
            "The domain must be verified. Partnerdesk shows the DNS records after the customer is"
            " added; add them, and then activate the customer."
        ),
        _PARTNER,
    )
)
NO_WAY_BACK = RULEBOOK.add(
    Rule("cust.create.final", _("This can be undone only by deleting the customer."), _CREATE, ours=True)
)
LATER = RULEBOOK.add(
    Rule(
        "cust.transfer.later",
        _(
            "LINE WORKS accepts the request and completes it later. LINE WORKS doesn’t document how"
            " long this takes. Partnerdesk checks for the customer for a while, and then asks you to"
            " record the result."
        ),
        _TRANSFER,
    )
)
COMES_OVER = RULEBOOK.add(
    Rule("cust.transfer.comes", _("%(domain)s becomes the partner’s customer, with all its subscriptions."), _TRANSFER)
)
NO_TRANSFER_BACK = RULEBOOK.add(
    Rule("cust.transfer.final", _("LINE WORKS can’t undo a transfer."), _TRANSFER, ours=True)
)


class Administrator(OrderRequest):
    """The first administrator of a new customer; of the password only that there is one."""

    last_name: str
    password: str = Field(repr=False)
    id: str
    private_email: str
    first_name: str | None = None
    cellphone: str | None = None
    country_code: str | None = None


class NewPartnership(OrderRequest):
    """Whether a new customer sees the partner's profile."""

    enable_partner_profile_display: StrictBool


class CustomerCreate(OrderRequest):
    """A customer to be added."""

    domain: str
    company_name: str
    phone_number: str
    time_zone: str
    locale: str
    product_id: str | None = None
    administrator: Administrator | None = None
    partnership: NewPartnership | None = None


class CustomerTransfer(OrderRequest):
    """A customer of Online Direct to be taken over."""

    domain: str
    partner_code: str
    enable_partner_profile_display: StrictBool | None = None


def is_group(domain: str) -> bool:
    """Tell a group name from a domain. Ours: by the dot."""
    return "." not in domain


def stands_in_an_address(domain: str) -> bool:
    """Return whether a name can be asked for where LINE WORKS has it in the path."""
    return "/" not in domain and domain not in (".", "..")


def domain_problems(domain: str) -> list[Problem]:
    """Judge the name of a customer to be."""
    problems = []
    if not SHORTEST_DOMAIN <= len(domain) <= LONGEST_DOMAIN:
        problems.append(Problem(DOMAIN_LENGTH, {"least": SHORTEST_DOMAIN, "most": LONGEST_DOMAIN}, at="domain"))
    elif not all(_LABEL.fullmatch(label) for label in domain.split(".")):
        problems.append(Problem(DOMAIN_CHARACTERS, at="domain"))
    return problems


def password_problems(password: str) -> list[Problem]:
    """Judge a password in clear, before it is put away; the problem does not repeat it."""
    fits = (
        SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD
        and all("!" <= sign <= "~" for sign in password)
        and re.search("[A-Za-z]", password)
        and re.search("[0-9]", password)
        and not _has_run(password.lower())
    )
    return [] if fits else [Problem(PASSWORD, at="password")]


def nobody_problems(given: Collection[str]) -> list[Problem]:
    """Return what stands against values of an administrator where none is to be named."""
    return [Problem(NOBODY, at=name) for name in given]


def administrator_problems(given: Mapping[str, Any]) -> list[Problem]:
    """Judge what is told of an administrator by the request's names, each by itself; what is not given is left out."""
    names = f"{given.get('last_name', '')}{given.get('first_name', '')}"
    problems = []
    if len(names) > LONGEST_NAMES:
        problems.append(Problem(NAMES_LENGTH, {"most": LONGEST_NAMES}, at="last_name"))
    if _ODD_IN_NAMES.search(names):
        problems.append(Problem(NAMES_CHARACTERS, at="last_name"))
    if "id" in given and not 2 <= len(given["id"]) <= 40:
        problems.append(Problem(ADMIN_ID, at="login"))
    if "private_email" in given and not _MAIL.fullmatch(given["private_email"]):
        problems.append(Problem(ADMIN_MAIL, at="private_email"))
    return problems


def create(state: Snapshot, request: CustomerCreate, _today: date) -> Verdict:
    """Judge a customer to be added."""
    details = request.model_dump(by_alias=True, include={"company_name", "phone_number", "time_zone", "locale"})
    problems = [*_taken(state), *domain_problems(request.domain), *detail_problems(details)]
    if request.product_id is not None and request.product_id not in STARTING_PRODUCTS:
        problems.append(Problem(PRODUCT, at="product_id"))
    if request.product_id == "ADV_T" and is_group(request.domain):
        problems.append(Problem(NEEDS_DOMAIN, {"domain": request.domain}, at="product_id"))
    if request.administrator:
        problems += administrator_problems(request.administrator.model_dump(exclude_none=True))
    if problems:
        return Verdict(tuple(problems))
    return Verdict((), tuple(_what_is_made(request)))


def transfer(state: Snapshot, request: CustomerTransfer, _today: date) -> Verdict:
    """Judge a customer to be taken over."""
    problems = _taken(state)
    if problems:
        return Verdict(tuple(problems))
    return Verdict(
        (),
        (
            Consequence(LATER, weight=Weight.CARE),
            Consequence(NO_TRANSFER_BACK, weight=Weight.CARE),
            Consequence(COMES_OVER, {"domain": request.domain}),
        ),
    )


def _taken(state: Snapshot) -> list[Problem]:
    return [Problem(TAKEN, {"name": present.company_name}, at="domain") for present in state.of(Customer)]


def _what_is_made(request: CustomerCreate) -> Iterator[Consequence]:
    yield Consequence(IS_MADE, {"name": request.company_name, "domain": request.domain})
    if request.product_id:
        yield Consequence(BEGINS_WITH, {"product": Code("product", request.product_id)})
        yield Consequence(PRODUCT_GOES)
    else:
        yield Consequence(NO_PRODUCT)
    if request.administrator:
        yield Consequence(ADMIN, {"id": request.administrator.id})
    else:
        yield Consequence(NO_ADMIN, weight=Weight.CARE)
    if not is_group(request.domain) and not is_by_works(request.domain):
        yield Consequence(PROVE_NEXT)
    yield Consequence(NO_WAY_BACK, weight=Weight.CARE)


def _has_run(password: str) -> bool:
    for one, two, three in zip(password, password[1:], password[2:], strict=False):
        steps = {ord(two) - ord(one), ord(three) - ord(two)}
        if steps in ({0}, {1}, {-1}) and (one + two + three).isalnum():
            return True
    return False
