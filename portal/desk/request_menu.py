"""The request menu of a customer: what can be requested, by what people want to do, and why the rest cannot."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.utils.formats import date_format
from django.utils.functional import Promise

from portal.core.catalogue import family_of
from portal.operations.commands import CommandLink
from portal.operations.intents import CHANGE_PLAN, COLUMNS, INTENT_LABELS, PLAN_CHANGES, Intent


@dataclass(frozen=True)
class Entry:
    """One command of the menu with what it can be about; one target is a link, several fold out."""

    links: Sequence[CommandLink]
    named: str | Promise = ""

    @property
    def first(self) -> CommandLink:
        """The link, where there is one target alone."""
        return self.links[0]

    @property
    def title(self) -> str | Promise:
        """A verb with its object."""
        return self.named or self.first.command.title

    @property
    def subject(self) -> str | Promise:
        """What it is about, with its present value; a sentence where it is the customer itself."""
        return self.first.target.words or self.first.description

    @property
    def reason(self) -> str:
        """Why it cannot be requested."""
        return self.first.reasons[0]


@dataclass(frozen=True)
class Group:
    """One group of the menu."""

    label: str | Promise
    entries: list[Entry] = field(default_factory=list)
    blocked: list[Entry] = field(default_factory=list)


def menu_of(found: Mapping[str, Sequence[CommandLink]]) -> list[list[Group]]:
    """
    Return the columns of the menu.

    Args:
        found: all commands of a customer by place, as ``customers.views.requests.command_links`` returns them.
    """
    by_kind: dict[str, list[CommandLink]] = {}
    for links in found.values():
        for link in links:
            by_kind.setdefault(link.command.kind, []).append(link)
    groups = {intent: Group(INTENT_LABELS[intent]) for intent in Intent}
    if changes := list(_plan_changes(by_kind)):
        groups[Intent.PLAN].entries.append(Entry(changes, CHANGE_PLAN))
    for links in by_kind.values():
        group = groups[links[0].command.intent]
        possible = [link for link in links if not link.reasons]
        if possible:
            group.entries.append(Entry(possible))
        else:
            group.blocked.append(Entry(links))
    return [list(_filled(groups[intent] for intent in column)) for column in COLUMNS]


def _plan_changes(by_kind: Mapping[str, Sequence[CommandLink]]) -> Iterable[CommandLink]:
    """Return by what the plan of each subscription can change now, and when it does then."""
    for kind, (query, what) in PLAN_CHANGES.items():
        for link in by_kind.get(kind, ()):
            running = link.target.record
            if link.reasons or (query and not (running.plan_end_date and family_of(running.product_id))):
                continue
            date = date_format(running.plan_end_date + timedelta(days=1)) if query else ""
            words = f"{link.target.words}: {what % {'date': date} if query else what}"
            yield replace(link, address=link.address + query, target=replace(link.target, words=words))


def _filled(groups: Iterable[Group]) -> Iterable[Group]:
    return (group for group in groups if group.entries or group.blocked)
