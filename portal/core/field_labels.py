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
    "domainType": _("Kind of domain"),
    "companyName": _("Name"),
    "phoneNumber": _("Phone"),
    "timeZone": _("Time zone"),
    "locale": _("Language"),
    "enableActiveDomain": _("Domain proved"),
    "enableActiveMxrecord": _("Mail record set"),
    "administrator.lastName": _("Administrator, family name"),
    "administrator.firstName": _("Administrator, given name"),
    "administrator.id": _("Administrator, ID"),
    "administrator.privateEmail": _("Administrator, e-mail"),
    "administrator.cellphone": _("Administrator, mobile phone"),
    "partnership.status": _("Partnership"),
    "partnership.customerCode": _("Code"),
    "partnership.memo": _("Memo at the vendor"),
    "partnership.enablePartnerProfileDisplay": _("Customer sees the partner’s profile"),
    "isActiveDomain": _("Domain proved"),
    # Subscriptions, pre-orders, reservations, renewals
    "subscriptionId": _("Subscription"),
    "renewal.subscriptionId": _("Subscription"),
    "productId": _("Product"),
    "plan": _("Plan"),
    "planStartDate": _("Since"),
    "planEndDate": _("Until"),
    "applyDate": _("Applies on"),
    "licenseCount": _("Licenses"),
    "licenseAssignType": _("Assignment of licenses"),
    "status": _("Status"),
    "type": _("What happens"),
    "renewal": _("At renewal"),
    "renewal.type": _("At renewal"),
    "renewal.productId": _("At renewal, product"),
    "renewal.plan": _("At renewal, plan"),
    "renewal.licenseCount": _("At renewal, licenses"),
    # Usage
    "memberCount": _("Members"),
    "maxMemberCount": _("User limit"),
    "withdrawalDate": _("Withdrawal on"),
    "renewal.maxMemberCount": _("Scheduled user limit"),
    "renewal.applyDate": _("Scheduled limit, from"),
    "usedDate": _("Day"),
    "usageCount": _("In use"),
    # Options
    "optionProductId": _("Option"),
    "subOptionId": _("Size of the option"),
    "quantity": _("Quantity"),
    # Invoices
    "paymentStatus": _("Payment"),
    "totalAmount": _("Total"),
    "usedAmount": _("Amount used"),
    "penaltyAmount": _("Penalty"),
    "paidTime": _("Paid"),
    "issuedTime": _("Issued"),
}

# The last part of a field's name → the vocabularies of its codes; the first that knows a code says it.
_CODES = {
    "productId": ("product",),
    "plan": ("plan",),
    "status": ("subscription_status", "customer_status"),
    "domainType": ("domain_type",),
    "type": ("renewal", "reservation", "option_task"),
    "optionProductId": ("option",),
    "subOptionId": ("sub_option",),
    "paymentStatus": ("payment",),
    "locale": ("locale",),
}
_YES, _NO = pgettext_lazy("a field's value", "Yes"), pgettext_lazy("a field's value", "No")


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
            return str(_YES if value else _NO)
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
