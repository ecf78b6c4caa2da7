"""
Labels of record fields, for showing changes.

A field or a value that is not listed is shown as LINE WORKS spells it: LINE WORKS adds both without notice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from portal.core.labels import listed, word_for
from portal.core.untrusted_text import isolated

LABELS: dict[str, Promise] = {
    # Customer
    "domain": _("Domain"),
    "domainType": _("Domain type"),
    "companyName": _("Company or organization name"),
    "phoneNumber": _("Phone number"),
    "timeZone": _("Time zone"),
    "locale": _("Language"),
    "enableActiveDomain": _("Domain ownership verification"),
    "enableActiveMxrecord": _("MX record"),
    "administrator.lastName": _("Administrator, family name"),
    "administrator.firstName": _("Administrator, given name"),
    "administrator.id": _("Administrator, ID"),
    "administrator.privateEmail": _("Administrator, private e-mail"),
    "administrator.cellphone": _("Administrator, mobile phone"),
    "administrator.countryCode": _("Administrator, country code"),
    "partnership.status": _("Partnership status"),
    "partnership.customerCode": _("Customer code"),
    "partnership.memo": _("Memo"),
    "partnership.enablePartnerProfileDisplay": _("Partner profile display"),
    "isActiveDomain": _("Domain ownership verification"),
    # Subscriptions, pre-orders, reservations, renewals
    "subscriptionId": _("Subscription ID"),
    "renewal.subscriptionId": _("Subscription ID"),
    "productId": _("Plan"),
    "plan": _("Contract type"),
    "planStartDate": _("Start date"),
    "planEndDate": _("End date"),
    "applyDate": _("Scheduled date"),
    "licenseCount": _("Number of licenses"),
    "licenseAssignType": _("License assignment"),
    "status": _("Status"),
    "type": _("Type"),
    "renewal": _("Renewal settings"),
    "renewal.type": _("Renewal settings"),
    "renewal.productId": _("Plan at renewal"),
    "renewal.plan": _("Contract type at renewal"),
    "renewal.licenseCount": _("Number of licenses at renewal"),
    # Usage
    "memberCount": _("Number of users"),
    "maxMemberCount": _("Maximum number of users"),
    "withdrawalDate": _("Platform cancellation date"),
    "renewal.maxMemberCount": _("Scheduled maximum number of users"),
    "renewal.applyDate": _("Scheduled date of the maximum number of users"),
    "usedDate": _("Date of use"),
    "usageCount": _("Amount used"),
    "productGroupId": _("Plan group"),
    # Options
    "optionProductId": _("Option"),
    "subOptionId": _("Sub option"),
    "quantity": _("Quantity"),
    # Invoices
    "paymentStatus": _("Payment status"),
    "totalAmount": _("Amount due"),
    "usedAmount": _("Amount spent"),
    "penaltyAmount": _("Penalty"),
    "paidTime": _("Paid on"),
    "issuedTime": _("Issued on"),
}

# The last part of a field's name → the vocabularies of its codes; the first that knows a code says it.
_CODES = {
    "productId": ("product",),
    "productGroupId": ("product_group",),
    "plan": ("plan",),
    "status": ("subscription_status", "customer_status", "partnership_status"),
    "domainType": ("domain_type",),
    "licenseAssignType": ("license_assignment",),
    "type": ("renewal", "reservation", "option_task"),
    "itemType": ("item_type",),
    "optionProductId": ("option",),
    "subOptionId": ("sub_option",),
    "paymentStatus": ("payment",),
    "locale": ("locale",),
}
_YES_NO = pgettext_lazy("a field's value", "Yes"), pgettext_lazy("a field's value", "No")
_VERIFIED = _("Verified"), _("Not verified")
_FLAGS = {
    "enableActiveDomain": _VERIFIED,
    "isActiveDomain": _VERIFIED,
    "enableActiveMxrecord": (pgettext_lazy("MX record", "Set"), pgettext_lazy("MX record", "Not set")),
}


@dataclass(frozen=True)
class Field:
    """
    A field of a record in words.

    Args:
        path: LINE WORKS's name, with dots into what it holds: ``renewal.type``.
        label: what people call it; LINE WORKS's name when it has no other.
        text: what stands in it.
    """

    path: str
    label: str
    text: str

    @property
    def is_raw(self) -> bool:
        """Whether only LINE WORKS's own name for it is known."""
        return self.label == self.path


def fields_of(record: Mapping[str, Any]) -> dict[str, Field]:
    """Return all fields of a vendor's record in words, by their paths, in LINE WORKS's order."""
    return {path: Field(path, label_of(path), text_of(path, value)) for path, value in _flat(record)}


def label_of(path: str) -> str:
    """Return what people call a field; LINE WORKS's name when it has no other."""
    return str(LABELS.get(path, path))


def text_of(path: str, value: Any) -> str:
    """Return what stands in a field, codes in words, days and figures in the forms of the page's language."""
    match value:
        case None | "" | {}:
            return "–"
        case bool():
            yes, no = _FLAGS.get(path, _YES_NO)
            return str(yes if value else no)
        case int() | float() if not path.endswith("Id"):
            return number_format(value, use_l10n=True, force_grouping=True)
        case list():
            return listed(text_of(path, part) for part in value) or gettext("None")
        case str():
            return _words(path, value)
    return str(value)


def _words(path: str, value: str) -> str:
    for kind in _CODES.get(path.rpartition(".")[2], ()):
        if (words := word_for(kind, value)) != value:
            return words
    day = _day(value)
    return date_format(day) if day else isolated(value)


def _day(value: str) -> date | None:
    """Return the day that a text is; one of the right form that no calendar has is only a text."""
    try:
        return parse_date(value)
    except ValueError:
        return None


def _flat(record: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Return paths and values; a list of objects is numbered, as LINE WORKS's order is all that tells them apart."""
    for name, value in record.items():
        path = f"{before}{name}"
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{path}.")
        elif isinstance(value, list) and any(isinstance(part, Mapping) for part in value):
            yield from _flat({str(place): part for place, part in enumerate(value, 1)}, f"{path}.")
        else:
            yield path, value
