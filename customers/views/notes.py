"""Page: notes, tags and owner of a customer. Nothing of it is sent to LINE WORKS."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from customers import own_data
from customers.forms.notes import NoteForm, OwnerForm, TagForm
from customers.models import Customer, Note, Tag
from customers.own_data import ASSIGN, NOTE, Refused
from customers.views.requests import command_links
from portal.accounts.models import User
from portal.core.clock import business_today
from portal.core.htmx import PortalRequest, mark_before_reading
from portal.core.paging import keyset_page_of, parse_id
from portal.sync.freshness import known_of

VIEW = "customers.view_customer"
NOTES_OF_A_PAGE = 25


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(VIEW, raise_exception=True)
def customer_notes(request: PortalRequest, domain_id: int) -> HttpResponse:
    """Show the notes, tags and owner of a customer; a POST adds a note."""
    customer = get_object_or_404(Customer, pk=domain_id)
    if request.method != "POST":
        return _page(request, customer)
    if not request.user.has_perm(NOTE):
        raise PermissionDenied
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, customer, note_form=form, status=422)
    given = form.cleaned_data
    try:
        own_data.write_note(customer, given["text"], by=request.user, is_pinned=given["is_pinned"])
    except Refused as error:
        form.add_error("is_pinned", str(error))
        return _page(request, customer, note_form=form, status=409)
    messages.success(request, _("The note is added."))
    return redirect("customers:notes", customer.pk)


@require_POST
@permission_required(NOTE, raise_exception=True)
def note_act(request: PortalRequest, domain_id: int, pk: int) -> HttpResponse:
    """Pin a note, unpin it, or hide it."""
    action = _NOTE_ACTIONS.get(request.POST.get("action", ""))
    if action is None:
        return HttpResponseBadRequest()
    note = get_object_or_404(Note.objects.select_related("customer"), pk=pk, customer_id=domain_id)
    try:
        messages.success(request, action(note, request.user))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("customers:notes", domain_id)


@require_POST
@permission_required(ASSIGN, raise_exception=True)
def customer_assign(request: PortalRequest, domain_id: int) -> HttpResponse:
    """Set the owner of a customer, add a tag, or remove one."""
    customer = get_object_or_404(Customer, pk=domain_id)
    action = _OWN_ACTIONS.get(request.POST.get("action", ""))
    return action(request, customer) if action else HttpResponseBadRequest()


def _set_owner(request: PortalRequest, customer: Customer) -> HttpResponse:
    form = OwnerForm(request.POST)
    if not form.is_valid():
        return _page(request, customer, owner_form=form, status=422)
    try:
        own_data.set_owner(customer, form.cleaned_data["owner"], by=request.user)
    except Refused as error:
        form.add_error("owner", str(error))
        return _page(request, customer, owner_form=form, status=409)
    messages.success(request, _("The owner is saved."))
    return redirect("customers:notes", customer.pk)


def _add_tag(request: PortalRequest, customer: Customer) -> HttpResponse:
    form = TagForm(request.POST)
    if not form.is_valid():
        return _page(request, customer, tag_form=form, status=422)
    try:
        own_data.add_tag(customer, form.cleaned_data["tag"], by=request.user)
    except Refused as error:
        form.add_error("tag", str(error))
        return _page(request, customer, tag_form=form, status=409)
    messages.success(request, _("The tag is added."))
    return redirect("customers:notes", customer.pk)


def _remove_tag(request: PortalRequest, customer: Customer) -> HttpResponse:
    tag = get_object_or_404(Tag, pk=parse_id(request.POST.get("tag", "")))
    own_data.remove_tag(customer, tag, by=request.user)
    messages.success(request, _("The tag is removed."))
    return redirect("customers:notes", customer.pk)


def _pin(note: Note, by: User) -> str:
    own_data.pin_note(note, by=by, is_pinned=True)
    return _("The note is pinned.")


def _unpin(note: Note, by: User) -> str:
    own_data.pin_note(note, by=by, is_pinned=False)
    return _("The note is no longer pinned.")


def _hide(note: Note, by: User) -> str:
    own_data.hide_note(note, by=by)
    return _("The note is hidden.")


_NOTE_ACTIONS: dict[str, Callable[[Note, User], str]] = {"pin": _pin, "unpin": _unpin, "hide": _hide}
_OWN_ACTIONS: dict[str, Callable[[PortalRequest, Customer], HttpResponse]] = {
    "owner": _set_owner,
    "add_tag": _add_tag,
    "remove_tag": _remove_tag,
}


def _page(
    request: PortalRequest,
    customer: Customer,
    *,
    note_form: forms.Form | None = None,
    owner_form: forms.Form | None = None,
    tag_form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    known = mark_before_reading(customer, lambda row: known_of(row.pk))
    stretch = keyset_page_of(request, customer.notes.all(), size=NOTES_OF_A_PAGE)
    context = {
        "customer": customer,
        "can": command_links(customer, request),
        "stretch": stretch,
        "note_form": note_form or NoteForm(),
        "owner_form": owner_form or OwnerForm(initial={"owner": customer.owner_id}),
        "tag_form": tag_form or TagForm(),
        "tags": own_data.tags_in_use() if request.user.has_perm(ASSIGN) else (),
        "today": business_today(),
    }
    return render(request, "customers/customer_notes.html", known | context, status=status)
