"""What each row of a file asks for, and where its cells stand. A file may mix requests by the column “Request”."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from portal.bulk.columns import CUSTOMER, NOTE, REQUEST, Places, kind_called, kind_named, kinds, places
from portal.core.parsing import Unclear
from portal.core.tables.parsers import BadFile
from portal.operations.commands import Command


class Sheet:
    """
    The table of a file.

    Args:
        header: its first line.
        kind: what rows ask for that do not say it themselves; empty if each has to.
    """

    def __init__(self, header: Sequence[str], kind: str) -> None:
        self.header = header
        self.kind = kind
        self._places: dict[str, Places | BadFile] = {}
        self._loose: dict[str, Mapping[str, int]] = {}
        self._asked: dict[str, Command[Any] | Unclear] = {}

    @cached_property
    def _own(self) -> Command[Any] | None:
        return kind_called(self.kind)

    @cached_property
    def is_mixed(self) -> bool:
        """Whether its rows say what they ask for."""
        return self._request_place is not None

    @cached_property
    def _request_place(self) -> int | None:
        return self.loose_places(None).get(REQUEST)

    def command_of(self, cells: Sequence[str]) -> Command[Any] | None:
        """
        Return what a row asks for; None if it says nothing, and its file neither.

        Raises:
            Unclear: it names nothing that there is.
        """
        text = "" if self._request_place is None else cell(cells, self._request_place)
        if not text:
            return self._own
        if text not in self._asked:
            try:
                self._asked[text] = kind_named(text)
            except Unclear as fault:
                self._asked[text] = fault
        found = self._asked[text]
        if isinstance(found, Unclear):
            raise found
        return found

    def places_of(self, command: Command[Any]) -> Places:
        """
        Return where the columns of a request stand.

        Raises:
            BadFile: the header lacks one, or has one twice.
        """
        if command.kind not in self._places:
            try:
                self._places[command.kind] = places(command, self.header)
            except BadFile as fault:
                self._places[command.kind] = fault
        found = self._places[command.kind]
        if isinstance(found, BadFile):
            raise found
        return found

    def loose_places(self, command: Command[Any] | None) -> Mapping[str, int]:
        """Return where columns of a request stand, as far as there are any; of none, the one that names the request."""
        kind = command.kind if command else ""
        if kind not in self._loose:
            at = places(command or next(iter(kinds())), self.header, strict=False).at
            self._loose[kind] = {name: place for name, place in at.items() if command or name == REQUEST}
        return self._loose[kind]

    @cached_property
    def _columns(self) -> list[set[str]]:
        """What each header names in any request."""
        names: list[set[str]] = [set() for _head in self.header]
        for command in kinds():
            about = {CUSTOMER, NOTE, REQUEST, *command.ids}
            for name, place in self.loose_places(command).items():
                names[place].add("" if name in about else name)
        return names

    def asks_for_nothing(self, cells: Sequence[str], command: Command[Any] | None) -> bool:
        """
        Return whether a row of a mixed file only names somebody.

        Partnerdesk's own download holds such rows until somebody fills them in. Where a request has no fields, its name
        in the row is what asks for it.
        """
        if not self.is_mixed or (command is not None and command.has_no_fields and self._names_a_request(cells)):
            return False
        return not any(cell(cells, place) and names - {""} for place, names in enumerate(self._columns))

    def _names_a_request(self, cells: Sequence[str]) -> bool:
        return self._request_place is not None and bool(cell(cells, self._request_place))

    def misplaced(self, cells: Sequence[str], command: Command[Any]) -> list[str]:
        """Return the headers of filled cells that belong to other requests than that of the row."""
        own = set(self.places_of(command).at.values())
        return [
            self.header[place]
            for place, names in enumerate(self._columns)
            if place not in own and cell(cells, place) and names - {""}
        ]

    def ignored(self, asked: Sequence[Command[Any]]) -> list[str]:
        """
        Return the headers that no row uses.

        Args:
            asked: what the rows ask for.
        """
        if not self.is_mixed:
            return [head for command in asked for head in self.places_of(command).unknown]
        probe = next(iter(kinds()))
        unknown = places(probe, self.header, strict=False).unknown
        nameless = {head or f"#{place + 1}" for place, head in enumerate(self.header) if not self._columns[place]}
        return [head for head in unknown if head in nameless]


def cell(cells: Sequence[str], place: int) -> str:
    """Return a cell of a row; a column that was added later is empty in the rows before."""
    return cells[place] if place < len(cells) else ""
