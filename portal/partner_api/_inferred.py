"""
What no vendor page shows and this package still has to assume, in one place.

Each name says what was assumed and why. When the first real answer disagrees, this is the file to correct.
"""

from datetime import timedelta
from typing import Final, Literal

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


class InferredPartnership(Record):
    """
    The partner's own notes on a customer, as `getCustomer` probably returns them.

    The response table was cut after `status`. These members are taken from the bodies of create and PATCH,
    so all of them may be absent. Vendor page: partner-customer-update-patch
    """

    customer_code: str | None = None
    enable_partner_profile_display: bool | None = Field(default=None)
    memo: str | None = None
