"""
The Partner API of LINE WORKS in Python. No Django, no Celery, no database.

    account = ServiceAccount(client_id=..., client_secret=..., service_account=..., private_key_pem=...)
    api = PartnerApi(api_url=..., auth_url=..., account=account, tokens=MemoryTokens(), gate=OpenGate())
    for page in api.customers.pages_of_customers():
        for customer in page.items:
            subscriptions = api.subscriptions.list_subscriptions(customer.domain_id)

Each operation is one method, which makes one HTTP call and returns records. Nothing is repeated by itself,
except that a call answered 401 is repeated once with a new token.

Errors, by what to do next:

    PartnerApiError
    ├── Refused         LINE WORKS said no; nothing happened. Asking again brings the same answer.
    │                   4xx other than 408 and 429; 401 when a new token didn't help; a write that the grant
    │                   doesn't cover, refused here before it is sent (status None, code READ_ONLY_GRANT).
    ├── NotSent         LINE WORKS never took the call up; nothing happened. Asking again later is safe.
    │   │               No connection; no access token; 429, with `retry_after` where the answer tells it.
    │   └── GrantEnded  Neither was there a grant to call with: a person must sign in at LINE WORKS again.
    └── NoClearAnswer   The call left and nothing that can be trusted came back; it may have happened. A read
                        may simply be repeated. After a write, read the state at LINE WORKS before anything else.
                        No answer in time, a connection cut, 3xx, 408, 5xx, and every 2xx whose body isn't
                        what the contract promises: empty, HTML, cut off, of another type or another shape.

Each carries `operation`, `reason` (for people) and `exchange` (what was sent and what came, without secrets).
Besides these, ValueError and TypeError tell of arguments that could never be sent, and whatever a `Gate`, a
`TokenStore` or a callback raises passes through. An error of `TokenStore` or of entering the gate means that
nothing was sent; one of `Gate.learn`, of leaving the gate or of a callback may hide an answer that arrived.
"""

from collections.abc import Callable

from ._assumptions import CustomerOrder
from ._assumptions_bodies import (
    CustomerReplacement,
    NewOptionProductOrder,
    NewSubscription,
    OptionProductOrderChange,
    OptionRenewalChange,
    PartnershipReplacement,
)
from ._auth import Account
from ._billing import BillingApi
from ._bodies import NULLABLE, Body
from ._bodies_customers import (
    CustomerChange,
    NewAdministrator,
    NewCustomer,
    NewPartnership,
    NewUsageStatusRenewal,
    PartnershipChange,
    Transfer,
    UsageStatusChange,
)
from ._bodies_options import NewOptionProduct, OptionPaidService
from ._bodies_subscriptions import NewPreOrder, NewReservation, PaidService, RenewalChange
from ._customers import CustomersApi
from ._errors import READ_ONLY_GRANT, GrantEnded, NoClearAnswer, NotSent, PartnerApiError, Refused, RefusedKind
from ._exchange import Exchange
from ._operations import GROUPS, OPERATIONS, Operation, Parameter, raw_answer
from ._option_renewals import RENEWABLE_OPTIONS
from ._options import OptionsApi
from ._pages import Page, all_pages
from ._reading import Listing, MalformedRecord, Reader, Record, SchemaSurprise
from ._records_billing import CustomerUsage, Invoice, InvoiceDetail, SettlementItem
from ._records_customers import (
    Customer,
    CustomerAdministrator,
    CustomerDeletion,
    CustomerPartnership,
    MxRecords,
    PotentialCustomer,
    UpgradeDomain,
    UsageStatus,
    UsageStatusRenewal,
    VerifiedDomain,
)
from ._records_options import OptionProduct, OptionProductOrder, OptionProductRenewal, OptionProductUsage
from ._records_subscriptions import PreOrder, Renewal, Reservation, Subscription
from ._service_account import ServiceAccount
from ._subscriptions import SubscriptionsApi
from ._throttle import Gate, OpenGate, RateLimits
from ._tokens import MemoryTokens, Secret, Token, TokenStore
from ._transport import Transport
from ._user_account import STATE_MISMATCH, SignIn, UserAccount, new_state
from ._values import (
    PAID_PLANS,
    PAID_PRODUCTS,
    CustomerStatus,
    DomainType,
    LicenseAssignType,
    Locale,
    OpenEnum,
    OptionProductId,
    OptionRenewalType,
    OptionTaskType,
    PartnerStatus,
    PaymentStatus,
    Plan,
    ProductGroupId,
    ProductId,
    RenewalType,
    ReservationType,
    SettlementItemType,
    SubOptionId,
    SubscriptionStatus,
)
from ._wire import DEFAULT_TIMEOUTS, Timeouts

