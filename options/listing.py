"""The list of options: its columns, views and files. No cell makes a query."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from options.filters import DEFAULT_SORT, SORTS, OptionFilter, ordered
from options.labels import option_words
from options.lines import EXPORTED, Line, lines_of
from options.models import OptionProduct, OptionRenewal
from options.templatetags.option_figures import option_task
from portal.core.labels import listed, word_for
from portal.lists.listing import Around, BuiltIn, Column, Listing, Words, headed, row_head
from portal.ui.templatetags.figures import NOTHING, at_renewal, contract_end, standing
from portal.ui.templatetags.times import day


def _option(line: Line, _around: Around) -> SafeString:
    return format_html(
        "<td class=plan>{}", option_words(line.option.option_product_id, line.option.sub_option_id, None)
    )


def _customer(line: Line, around: Around) -> SafeString:
    address = reverse("options:customer", args=[line.option.customer_id])
    return row_head(around, address, line.option.customer, standing(line.option.leaving, "ACTIVE"))


def _quantity(line: Line, _around: Around) -> str:
    return "" if line.option.quantity is None else f"{line.option.quantity:,}"


def _contract_type(line: Line, _around: Around) -> SafeString:
    return format_html("<td>{}", word_for("short_plan", line.option.plan))


def _end(line: Line, around: Around) -> SafeString:
    return contract_end(line.option.end_date, line.option.plan, around.today)


def _renewal(line: Line, _around: Around) -> SafeString | str:
    option, renewal = line.option, line.renewal
    if renewal is None:
        return NOTHING
    return at_renewal(renewal.type, _changes(renewal, option), end=option.end_date, leaving=option.leaving)


def _changes(renewal: OptionRenewal, option: OptionProduct) -> str:
    """Say with what it renews, as far as that is another size or quantity."""
    size, quantity = renewal.sub_option_id, renewal.quantity
    return listed(
        (
            word_for("sub_option", size) if size not in ("", option.sub_option_id) else "",
            f"× {quantity:,}" if quantity not in (None, option.quantity) else "",
        )
    )


LISTING = Listing(
    name="options",
    permission="options.view_optionproduct",
    template="options/option_list.html",
    words=Words(
        title=_("Options"),
        section=_("List of options"),
        table=_("Table of options"),
        placeholder=_("Customer: name, domain, ID or code"),
        no_match=_("No options match these filters."),
        show_all=_("Show all options"),
        nothing_yet=_("No options have been synced yet."),
    ),
    icon="puzzle",
    table_class="pd-contracts is-stacked",
    filters=OptionFilter,
    rows=OptionProduct.objects.for_list,
    ordered=ordered,
    sorts=SORTS,
    default_sort=DEFAULT_SORT,
    columns=(
        Column("option", _("Option"), _option),
        Column("name", _("Customer"), _customer, is_fixed=True),
        headed("domain", _("Domain or group name"), lambda line, _a: line.option.customer.domain, is_extra=True),
        headed("code", _("Customer code"), lambda line, _a: line.option.customer.customer_code, is_extra=True),
        headed("owner", _("Owner"), lambda line, _a: str(line.option.customer.owner or ""), is_extra=True),
        headed("tags", _("Tags"), lambda line, _a: listed(line.option.tag_names), is_extra=True),
        headed("subscription", _("Subscription ID"), lambda line, _a: line.option.subscription_id, is_extra=True),
        headed("quantity", _("Quantity"), _quantity),
        Column("plan", _("Contract type"), _contract_type),
        headed("start", _("Start date"), lambda line, _a: day(line.option.start_date, "table"), is_extra=True),
        headed("end", _("Contract end"), _end),
        headed("renewal", _("At renewal"), _renewal),
        headed("scheduled", _("Scheduled change"), lambda line, _a: option_task(line.task) if line.task else NOTHING),
    ),
    exported=EXPORTED,
    picked=lambda line: (line.option.pk, line.option.customer),
    built_in=(
        BuiltIn("mine", _("Mine"), "owner=me"),
        BuiltIn("trial", _("Trial"), "plan=TRIAL&plan=TRIAL_LICENSE"),
        BuiltIn("smaller", _("Changes at renewal"), "renewal=CHANGE"),
        BuiltIn("ending", _("Does not renew"), "renewal=CANCEL"),
    ),
    lines=lambda rows, _by: lines_of(rows),
)
