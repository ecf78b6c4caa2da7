"""Template tags for missed expectations."""

from collections.abc import Sequence
from typing import Any

from django import template

from portal.sync.customer_names import names_of
from portal.sync.missed_expectations import still_of, title_of, words_of
from portal.sync.models import MissedExpectation

register = template.Library()


@register.inclusion_tag("partials/overdue.html")
def not_applied(entries: Sequence[MissedExpectation], *, named: bool = False) -> dict[str, Any]:
    """
    Show what was not applied on its day; nothing if there is none.

    Args:
        entries: each of them.
        named: whether it says which customer, where more than one is meant.
    """
    names = names_of({entry.domain_id for entry in entries}) if named else {}
    return {
        "rows": [
            (entry, title_of(entry), words_of(entry), still_of(entry), names.get(entry.domain_id, ""))
            for entry in entries
        ],
        "named": named,
    }
