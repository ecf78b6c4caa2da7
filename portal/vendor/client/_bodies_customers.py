"""Request bodies about customers, domains and usage status."""

from base64 import b64encode
from typing import Annotated, Self

from pydantic import AfterValidator, Field, PlainSerializer, StrictBool, model_validator

from ._assumptions import check_password, check_person_name
from ._bodies import KNOWN, NULLABLE, Body, Change, Licenses, one_of
from ._reading import CalendarDay
from ._tokens import Secret
from ._values import Locale, ProductId

STARTING_PRODUCTS = frozenset({ProductId.FR, ProductId.STD_T, ProductId.ADV_T})
"""What a customer can be created with. Vendor page: partner-customer-create"""

LONGEST_NAME = 80
"""Characters of last and first name together. Vendor page: partner-customer-create"""

MOST_CUSTOMER_CODE_BYTES = 200
"""Vendor page: partner-customer-update-patch (bytes of UTF-8: the encoding isn't stated)"""


def _password(value: Secret) -> Secret:
    check_password(value.get_secret_value())
    return value


def _base64(value: Secret) -> str:
    return b64encode(value.get_secret_value().encode()).decode()


def _person_name(value: str) -> str:
    check_person_name(value)
    return value


def _customer_code(value: str) -> str:
    if len(value.encode()) > MOST_CUSTOMER_CODE_BYTES:
        raise ValueError(f"longer than {MOST_CUSTOMER_CODE_BYTES} bytes")
    return value


DomainName = Annotated[str, Field(min_length=2, max_length=22)]
CompanyName = Annotated[str, Field(max_length=40)]
PhoneNumber = Annotated[str, Field(pattern=r"^[0-9PT*#+,-]*$")]
PersonName = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(_person_name)]
Password = Annotated[Secret, AfterValidator(_password), PlainSerializer(_base64, return_type=str, when_used="json")]
CustomerCode = Annotated[str, AfterValidator(_customer_code)]
Memo = Annotated[str, Field(max_length=700)]
KnownLocale = Annotated[Locale, KNOWN]


class DomainToVerify(Body):
    """A domain or group name, 2 to 22 characters. Vendor page: partner-customer-verify-domain"""

    domain: DomainName


class NewAdministrator(Body):
    """
    The first administrator of a new customer.

    Attributes:
        last_name: together with the first name at most 80 characters; of the ASCII special characters only
            ``! @ & ( ) - _ + [ ] { } , .``.
        password: in clear, 8 to 20 characters; letters and digits, with or without special characters, and
            no three in a row that are the same or follow each other. It is sent in Base64, as LINE WORKS
            documents, and shows in no repr, error or evidence.
        id: the user id, 2 to 40 characters.
        private_email: where LINE WORKS writes to.
        first_name: as last_name.
        cellphone, country_code: as they are; LINE WORKS documents no rule.

    Vendor page: partner-customer-create
    """

    last_name: PersonName
    password: Password
    id: Annotated[str, Field(min_length=2, max_length=40)]
    private_email: str
    first_name: PersonName | None = None
    cellphone: str | None = None
    country_code: str | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if len(self.last_name) + len(self.first_name or "") > LONGEST_NAME:
            raise ValueError(f"last and first name are longer than {LONGEST_NAME} characters together")
        return self

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password in clear."""
        return (self.password.get_secret_value(),)


class NewPartnership(Body):
    """
    Whether a new customer sees the partner's profile; LINE WORKS's default is yes. Vendor page:
    partner-customer-create
    """

    enable_partner_profile_display: StrictBool | None = None


class NewCustomer(Body):
    """
    A customer to create.

    Attributes:
        domain: a domain or group name, 2 to 22 characters.
        company_name: at most 40 characters.
        phone_number: digits and ``P T - * # + ,``.
        time_zone: an IANA name such as `Asia/Tokyo`.
        locale: the customer's language.
        product_id: FR, STD_T or ADV_T; LINE WORKS is going to remove it, so leave it out and add a
            subscription afterwards.
        administrator: the first administrator.
        partnership: what the partner sets for itself.

    Vendor page: partner-customer-create
    """

    domain: DomainName
    company_name: CompanyName
    phone_number: PhoneNumber
    time_zone: str
    locale: KnownLocale
    product_id: Annotated[ProductId, one_of(STARTING_PRODUCTS, "a product to start with")] | None = None
    administrator: NewAdministrator | None = None
    partnership: NewPartnership | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The administrator's password in clear, if there is one."""
        return self.administrator.secrets if self.administrator else ()


class PartnershipChange(Change):
    """
    The partner's own notes on a customer; what isn't given stays.

    Attributes:
        customer_code: at most 200 bytes of UTF-8.
        enable_partner_profile_display: whether the customer sees the partner's profile. The page names a
            default, so LINE WORKS may set it when it is left out: give it.
        memo: at most 700 characters.

    Vendor page: partner-customer-update-patch
    """

    customer_code: CustomerCode | None = None
    enable_partner_profile_display: StrictBool | None = None
    memo: Memo | None = None


class CustomerChange(Change):
    """
    A change of a customer; what isn't given stays. Fields as of `NewCustomer`.

    Vendor page: partner-customer-update-patch
    """

    company_name: CompanyName | None = None
    phone_number: PhoneNumber | None = None
    time_zone: str | None = None
    locale: KnownLocale | None = None
    partnership: PartnershipChange | None = None


class DomainToUpgrade(Body):
    """
    The domain that is to replace a group name. Vendor page: partner-customer-upgrade-domain-create
    """

    domain: str


class DomainToChangeTo(Body):
    """
    The domain that replaces the group name. Vendor page: partner-customer-change-domain-post
    """

    domain: str


class Transfer(Body):
    """
    The taking over of an Online Direct customer.

    Attributes:
        partner_code: the code that the customer issued for the partner.
        enable_partner_profile_display: whether the customer sees the partner's profile.

    Vendor page: partner-potential-customers-transfer
    """

    partner_code: str
    enable_partner_profile_display: StrictBool | None = None


class UsageStatusChange(Change):
    """
    A new user limit, a day to leave the platform, or both. What is given as None is removed.

    Attributes:
        max_member_count: at most that many users, 1 to 1,000,000; None lifts the limit.
        withdrawal_date: the day the customer leaves; None takes that back.

    Vendor page: partner-customer-usage-status-patch
    """

    max_member_count: Annotated[Licenses | None, NULLABLE] = None
    withdrawal_date: Annotated[CalendarDay | None, NULLABLE] = None


class NewUsageStatusRenewal(Body):
    """
    A change of the user limit to schedule.

    Attributes:
        apply_date: the day, from tomorrow to one year ahead (LINE WORKS checks; so do Partnerdesk's rules).
        max_member_count: at most that many users, 1 to 1,000,000; None for no limit. LINE WORKS also lets it
            be left out and doesn't say what that does, so it must be given here.

    Vendor page: partner-customer-usage-status-renewal-post
    """

    apply_date: CalendarDay
    max_member_count: Annotated[Licenses | None, NULLABLE]


class UsageStatusRenewalChange(Body):
    """
    The one change that a scheduled user limit allows: another day. Vendor page:
    partner-customer-usage-status-renewal-patch
    """

    apply_date: CalendarDay
