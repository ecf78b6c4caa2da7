"""
The one search: customers, subscriptions and requests by whatever people have at hand, the best match first.

The database finds candidates by its index, a few for each way to match, so that a word of every name costs no more than
a rare one. How well a candidate matches is told by its searched text alone.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q

from customers.models import Customer, Tag
from customers.own_data import has_tag_or_owner
from customers.search import begins_with, is_exactly, matches
from portal.accounts.models import User
from portal.bulk.models import Import
from portal.core.search import lines_of, search_key
from portal.core.search_queries import Query, parse_query, phone_key
from portal.operations.drafts import visible_to
from portal.operations.models import Bundle, Operation
from subscriptions.models import Subscription

# Candidates for each way to match. Whoever gets more is to type more, and no order of them would help.
MOST_CANDIDATES = 100
MOST_SHOWN = 50
# A column of 64 bits holds whatever is no longer.
MOST_DIGITS = 18
NOTHING = Query()
_REQUEST = re.compile(r"(op|b|d)([0-9]{4})([0-9]{4,12})|(op)([0-9]{1,8})")
_NUMBERED: Mapping[str, Any] = {"op": Operation, "b": Bundle, "d": Import}
_SHOWN = (
    "domain_id", "tenant_id", "company_name", "domain", "customer_code", "phone_number", "administrator_name",
    "administrator_email", "administrator_phone", "lead_product", "lead_plan", "lead_status", "contract_end",
    "domain_type", "enable_active_domain", "removed_at",
)  # fmt: skip
# What a customer may be found by besides its name and domain, which each hit shows.
_FIELDS = ("customer_code", "domain_id", "tenant_id", "administrator_name", "administrator_email")
_PHONES = ("phone_number", "administrator_phone")


class Match(IntEnum):
    """How a search is found in a text, the best first."""

    EXACT = 0
    # The same name with another legal form; the domain of somebody's address.
    NEARLY_EXACT = 1
    NAME_BEGINS = 2
    LINE_BEGINS = 3
    IN_NAME = 4
    IN_LINE = 5
    WORDS = 6


@dataclass(frozen=True)
class Candidate:
    """A customer that the database found: its number, its searched text, and whether LINE WORKS no longer lists it."""

    pk: int
    text: str
    is_removed: bool


@dataclass(frozen=True)
class Hit:
    """
    What a search found.

    Args:
        address: its page.
        match: how well it matches.
        customer: whose it is; None for a request for several or a new customer.
        subscription: the subscription, if that was searched for.
        request: the request, multi-step request or bulk request, if that was searched for.
        found_by: which field of the customer holds what was typed, unless the hit shows it anyway.
        value: what that field holds.
    """

    address: str
    match: Match
    customer: Customer | None = None
    subscription: Subscription | None = None
    request: Operation | Bundle | Import | None = None
    found_by: str = ""
    value: str = ""


@dataclass(frozen=True)
class Found:
    """
    The answer to a search.

    Args:
        query: what was searched for.
        hits: the best of them, the best first.
        count: how many there are; at least so many if ``is_cut``.
        is_cut: whether more were found than are looked at.
    """

    query: Query
    hits: Sequence[Hit]
    count: int
    is_cut: bool

    @property
    def to_open(self) -> Hit | None:
        """The hit that needs no choice: the only one, or the only one that matches exactly."""
        if len(self.hits) == 1:
            return self.hits[0]
        if not self.hits or self.hits[0].match > Match.NEARLY_EXACT:
            return None
        first, second = self.hits[:2]
        return first if _standing(first) < _standing(second) else None


def find(typed: str, by: User, *, most: int = MOST_SHOWN) -> Found:
    """
    Return what a search finds.

    Args:
        typed: as it was typed.
        by: who searches; requests are found by those who may see them.
        most: hits at most.
    """
    query = parse_query(typed)
    if not query:
        return Found(query, (), 0, is_cut=False)
    numbered = [*_requests(query, by), *_subscriptions(query)]
    candidates, is_cut = _candidates(query, has_tag_or_owner(typed))
    ranked = rank(query, candidates)
    best = ranked[:most]
    hits = [*numbered, *hits_of([each.pk for _match, each in best], [match for match, _each in best], query)]
    return Found(query, hits[:most], len(numbered) + len(ranked), is_cut)


def hits_of(numbers: Sequence[int], matched: Sequence[Match] = (), query: Query = NOTHING) -> list[Hit]:
    """
    Return customers as hits, in one query.

    Args:
        numbers: of the customers, in their order.
        matched: how well each matches; exactly if nothing was searched for.
        query: what was searched for.
    """
    if not numbers:
        return []
    tags = Tag.objects.filter(customers=OuterRef("pk")).values("name")
    own = {"owner_name": F("owner__name"), "tag_names": ArraySubquery(tags)}
    shown = Customer.objects.only(*_SHOWN).with_marks().annotate(**own).in_bulk(numbers)
    hits = []
    for place, pk in enumerate(numbers):
        if row := shown.get(pk):
            field, value = _found_by(query, row)
            hit = Hit(
                row.get_absolute_url(),
                matched[place] if matched else Match.EXACT,
                row,
                found_by=field,
                value=value,
            )
            hits.append(hit)
    return hits


def match_of(query: Query, text: str) -> Match:
    """Return how a search is found in a customer's searched text."""
    names, others = lines_of(text)
    whole, bare = query.whole, query.bare
    if whole in names or whole in others or (bare in names and not query.names_a_form):
        return Match.EXACT
    if bare in names or any(host in others for host in query.hosts):
        return Match.NEARLY_EXACT
    if any(line.startswith((whole, bare)) for line in names):
        return Match.NAME_BEGINS
    if any(line.startswith((whole, bare)) for line in others):
        return Match.LINE_BEGINS
    if any(bare in line for line in names):
        return Match.IN_NAME
    return Match.IN_LINE if any(bare in line for line in others) else Match.WORDS


