"""Pages: the price list, a new version of it, and its upload."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from billing import margins, price_lists
from billing.forms.prices import PriceFileForm, PriceForm, VersionForm, Wanted, labels_of, shown
from billing.models import PriceList
from billing.months import shifted, used_in
from billing.price_files import as_text, changes_of, check, columns, differences, labels, lines_of
from billing.price_lists import CHANGE, VIEW, VIEW_PURCHASE, Refused
from billing.price_rows import KINDS, Row, counts_of, held_now, rows_of
from portal.core.clock import business_today
from portal.core.exports import download, wanted_format
from portal.core.htmx import PortalRequest
from portal.core.paging import parse_id
from portal.core.search_queries import MOST_TYPED
from portal.core.tables.file_errors import of_file
from portal.core.tables.parser_process import read_apart
from portal.core.tables.parsers import BadFile

LATEST_CHANGES = 6


@require_safe
@permission_required(VIEW, raise_exception=True)
def price_list(request: PortalRequest) -> HttpResponseBase:
    """Show a version of the price list: the one in force unless the address names another; or its file."""
    version = _wanted(request)
    if version is None:
        return render(request, "billing/price_list.html", {"version": None})
    wanted = _wanted_rows(request)
    form = PriceForm(rows_of(price_lists.prices_of(version)), request.user.has_perm(VIEW_PURCHASE))
    if file := wanted_format(request):
        rows = [each.row for each in shown(form.cells, wanted, with_purchase=form.with_purchase)]
        name = f"price-list-{version.valid_from.isoformat()}"
        return download(name, file, columns(with_purchase=form.with_purchase), lines_of(rows))
    return _page(request, version, form, wanted)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required((VIEW, CHANGE), raise_exception=True)
def price_list_save(request: PortalRequest, pk: int) -> HttpResponse:
    """Save the cells of a version that were changed, each with the person's name; a GET leads to the version."""
    version = get_object_or_404(PriceList, pk=pk)
    if request.method != "POST":
        # The address that a refused value leaves in the browser.
        return redirect(_address(version, _wanted_rows(request)))
    rows = rows_of(price_lists.prices_of(version))
    form = PriceForm(rows, request.user.has_perm(VIEW_PURCHASE), request.POST)
    wanted = _wanted_rows(request)
    if not form.is_valid:
        return _page(request, version, form, wanted, status=422)
    try:
        seen = parse_id(request.POST.get("seen", "")) or 0
        count = price_lists.save_prices(version, form.changes, by=request.user, seen=seen)
    except Refused as refused:
        return _page(request, version, form, wanted, refused=str(refused), status=409)
    if count:
        words = ngettext("%(count)s price is saved.", "%(count)s prices are saved.", count) % {"count": f"{count:,}"}
        messages.success(request, words)
    return redirect(_address(version, wanted))


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required((VIEW, CHANGE), raise_exception=True)
def price_list_add(request: PortalRequest) -> HttpResponse:
    """Make a version from a day on; it begins with the prices in force on that day."""
    form = VersionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        day = form.cleaned_data["valid_from"]
        try:
            made = price_lists.make_version(day, by=request.user, copy=price_lists.version_in_force(day))
        except Refused as refused:
            form.add_error("valid_from", str(refused))
        else:
            messages.success(request, _("The version from %(date)s is saved.") % {"date": date_format(day)})
            return redirect(_address(made))
    return render(request, "billing/price_list_add.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required((VIEW, CHANGE), raise_exception=True)
def price_list_upload(request: PortalRequest) -> HttpResponse:
    """
    Take a file of prices; with anything wrong in it nothing is stored, and each fault is named with its line.

    What would change a version that is there is shown first, and stored once the person has confirmed it.
    """
    is_posted = request.method == "POST"
    form = PriceFileForm(
        request.POST if is_posted else None,
        request.FILES if is_posted else None,
        initial={"valid_from": shifted(business_today(), 1).isoformat()},
    )
    context: dict[str, Any] = {"form": form, "heads": _heads(request)}
    if form.is_valid():
        try:
            taken = _take(request, form.cleaned_data)
            if isinstance(taken, PriceList):
                return redirect(_address(taken))
            context |= taken
        except BadFile as fault:
            form.add_error("file", of_file(fault.to_json(), labels()))
        except Refused as refused:
            form.add_error("valid_from", str(refused))
    is_wrong = bool(form.errors or context.get("faults"))
    return render(request, "billing/price_list_upload.html", context, status=422 if is_wrong else 200)


def _take(request: PortalRequest, given: dict[str, Any]) -> PriceList | dict[str, Any]:
    """Store the prices of a file and return their version; or store nothing, and return what the page has to say."""
    # Before any transaction: to read may take seconds.
    table = read_apart(given["file"].read() if given["file"] else given["content"].encode())
    day, with_purchase = given["valid_from"], request.user.has_perm(VIEW_PURCHASE)
    with transaction.atomic():
        version = PriceList.objects.filter(valid_from=day).first()
        base = version or price_lists.version_in_force(day)
        present = price_lists.prices_of(base) if base else {}
        checked = check(table, present, held_now())
        if checked.faults:
            return {"faults": checked.faults}
        if not (checked.has_purchase and with_purchase):
            checked.prices = price_lists.with_known_purchase(checked.prices, present)
        changes = changes_of(checked, present)
        if version and not given["content"] and (found := differences(changes, present)):
            price_lists.refuse_if_over(version)
            return {
                "replaced": version,
                "differences": found,
                "with_purchase": with_purchase,
                "content": as_text(table),
                "seen": price_lists.mark_of(version),
            }
        made = version or price_lists.make_version(day, by=request.user, copy=base)
        count = price_lists.save_prices(made, changes, by=request.user, seen=given["seen"] if version else None)
    words = ngettext(
        "The file is saved. %(count)s price changed.", "The file is saved. %(count)s prices changed.", count
    )
    messages.success(request, words % {"count": f"{count:,}"})
    return made


def _wanted(request: PortalRequest) -> PriceList | None:
    """Return the version that the address names; without a name the one in force, or the first to come."""
    if "version" in request.GET:
        found = PriceList.objects.filter(pk=parse_id(request.GET["version"]) or 0).first()
        if found is None:
            raise Http404
        return found
    return price_lists.version_in_force() or PriceList.objects.last()


def _wanted_rows(request: PortalRequest) -> Wanted:
    kind = request.GET.get("show", "")
    return Wanted(kind if kind in KINDS else "", " ".join(request.GET.get("q", "").split())[:MOST_TYPED])


def _address(version: PriceList, wanted: Wanted | None = None) -> str:
    return f"{reverse('billing:prices')}?version={version.pk}{wanted.query if wanted else ''}"


def _last_margin() -> dict[str, Any]:
    """Return the margin of the last month that was billed, and that month of use."""
    months = margins.months()
    margin = margins.margin_of_month(months[0]) if months else None
    return {"margin": margin, "margin_month": used_in(months[0])} if margin else {}


def _heads(request: PortalRequest) -> list[str]:
    return [str(column.label) for column in columns(with_purchase=request.user.has_perm(VIEW_PURCHASE))]


def _page(
    request: PortalRequest, version: PriceList, form: PriceForm, wanted: Wanted, *, refused: str = "", status: int = 200
) -> HttpResponse:
    today = business_today()
    found = [row for row in form.rows if row.is_about(wanted.words)]
    counts = counts_of(found, with_purchase=form.with_purchase)
    is_over = price_lists.is_over(version, today)
    context = {
        "version": version,
        "versions": price_lists.all_versions(today),
        "wanted": wanted,
        "kinds": [
            (name, words, counts[name], _address(version, Wanted(name, wanted.words)))
            for name, words in (("", _("All")), *KINDS.items())
        ],
        "cells": shown(form.cells, wanted, with_purchase=form.with_purchase),
        "wrong": labels_of(form.cells),
        "with_purchase": form.with_purchase,
        "may_change": request.user.has_perm(CHANGE),
        "may_edit": request.user.has_perm(CHANGE) and not is_over,
        "is_over": is_over,
        "seen": request.POST.get("seen") or price_lists.mark_of(version),
        "refused": refused,
        "changes": [
            (Row(price_lists.price_of(change.entry)), change)
            for change in price_lists.latest_changes(version, LATEST_CHANGES)
            if change.sale or (change.purchase and form.with_purchase)
        ],
        "here": _address(version, wanted),
        "save_query": wanted.query.removeprefix("&"),
        **(_last_margin() if form.with_purchase and request.user.has_perm("billing.view_invoice") else {}),
    }
    return render(request, "billing/price_list.html", context, status=status)
