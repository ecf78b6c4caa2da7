"""Template tags of the search. None makes a query."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from customers.marks import marks_of
from portal.bulk.models import Import
from portal.desk.search import Hit
from portal.operations.models import Bundle, Operation
from portal.operations.templatetags.requests import operation_title, request_state
from portal.ui.templatetags.figures import NOTHING

register = template.Library()

FIELD_NAMES = {
    "customer_code": _("Customer code"),
    "domain_id": _("Domain ID"),
    "tenant_id": _("Tenant ID"),
    "administrator_name": _("Administrator"),
    "administrator_email": _("Administrator e-mail"),
    "administrator_phone": _("Administrator phone"),
    "phone_number": _("Phone"),
    "owner": _("Owner"),
    "tag": _("Tag"),
}


@register.simple_tag
def field_name(name: str) -> str:
    """Return what a field of a customer is called."""
    return str(FIELD_NAMES[name])


@register.simple_tag
def request_facts(request: Operation | Bundle | Import) -> SafeString:
    """Return what a request is, and for whom."""
    if isinstance(request, Import):
        return format_html("<span>{}</span><bdi>{}</bdi>", _("Bulk request"), request.file_name)
    title = operation_title(request) if isinstance(request, Operation) else _("Multi-step request")
    return format_html('<span>{}</span><bdi lang="ja">{}</bdi>', title, request.customer_name)


@register.simple_tag
def found_state(request: Operation | Bundle | Import) -> SafeString:
    """Show where a request is."""
    if isinstance(request, Import):
        return format_html('<span class="pd-badge is-idle is-plain">{}</span>', request.get_state_display())
    return request_state(request, quiet=True)


@register.simple_tag
def hit_marks(hit: Hit) -> SafeString:
    """Show what somebody has to know of a customer before opening it."""
    return marks_of(hit.customer) if hit.customer else NOTHING
