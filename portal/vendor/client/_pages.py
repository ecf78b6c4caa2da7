"""Paged listings: one page, and all pages in order without looping."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ._errors import NoClearAnswer
from ._reading import MalformedRecord

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """
    One page of a listing.

    Attributes:
        items: the readable records, in LINE WORKS's order, which isn't guaranteed.
        malformed: records of this page that can't be read.
        next_cursor: what to ask for the next page with; None on the last page.
        raw: the whole answer as it came. Treat it as read-only.

    Vendor page: pagination
    """

    items: list[T]
    malformed: list[MalformedRecord]
    next_cursor: str | None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_last(self) -> bool:
        """Whether the listing ends with this page."""
        return self.next_cursor is None


def all_pages(operation: str, fetch: Callable[[str | None], Page[T]]) -> Iterator[Page[T]]:
    """
    Fetch page after page, from the first to the last.

    The iterator ends by itself only after the last page arrived; in every other case it raises. So a loop
    that ran to its end has seen the whole listing. One record may stand on two pages: de-duplicating is the
    caller's part.

    Args:
        operation: LINE WORKS's operationId, for errors.
        fetch: gets the page for a cursor, None for the first page.

    Raises:
        NoClearAnswer: LINE WORKS gave a cursor that it had given before, so the listing would never end.
        PartnerApiError: whatever `fetch` raises; pages already handed out stay valid, the listing isn't
            whole.
    """
    seen: set[str] = set()
    cursor: str | None = None
    while True:
        page = fetch(cursor)
        yield page
        if page.next_cursor is None:
            return
        if page.next_cursor in seen:
            raise NoClearAnswer(
                operation, f"LINE WORKS repeated a cursor after {len(seen) + 1} pages; the listing never ends"
            )
        seen.add(page.next_cursor)
        cursor = page.next_cursor
