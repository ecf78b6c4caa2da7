"""
Types of rules.

A rule has an id, a sentence and the LINE WORKS page that states it. A rule function is pure: it takes a cached or
freshly read state, a payload and today, and returns a verdict of problems (why not) and consequences (effects). Forms,
reviews, the check before sending and bulk requests all ask the same function.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Self

from django.utils.formats import date_format
from django.utils.functional import Promise

from portal.core.field_labels import label_of, text_of
from portal.core.labels import listed, word_for
from portal.core.stored_text import in_each_language, of_language
from portal.core.untrusted_text import isolated

DEVELOPER_PAGES = "https://developers.worksmobile.com/jp/docs/"


@dataclass(frozen=True)
class Code:
    """A vendor code within a sentence, shown in people's words."""

    kind: str
    code: str


@dataclass(frozen=True)
class Codes:
    """Several vendor codes of one kind within a sentence, listed in people's words."""

    kind: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Fields:
    """The names of several fields of a record within a sentence, by their paths, listed in people's words."""

    paths: tuple[str, ...]


@dataclass(frozen=True)
class FieldValue:
    """What stands in a field of a record within a sentence; `value` is as in the JSON of LINE WORKS."""

    path: str
    value: Any


Value = str | int | date | Code | Codes | Fields | FieldValue


@dataclass(frozen=True)
class Rule:
    """
    One rule of LINE WORKS.

    Args:
        id: short and stable, for example ``sub.preorder.window``.
        sentence: for people, translatable, with ``%(name)s`` for what differs from case to case.
        page: LINE WORKS page that states it.
        ours: no page states it; it is our reading, and pages say so.
        is_penalty: it says that LINE WORKS charges a penalty, or may; the person who submits has to accept that.
    """

    id: str
    sentence: str | Promise
    page: str
    ours: bool = False
    is_penalty: bool = False

    @property
    def url(self) -> str:
        """The address of LINE WORKS page."""
        return DEVELOPER_PAGES + self.page


class Rulebook:
    """All rules by id, so that a stored finding can be shown again in any language."""

    def __init__(self) -> None:
        self._rules: dict[str, Rule] = {}

    def add(self, rule: Rule) -> Rule:
        """Enter a rule; ids are unique."""
        if rule.id in self._rules:
            raise ValueError(f"two rules are called {rule.id}")
        self._rules[rule.id] = rule
        return rule

    def __getitem__(self, rule_id: str) -> Rule:
        return self._rules[rule_id]

    def get(self, stored: Mapping[str, Any]) -> Rule:
        """Return the rule of a stored finding; one that was given up since speaks with the words of then."""
        rule_id = str(stored.get("rule", ""))
        return self._rules.get(rule_id) or Rule(rule_id, words_of(stored).replace("%", "%%"), page="")

    def __iter__(self) -> Iterator[Rule]:
        return iter(sorted(self._rules.values(), key=lambda rule: rule.id))


RULEBOOK = Rulebook()


def words_of(stored: Mapping[str, Any]) -> str:
    """Return the words of then of a stored finding, in the reader's language; its id if it has none."""
    return str(of_language(stored.get("words") or str(stored.get("rule", ""))))


class Weight(StrEnum):
    """How much a consequence matters; pages show the worst first and the way back last."""

    LOSS = "loss"
    CARE = "care"
    NOTE = "note"
    UNDO = "undo"


@dataclass(frozen=True)
class Finding:
    """A rule together with the figures of one case."""

    rule: Rule
    values: Mapping[str, Value] = field(default_factory=dict)
    # As it was said when it was kept, for a rule that has changed since and says something else, or nothing.
    words: str = field(default="", compare=False, kw_only=True)

    def __str__(self) -> str:
        try:
            return str(self.rule.sentence) % {name: _in_words(value) for name, value in self.values.items()}
        except (KeyError, TypeError, ValueError):
            if not self.words:
                raise
            return self.words

    def to_json(self) -> dict[str, Any]:
        """Return the form in which an operation keeps it, with its words should the rule be given up one day."""
        return {
            "rule": self.rule.id,
            "values": {name: _stored(value) for name, value in self.values.items()},
            "words": in_each_language(lambda: str(self)),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` wrote."""
        kept = stored.get("values")
        values = {name: _restored(value) for name, value in kept.items()} if isinstance(kept, Mapping) else {}
        return cls(RULEBOOK.get(stored), values, words=words_of(stored))


@dataclass(frozen=True)
class Problem(Finding):
    """What stands against a request, and at which field."""

    at: str = ""


@dataclass(frozen=True)
class Consequence(Finding):
    """An effect of a request."""

    weight: Weight = Weight.NOTE

    def to_json(self) -> dict[str, Any]:
        """Return the form in which an operation keeps it."""
        return {**super().to_json(), "weight": self.weight}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` wrote."""
        weight = stored.get("weight")
        return replace(super().from_json(stored), weight=Weight(weight) if weight in set(Weight) else Weight.NOTE)


@dataclass(frozen=True)
class Verdict:
    """What the rules say of a request."""

    problems: tuple[Problem, ...] = ()
    consequences: tuple[Consequence, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether nothing stands against it."""
        return not self.problems

    def worst_first(self) -> list[Consequence]:
        """Return the consequences in the order in which people should read them."""
        order = list(Weight)
        return sorted(self.consequences, key=lambda consequence: order.index(consequence.weight))


def _in_words(value: Value) -> str:
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, Code):
        return word_for(value.kind, value.code)
    if isinstance(value, Codes):
        return listed(word_for(value.kind, code) for code in value.codes)
    if isinstance(value, Fields):
        return listed(label_of(path) for path in value.paths)
    if isinstance(value, FieldValue):
        return text_of(value.path, value.value)
    return f"{value:,}" if isinstance(value, int) else isolated(value)


def _stored(value: Value) -> Any:
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Code):
        return {"code": value.code, "kind": value.kind}
    if isinstance(value, Codes):
        return {"codes": list(value.codes), "kind": value.kind}
    if isinstance(value, Fields):
        return {"fields": list(value.paths)}
    if isinstance(value, FieldValue):
        return {"field": value.path, "value": value.value}
    return value


def _restored(stored: Any) -> Value:
    """Return a value that ``_stored`` left; one that another version has left in its own form as it stands."""
    try:
        return _understood(stored)
    except (KeyError, TypeError, ValueError):
        return str(stored)


def _understood(stored: Any) -> Value:
    if isinstance(stored, dict) and "codes" in stored:
        return Codes(stored["kind"], tuple(stored["codes"]))
    if isinstance(stored, dict) and "fields" in stored:
        return Fields(tuple(stored["fields"]))
    if isinstance(stored, dict) and "field" in stored:
        return FieldValue(stored["field"], stored["value"])
    if isinstance(stored, dict) and "code" in stored:
        return Code(stored["kind"], stored["code"])
    if isinstance(stored, dict) and "date" in stored:
        return date.fromisoformat(stored["date"])
    return stored if isinstance(stored, (str, int)) else str(stored)
