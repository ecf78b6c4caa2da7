"""The list of customers: its columns, views and files. No cell makes a query."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from customers.exports import EXPORTED
from customers.filters import DEFAULT_SORT, SORTS, CustomerFilter, ordered
from customers.marks import marks_of
from customers.models import Customer
from portal.core.catalogue import PLAN_GROUPS
from portal.core.labels import listed
from portal.lists.listing import Around, BuiltIn, Column, Listing, Words, headed, row_head
from portal.sync.templatetags.sync import late_age, list_age
from portal.ui.templatetags.figures import NOTHING, contract, contract_end, seats


def _name(customer: Customer, around: Around) -> SafeString:
    late = NOTHING if customer.removed_at else late_age(customer.read_at)
    return row_head(around, customer.get_absolute_url(), customer, marks_of(customer, most=1) + late)


def _seats(customer: Customer, _around: Around) -> SafeString:
    """LINE WORKS counts users of itself, not those of Roger, AiNote, PaperOn and AiStudio."""
    if customer.lead_product in ("", *PLAN_GROUPS["WORKS"]):
        return format_html("<td>{}", seats(customer.users, customer.licenses, customer.most_users))
    return format_html("<td>{}", seats(None, customer.licenses))


LISTING = Listing(
    name="customers",
    permission="customers.view_customer",
    template="customers/customer_list.html",
    words=Words(
        title=_("Customers"),
        section=_("List of customers"),
        table=_("Table of customers"),
        placeholder=_("Name, domain, ID or code"),
        no_match=_("No customers match these filters."),
        show_all=_("Show all customers"),
        nothing_yet=_("No customers have been synced yet."),
    ),
    icon="building-2",
    table_class="pd-customers is-stacked is-linked",
    filters=CustomerFilter,
    rows=Customer.objects.for_list,
    ordered=ordered,
    sorts=SORTS,
    default_sort=DEFAULT_SORT,
    columns=(
        Column("name", _("Customer"), _name, is_fixed=True),
        Column(
            "domain",
            _("Domain or group name"),
            lambda row, _around: format_html("<td class=domain>{}", row.domain),
            css="domain",
        ),
        headed("code", _("Customer code"), lambda row, _around: row.customer_code, is_extra=True),
        headed("owner", _("Owner"), lambda row, _around: str(row.owner or ""), is_extra=True),
        headed("tags", _("Tags"), lambda row, _around: listed(row.tag_names), is_extra=True),
        headed("id", _("Domain ID"), lambda row, _around: row.pk, is_extra=True),
        Column(
            "plan",
            _("Plan"),
            lambda row, _around: format_html("<td class=plan>{}", contract(row.lead_product, row.lead_plan)),
        ),
        Column("licenses", _("Users / licenses"), _seats),
        Column(
            "end",
            _("Contract end"),
            lambda row, around: format_html(
                "<td class=end>{}", contract_end(row.contract_end, row.lead_plan, around.today)
            ),
        ),
        Column(
            "next",
            _("Upcoming"),
            lambda row, around: format_html("<td class=next>{}", around.found.get(row.pk, "")),
        ),
        Column(
            "read",
            _("Last updated"),
            lambda row, _around: format_html("<td class=age>{}", list_age(row.read_at)),
            css="num",
            is_extra=True,
        ),
    ),
    exported=EXPORTED,
    picked=lambda row: (row.pk, row),
    built_in=(
        BuiltIn("mine", _("Mine"), "owner=me"),
        BuiltIn("full", _("Licenses full"), "note=full"),
        BuiltIn("grace", _("Trial ended"), "note=grace"),
        BuiltIn("leaving", _("Leaving"), "note=leaving"),
    ),
)