__all__ = [
    "GROUPS",
    "NULLABLE",
    "OPERATIONS",
    "PAID_PLANS",
    "PAID_PRODUCTS",
    "READ_ONLY_GRANT",
    "RENEWABLE_OPTIONS",
    "STATE_MISMATCH",
    "Account",
    "BillingApi",
    "Body",
    "Customer",
    "CustomerAdministrator",
    "CustomerChange",
    "CustomerDeletion",
    "CustomerOrder",
    "CustomerPartnership",
    "CustomerReplacement",
    "CustomerStatus",
    "CustomerUsage",
    "CustomersApi",
    "DomainType",
    "Exchange",
    "Gate",
    "GrantEnded",
    "Invoice",
    "InvoiceDetail",
    "LicenseAssignType",
    "Listing",
    "Locale",
    "MalformedRecord",
    "MemoryTokens",
    "MxRecords",
    "NewAdministrator",
    "NewCustomer",
    "NewOptionProduct",
    "NewOptionProductOrder",
    "NewPartnership",
    "NewPreOrder",
    "NewReservation",
    "NewSubscription",
    "NewUsageStatusRenewal",
    "NoClearAnswer",
    "NotSent",
    "OpenEnum",
    "OpenGate",
    "Operation",
    "OptionPaidService",
    "OptionProduct",
    "OptionProductId",
    "OptionProductOrder",
    "OptionProductOrderChange",
    "OptionProductRenewal",
    "OptionProductUsage",
    "OptionRenewalChange",
    "OptionRenewalType",
    "OptionTaskType",
    "OptionsApi",
    "Page",
    "PaidService",
    "Parameter",
    "PartnerApi",
    "PartnerApiError",
    "PartnerStatus",
    "PartnershipChange",
    "PartnershipReplacement",
    "PaymentStatus",
    "Plan",
    "PotentialCustomer",
    "PreOrder",
    "ProductGroupId",
    "ProductId",
    "RateLimits",
    "Record",
    "Refused",
    "RefusedKind",
    "Renewal",
    "RenewalChange",
    "RenewalType",
    "Reservation",
    "ReservationType",
    "SchemaSurprise",
    "Secret",
    "ServiceAccount",
    "SettlementItem",
    "SettlementItemType",
    "SignIn",
    "SubOptionId",
    "Subscription",
    "SubscriptionStatus",
    "SubscriptionsApi",
    "Timeouts",
    "Token",
    "TokenStore",
    "Transfer",
    "UpgradeDomain",
    "UsageStatus",
    "UsageStatusChange",
    "UsageStatusRenewal",
    "UserAccount",
    "VerifiedDomain",
    "all_pages",
    "new_state",
    "raw_answer",
]


class PartnerApi:
    """
    The way into the API. One instance serves all threads of a process.

    Args:
        api_url: base address of the API, such as `https://www.worksapis.com/v1.0`. https, or http on
            loopback.
        auth_url: base address of the OAuth endpoints, such as `https://auth.worksmobile.com/oauth2/v2.0`.
        account: the service account or user account that calls are made as.
        tokens: where its token is kept, shared by all processes of the account. For a user account it holds the token
            of a `SignIn` from the start; until then calls end with `GrantEnded`.
        gate: the call budget.
        timeouts: 5 seconds to connect and 30 seconds between pieces of an answer; no call can change them.
        on_surprise: told of values and fields in answers that the contract doesn't know.
        on_exchange: told what each API call sent and got, before its error is raised and before records are made of
            the answer. What it raises itself passes through to the caller unchanged.

    Raises:
        ValueError: an address is neither https nor http on loopback.
    """

    def __init__(
        self,
        *,
        api_url: str,
        auth_url: str,
        account: Account,
        tokens: TokenStore,
        gate: Gate,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        on_surprise: Callable[[SchemaSurprise], None] | None = None,
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        transport = Transport(
            api_url=api_url,
            auth_url=auth_url,
            account=account,
            tokens=tokens,
            gate=gate,
            timeouts=timeouts,
            on_exchange=on_exchange,
        )
        reader = Reader(on_surprise)
        self.customers = CustomersApi(transport, reader)
        self.subscriptions = SubscriptionsApi(transport, reader)
        self.options = OptionsApi(transport, reader)
        self.billing = BillingApi(transport, reader)
