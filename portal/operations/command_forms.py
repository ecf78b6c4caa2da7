"""
Base class of the forms of commands.

A form checks types and shows what is legal in the state: only legal days and existing things can be chosen. The rules
decide whether the request is allowed; their problems are shown at the fields they are about.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from django import forms
from django.forms import BoundField
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from pydantic import BaseModel

from portal.core import parsing
from portal.core.month_grid import Day, first_of_next_month
from portal.core.rules import Verdict
from portal.core.untrusted_text import SeenTextForm
from portal.operations.quick_picks import QuickPick, quick_picks
from portal.operations.snapshots import Snapshot

Value = TypeVar("Value")

# Longer windows are asked for by a plain date field: nobody looks for a day through a dozen months.
MOST_DAYS_IN_A_GRID = 92


@dataclass(frozen=True)
class CommandTarget:
    """
    What a command is about.

    Args:
        ids: what names it below the customer, by the request's names; nothing for the customer itself.
        words: what people call it.
        record: LINE WORKS's record of it.
        row: the id of the row that offers it, where that is not all of its ids; as when one row offers several tasks.
        label: on its button, where the command's own label does not fit every target.
        description: what the command does here, in place of the command's own sentence.
    """

    ids: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""
    record: Any = None
    row: str = ""
    label: str | Promise = ""
    description: str | Promise = ""


@dataclass(frozen=True)
class Situation:
    """What a form is filled in about: the customer's state, what of it the command is about, and the business day."""

    state: Snapshot
    target: CommandTarget
    today: date
    domain_id: int = 0


@dataclass(frozen=True)
class Row:
    """One field of a form, shown only while another one holds one of some values, if it says so."""

    field: BoundField
    needs: str = ""
    values: str = ""


class BoundDay(BoundField):
    """A day in a form: the grid of days that can be picked, or the ends of a long window."""

    field: "DayField"

    @property
    def days(self) -> list[Day]:
        """Return every day of the months that the window touches, with the reason where one cannot be picked."""
        first, last = self.field.first, self.field.last
        if first is None or last is None or (last - first).days > MOST_DAYS_IN_A_GRID:
            return []
        start, end = first.replace(day=1), (last.replace(day=1) + timedelta(days=31)).replace(day=1)
        shown = [start + timedelta(days=number) for number in range((end - start).days)]
        chosen = str(self.value())
        free = {pick.date: str(pick.words) for pick in self.field.picks if pick.is_free}
        return [
            Day(
                day,
                reason=self.field.reason(day),
                chosen=day.isoformat() == chosen,
                tone="free" if day in free else "",
                note=free.get(day, ""),
            )
            for day in shown
        ]


class DayInput(forms.DateInput):
    """A day that is picked by a radio button, or typed into the field behind them, which has the same name."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """Return the picked day, else the typed one: the button for another day has no value of its own."""
        if isinstance(data, QueryDict):
            return next(filter(None, data.getlist(name)), None)
        return data.get(name)


class DayField(forms.DateField):
    """A day with the year in front. The form says within which window; the rules decide."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": parsing.A_DAY}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", DayInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**kwargs)
        self.first: date | None = None
        self.last: date | None = None
        self.picks: Sequence[QuickPick] = ()
        self._outside = ""
        self._reason: Callable[[date], str] = lambda _day: ""

    def to_python(self, value: Any) -> date | None:
        """
        Return the day.

        Raises:
            ValidationError: it is none.
        """
        if value in self.empty_values or isinstance(value, date):
            return value or None
        return _read(self, parsing.day, value)

    def allow(self, first: date, last: date, *, unless: Callable[[date], str] | None = None) -> None:
        """
        Say which days are legal.

        Args:
            first: the first of them.
            last: the last of them; before the first when there is none.
            unless: why a day within the window is not; empty if it is.
        """
        self.first, self.last = first, last
        # The same for every day of a grid.
        self._outside = _("Select a date from %(first)s to %(last)s") % {
            "first": date_format(first),
            "last": date_format(last),
        }
        self._reason = unless or self._reason
        self.widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}

    def suggest(
        self, today: date, *, end: date | None = None, free: date | None = None, best: date | None = None
    ) -> date | None:
        """
        Offer the days that people mostly want, and return the one to begin with.

        Args:
            today: the business day.
            end: the last day of the contract.
            free: the day on which no penalty applies, where a rule knows one.
            best: the day by which nothing is lost, where there is one without a penalty to speak of.

        Returns:
            The free day, else the best one, else the 1st of next month, else the first legal one; None if none is.
        """
        self.picks = quick_picks(today, self.reason, end=end, free=free)
        wanted = (free, best, first_of_next_month(today), self.first)
        return next((day for day in wanted if day and not self.reason(day)), None)

    def reason(self, day: date) -> str:
        """Return why a day cannot be picked; empty if it can."""
        if self.first and self.last and not self.first <= day <= self.last:
            return self._outside
        return self._reason(day)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundField:
        """Return the field with its grid."""
        return BoundDay(form, self, field_name)


