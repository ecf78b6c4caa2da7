"""The list of requests: its columns, views and files. No cell makes a query."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.accounts.models import User
from portal.core.exports import Column as FileColumn
from portal.core.exports import in_batches
from portal.core.htmx import PortalRequest, is_swap
from portal.core.paging import Sort
from portal.lists.listing import Around, BuiltIn, Column, Listing, Words, headed
from portal.operations.bundle_presentation import title
from portal.operations.display import display_of
from portal.operations.filters import (
    DEFAULT_SORT,
    GROUP_NAMES,
    OWN_GROUP_NAMES,
    SORTS,
    TABLES,
    RequestFilter,
    ordered,
)
from portal.operations.models import AnyRequest, Bundle, Operation
from portal.operations.templatetags.requests import request_state
from portal.sync.missed_expectations import overdue
from portal.ui.templatetags.times import when

VIEW = "operations.view_operation"


@dataclass(frozen=True)
class Row:
    """
    A request in the list.

    Args:
        request: with one step or with several.
        title: what kind of change it is.
        summary: what was asked for, in one line.
    """

    request: AnyRequest
    title: str
    summary: str


def rows_of(found: Iterable[Mapping[str, Any]], _by: User) -> Iterator[Row]:
    """Return the rows of what ``RequestFilter`` found, at the cost of three queries for each batch."""
    for batch in in_batches(found):
        ids = {name: [each["pk"] for each in batch if each["table"] == name] for name in TABLES}
        operations = Operation.objects.in_bulk(ids["operation"])
        bundles = Bundle.objects.prefetch_related("steps").in_bulk(ids["bundle"])
        for each in batch:
            yield _of_steps(bundles[each["pk"]]) if each["table"] == "bundle" else _of_one(operations[each["pk"]])


def rows_in_group(request: PortalRequest, group: str, most: int) -> list[Row]:
    """Return the latest requests of a group, as the list shows them to the person who asks."""
    found = ordered(RequestFilter({"group": group}, request=request).qs, Sort("at", descending=True))
    return list(rows_of(found[:most], request.user))


def _of_one(operation: Operation) -> Row:
    display = display_of(operation)
    return Row(operation, display.title, display.summary)


def _of_steps(bundle: Bundle) -> Row:
    count = len(bundle.steps.all())
    size = ngettext("%(count)s step", "%(count)s steps", count) % {"count": count}
    return Row(bundle, title(bundle), f"{bundle.ref}, {size}")


def _at(row: Row, around: Around) -> SafeString:
    return format_html('<td class="c-when pd-2">{}', when(row.request.proposed_at, around.today))


def _customer(row: Row, _around: Around) -> SafeString:
    return format_html("<th scope=row lang=ja><bdi>{}</bdi>", row.request.customer_name)


def _request(row: Row, around: Around) -> SafeString:
    return format_html(
        '<td class=c-what><a {}href="{}">{}</a><small>{}</small>',
        around.element_id,
        row.request.get_absolute_url(),
        row.title,
        row.summary,
    )


def _by(row: Row, _around: Around) -> SafeString:
    return format_html('<td class="c-who pd-2" lang=ja>{}', row.request.proposed_by_name)


def _state(row: Row, _around: Around) -> SafeString:
    return format_html("<td>{}", request_state(row.request, quiet=True))


def _more(request: PortalRequest, _filter: Any, _page: Page[Any]) -> Mapping[str, Any]:
    return {} if is_swap(request) else {"overdue": overdue()}


LISTING: Listing[Row] = Listing(
    name="operations",
    file_name="requests",
    permission=VIEW,
    template="operations/operation_list.html",
    words=Words(
        title=_("Requests"),
        lead=_("All requests and their results."),
        section=_("List of requests"),
        table=_("Table of requests"),
        placeholder=_("Customer, requester, or request number"),
        no_match=_("No matching requests."),
        show_all=_("Show all requests"),
        nothing_yet=_("No requests yet."),
        hint=_("Start a request on a customer’s page."),
    ),
    icon="list-checks",
    table_class="is-stacked is-linked",
    filters=RequestFilter,
    rows=Operation.objects.none,
    ordered=ordered,
    sorts=SORTS,
    default_sort=DEFAULT_SORT,
    columns=(
        Column("at", _("Requested at"), _at),
        Column("customer", _("Customer"), _customer, is_fixed=True),
        Column("request", _("Request"), _request, is_fixed=True),
        headed("ref", _("Request number"), lambda row, _around: row.request.ref, is_extra=True),
        headed("reason", _("Reason"), lambda row, _around: row.request.reason, is_extra=True),
        headed("reference", _("Reference"), lambda row, _around: row.request.reference, is_extra=True),
        Column("by", _("Requested by"), _by),
        Column("state", _("State"), _state),
    ),
    exported=(
        FileColumn(_("Request number"), lambda row: row.request.ref, "request"),
        FileColumn(_("Requested at"), lambda row: row.request.proposed_at, "at"),
        FileColumn(_("Customer"), lambda row: row.request.customer_name, "customer"),
        FileColumn(_("Domain ID"), lambda row: row.request.domain_id, "customer"),
        FileColumn(_("Request"), lambda row: row.title, "request"),
        FileColumn(_("Details"), lambda row: row.summary, "request"),
        FileColumn(_("Reason"), lambda row: row.request.reason, "reason"),
        FileColumn(_("Reference"), lambda row: row.request.reference, "reference"),
        FileColumn(_("Requested by"), lambda row: row.request.proposed_by_name, "by"),
        FileColumn(_("State"), lambda row: str(row.request.look.words), "state"),
        FileColumn(_("State since"), lambda row: row.request.state_at, "state"),
    ),
    picked=None,
    built_in=(
        BuiltIn("mine", _("Mine"), "by=me"),
        *(BuiltIn(name, words, f"group={name}", is_rare=True) for name, words in OWN_GROUP_NAMES),
        *(BuiltIn(name, words, f"group={name}") for name, words in GROUP_NAMES),
    ),
    lines=rows_of,
    more=_more,
)
