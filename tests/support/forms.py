"""Reads the form of a page and fills it in: with what it holds already, else with the first that can be chosen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

SKIPPED = ("csrfmiddlewaretoken", "language", "next")
NUMBERS = "number"


@dataclass
class Field:
    """
    One field of a form.

    Args:
        kind: the type of its input, or ``select`` or ``textarea``.
        values: what can be chosen or stands there, in order.
        chosen: which of them are.
    """

    kind: str
    values: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    least: str = ""
    needs: tuple[str, list[str]] | None = None


class FormReader(HTMLParser):
    """The fields of the form in the main part of a page that is posted to the page itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, Field] = {}
        self.is_there = False
        self._within = False
        self._select = ""
        self._needs: list[tuple[str, list[str]] | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a field in."""
        known = {name: value or "" for name, value in attrs}
        if tag == "form" and known.get("method", "").lower() == "post" and "action" not in known:
            self._within = self.is_there = True
        if not self._within:
            return
        if tag == "div":
            needs = (known["data-needs"], known["data-values"].split()) if "data-needs" in known else None
            self._needs.append(needs or (self._needs[-1] if self._needs else None))
        name = known.get("name", "")
        if tag == "select":
            self._select = name
            self._field(name, "select")
        elif tag == "option":
            self._take(self._field(self._select, "select"), known["value"], is_chosen="selected" in known)
        elif tag == "textarea":
            self._field(name, "textarea")
        elif tag == "input" and name not in SKIPPED:
            self._input(name, known)

    def handle_endtag(self, tag: str) -> None:
        """Leave a form or a part of it."""
        if tag == "form":
            self._within = False
        elif tag == "div" and self._within and self._needs:
            self._needs.pop()

    def filled_in(self, typed: Mapping[str, str]) -> dict[str, str | list[str]]:
        """
        Return what a browser would post.

        Args:
            typed: what is typed or chosen instead, by field.
        """
        posted: dict[str, str | list[str]] = {}
        for name, each in self.fields.items():
            if each.needs and posted.get(each.needs[0]) not in each.needs[1]:
                continue
            if name in typed:
                posted[name] = typed[name]
            elif each.kind == "checkbox":
                posted |= {name: each.chosen} if each.chosen else {}
            elif each.kind in ("radio", "select"):
                options = [value for value in (*each.chosen, *each.values) if value]
                posted |= {name: options[0]} if options else {}
            else:
                posted[name] = next(filter(None, each.chosen), each.least if each.kind in ("number", "date") else "")
        return posted

    def as_opened(self) -> dict[str, str | list[str]]:
        """Return what a browser would post if nobody touched the form."""
        return {
            name: each.chosen if each.kind == "checkbox" else next(filter(None, each.chosen), "")
            for name, each in self.fields.items()
            if each.chosen
        }

    def _input(self, name: str, known: Mapping[str, str]) -> None:
        kind = known.get("type", "text")
        found = self._field(name, kind)
        found.least = found.least or known.get("min", "1" if kind == NUMBERS else "")
        ticked = kind in ("radio", "checkbox")
        self._take(found, known.get("value", "on" if ticked else ""), is_chosen=not ticked or "checked" in known)

    def _field(self, name: str, kind: str) -> Field:
        return self.fields.setdefault(name, Field(kind, needs=self._needs[-1] if self._needs else None))

    @staticmethod
    def _take(found: Field, value: str, *, is_chosen: bool) -> None:
        found.values.append(value)
        if is_chosen:
            found.chosen.append(value)
