"""Each operation once."""

from .cases_customers import CUSTOMERS
from .cases_options import OPTIONS_AND_BILLING
from .cases_subscriptions import SUBSCRIPTIONS

CASES = [*CUSTOMERS, *SUBSCRIPTIONS, *OPTIONS_AND_BILLING]
