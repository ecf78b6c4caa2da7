"""
The view of every command about a customer, and the list of commands that a page offers.

The view finds what the command is about in the cached state, shows the form with the state beside it, and proposes the
request. Nothing is sent from here.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from pydantic import BaseModel, ValidationError

from customers.models import Customer
from portal.core.clock import business_today
from portal.core.htmx import PortalRequest, mark_before_reading, redirect_after_post
from portal.core.paging import parse_id
from portal.core.rules import Verdict
from portal.operations.bundles import propose_bundle
from portal.operations.command_forms import CommandForm, Situation
from portal.operations.commands import COMMANDS, REPEATED, Command, CommandLink
from portal.operations.linked_changes import LinkedChangeForm
from portal.operations.models import Bundle, Operation
from portal.operations.services import NotAllowed, askers_of, propose
from portal.operations.snapshots import NeverRead, Snapshot, what_is_cached
from portal.sync.freshness import known_of
from portal.sync.resources import RESOURCES

Made = TypeVar("Made")


def command_paths(namespace: str) -> list[URLPattern]:
    """Return the URLs of an app's commands, below those of their customer."""
    return [
        path(f"<int:domain_id>/{command.path}", _view_of(command), name=command.url_name.rpartition(":")[2])
        for command in COMMANDS.of(namespace)
        if not command.is_onboarding
    ]


def command_links(
    customer: Customer, request: PortalRequest, groups: Collection[str]
) -> Mapping[str, list[CommandLink]]:
    """
    Return what can be asked for about a customer, and what cannot, with the reasons.

    Args:
        customer: whose page it is.
        request: of the person who looks.
        groups: which groups of commands the page shows.

    Returns:
        The commands by group, and for what is about a row of the page by group and ids, such as ``subscriptions 17``.
    """
    today = business_today()
    commands = [command for command in COMMANDS if command.group in groups]
    resources = {resource.name: resource for command in commands for resource in command.resources}
    state = what_is_cached(customer.pk, list(resources.values()))
    found: dict[str, list[CommandLink]] = defaultdict(list)
    for command in commands:
        # What was never read is not there to be judged by; its form says so.
        is_read = set(command.reads) <= state.by_resource.keys()
        for target in command.targets(state):
            reasons = _reasons(command, customer, request)
            if is_read and not reasons:
                reasons = [str(problem) for problem in command.preconditions(state, target, today)]
            row = target.row or " ".join(str(value) for value in target.ids.values())
            place = f"{command.group} {row}".rstrip()
            found[place].append(CommandLink(command, command.address(customer.pk, target.ids), target, reasons))
    return found


def _view_of(command: Command[Any]) -> Any:
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: PortalRequest, domain_id: int, **ids: Any) -> HttpResponse:
        if not request.user.has_perm(command.permission):
            raise PermissionDenied
        customer = get_object_or_404(Customer, pk=domain_id)
        if customer.removed_at:
            return _gone(command, request, customer, is_customer=True)
        return _answer(command, request, customer, ids)

    view.__doc__ = f"{command.kind}: show its form, and propose what is asked for."
    return view


def _answer(command: Command[Any], request: PortalRequest, customer: Customer, ids: Mapping[str, Any]) -> HttpResponse:
    linked = command.linked_change
    known = mark_before_reading(customer, lambda row: known_of(row.pk))
    names = dict.fromkeys([*command.reads, *(linked.reads if linked else ())])
    cached = what_is_cached(customer.pk, [RESOURCES[name] for name in names])
    state = cached.part(command.reads)
    # The target may have been read where something else that the rules need was not; its form says so.
    target = command.find_target(cached, ids)
    if target is None:
        return _gone(command, request, customer)
    today = business_today()
    problems = command.preconditions(state, target, today) if state else ()
    form = command.form(
        request.POST if request.method == "POST" else None,
        initial=request.GET.dict(),
        situation=Situation(state or Snapshot({}), target, today, customer.pk),
    )
    things = linked.find(cached, ids) if linked else ()
    together = LinkedChangeForm(form.data or None, label=linked.label(len(things))) if linked and things else None
    if request.method == "POST" and form.is_valid() and problems:
        # What is not offered is not taken either, from a page that was open before.
        form.show(Verdict(tuple(problems)))
    elif request.method == "POST" and form.is_valid():
        company = things if together and together.is_wanted else ()
        made = _propose(command, request, customer, form, ids, company)
        if made:
            return redirect_after_post(request, made.get_absolute_url())
    return render(
        request,
        "customers/order_form.html",
        known
        | {
            "command": command,
            "form": form,
            "together": together,
            "customer": customer,
            "target": target,
            "problems": problems,
            "facts": state.lines(command.compare_all_fields) if state else (),
            "unread": state is None,
            "today": today,
        },
        status=422 if form.errors else 200,
    )


def _gone(
    command: Command[Any], request: PortalRequest, customer: Customer, *, is_customer: bool = False
) -> HttpResponse:
    """Say to a page that is older than what happened since that nothing was sent, and where to go on."""
    context = {"command": command, "customer": customer, "is_customer": is_customer}
    return render(request, "customers/order_gone.html", context, status=404)


def _propose(
    command: Command[Any],
    request: PortalRequest,
    customer: Customer,
    form: CommandForm,
    ids: Mapping[str, Any],
    company: Sequence[Any],
) -> Operation | Bundle | None:
    """Mint the operation, or the bundle of it and what goes along; if it cannot be, say why at the form."""

    def mint() -> Operation | Bundle:
        asked = cast(BaseModel, command.request.model_validate({**ids, **form.wish()}))
        also_asked = askers_of(parse_id(request.GET.get(REPEATED, "")), kind=command.kind)
        linked = command.linked_change
        if linked and company:
            return propose_bundle(
                command.with_linked(asked, company),
                domain_id=customer.pk,
                customer_name=str(customer),
                by=request.user,
                answered=linked.answered,
                also_asked=also_asked,
            )
        return propose(
            command,
            domain_id=customer.pk,
            customer_name=str(customer),
            request=asked,
            by=request.user,
            secrets=form.secrets(),
            also_asked=also_asked,
        )

    return propose_or_add_errors(form, mint)


def propose_or_add_errors(form: CommandForm, mint: Callable[[], Made]) -> Made | None:
    """Mint what was asked for; what stands against it, in types or by the rules, is told at the form."""
    try:
        return mint()
    except ValidationError as error:
        for fault in error.errors(include_input=False):
            place = str(fault["loc"][0]) if fault["loc"] else ""
            form.add_error(place if place in form.fields else None, fault["msg"])
    except NeverRead:
        form.add_error(
            None,
            _("This customer has not been read at the vendor yet. Press “Read now” on its page, then ask again."),
        )
    except NotAllowed as refusal:
        form.show(refusal.verdict)
    return None


def _reasons(command: Command[Any], customer: Customer, request: PortalRequest) -> list[str]:
    if customer.removed_at:
        return [_("The vendor no longer lists this customer")]
    if not request.user.has_perm(command.permission):
        return [_("Your role may look, not order")]
    return []
