"""Template tags of list pages. None makes a query."""

from collections.abc import Hashable, Mapping
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from portal.core.paging import Sort
from portal.lists.listing import Around, Column, Listing
from portal.lists.models import SavedView
from portal.ui.picking import Picking
from portal.ui.templatetags.figures import FIRST
from portal.ui.templatetags.lists import sort_head

register = template.Library()


@register.simple_tag(takes_context=True)
def list_heads(context: Context) -> SafeString:
    """Show the heads of a list's columns; those that the list has an order for are links that sort by it."""
    listing: Listing[Any] = context["listing"]
    heads = []
    for column in context["columns"]:
        if column.key in listing.sorts:
            head = sort_head(context, column.key, str(column.label), column.css, descends_first=column.descends_first)
            heads.append(head)
        else:
            look = format_html(' class="{}"', column.css) if column.css else ""
            hidden = '<span class="visually-hidden" id="head-{}">{}</span>'
            label = format_html(hidden, column.key, column.label) if column.hides_head else column.label
            heads.append(format_html('<th scope="col"{}>{}</th>', look, label))
    return mark_safe("".join(heads))  # noqa: S308  each head is safe


@register.inclusion_tag("lists/sort.html", takes_context=True)
def sort_choice(context: Context) -> dict[str, Any]:
    """Show the orders of a list as a form, for a phone, which shows no heads."""
    listing: Listing[Any] = context["listing"]
    orders = [
        (sort.value, _in_order(column, sort), sort == context["sort"])
        for column in listing.columns
        if column.key in listing.sorts
        for sort in (Sort(column.key, column.descends_first), Sort(column.key, not column.descends_first))
    ]
    return {"orders": orders, "listing": listing, "request": context["request"]}


def _in_order(column: Column[Any], sort: Sort) -> str:
    words = gettext("%(column)s, descending") if sort.descending else gettext("%(column)s, ascending")
    return words % {"column": column.label}


@register.simple_tag(takes_context=True)
def list_rows(
    context: Context, found: Mapping[int, SafeString] | None = None, pick: Picking | None = None
) -> SafeString:
    """
    Show the rows of a page, without ends of cells that HTML does not need: a row may cost 600 bytes.

    The rows take most of the page's time: as one tag, a quarter of what they take as a template with nodes for every
    cell.

    Args:
        context: of the page.
        found: what the page found out for all rows at once, by the number of the customer.
        pick: how rows are selected; None where they can't be.
    """
    listing: Listing[Any] = context["listing"]
    columns: list[Column[Any]] = context["columns"]
    around = Around(context["today"], found or {})
    first = Around(context["today"], found or {}, FIRST)
    picked = listing.picked if pick else None
    group = listing.group if context["sort"].value == listing.default_sort else None
    rows: list[str] = []
    head: Hashable = None
    for place, line in enumerate(context["lines"]):
        if group and group(line) != head:
            head = group(line)
            # A count that is a minute old may not know it yet.
            words = context["group_heads"].get(head, "")
            rows.append(_group_head(words, len(columns) + bool(pick), is_first=not place))
        rows.append(listing.row(line))
        if pick and picked:
            rows.append(pick.cell(*picked(line)))
        rows += [column.cell(line, around if place else first) for column in columns]
        rows.append("</tr>")
    return mark_safe("".join(rows))  # noqa: S308  each cell is safe


def _group_head(words: SafeString, width: int, *, is_first: bool) -> SafeString:
    """A group is a part of the table of its own; the end of one before it needs no tag."""
    begin = "" if is_first else mark_safe("<tbody>")
    return format_html("{}<tr class=pd-group><th colspan={} scope=rowgroup>{}</th></tr>", begin, width, words)


@register.simple_tag(takes_context=True)
def view_address(context: Context, name: str, view: SavedView | None = None) -> str:
    """
    Return an address about the saved views of a list.

    Args:
        context: holds ``listing``.
        name: as in ``portal.lists.pages.list_paths``.
        view: that it is about, if it is about one.
    """
    return reverse(f"{context['listing'].name}:{name}", args=[view.pk] if view else [])


@register.simple_tag(takes_context=True)
def kept_fields(context: Context, *, but: str = "", names: str = "", form: str = "") -> SafeString:
    """
    Show the present address as hidden fields, so that a form adds to it.

    Args:
        context: holds ``request``.
        but: names that the form has fields of its own for, with spaces between them.
        names: those that are kept; all if none is given.
        form: the id of the form, where the fields stand elsewhere.
    """
    kept = [
        (name, value)
        for name, values in context["request"].GET.lists()
        if name not in ("page", "export", "fields", *but.split()) and (not names or name in names.split())
        for value in values
        if value
    ]
    belongs = format_html(' form="{}"', form) if form else ""
    return format_html_join("", '<input type="hidden" name="{}" value="{}"{}>', ((*each, belongs) for each in kept))
