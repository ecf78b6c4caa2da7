"""Pages of the live lookups before a customer is added or transferred. None waits for LINE WORKS."""

from dataclasses import dataclass

from django import forms
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from customers.lookups import LOOK, VERIFY
from customers.models import Customer
from customers.rules.onboarding import TAKEN, domain_problems, stands_in_an_address
from portal.accounts.models import User
from portal.core.htmx import PortalRequest, is_swap, redirect_after_post, template_for
from portal.core.labels import DOMAIN_TYPES, listed, word_for
from portal.core.rules import Problem
from portal.core.untrusted_text import SeenTextForm
from portal.sync.lookups import TooMany, ask
from portal.sync.models import Question

ORDER = "customers.order"
TOO_MANY = gettext_lazy("You checked many names within a minute. Nothing was asked. Wait a moment, then try again.")
_PLAIN = forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"})


class VerifyForm(SeenTextForm):
    """A name that may become a customer's."""

    domain = forms.CharField(label=gettext_lazy("Domain or group name"), widget=_PLAIN)

    def clean_domain(self) -> str:
        """Ask only for what LINE WORKS takes as a question."""
        domain = str(self.cleaned_data["domain"]).lower()
        problems = domain_problems(domain)
        if problems:
            raise forms.ValidationError([str(problem) for problem in problems])
        return domain


class LookForm(SeenTextForm):
    """An Online Direct customer, and the code that it has issued."""

    domain = forms.CharField(label=gettext_lazy("Customer’s domain or group name"), widget=_PLAIN)
    partner_code = forms.CharField(label=gettext_lazy("Partner code"), widget=_PLAIN)

    def clean_domain(self) -> str:
        """The name goes into an address."""
        domain = str(self.cleaned_data["domain"]).lower()
        if not stands_in_an_address(domain):
            raise forms.ValidationError(_("This is not a valid domain or group name."))
        return domain


@require_POST
@permission_required(ORDER, raise_exception=True)
@vary_on_headers("HX-Request")
def verify(request: PortalRequest) -> HttpResponse:
    """Have LINE WORKS asked whether a name is available; a swap gets what is known of it by now, for the field."""
    form = VerifyForm(request.POST)
    if is_swap(request):
        return render(request, "partials/availability.html", {"availability": availability_of(form, by=request.user)})
    if not form.is_valid():
        return render(request, "customers/question.html", {"form": form}, status=422)
    try:
        question = ask(VERIFY, {"domain": form.cleaned_data["domain"]}, by=request.user)
    except TooMany:
        form.add_error("domain", str(TOO_MANY))
        return render(request, "customers/question.html", {"form": form}, status=429)
    return redirect_after_post(request, reverse("customers:answer", args=[question.pk]))


@dataclass(frozen=True)
class Availability:
    """
    What is known of a name that is being typed.

    Args:
        domain: the name.
        problem: why it cannot be taken, as far as Partnerdesk itself knows; empty if nothing is against it.
        question: the question to LINE WORKS; none where there is a problem.
    """

    domain: str
    problem: str = ""
    question: Question | None = None


def availability_of(form: VerifyForm, *, by: User) -> Availability:
    """Return what is known of a name; LINE WORKS is asked only for what can be one and no customer has."""
    domain = str(form["domain"].value() or "")
    if not form.is_valid():
        problems = [str(problem) for found in form.errors.values() for problem in found]
        return Availability(domain, " ".join(problems) if domain else "")
    domain = form.cleaned_data["domain"]
    if taken := taken_by(domain):
        return Availability(domain, taken)
    try:
        return Availability(domain, question=ask(VERIFY, {"domain": domain}, by=by))
    except TooMany:
        return Availability(domain, str(TOO_MANY))


def taken_by(domain: str) -> str:
    """Return which customer has a name already, as far as Partnerdesk knows; empty if none."""
    known = Customer.objects.current().filter(domain=domain).first()
    return str(Problem(TAKEN, {"name": str(known)})) if known else ""


@require_POST
@permission_required(ORDER, raise_exception=True)
def look_up(request: PortalRequest) -> HttpResponse:
    """Have LINE WORKS asked what an Online Direct customer uses."""
    form = LookForm(request.POST)
    if not form.is_valid():
        return render(request, "customers/question.html", {"form": form}, status=422)
    asked = {"domain": form.cleaned_data["domain"], "partnerCode": form.cleaned_data["partner_code"]}
    try:
        question = ask(LOOK, asked, by=request.user)
    except TooMany:
        form.add_error(None, str(TOO_MANY))
        return render(request, "customers/question.html", {"form": form}, status=429)
    return redirect_after_post(request, reverse("customers:answer", args=[question.pk]))


@require_safe
@permission_required(ORDER, raise_exception=True)
@vary_on_headers("HX-Request")
def answer(request: PortalRequest, pk: int) -> HttpResponse:
    """Show what LINE WORKS said, or that nothing has come yet; then the page looks again."""
    question = get_object_or_404(Question, pk=pk)
    if is_swap(request) and "field" in request.GET:
        availability = Availability(question.asked["domain"], question=question)
        return render(request, "partials/availability.html", {"availability": availability})
    context = {"question": question, "facts": _facts(question), "go_on": _go_on(question)}
    return render(request, template_for(request, "customers/question.html", partial="answer"), context)


def _facts(question: Question) -> list[tuple[str, str]]:
    """Say an answer in words."""
    found = question.answer or {}
    if question.kind == VERIFY:
        kind = found.get("type")
        return [(_("Domain type"), str(DOMAIN_TYPES.get(str(kind), kind)))] if found else []
    facts = [
        (_("Current plans"), listed(word_for("product", each) for each in found.get("productIds") or []) or _("None"))
    ]
    if found.get("notHandledApps"):
        facts.append((_("Apps not handled by the partner"), listed(map(str, found["notHandledApps"]))))
    return facts if found else []


def _go_on(question: Question) -> str:
    """Return where to go on with a name that is available, or a customer that can be taken over."""
    if question.answer is None:
        return ""
    name, wish = ("add", {"domain": question.asked["domain"]}) if question.kind == VERIFY else ("transfer", {
        "domain": question.asked["domain"], "partner_code": question.asked["partnerCode"],
    })  # fmt: skip
    return f"{reverse(f'customers:{name}')}?{urlencode(wish)}"
