"""
The view of every command about a customer, and the list of commands that a page offers.

The view finds what the command is about in the cached state, shows the form with the state beside it, and proposes the
request. Nothing is sent from here.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from customers.models import Customer
from portal.core.clock import business_today
from portal.core.htmx import PortalRequest, mark_before_reading, redirect_after_post
from portal.core.paging import parse_id
from portal.core.rules import Verdict
from portal.operations.chains import steps_of
from portal.operations.command_forms import CommandTarget, Situation
from portal.operations.commands import COMMANDS, REPEATED, Command, CommandLink
from portal.operations.drafts import draft_of, thing_of
from portal.operations.linked_changes import LinkedChangeForm
from portal.operations.models import Bundle, Operation
from portal.operations.proposals import propose_form
from portal.operations.services import askers_of
from portal.operations.snapshots import Snapshot, what_is_cached
from portal.sync.freshness import known_of
from portal.sync.resources import RESOURCES


def command_paths(namespace: str) -> list[URLPattern]:
    """Return the URLs of an app's commands, below those of their customer."""
    return [
        path(f"<int:domain_id>/{command.path}", _view_of(command), name=command.url_name.rpartition(":")[2])
        for command in COMMANDS.of(namespace)
        if not command.is_onboarding
    ]


def command_links(customer: Customer, request: PortalRequest) -> Mapping[str, list[CommandLink]]:
    """
    Return what can be asked for about a customer, and what cannot, with the reasons.

    Args:
        customer: whose page it is.
        request: of the person who looks.

    Returns:
        The commands by group, and for what is about a row of the page by group and ids, such as ``subscriptions 17``.
    """
    today = business_today()
    commands = [command for command in COMMANDS if not (command.is_onboarding or command.offered_below)]
    resources = {resource.name: resource for command in commands for resource in command.resources}
    state = what_is_cached(customer.pk, list(resources.values()))
    found: dict[str, list[CommandLink]] = defaultdict(list)
    for command in commands:
        # What was never read is not there to be judged by; its form says so.
        is_read = set(command.reads) <= state.by_resource.keys()
        closed = _reasons(command, customer, request)
        for target in command.targets(state):
            reasons = closed
            if is_read and not reasons:
                reasons = [str(problem) for problem in command.preconditions(state, target, today)]
            row = target.row or " ".join(str(value) for value in target.ids.values())
            place = f"{command.group} {row}".rstrip()
            address = command.address(customer.pk, target.ids)
            found[place].append(
                CommandLink(
                    command,
                    address,
                    target,
                    reasons,
                    is_read_only=bool(closed),
                    is_direct=is_read and _has_no_choice(command, state, target),
                )
            )
    return found


def _has_no_choice(command: Command[Any], state: Snapshot, target: CommandTarget) -> bool:
    linked = command.linked_change
    return command.has_no_fields and not (linked and linked.find(state, target.ids))


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
    draft = draft_of(request.user, thing_of(command, customer.pk, "", ids)) if request.method != "POST" else None
    form = command.form_on_pages(
        request.POST if request.method == "POST" else None,
        initial={**_refilled(command, draft), **request.GET.dict()},
        situation=Situation(state or Snapshot({}), target, today, customer.pk),
    )
    things = linked.find(cached, ids) if linked else ()
    together = LinkedChangeForm(form.data or None, label=linked.label(len(things))) if linked and things else None
    if request.method == "POST" and form.is_valid() and problems:
        # What is not offered is not taken either, from a page that was open before.
        form.show(Verdict(tuple(problems)))
    elif request.method == "POST" and form.is_valid():
        company = things if together and together.is_wanted else ()
        made = propose_form(
            command,
            form,
            domain_id=customer.pk,
            customer_name=str(customer),
            ids=ids,
            things=company,
            by=request.user,
            also_asked=askers_of(parse_id(request.GET.get(REPEATED, "")), kind=command.kind),
        )
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
            "draft": draft,
            "facts": state.lines(command.compare_all_fields) if state else (),
            "unread": state is None,
            "instead": [
                (each.label, each.address(customer.pk)) for each in COMMANDS if each.offered_below == command.kind
            ],
            "today": today,
        },
        status=422 if form.errors else 200,
    )


def _refilled(command: Command[Any], draft: Operation | Bundle | None) -> Mapping[str, Any]:
    """Return what a person's draft of a command asks for, by the names of the form's fields."""
    steps = steps_of(draft) if draft else []
    own = [step.request for step in steps if step.write is command or (command.page_form and len(steps) == 1)]
    return command.form_on_pages.refill(own[0]) if own else {}


def _gone(
    command: Command[Any], request: PortalRequest, customer: Customer, *, is_customer: bool = False
) -> HttpResponse:
    """Say to a page that is older than what happened since that nothing was sent, and where to go on."""
    context = {"command": command, "customer": customer, "is_customer": is_customer}
    return render(request, "customers/order_gone.html", context, status=404)


def _reasons(command: Command[Any], customer: Customer, request: PortalRequest) -> list[str]:
    if customer.removed_at:
        return [_("LINE WORKS no longer lists this customer")]
    if not request.user.has_perm(command.permission):
        return [_("You have read-only access")]
    return []
