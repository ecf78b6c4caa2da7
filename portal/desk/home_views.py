"""Page: Home."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from portal.accounts.roles import Role, role_of
from portal.core.business_days import is_working_day
from portal.core.clock import business_today, now
from portal.core.htmx import PortalRequest
from portal.desk import home


@require_safe
def home_page(request: PortalRequest) -> HttpResponse:
    """
    Show what needs a decision, the next days and the latest requests.

    Support has a customer on the phone, so its home is the search. A person without a role is told whom to ask.
    """
    if role_of(request.user) == Role.SUPPORT:
        return redirect("search")
    today = business_today()
    may_look = request.user.has_perm("customers.view_customer")
    context = {
        "today": today,
        "is_working_day": is_working_day(today),
        "as_of": now(),
        "needs": home.needs_of(request.user, today) if may_look else [],
        "days": home.days_of(request.user, today) if may_look else [],
        "latest": home.latest_requests() if may_look else [],
        "may_look": may_look,
    }
    return render(request, "desk/home.html", context)
