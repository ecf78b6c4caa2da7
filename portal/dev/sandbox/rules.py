"""
The rules of LINE WORKS that the sandbox enforces, each with an id, a sentence, its pages and whether they state it.

`python -m portal.dev.sandbox.rules` prints them as the page docs/rules.md. Ids are those of our own rules where
both state the same thing; the sandbox states it a second time on purpose, so that each checks the other.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .errors import Refusal


class Source(StrEnum):
    """How well a rule is founded."""

    DOCUMENTED = "documented"
    DEPRECATED = "documented for the deprecated API only"
    DEDUCED = "deduced"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `pages` are the slugs of the vendor's pages that state it or that it was deduced from."""

    id: str
    words: str
    pages: tuple[str, ...]
    source: Source

    def broken(self, code: str, description: str, *, status: int = 400) -> Refusal:
        """Make the refusal of a request that breaks this rule; which code fits is documented for no rule."""
        return Refusal(status, code, description, rule=self.id)


_RULES: dict[str, Rule] = {}


def rule(rule_id: str, words: str, *pages: str, source: Source = Source.DOCUMENTED) -> Rule:
    """Enter a rule; ids are unique."""
    if rule_id in _RULES:
        raise ValueError(f"two rules are called {rule_id}")
    _RULES[rule_id] = Rule(rule_id, words, pages, source)
    return _RULES[rule_id]


def all_rules() -> Iterator[Rule]:
    """Give every rule in the order of the ids."""
    # Rules stand beside the operations that they are about; importing those enters them.
    from . import runtime  # noqa: F401  only for the rules that it brings

    return iter(sorted(_RULES.values(), key=lambda rule: rule.id))


def page() -> str:
    """Write the page docs/rules.md."""
    lines = [
        "# The rules of LINE WORKS",
        "",
        "Made by `python -m portal.dev.sandbox.rules > docs/rules.md`. What the sandbox enforces, each with a test",
        "that keeps to it and one that breaks it. *Deduced* means that no page seen states it.",
        "",
        "| id | rule | page of LINE WORKS | source |",
        "| --- | --- | --- | --- |",
        *(f"| `{rule.id}` | {rule.words} | {', '.join(rule.pages)} | {rule.source} |" for rule in all_rules()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    # Run as a program, this module is another one than that which the operations enter their rules into.
    from portal.dev.sandbox.rules import page as page_of_all

    sys.stdout.write(page_of_all())
