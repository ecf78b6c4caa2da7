"""How the table of customers is searched: by pieces of its text, which are indexed, and then by the text itself."""

from functools import reduce
from operator import and_, or_

from django.db.models import Q

from portal.core.search import LINE, LONGEST_LINE, is_piece, wanted, whole_line
from portal.core.search_queries import Query


def holds(part: str) -> Q:
    """Return the condition that a customer's searched text holds a part."""
    by_index = Q(search_pieces__contains=wanted(part))
    return by_index if is_piece(part) else by_index & Q(search_text__contains=part)


def begins(part: str) -> Q:
    """Return the condition that a line of the text begins with a part."""
    return holds(LINE + part)


def is_line(part: str) -> Q:
    """Return the condition that a part is a line of the text."""
    line = whole_line(part)
    return Q(search_pieces__contains=[line]) if len(part) <= LONGEST_LINE else holds(line)


def matches(query: Query) -> Q:
    """Return the condition that a search finds a customer: by every word, or by the domain of an address."""
    return reduce(or_, map(is_line, query.hosts), reduce(and_, map(holds, query.words)))


def is_exactly(query: Query) -> Q:
    """Return the condition that a line of the text is what is searched for."""
    return reduce(or_, map(is_line, dict.fromkeys((query.whole, query.bare, *query.hosts))))


def begins_with(query: Query) -> Q:
    """Return the condition that a line of the text begins with what is searched for."""
    return reduce(or_, map(begins, dict.fromkeys((query.whole, query.bare))))
