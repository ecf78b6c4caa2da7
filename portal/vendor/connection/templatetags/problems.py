"""Template tags for problems that workers met."""

from typing import Any

from django import template

from portal.core.stored_text import said_in_language
from portal.vendor.problems import words_of

register = template.Library()


@register.inclusion_tag("partials/problem.html")
def problem(trouble: str, technical: str) -> dict[str, Any]:
    """
    Say a problem, with what it says technically folded away.

    Args:
        trouble: its name.
        technical: what the exception or the answer said; may be empty.
    """
    return {"words": words_of(trouble), "technical": technical}


@register.filter
def spoken(stored: str) -> str:
    """Return what was kept in each language, in that of the page."""
    return said_in_language(stored)
