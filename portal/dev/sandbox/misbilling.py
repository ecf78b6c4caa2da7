"""Lines of an invoice that are wrong on purpose: what was used stays as it was metered, and another line is billed."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .inferred import AMOUNT_MEMBER
from .state import State, to_json

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Edit:
    """
    What is done to a line.

    Attributes:
        about: the members by which the line is found.
        what: `drop`, `double`, `add` or `replace`.
        line: the members that are replaced, or by how many yen the line is more.
    """

    about: Record
    what: str
    line: Record


def add_error(state: State, month: str, domain_id: int, edit: Edit) -> None:
    """Have a line of a customer be billed wrong; part of the caller's transaction."""
    state.db.execute(
        "INSERT INTO misbillings (domain_id, month, about, what, line) VALUES (?, ?, ?, ?, ?)",
        (domain_id, month, to_json(edit.about), edit.what, to_json(edit.line)),
    )


def misbilled(state: State, month: str, domain_id: int, lines: Iterable[Record]) -> Iterator[Record]:
    """Pass on a customer's lines of use, with what is wrong about them."""
    rows = state.db.execute(
        "SELECT about, what, line FROM misbillings WHERE month = ? AND domain_id = ? ORDER BY id", (month, domain_id)
    )
    edits = [Edit(json.loads(about), what, json.loads(line)) for about, what, line in rows]
    for line in lines:
        edit = next((each for each in edits if each.about.items() <= line.items()), None)
        if edit is None:
            yield line
            continue
        edits.remove(edit)
        yield from _edited(edit, line)


def _edited(edit: Edit, line: Record) -> Iterator[Record]:
    match edit.what:
        case "drop":
            return
        case "double":
            yield line
            yield line
        case "add":
            yield {**line, AMOUNT_MEMBER: line[AMOUNT_MEMBER] + edit.line["yen"]}
        case _:
            yield {**line, **edit.line}
