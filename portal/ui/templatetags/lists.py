"""Template tags of lists: sortable heads, and removable filters. All of it is links."""

from typing import Any

from django import forms, template
from django.core.validators import EMPTY_VALUES
from django.forms import BoundField
from django.http import HttpRequest
from django.template import Context
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from portal.core.paging import Sort
from portal.ui.templatetags.ui import icon

register = template.Library()


@register.simple_tag(takes_context=True)
def sort_head(context: Context, key: str, words: str, column: str = "", *, descends_first: bool = False) -> SafeString:
    """
    Show a column's head: a link that sorts by it, the other way round if the list is sorted by it already.

    What is swapped, and that the address follows, is said once around the list.

    Args:
        context: holds ``request`` and ``sort``, the order in use.
        key: the column's name in the address.
        words: its head.
        column: the class of its cells.
        descends_first: whether the largest come first.
    """
    sort: Sort = context["sort"]
    current = sort.key == key
    descending = not sort.descending if current else descends_first
    address = _address(context["request"], sort=f"-{key}" if descending else key, page=None)
    return format_html(
        '<th scope="col"{}{}><a id="sort-{}" href="{}" hx-get="{}">{}{}</a></th>',
        _class(column) if column else "",
        _aria_sort(sort) if current else "",
        key,
        address,
        address,
        words,
        icon("arrow-down" if sort.descending else "arrow-up") if current else "",
    )


@register.inclusion_tag("partials/filter_chips.html", takes_context=True)
def filter_chips(context: Context, form: forms.Form) -> dict[str, Any]:
    """
    Show the filters in use, each with a link that drops it alone; and what the address asks for that there is not.

    Args:
        context: holds ``request``; of a list with views also ``listing`` and ``unknown``.
        form: of the filter, already checked.
    """
    request, listing = context["request"], context.get("listing")
    chips = []
    lost = [
        {"label": form[name].label, "words": gettext(", ").join(request.GET.getlist(name))}
        for name in form.errors
        if name in form.fields
    ]
    lost += [{"label": "", "words": name} for name in context.get("unknown") or ()]
    for field in form:
        value = form.cleaned_data.get(field.name)
        if value not in EMPTY_VALUES and not field.is_hidden:
            drop = _address(request, page=None, **{field.name: None})
            chips.append({"label": field.label, "words": _in_words(field, value), "drop": drop})
    if context.get("chosen_columns"):
        counts = {"shown": len(context["columns"]), "all": len(context["listing"].columns)}
        words = gettext("%(shown)s of %(all)s") % counts
        chips.append({"label": gettext("Columns"), "words": words, "drop": _address(request, columns=None)})
    return {"chips": chips, "lost": lost, "clear": listing.show_all_address if listing else request.path}


def _in_words(field: BoundField, value: Any) -> str:
    if in_words := getattr(field.field, "in_words", None):
        return str(in_words(value))
    # Those of the widget, which a page may have asked for already
    choices = dict(getattr(field.field.widget, "choices", ()))
    if isinstance(value, list):
        return gettext(", ").join(str(choices[code]) for code in value)
    if hasattr(value, "isoformat"):
        return date_format(value, "SHORT_DATE_FORMAT")
    return str(choices.get(value, value))


def _address(request: HttpRequest, **changed: str | None) -> str:
    """Return the present address with some of its query changed; None drops a name."""
    query = request.GET.copy()
    for name, value in changed.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}" if query else request.path


def _class(name: str) -> SafeString:
    return format_html(' class="{}"', name)


def _aria_sort(sort: Sort) -> SafeString:
    return format_html(' aria-sort="{}"', "descending" if sort.descending else "ascending")