def rank(query: Query, candidates: Collection[Candidate]) -> list[tuple[Match, Candidate]]:
    """Return customers by how well they match; among equals current ones and shorter names go first."""

    def order(pair: tuple[Match, Candidate]) -> tuple[Any, ...]:
        match, candidate = pair
        name = candidate.text.lstrip().partition("\n")[0]
        return match, candidate.is_removed, len(name), name, candidate.pk

    return sorted(((match_of(query, candidate.text), candidate) for candidate in candidates), key=order)


def _standing(hit: Hit) -> tuple[Match, bool]:
    return hit.match, bool(hit.customer and hit.customer.removed_at)


def _candidates(query: Query, own: Q) -> tuple[list[Candidate], bool]:
    """Return the customers to rank, and whether there are more of them; ``own`` finds more than their text does."""
    parts = [
        Customer.objects.filter(condition).values_list("pk", "search_text", "removed_at")[: MOST_CANDIDATES + 1]
        for condition in (is_exactly(query), begins_with(query), matches(query), own)
    ]
    rows = list(parts[0].union(*parts[1:], all=True))
    found = {pk: Candidate(pk, text, removed_at is not None) for pk, text, removed_at in rows}
    return list(found.values()), len(found) > MOST_CANDIDATES


def _found_by(query: Query, customer: Any) -> tuple[str, str]:
    """Return the field that holds what was typed, and what it holds; nothing where its name or domain do."""
    seen = search_key(customer.company_name) + "\n" + search_key(customer.domain)
    missing = [word for word in query.words if word not in seen]
    if not missing or any(host == search_key(customer.domain) for host in query.hosts):
        return "", ""
    held = {name: (search_key(str(getattr(customer, name))), str(getattr(customer, name))) for name in _FIELDS}
    held |= {name: (phone_key(getattr(customer, name)), getattr(customer, name)) for name in _PHONES}
    for name, (key, value) in held.items():
        if any(word in key for word in missing):
            return name, value
    own = [("tag", name) for name in customer.tag_names] + [("owner", customer.owner_name or "")]
    return next(((of, value) for of, value in own if search_key(value) == query.whole), ("", ""))


def _subscriptions(query: Query) -> list[Hit]:
    """Return the subscription of a number."""
    if not query.number or query.number.startswith("0") or len(query.number) > MOST_DIGITS:
        return []
    wanted = Q(subscription_id=int(query.number), customer__removed_at=None)
    rows = Subscription.objects.current().filter(wanted).select_related("customer")[:MOST_SHOWN]
    return [
        Hit(f"{row.customer.get_absolute_url()}#subscription-{row.subscription_id}", Match.EXACT, row.customer, row)
        for row in rows
    ]


def _requests(query: Query, by: User) -> list[Hit]:
    """Return the request of a number: OP-2611-0054, or OP-54 for short."""
    found = _REQUEST.fullmatch(query.whole)
    if not found or not by.has_perm("operations.view_operation"):
        return []
    table = _NUMBERED[found[1] or found[4]]
    rows = table.objects if table is Import else visible_to(table, by)
    row = rows.filter(pk=int(found[3] or found[5])).first()
    if row is None or (found[1] and search_key(row.ref) != query.whole):
        return []
    return [Hit(row.get_absolute_url(), Match.EXACT, request=row)]
