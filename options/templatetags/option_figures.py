"""Options and their scheduled changes on a page. Makes no query."""

from django import template
from django.utils.safestring import SafeString

from options.labels import order_words
from options.models import OptionOrder
from portal.core.labels import word_for
from portal.ui.templatetags.figures import scheduled

register = template.Library()

# How the marker of a task looks; a type that nobody knows looks like a change.
KINDS = {"APPLY": "start", "CANCEL": "cancel"}


@register.simple_tag
def option(code: str) -> str:
    """Say an option in words; a code we do not know as it is."""
    return word_for("option", code)


@register.simple_tag
def size(code: str) -> str:
    """Say a size of an option in words; a code we do not know as it is."""
    return word_for("sub_option", code)


@register.simple_tag
def option_task(task: OptionOrder) -> SafeString:
    """Mark what is scheduled for an option."""
    words = order_words(task.type, task.sub_option_id, task.quantity)
    return scheduled(words, task.apply_date, KINDS.get(task.type, "change"))
