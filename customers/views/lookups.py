"""Pages of the live lookups before a customer is added or transferred. None waits for LINE WORKS."""

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
from customers.rules.onboarding import domain_problems, stands_in_an_address
from portal.core.htmx import PortalRequest, redirect_after_post, template_for
from portal.core.labels import DOMAIN_TYPES, listed, word_for
from portal.core.untrusted_text import SeenTextForm
from portal.sync.lookups import ask
from portal.sync.models import Question

ORDER = "customers.order"
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

    domain = forms.CharField(label=gettext_lazy("Its domain or group name"), widget=_PLAIN)
    partner_code = forms.CharField(label=gettext_lazy("Partner code"), widget=_PLAIN)

    def clean_domain(self) -> str:
        """The name goes into an address."""
        domain = str(self.cleaned_data["domain"]).lower()
        if not stands_in_an_address(domain):
            raise forms.ValidationError(_("This is no domain and no group name."))
        return domain


@require_POST
@permission_required(ORDER, raise_exception=True)
def verify(request: PortalRequest) -> HttpResponse:
    """Have LINE WORKS asked whether a name is available."""
    form = VerifyForm(request.POST)
    if not form.is_valid():
        return render(request, "customers/question.html", {"form": form}, status=422)
    question = ask(VERIFY, {"domain": form.cleaned_data["domain"]}, by=request.user)
    return redirect_after_post(request, reverse("customers:answer", args=[question.pk]))


@require_POST
@permission_required(ORDER, raise_exception=True)
def look_up(request: PortalRequest) -> HttpResponse:
    """Have LINE WORKS asked what an Online Direct customer uses."""
    form = LookForm(request.POST)
    if not form.is_valid():
        return render(request, "customers/question.html", {"form": form}, status=422)
    asked = {"domain": form.cleaned_data["domain"], "partnerCode": form.cleaned_data["partner_code"]}
    return redirect_after_post(request, reverse("customers:answer", args=[ask(LOOK, asked, by=request.user).pk]))


@require_safe
@permission_required(ORDER, raise_exception=True)
@vary_on_headers("HX-Request")
def answer(request: PortalRequest, pk: int) -> HttpResponse:
    """Show what LINE WORKS said, or that nothing has come yet; then the page looks again."""
    question = get_object_or_404(Question, pk=pk)
    context = {"question": question, "facts": _facts(question), "go_on": _go_on(question)}
    return render(request, template_for(request, "customers/question.html", partial="answer"), context)


def _facts(question: Question) -> list[tuple[str, str]]:
    """Say an answer in words."""
    found = question.answer or {}
    if question.kind == VERIFY:
        kind = found.get("type")
        return [(_("Kind"), str(DOMAIN_TYPES.get(str(kind), kind)))] if found else []
    facts = [(_("Uses"), listed(word_for("product", each) for each in found.get("productIds") or []) or _("Nothing"))]
    if found.get("notHandledApps"):
        facts.append((_("Apps that the partner does not handle"), listed(map(str, found["notHandledApps"]))))
    return facts if found else []


def _go_on(question: Question) -> str:
    """Return where to go on with a name that is available, or a customer that can be taken over."""
    if question.answer is None:
        return ""
    name, wish = ("add", {"domain": question.asked["domain"]}) if question.kind == VERIFY else ("transfer", {
        "domain": question.asked["domain"], "partner_code": question.asked["partnerCode"],
    })  # fmt: skip
    return f"{reverse(f'customers:{name}')}?{urlencode(wish)}"
