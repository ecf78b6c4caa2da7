"""
Assumptions of the client that no page of LINE WORKS states.

Each name says what is assumed and why. When the first real answer disagrees, this is the file to correct;
`_assumptions_bodies.py` does the same for request bodies.
"""

import re
from datetime import timedelta
from typing import Any, Final, Literal

from pydantic import Field

from ._reading import Record

# The page documents the key `name` and the two orders; that these two make the whole list is a conclusion.
# Vendor page: partner-customer-list
CustomerOrder = Literal["name asc", "name desc"]

# Where the cursor stands in a paged answer. Only the common page shows it; the customers page was cut
# before it. No cursor means the last page; null and an empty text are read the same way. Vendor page:
# pagination
META_KEY: Final = "responseMetaData"
CURSOR_KEY: Final = "nextCursor"

# The used-calls header is printed `rateLimit-ssed`, which looks like a lost letter. Letters only, lower case.
# Vendor page: rate-limits
USED_HEADERS: Final = ("ratelimitused", "ratelimitssed")

# A limit on calls at the same time exists; its answer isn't shown. So 429 beside calls that are left is taken for it,
# and such a call is put again after this many seconds. Vendor page: rate-limits
A_MOMENT: Final = 1.0

# Life of a token whose answer doesn't tell it: the shorter of the two that can be set in the console.
# Vendor page: auth-jwt
TOKEN_LIFE_IF_UNTOLD: Final = timedelta(hours=1)

# The one scope that allows writing; the pages list `partner` alone for every write. Vendor page: partner
WRITE_SCOPE: Final = "partner"
READ_SCOPE: Final = "partner.read"

# The statuses that say "done, and here is what it is now". Half of the pages print no status for their answer,
# and those that do print the word OK beside 201. So either is taken wherever a body is promised, because the
# body proves it; 202, which says "not yet", and any other 2xx are no clear answer. Vendor pages:
# partner-customer-create, partner-customer-subscriptions-reservation-create
STATUSES_WITH_BODY: Final = frozenset({200, 201})

# What is answered when a subscription has no scheduled task or no renewal setting isn't stated. The operation
# before it was documented for customers that have one only, so 404 is read as "none" - unless its code names
# something else that doesn't exist. Vendor page: partner-customer-subscription-reservation-get
STATUS_OF_NONE: Final = 404
MISSING_ITSELF: Final = frozenset({"CUSTOMER", "DOMAIN", "TENANT", "SUBSCRIPTION"})

# The page doesn't say whether 8 to 20 counts the password in clear or in Base64 (in clear, here: Base64 of 20
# characters has 28), which characters are special ones (printable ASCII), or whether "consecutive" also means
# backwards (it does, here). Vendor page: partner-customer-create
SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 20

# The page lists the special characters of a name. Japanese names hold others, such as the middle dot of foreign
# ones, so the list is held against ASCII alone. Vendor page: partner-customer-create
_FORBIDDEN_IN_NAMES: Final = re.compile(r"[\x00-\x1f\x7f\"#$%'*/:;<=>?\\^`|~]")


def check_password(password: str) -> None:
    """
    Check an administrator's password, in clear.

    Raises:
        ValueError: it breaks a rule; doesn't repeat the password.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ValueError(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    if not (password.isascii() and password.isprintable()) or " " in password:
        raise ValueError("a password consists of letters, digits and special characters")
    if not (re.search("[A-Za-z]", password) and re.search("[0-9]", password)):
        raise ValueError("a password needs both letters and digits")
    if _has_run(password.lower()):
        raise ValueError("a password has no three letters or digits in a row that are the same or follow each other")


def _has_run(text: str) -> bool:
    for one, two, three in zip(text, text[1:], text[2:], strict=False):
        steps = {ord(two) - ord(one), ord(three) - ord(two)}
        if steps in ({0}, {1}, {-1}) and (one + two + three).isalnum():
            return True
    return False


def check_person_name(name: str) -> None:
    """
    Check the last or first name of an administrator.

    Raises:
        ValueError: it holds a special character that LINE WORKS doesn't list.
    """
    if _FORBIDDEN_IN_NAMES.search(name):
        raise ValueError("of the special characters a name may hold ! @ & ( ) - _ + [ ] { } , . alone")


class InferredPartnership(Record):
    """
    The partner's own notes on a customer, as `getCustomer` probably returns them.

    The response table was cut after `status`. These members are taken from the bodies of create and PATCH,
    so all of them may be absent. Vendor page: partner-customer-update-patch
    """

    customer_code: str | None = None
    enable_partner_profile_display: bool | None = Field(default=None)
    memo: str | None = None


class InferredPotentialCustomer(Record):
    """
    The apps that the partner doesn't handle, seen on an older copy alone. Vendor page:
    partner-potential-customers-get
    """

    not_handled_apps: tuple[str, ...] | None = None


class InferredOptionProductRenewal(Record):
    """
    The quantity at renewal; the table was cut before it, and the prose of PATCH names it. Vendor page:
    partner-customer-option-products-renewal-patch
    """

    quantity: int | None = None


class InferredSettlementItem(Record):
    """
    A status whose name was the last thing to be read; kept as it comes. Vendor page:
    partner-customer-invoice-detail-list
    """

    status: Any = None
