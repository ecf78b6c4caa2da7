"""Pages of a list and its saved views: the same for every list."""

import re
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from portal.accounts.roles import Role, role_of
from portal.core.clock import business_today
from portal.core.exports import AT_ONCE, download, wanted_format
from portal.core.htmx import PortalRequest, is_swap, template_for
from portal.core.paging import ROWS, page_of, sort_of
from portal.lists.forms import SavedViewForm
from portal.lists.listing import ALL, Listing
from portal.lists.models import SavedView
from portal.lists.tabs import address_of, count, tabs_of

# Lines without text, and the blanks that a line begins and ends with.
_LAYOUT = re.compile(rb"\s*\n\s*")

View = Callable[..., HttpResponseBase]


def list_paths(listing: Listing[Any], prefix: str = "") -> list[URLPattern]:
    """
    Return the addresses of a list and its saved views.

    Args:
        listing: the list.
        prefix: where it stands, with a slash at its end.
    """
    may_look = permission_required(listing.permission, raise_exception=True)

    def of_list(view: View) -> View:
        def page(request: PortalRequest, **given: int) -> HttpResponseBase:
            return view(request, listing, **given)

        page.__doc__ = view.__doc__
        return may_look(page)

    views = f"{prefix}views/"
    return [
        path(prefix, vary_on_headers("HX-Request")(require_safe(of_list(show_list))), name="list"),
        path(f"{views}add/", require_POST(of_list(add_view)), name="add_view"),
        path(f"{views}<int:pk>/", require_http_methods(["GET", "HEAD", "POST"])(of_list(edit_view)), name="view"),
        path(f"{views}<int:pk>/filter/", require_POST(of_list(replace_filter)), name="replace_view"),
        path(f"{views}<int:pk>/default/", require_POST(of_list(choose_default)), name="default_view"),
        path(f"{views}<int:pk>/delete/", require_POST(of_list(delete_view)), name="delete_view"),
    ]


def show_list(request: PortalRequest, listing: Listing[Any]) -> HttpResponseBase:
    """Show a list, or only the table to a swap; or return all that the filter finds as a file."""
    listing = listing.suited_to(request.GET)
    found = listing.filters(request.GET, queryset=listing.rows(), request=request)
    sort = sort_of(request, listing.sorts, listing.default_sort)
    rows = listing.ordered(found.qs, sort)
    columns = listing.shown(request.GET)
    if form := wanted_format(request):
        keys = {column.key for column in columns}
        exported = [column for column in listing.exported if request.GET.get("fields") != "shown" or column.of in keys]
        lines = listing.lines(rows.iterator(AT_ONCE), request.user)
        return download(listing.file_name or listing.name, form, exported, lines)
    swap = is_swap(request)
    tabs = tabs_of(request, listing)
    if not (swap or request.GET) and tabs.default:
        return redirect(tabs.default.address)
    page = page_of(request, rows, total=count(request, listing, None if swap else tabs, found))
    answer = render(
        request,
        template_for(request, listing.template, partial="table"),
        {
            "listing": listing,
            "filter": found,
            "tabs": tabs,
            "columns": columns,
            "chosen_columns": "columns" in request.GET,
            "unknown": listing.unknown(request.GET) if tabs.current.saved else [],
            "page": page,
            "lines": list(listing.lines(page, request.user)),
            "sort": sort,
            "today": business_today(),
            "rows_choices": ROWS,
            **listing.more(request, found, page),
        },
    )
    # What templates are laid out with is a tenth of a page, and no list shows blanks as they are.
    answer.content = _LAYOUT.sub(b"\n", answer.content)
    return answer


def add_view(request: PortalRequest, listing: Listing[Any]) -> HttpResponse:
    """Save the present filter, order and columns under a name."""
    query = listing.kept(QueryDict(request.POST.get("query", "")))
    view = SavedView(owner=request.user, listing=listing.name, query=query)
    given = request.POST.copy()
    if given.get("share") == "yes":
        given["role"] = role_of(request.user) or ""
    form = SavedViewForm(given, instance=view, person=request.user)
    if not form.is_valid():
        return render(request, "lists/view_form.html", {"listing": listing, "form": form, "view": view}, status=422)
    form.save()
    messages.success(request, _("View “%(name)s” saved.") % {"name": view})
    return redirect(address_of(listing, view))


def edit_view(request: PortalRequest, listing: Listing[Any], pk: int) -> HttpResponse:
    """Rename a view, or change who sees it."""
    view = _of_person(request, listing, pk)
    form = SavedViewForm(request.POST or None, instance=view, person=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("View “%(name)s” saved.") % {"name": view})
        return redirect(address_of(listing, view))
    status = 422 if form.errors else 200
    return render(request, "lists/view_form.html", {"listing": listing, "form": form, "view": view}, status=status)


def replace_filter(request: PortalRequest, listing: Listing[Any], pk: int) -> HttpResponse:
    """Have a view keep the present filter, order and columns in place of what it kept."""
    view = _of_person(request, listing, pk)
    view.query = listing.kept(QueryDict(request.POST.get("query", "")))
    view.save(update_fields=["query"])
    messages.success(request, _("View “%(name)s” saved.") % {"name": view})
    return redirect(address_of(listing, view))


def choose_default(request: PortalRequest, listing: Listing[Any], pk: int) -> HttpResponse:
    """Have the list open with a view, or no longer."""
    view = get_object_or_404(SavedView, pk=pk, listing=listing.name)
    if not SavedView.objects.visible_to(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    wanted = request.POST.get("wanted") == "yes"
    view.open_first(request.user, wanted=wanted)
    words = _("The list opens with “%(name)s”.") if wanted else _("The list no longer opens with “%(name)s”.")
    messages.success(request, words % {"name": view})
    return redirect(address_of(listing, view))


def delete_view(request: PortalRequest, listing: Listing[Any], pk: int) -> HttpResponse:
    """Delete a view."""
    view = _of_person(request, listing, pk)
    view.delete()
    messages.success(request, _("View “%(name)s” deleted.") % {"name": view})
    return redirect(f"{listing.address}?view={ALL}")


def _of_person(request: PortalRequest, listing: Listing[Any], pk: int) -> SavedView:
    """
    Return a view that the person may change: the own ones, and for administrators those that others share.

    Raises:
        Http404: there is none.
        PermissionDenied: it is not this person's to change.
    """
    view = get_object_or_404(SavedView, pk=pk, listing=listing.name)
    is_administrator = request.user.groups.filter(name=Role.ADMINISTRATOR).exists()
    if view.owner_id != request.user.pk and not (view.role and is_administrator):
        raise PermissionDenied
    return view
