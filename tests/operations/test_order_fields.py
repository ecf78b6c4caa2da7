"""The fields of orders: they come out as Django's own do, at a cost that a page can bear."""

import re
from collections import Counter
from datetime import date

import pytest
from django import forms
from django.forms.renderers import BaseRenderer
from django.http import QueryDict
from django.template import Context, Template
from django.test.html import parse_html

from portal.operations.command_forms import DayField, LongSelect

CHOICES = [("", "None"), ("Asia/Tokyo", "Asia/Tokyo"), ("a&b", 'A <b> "B"'), (5, "Five")]


class NoTemplates(BaseRenderer):
    """Draws nothing."""

    def render(self, template_name: str, context: object, request: object = None) -> str:
        raise AssertionError(f"{template_name} is asked for")


class DayForm(forms.Form):
    start = DayField()


def test_a_long_list_is_the_one_of_django() -> None:
    for value in ("", "Asia/Tokyo", "a&b", 5, None):
        attrs = {"class": "is-short", "required": True, "id": "id_zone"}
        ours = LongSelect(choices=CHOICES).render("zone", value, attrs)
        assert parse_html(ours) == parse_html(forms.Select(choices=CHOICES).render("zone", value, attrs))


def test_a_long_list_takes_no_template() -> None:
    drawn = LongSelect(choices=CHOICES).render("zone", "a&b", renderer=NoTemplates())
    assert '<option value="a&amp;b" selected>A &lt;b&gt; &quot;B&quot;</option>' in drawn


def test_a_grid_asks_about_each_day_once() -> None:
    asked: Counter[date] = Counter()

    def taken(day: date) -> str:
        asked[day] += 1
        return ""

    form = DayForm()
    field = form.fields["start"]
    assert isinstance(field, DayField)
    field.allow(date(2026, 11, 20), date(2026, 12, 19), unless=taken)
    drawn = Template("{% load requests %}{% order_field form.start %}").render(Context({"form": form}))
    assert drawn.count('type="radio"') == len(asked) == 30
    assert set(asked.values()) == {1}
    assert '<s title="Select a date from 20 Nov 2026 to 19 Dec 2026">19</s>' in drawn


def test_a_day_of_a_long_window_is_picked_or_typed() -> None:
    form = DayForm()
    field = form.fields["start"]
    assert isinstance(field, DayField)
    field.allow(date(2026, 11, 21), date(2027, 8, 12))
    end, free = date(2027, 8, 11), date(2027, 8, 12)
    assert field.suggest(date(2026, 11, 20), end=end, free=free) == free
    drawn = Template("{% load requests %}{% order_field form.start %}").render(Context({"form": form}))
    days = re.findall(r'type="radio"\s+name="start"\s+value="([^"]*)"', drawn)
    assert days == ["2026-11-21", "2026-12-01", "2027-08-11", "2027-08-12", ""]
    assert re.search(r'is-free">.*?value="2027-08-12".*?No penalty', drawn, re.DOTALL)


@pytest.mark.parametrize(
    ("posted", "day"),
    [
        ("start=2026-12-01&start=", date(2026, 12, 1)),
        ("start=2026-12-01&start=2026-12-05", date(2026, 12, 1)),
        ("start=&start=2026-12-05", date(2026, 12, 5)),
        ("start=2026-12-05", date(2026, 12, 5)),
    ],
)
def test_the_picked_day_is_taken_and_without_one_the_typed(posted: str, day: date) -> None:
    form = DayForm(QueryDict(posted))
    assert form.is_valid()
    assert form.cleaned_data["start"] == day


def test_without_a_free_day_the_first_of_next_month_is_suggested_and_else_the_first_legal() -> None:
    field = DayField()
    field.allow(date(2026, 11, 21), date(2026, 12, 19))
    assert field.suggest(date(2026, 11, 20)) == date(2026, 12, 1)
    assert [pick.is_free for pick in field.picks] == [False, False]
    field.allow(date(2026, 11, 21), date(2026, 11, 29))
    assert field.suggest(date(2026, 11, 20)) == date(2026, 11, 21)
    field.allow(date(2026, 11, 21), date(2026, 11, 20))
    assert field.suggest(date(2026, 11, 20)) is None
