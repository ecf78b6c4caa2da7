"""Helpers for declaring resources: answers from listings, reading by parts, rows of customers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

from django.db import models

from portal.sync.models import VendorRow
from portal.sync.resources import Answer, Change, Target
from portal.sync.retry import patiently
from portal.sync.upsert import merge
from portal.vendor.client import Listing, MalformedRecord, NoClearAnswer, Record, Refused

R = TypeVar("R", bound=Record)
Row = TypeVar("Row", bound=VendorRow)

# Refusals that speak of the one part that was asked for; any other would meet the next part too.
_ABOUT_THE_PART = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
# What a read hangs on. When LINE WORKS misses one of these, it does not say that there is nothing to read.
_HUNG_ON = frozenset({"CUSTOMER", "DOMAIN", "TENANT", "SUBSCRIPTION", "OPTION_PRODUCT"})
_NONE = "NOT_FOUND"
_SUCCESSES = range(200, 300)


def answer_of(listing: Listing[R], key: Callable[[R], object]) -> Answer:
    """
    Return with the records of a listing that is not paged.

    Args:
        listing: as the client read it.
        key: tells its records apart. Of two that are alike in it but differ otherwise, the first is kept and the other
            is reported, rather than lost without a word.
    """
    kept, repeated = distinct(listing, key)
    return Answer(kept, [*map(sentence, listing.malformed), *repeated])


def distinct(records: Iterable[R], key: Callable[[R], object]) -> tuple[list[R], list[str]]:
    """Return records of which no two have the same key, and a sentence for each left out that says something else."""
    kept: dict[object, R] = {}
    repeated = []
    for record in records:
        first = kept.setdefault(key(record), record)
        if first.raw != record.raw:
            repeated.append(f"{type(record).__name__}: {key(record)} is listed twice, with different contents")
    return list(kept.values()), repeated


def sentence(malformed: MalformedRecord) -> str:
    """Return what is wrong with a record that could not be read."""
    return f"{malformed.record}.{malformed.field}: {malformed.why}"


def none_if_missing(ask: Callable[[], R]) -> R | None:
    """
    Read one record, or none where LINE WORKS says that there is none.

    The pages name no code for it. Ours: 404 with one of the two common codes, NOT_FOUND and {RESOURCE}_NOT_EXIST,
    unless the resource is one that the record hangs on. A 404 without such a code may come from anywhere.

    Raises:
        PartnerApiError: as ``ask``, for everything else.
    """
    try:
        return ask()
    except Refused as refusal:
        says_none = refusal.code == _NONE or (refusal.code.endswith("_NOT_EXIST") and refusal.resource not in _HUNG_ON)
        if refusal.status == HTTPStatus.NOT_FOUND and says_none:
            return None
        raise


def read_parts(target: Target, get: Callable[[Any], R]) -> Answer:
    """
    Read a customer's records one by one, each by its part.

    A part that cannot be read, or that LINE WORKS does not know any more, is reported and costs the others nothing;
    when all of them go wrong, nothing was read.

    Args:
        target: the customer, with its parts.
        get: reads the record of a part; a part may have none.

    Raises:
        PartnerApiError: for what is no matter of one part.
    """
    records, parts, problems = [], [], []
    failure: Refused | NoClearAnswer | None = None
    for part in target.parts:
        try:
            record = patiently(partial(none_if_missing, partial(get, part)))
        except (Refused, NoClearAnswer) as error:
            if not _is_about_the_part(error):
                raise
            failure = error
            problems.append(f"{part}: {error}")
        else:
            if record is not None:
                records.append(record)
                parts.append(part)
    if failure and len(problems) == len(target.parts):
        raise failure
    return Answer(records, problems, parts=parts)


def _is_about_the_part(error: Refused | NoClearAnswer) -> bool:
    """An answer of success that makes no sense is a malformed record; one of failure is LINE WORKS's trouble."""
    if isinstance(error, NoClearAnswer):
        return error.status in _SUCCESSES
    return error.status in _ABOUT_THE_PART


def records_in(answers: Mapping[int, Answer], kind: type[R]) -> Iterator[tuple[int, R]]:
    """Return all records of some customers, each with its customer."""
    for domain_id, answer in answers.items():
        for record in answer.records:
            if isinstance(record, kind):
                yield domain_id, record


def merge_of_customers(
    model: type[Row],
    rows: Sequence[Row],
    answers: Mapping[int, Answer],
    read_at: datetime,
    *,
    key: Sequence[str] = (),
    among: Mapping[str, Any] | None = None,
) -> list[Change]:
    """
    Bring the rows of some customers to what LINE WORKS says now.

    Args:
        model: a cache table with a ``customer``.
        rows: one for each record that was read; unsaved.
        answers: what was read, by customer.
        read_at: when LINE WORKS was asked.
        key: the columns that tell the rows of a customer apart; none where it has one row.
        among: which rows of the customers the answers speak of, where not of all.

    Returns:
        The rows that were added, changed or marked gone.
    """
    return merge(
        model,
        rows,
        key=("customer_id", *key),
        among={"customer_id__in": list(answers), **(among or {})},
        complete_for={domain_id for domain_id, answer in answers.items() if answer.is_complete},
        owner="customer_id",
        read_at=read_at,
    )


def records_of(kind: type[R], rows: models.QuerySet[Row]) -> list[R]:
    """Return LINE WORKS's records that some rows were made from."""
    return [kind.from_vendor(raw) for raw in rows.values_list("raw", flat=True)]


def period_of(answers: Mapping[int, Answer]) -> str:
    """Return the period of answers, which all have the same."""
    return next(iter(answers.values())).period