class CommandForm(SeenTextForm):
    """
    What a change is asked with. Its fields are called as the request's.

    Attributes:
        needs: which field is asked for only while another one holds one of some values, by name.
        is_typed: a person gave every value, as in a file; no page began with any.
        keeps_the_rest: what is not given, as in a file with empty cells, stays as the customer has it. A page shows
            what the customer has in its fields, so there an empty field is a wish.
        empty_cells: what becomes of a field that a file leaves empty, where that is not plain.
    """

    keeps_the_rest: ClassVar[bool] = False
    empty_cells: ClassVar[str | Promise] = ""
    needs: Mapping[str, tuple[str, Collection[str]]] = MappingProxyType({})
    is_typed = False

    def __init__(self, *args: Any, situation: Situation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.situation = situation
        self.prepare()
        self._focus_the_only_field()

    def _focus_the_only_field(self) -> None:
        """With one field alone the cursor stands in it; after an error the summary has the focus."""
        shown = self.visible_fields()
        if len(shown) == 1 and not self.is_bound:
            shown[0].field.widget.attrs["autofocus"] = True

    def prepare(self) -> None:
        """Fit the fields to the situation: what can be chosen, which days are legal, what it begins with."""

    def begin_with(self, **values: Any) -> None:
        """Return what the fields hold at first, unless the address says otherwise."""
        self.initial = {**values, **self.initial}

    def clean(self) -> None:
        """
        Leave out what only the page put into fields that a choice does not ask for; refuse what cannot be given.

        Without its script a page shows all fields, and sends what it began them with. What somebody typed into them
        is a part of the wish, and the rules refuse it there.
        """
        super().clean()
        for name in self.base_fields.keys() - self.fields.keys():
            if self.data.get(name) not in (None, ""):
                label = self.base_fields[name].label
                self.add_error(None, _("“%(field)s” can’t be set here. Leave the field empty.") % {"field": label})
        if not self.is_typed:
            for name in [name for name in self.needs if not self._asks_for(name)]:
                if name not in self.changed_data:
                    self.cleaned_data.pop(name, None)
                    self.errors.pop(name, None)

    def _asks_for(self, name: str) -> bool:
        other, values = self.needs.get(name, ("", ()))
        if not other:
            return True
        return other in self.fields and self.cleaned_data.get(other) in values and self._asks_for(other)

    def wish(self) -> dict[str, Any]:
        """
        Return what is asked for, by the request's names; what was left empty is not asked for.

        Whatever was given is a part of it, even where another value makes it senseless: the rules say so.
        """
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}

    def becomes(self) -> tuple[str, Mapping[str, Any]] | None:
        """
        Return the kind of another command that the values come to, with its request; None if it is the form's own.

        LINE WORKS has another operation for a later day than for today. People ask for one thing; the day decides.
        """
        return None

    def why(self) -> str:
        """Say to which change of LINE WORKS the values lead, and why; empty where there is one alone."""
        return ""

    @classmethod
    def refill(cls, request: BaseModel) -> Mapping[str, Any]:
        """Return a wish by the names of the fields, for asking again; what is none of them is the address's."""
        return request.model_dump(mode="json", exclude_none=True)

    def secrets(self) -> Mapping[str, str]:
        """Return what must be kept encrypted, by its places in the request."""
        return {}

    def rows(self) -> Iterator[Row]:
        """Return the fields in the order in which they are shown."""
        for bound in self.visible_fields():
            needs, values = self.needs.get(bound.name, ("", ()))
            yield Row(bound, needs, " ".join(values))

    def show(self, verdict: Verdict) -> None:
        """Put each problem at the field it is about, or above the form."""
        for problem in verdict.problems:
            self.add_error(problem.at if problem.at in self.fields else None, str(problem))


def choices_of(codes: Sequence[str], words: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return codes as the choices of a field, in people's words where there are some."""
    return [(code, words.get(code, code)) for code in codes]


class LongSelect(forms.Select):
    """
    A list of hundreds to choose from.

    It comes out as Django's own, which draws each choice by a template: that takes longer than the rest of a page.
    """

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        """Draw the list; the renderer is not asked."""
        options = _drawn(tuple((str(code), str(words)) for code, words in self.choices))
        for code in self.format_value(value):
            plain = format_html('<option value="{}">', code)
            options = SafeString(options.replace(plain, plain.removesuffix(">") + " selected>"))
        return format_html(
            "<select{}>{}</select>", flatatt(self.build_attrs({**self.attrs, "name": name}, attrs)), options
        )


@lru_cache(maxsize=16)
def _drawn(choices: tuple[tuple[str, str], ...]) -> SafeString:
    """Draw choices of which none is chosen; they hardly ever differ from one page to the next."""
    return format_html_join("", '<option value="{}">{}</option>', choices)


class WholeNumberField(forms.IntegerField):
    """A whole number, read strictly; the rules say how great."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": parsing.WHOLE_NUMBER}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(localize=False, **kwargs)

    def to_python(self, value: Any) -> int | None:
        """
        Return the number.

        Raises:
            ValidationError: it is none, or people could read another one.
        """
        if value in self.empty_values:
            return None
        return value if type(value) is int else _read(self, parsing.whole_number, value)


def _read(field: forms.Field, parse: Callable[[str], Value], value: Any) -> Value:
    try:
        return parse(str(value))
    except parsing.Unclear as fault:
        words = str(field.error_messages.get(fault.code) or fault.words)
        raise forms.ValidationError(words, code=fault.code) from None
