"""What the pages of requests with one step and with several do alike."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.core.error_pages import NotThere
from portal.core.htmx import PortalRequest, is_swap, no_content, redirect_after_post, template_for
from portal.operations import services
from portal.operations.chains import may_request
from portal.operations.drafts import visible_to
from portal.operations.forms import ConfirmForm, DecisionForm
from portal.operations.last_reasons import last_reasons
from portal.operations.models import AnyRequest
from portal.operations.presentation import has_penalty
from portal.operations.review_fields import Reworked, editable_of
from portal.operations.states import TO_CONFIRM, State

Request = TypeVar("Request", bound=AnyRequest)


@dataclass(frozen=True)
class RequestPages(Generic[Request]):
    """
    The page of a request and the addresses below it.

    Args:
        model: whose page it is.
        template: of the page, with a partial ``live``.
        context: what the page shows to a person.
        mark: a text that changes with every event of a request.
        canceled: what is said once one is canceled, with ``%(ref)s``.
    """

    model: type[Request]
    template: str
    context: Callable[[Request, User], dict[str, Any]]
    mark: Callable[[Request], str]
    canceled: str | Promise

    def found(self, request: PortalRequest, pk: int) -> Request:
        """
        Return a request.

        Raises:
            NotThere: there is none, or it is somebody else's draft. A tab may still show a draft that was deleted.
        """
        found = visible_to(self.model, request.user).filter(pk=pk).first()
        if found is None:
            raise _no_such_request()
        return found

    def detail(self, request: PortalRequest, pk: int) -> HttpResponse:
        """Show a request; a poll that has seen its latest event gets 204; a post reviews a draft anew."""
        submission = self.found(request, pk)
        if request.method == "POST":
            return self._review(request, submission)
        if is_swap(request) and request.GET.get("seen") == self.mark(submission):
            return no_content()
        return self.show(request, submission)

    def confirm(self, request: PortalRequest, pk: int) -> HttpResponse:
        """Submit a request as it was reviewed; pressing twice is the same as once."""
        submission = self.found(request, pk)
        require_all(request, submission)
        reworked = _rework(request, submission)
        if reworked.failed or reworked.is_changed:
            return self._show_again(request, pk, reworked, status=422)
        form = ConfirmForm(request.POST, has_penalty=submission.state in TO_CONFIRM and has_penalty(submission))
        if submission.state not in TO_CONFIRM:
            _warn_if_ignored(request, submission)
        elif not _submit(request, submission, form):
            return self.show(request, self.found(request, pk), confirm=form, status=422)
        return redirect_after_post(request, f"{submission.get_absolute_url()}#result")

    def approve(self, request: PortalRequest, pk: int) -> HttpResponse:
        """Let it go as the second person."""
        submission = self.found(request, pk)
        services.approve(submission, by=request.user)
        return redirect_after_post(request, submission.get_absolute_url())

    def decline(self, request: PortalRequest, pk: int, decide: Callable[..., Request]) -> HttpResponse:
        """Return or reject it as the second person, with a note; what awaits no approval stays as it is."""
        submission = self.found(request, pk)
        form = DecisionForm(request.POST)
        if form.is_valid():
            decide(submission, by=request.user, **form.cleaned_data)
        elif submission.state == State.AWAITING_APPROVAL:
            return self.show(request, submission, decision=form, status=422)
        return redirect_after_post(request, submission.get_absolute_url())

    def cancel(self, request: PortalRequest, pk: int) -> HttpResponse:
        """Cancel a request, and go back to its page; delete a draft, and go to the customer that it was about."""
        submission = self.found(request, pk)
        is_draft, customer = submission.state == State.PROPOSED, submission.domain_id
        said = {"ref": submission.ref}
        if not services.withdraw(submission, by=request.user):
            messages.error(request, _("%(ref)s can no longer be canceled.") % said)
        elif is_draft:
            messages.success(request, _("The draft is deleted. Nothing was sent."))
            there = reverse("customers:detail", args=[customer]) if customer else reverse("operations:list")
            return redirect_after_post(request, there)
        else:
            messages.success(request, str(self.canceled) % said)
        return redirect_after_post(request, submission.get_absolute_url())

    def show(
        self,
        request: PortalRequest,
        submission: Request,
        *,
        confirm: ConfirmForm | None = None,
        decision: DecisionForm | None = None,
        reworked: Reworked | None = None,
        status: int = 200,
        **more: Any,
    ) -> HttpResponse:
        """Show the page, or its moving part to a swap."""
        context = self.context(submission, request.user)
        editable = editable_of(submission) if context["may_confirm"] else None
        edit_form = None
        if editable:
            failed = reworked and reworked.failed
            edit_form = reworked.form if reworked and failed else editable.form()
        context |= {
            "form": confirm or _form_of(submission, request.user, has_penalty=context["has_penalty"]),
            "decision_form": decision or DecisionForm(),
            "edit_form": edit_form,
            "why": edit_form.why() if edit_form and not edit_form.errors else "",
            "fields": editable.fields(edit_form) if editable and edit_form else (),
            "unchanged": [fact for fact in context["evidence"] if not fact.changes],
            "is_reviewed_anew": bool(reworked and not reworked.failed),
            "last_reasons": partial(last_reasons, request.user),
        }
        template = template_for(request, self.template, partial="live")
        return render(request, template, context | more, status=status)

    def _review(self, request: PortalRequest, submission: Request) -> HttpResponse:
        """Make a draft anew of what was changed on its review, with what else was typed kept; nothing is sent."""
        require_all(request, submission)
        if submission.state != State.PROPOSED:
            return redirect_after_post(request, submission.get_absolute_url())
        reworked = _rework(request, submission)
        # A swap is taken from a good answer alone.
        status = 422 if reworked.failed and not is_swap(request) else 200
        return self._show_again(request, submission.pk, reworked, status=status)

    def _show_again(self, request: PortalRequest, pk: int, reworked: Reworked, *, status: int) -> HttpResponse:
        submission = self.found(request, pk)
        typed = {name: request.POST.get(name, "") for name in ("reason", "reference")}
        form = ConfirmForm(initial=typed, has_penalty=has_penalty(submission))
        return self.show(request, submission, confirm=form, reworked=reworked, status=status)


def _form_of(submission: AnyRequest, by: User, *, has_penalty: bool) -> ConfirmForm:
    return ConfirmForm.of(submission, corrects=services.returned_before(submission, by), has_penalty=has_penalty)


def require_all(request: PortalRequest, submission: AnyRequest) -> None:
    """Raise PermissionDenied unless the person may ask for every step of a request."""
    if not may_request(request.user, submission):
        raise PermissionDenied


def _no_such_request() -> NotThere:
    words = _(
        "There is no such request. It may have been a draft: a draft is deleted by its author, when a newer"
        " one replaces it, or after a day. Nothing of a deleted draft is sent."
    )
    return NotThere(words, (_("All requests"), reverse("operations:list")))


def _warn_if_ignored(request: PortalRequest, submission: AnyRequest) -> None:
    """Warn that a second submission was not used, unless it is the same once more, as by a double click."""
    same = request.POST.get("reason", "").strip() == submission.reason and submission.confirmed_by_id == request.user.pk
    if not same:
        words = _("%(ref)s was submitted before. This submission and its reason were not used; nothing was sent again.")
        messages.warning(request, words % {"ref": submission.ref})


def _rework(request: PortalRequest, submission: AnyRequest) -> Reworked:
    editable = editable_of(submission) if submission.state == State.PROPOSED else None
    return editable.rework(request.POST, request.user) if editable else Reworked()


def _submit(request: PortalRequest, submission: AnyRequest, form: ConfirmForm) -> bool:
    """Submit a request; return False if the form says why not, and nothing was changed then."""
    if not form.is_valid():
        return False
    try:
        services.confirm(submission, by=request.user, **form.cleaned_data)
    except services.NotAsReviewed:
        form.add_error(None, _("The draft was changed in another window. Check it, then submit it again."))
        return False
    except ObjectDoesNotExist:
        raise _no_such_request() from None
    return True
