"""Template tags of bulk requests. None makes a query."""

from collections.abc import Mapping

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal.bulk.presentation import SHOWN

register = template.Library()

# What becomes of the rows of a group.
NOTES = {
    "warned": _("warnings: sent only if you include them"),
    "wrong": _("not sent until corrected"),
    "ready": _("no warnings"),
    "there": _("not sent again"),
    "unchanged": _("nothing is requested"),
}


@register.simple_tag
def draft_group(group: str, counts: Mapping[str, int]) -> SafeString:
    """Head a group of rows: what it is, how many are in it on all pages, and what becomes of them."""
    note = format_html(" · {}", NOTES[group]) if group in NOTES else ""
    return format_html('{} <span class="pd-n">{}{}</span>', SHOWN[group][0], f"{counts[group]:,}", note)
