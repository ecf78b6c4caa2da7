"""Selecting rows of lists: for a bulk request, or for what the list itself declares. Makes no query."""

from typing import Any

from django import template
from django.core.paginator import Page
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from portal.desk.selection import SOURCES
from portal.lists.listing import Listing
from portal.ui.picking import ALL, FORM, PAGE, Picking

register = template.Library()


@register.simple_tag(takes_context=True)
def picking(context: Context, source: str) -> Picking | None:
    """
    Return how rows of a list are selected; None where they can't be, or a person can do nothing with them.

    Args:
        context: holds ``request`` and ``listing``.
        source: the list, by its name in ``SOURCES``.
    """
    request = context["request"]
    how = request.GET.get("select", "")
    how = how if how in (PAGE, ALL) else ""
    listing: Listing[Any] | None = context.get("listing")
    if listing and (of_list := listing.for_selected):
        may = request.user.has_perm(of_list.permission)
        return Picking(reverse(of_list.address), str(of_list.label), how) if may else None
    if source not in SOURCES or not SOURCES[source].kinds(request.user):
        return None
    return Picking(reverse("selection:kinds", args=[source]), gettext("New bulk request"), how)


@register.simple_tag
def pick_cell(pick: Picking, key: int, name: object) -> SafeString:
    """Show the box of a row whose cells are closed."""
    return format_html("{}</td>", pick.cell(key, name))


@register.inclusion_tag("partials/selection_bar.html", takes_context=True)
def selection_bar(context: Context, pick: Picking, page: Page[Any]) -> dict[str, Any]:
    """
    Show how many rows are selected, the ways to select many at once, and what can be done with them.

    Args:
        context: holds ``request``.
        pick: how they are selected.
        page: the part of the list that is shown.
    """
    query = context["request"].GET
    kept = query.copy()
    kept.pop("select", None)
    kept.pop("page", None)
    shown, count = len(page), page.paginator.count
    everything = kept.copy()
    everything["select"] = ALL
    return {
        "pick": pick,
        "kept": [(name, value) for name, values in kept.lists() for value in values],
        "form": FORM,
        "address": pick.address,
        "selected": {PAGE: shown, ALL: count}.get(pick.how, 0),
        "of_all": f"{pick.address}?{everything.urlencode()}",
        "shown": shown,
        "count": count,
        "select_page": _with(query, select=PAGE),
        "select_all": f"?{everything.urlencode()}",
        "clear": _with(query, select=None),
        "one": ngettext("{n} selected", "{n} selected", 1),
        "many": ngettext("{n} selected", "{n} selected", 2),
        "none": gettext("None selected"),
    }


def _with(query: Any, *, select: str | None) -> str:
    kept = query.copy()
    kept.pop("select", None)
    if select:
        kept["select"] = select
    return f"?{kept.urlencode()}"
