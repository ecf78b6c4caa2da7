"""
The view of every command that is about no customer yet.

The counterpart of ``customers.views.requests``: the operation is keyed by the domain name, and one may be in flight for
each domain.
"""

from functools import partial
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from pydantic import BaseModel

from customers.views.lookups import Availability, VerifyForm, availability_of, taken_by
from portal.core.clock import business_today
from portal.core.htmx import PortalRequest, redirect_after_post, template_for
from portal.core.paging import parse_id
from portal.operations.command_forms import CommandForm, CommandTarget, Situation
from portal.operations.commands import COMMANDS, REPEATED, Command
from portal.operations.models import Operation
from portal.operations.proposals import propose_or_add_errors
from portal.operations.services import askers_of, propose
from portal.operations.snapshots import Snapshot

# The button that asks whether a name is available, in the form whose fields stay as they are.
CHECK = "check"


def onboarding_paths() -> list[URLPattern]:
    """Return the URLs of the commands that are about no customer yet."""
    return [
        path(command.path, _view_of(command), name=command.url_name.rpartition(":")[2])
        for command in COMMANDS
        if command.is_onboarding
    ]


def _view_of(command: Command[Any]) -> Any:
    @sensitive_post_parameters("password")
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: PortalRequest) -> HttpResponse:
        if not request.user.has_perm(command.permission):
            raise PermissionDenied
        return _answer(command, request)

    view.__doc__ = f"{command.kind}: show its form, and propose what is asked for."
    return view


def _answer(command: Command[Any], request: PortalRequest) -> HttpResponse:
    form = command.form(
        request.POST if request.method == "POST" else None, initial=request.GET.dict(), situation=_situation()
    )
    if request.method == "POST" and CHECK in request.POST:
        availability = availability_of(VerifyForm(request.POST), by=request.user)
        return _page(command, request, _as_filled_in(command, request), availability)
    if request.method == "POST" and form.is_valid():
        if taken := taken_by(form.cleaned_data["domain"]):
            form.add_error("domain", taken)
        elif operation := propose_or_add_errors(form, partial(_mint, command, request, form)):
            return redirect_after_post(request, operation.get_absolute_url())
    return _page(command, request, form)


def _as_filled_in(command: Command[Any], request: PortalRequest) -> CommandForm:
    """Return the form with what was typed and nothing judged; a page never repeats a password."""
    typed = {name: request.POST.get(name, "") for name in command.form.base_fields}
    return command.form(None, initial=typed, situation=_situation())


def _situation() -> Situation:
    return Situation(Snapshot({}), CommandTarget(), business_today())


def _page(
    command: Command[Any], request: PortalRequest, form: CommandForm, availability: Availability | None = None
) -> HttpResponse:
    """Return the form as it was filled in, with what is wrong, or with what is known of the name alone."""
    others = [each for each in COMMANDS if each.is_onboarding and each is not command]
    context = {
        "command": command,
        "form": form,
        "others": [(each, each.address(0)) for each in others],
        "availability": availability,
    }
    page = template_for(request, "customers/customer_add.html", partial="form")
    return render(request, page, context, status=422 if form.errors else 200)


def _mint(command: Command[Any], request: PortalRequest, form: CommandForm) -> Operation:
    domain = form.cleaned_data["domain"]
    return propose(
        command,
        domain_id=None,
        customer_name=form.cleaned_data.get("company_name") or domain,
        request=cast(BaseModel, command.request.model_validate(form.wish())),
        by=request.user,
        subject=domain,
        secrets=form.secrets(),
        also_asked=askers_of(parse_id(request.GET.get(REPEATED, "")), kind=command.kind),
    )
