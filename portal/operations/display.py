"""
What a request says of itself, kept as data and worded when it is shown.

It is written when the request is made and each time something is verified, see ``portal.operations.recording``. Pages
read it and never ask the code of the day about an old request: a kind, a resource or a field that is gone is still
shown. Nothing here raises, whatever was kept: what is not known is shown as it stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.field_labels import fields_of
from portal.core.labels import listed
from portal.core.stored_text import of_language
from portal.operations.commands import COMMANDS
from portal.operations.models import Bundle, Operation

# What a reading says about a fact, by the name that is kept.
FINDINGS: Final[Mapping[str, str | Promise]] = {
    "as expected": _("As requested"),
    "same": _("Unchanged"),
    "not as assumed": _("Differs from the estimate"),
    "as before": _("Not changed yet"),
    "moved": _("Changed by something else"),
}


@dataclass(frozen=True)
class Fact:
    """One fact, laid side by side; see ``portal.operations.comparison.Evidence``."""

    label: str
    before: str
    expected: str
    after: str
    finding: str
    changes: bool
    is_estimated: bool

    @property
    def figures(self) -> tuple[str, str, str]:
        """What of it changes: before, afterwards, and the words around that stay."""
        return what_differs(self.before, self.expected)

    @property
    def tells(self) -> str:
        """What the reading says about it; a finding that is not known says its name."""
        return finding_in_words(self.finding)


@dataclass(frozen=True)
class Display:
    """
    A request in the language of its reader.

    Args:
        title: what kind of change it is.
        summary: what was asked for, in one line.
        outcome: which of several things was done; empty where LINE WORKS had no choice.
        facts: the readings side by side.
        is_read_back: whether there is anything to read for it.
        is_kept: whether it was written with the request; the other is made of the bare request.
    """

    title: str
    summary: str
    outcome: str = ""
    facts: Sequence[Fact] = ()
    is_read_back: bool = True
    is_kept: bool = True


def display_of(operation: Operation) -> Display:
    """Return how an operation is shown."""
    kept = _mapping(operation.display)
    return Display(
        title=_text(kept.get("title")) or title_of(operation.kind),
        summary=_text(kept.get("summary")) or parameters_of(operation.request),
        outcome=_text(kept.get("outcome")),
        facts=facts_from(kept),
        is_read_back=bool(kept.get("is_read_back", operation.baseline)),
        is_kept=bool(kept),
    )


def display_of_steps(bundle: Bundle) -> Mapping[int, Display]:
    """Return how the steps of a bundle are shown, by their numbers; those of which nothing was kept are left out."""
    kept = _mapping(bundle.display).get("steps")
    steps = kept if isinstance(kept, list) else []
    return {
        number: Display(_text(step.get("title")), _text(step.get("summary")))
        for number, step in enumerate(map(_mapping, steps), start=1)
    }


def facts_from(display: Any) -> list[Fact]:
    """Return the facts of what was kept of an operation or a bundle."""
    kept = _mapping(display).get("facts")
    return [_fact(_mapping(each)) for each in kept] if isinstance(kept, list) else []


def title_of(kind: str) -> str:
    """Return what people call a kind of change; one that is no longer offered by its name."""
    return str(COMMANDS[kind].title) if kind in COMMANDS else kind


def parameters_of(request: Any) -> str:
    """Return what is asked for in one line, a field and its value after the other."""
    return listed(f"{field.label} {field.text}" for field in fields_of(_mapping(request)).values())


def what_differs(before: str, after: str) -> tuple[str, str, str]:
    """Return what of two lists differs, each listed in turn, and what both have in common; see ``labels.listed``."""
    comma = gettext(", ")
    old, new = before.split(comma), after.split(comma)
    common = [part for part in new if part in old]
    rest = [[part for part in parts if part not in common] for parts in (old, new)]
    if not all(rest):
        return before, after, ""
    return comma.join(rest[0]), comma.join(rest[1]), comma.join(common)


def finding_in_words(finding: str) -> str:
    """Return what a reading says about a fact; a finding that is not known by its name."""
    return str(FINDINGS.get(finding, finding))


def _fact(kept: Mapping[str, Any]) -> Fact:
    return Fact(
        label=_text(kept.get("label")) or str(kept.get("key", "")),
        before=_text(kept.get("before")),
        expected=_text(kept.get("expected")),
        after=_text(kept.get("after")),
        finding=str(kept.get("finding", "")),
        changes=bool(kept.get("changes")),
        is_estimated=bool(kept.get("is_estimated")),
    )


def _text(kept: Any) -> str:
    """Return a text that was kept in each language in that of the reader."""
    return str(of_language(kept)) if isinstance(kept, (str, Mapping)) else ""


def _mapping(kept: Any) -> Mapping[str, Any]:
    return kept if isinstance(kept, Mapping) else {}
