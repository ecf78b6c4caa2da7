"""The states of a renewal. Makes no query."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.desk.renewal_list import LOOKS, MEANINGS, WORDS, decided
from portal.desk.renewals import Stage

register = template.Library()


@register.simple_tag
def track(stage: Stage) -> SafeString:
    """Show how far the decision about a renewal is: as dots, and in a word."""
    return format_html("<span class={}>{}</span>", LOOKS[stage], WORDS[stage])


register.simple_tag(decided)


@register.simple_tag
def track_key() -> list[tuple[Stage, object]]:
    """Return every state with what it means."""
    return list(MEANINGS.items())
