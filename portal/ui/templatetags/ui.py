"""
The components of the pages, as template tags: icons, badges, words, messages, fields. None makes a query.

Solid is a fact at LINE WORKS; dashed is an intent, or not yet known. Normal is silent. Never colour alone: an
icon and a word say the same. Longer components are templates in ``templates/partials/``; each begins with its
context.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.forms import BoundField
from django.forms.boundfield import BoundWidget
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.utils.formats import date_format, get_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from portal.core.labels import SUBSCRIPTION_STATUSES, word_for
from portal.core.month_grid import Day, months_of
from portal.core.rules import Rule
from portal.core.search_queries import MOST_TYPED

register = template.Library()


@cache
def _sprite() -> str:
    """Return the address of the sprite, which stays the same until the next start; a page draws dozens of icons."""
    return staticfiles_storage.url("vendor/icons.svg")


# status → tone, icon; a status that is not listed needs no attention
SUBSCRIPTION_LOOKS = {"SUSPENDED_TRIALEND": ("warn", "timer")}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """
    Draw a lucide icon from the sprite.

    Args:
        name: as in ``static/icons.txt``, from which the sprite is built.
        label: what it says when no word stands beside it; without one it is decoration.
    """
    address = f"{_sprite()}#{name}"
    if label:
        return format_html('<svg class="pd-i" role="img" aria-label="{}"><use href="{}"/></svg>', label, address)
    return format_html('<svg class="pd-i" aria-hidden="true"><use href="{}"/></svg>', address)


@register.simple_tag
def most_typed() -> int:
    """Return how many letters of a search are looked at; more would not fit into an address."""
    return MOST_TYPED


@register.simple_tag
def badge(tone: str, icon_name: str, words: str, *, dashed: bool = False, plain: bool = False) -> SafeString:
    """
    Show a state: an icon and a word, in a box.

    Args:
        tone: idle, accent, ok, warn, bad, or unk ("we do not know", and nothing else).
        icon_name: as for ``icon``.
        words: one to three words.
        dashed: it is an intent, or not yet known.
        plain: no box, for good or repeated states in lists.
    """
    classes = f"pd-badge is-{tone}" + " is-open" * dashed + " is-plain" * plain
    return format_html('<span class="{}">{}{}</span>', classes, icon(icon_name), words)


@register.simple_tag
def subscription_status(code: str, *, plain: bool = False) -> SafeString | str:
    """Show a subscription's status: active is plain text, a code we do not know is shown raw and dashed."""
    words = word_for("subscription_status", code)
    if code in SUBSCRIPTION_LOOKS:
        tone, icon_name = SUBSCRIPTION_LOOKS[code]
        return badge(tone, icon_name, words, plain=plain)
    if code in SUBSCRIPTION_STATUSES:
        return words
    return format_html('<span class="pd-badge is-idle is-open pd-mono">{}</span>', code)


@register.simple_tag
def product(code: str | None) -> str:
    """Say a product in words; a code we do not know as it is."""
    return word_for("product", code)


@register.simple_tag
def plan(code: str | None) -> str:
    """Say a contract type in words; a code we do not know as it is."""
    return word_for("short_plan", code)


@register.simple_tag
def rule(of: Rule) -> SafeString:
    """Show the id of a rule, as a link to LINE WORKS page it comes from; say so if it is an assumption."""
    tag = format_html('<span class="pd-rule-tag">{}</span>', gettext("assumption")) if of.ours else ""
    if not of.page:
        return format_html('<span class="pd-rule">{}</span>', of.id)
    return format_html(
        '<a class="pd-rule" href="{}" title="{}" rel="noreferrer">{}{}</a>',
        of.url,
        gettext("Source in the LINE WORKS documentation"),
        of.id,
        tag,
    )


@register.simple_block_tag
def callout(content: str, tone: str, icon_name: str, title: str = "", *, alert: bool = False) -> SafeString:
    """
    Say what is so and why. One above the fold at most; give the helping button inside, in ``class="btn"``.

    Args:
        content: the body: paragraphs, lists.
        tone: as for ``badge``.
        icon_name: as for ``icon``.
        title: a heading; without one the body stands alone.
        alert: speak it at once, and let the script focus it.
    """
    return format_html(
        '<section class="pd-callout is-{}"{}>{}<div>{}{}</div></section>',
        tone,
        mark_safe(' role="alert" tabindex="-1"') if alert else "",
        icon(icon_name),
        format_html("<h2>{}</h2>", title) if title else "",
        content,
    )


@register.simple_block_tag
def chart(content: str, kind: str, name: str, note: str = "", *, in_millions: bool = False) -> SafeString:
    """
    Show a table from which ``charts.js`` draws a chart; the page includes ``partials/chart_scripts.html`` once.

    Args:
        content: head and body of the table. A column of numbers is a series: ``data-value`` is a number,
            ``data-tone`` of its head the color, ``data-stepped`` says that it holds until the next one.
        kind: ``line`` or ``bar``.
        name: the id of the heading that names it.
        note: a line below.
        in_millions: whether the axis has millions of yen.
    """
    around = {"content": content, "kind": kind, "name": name, "note": note, "in_millions": in_millions}
    return render_to_string("partials/chart.html", around)


@register.inclusion_tag("partials/field.html")
def field_row(field: BoundField, hint: str = "", note: str = "", *, short: bool = False) -> dict[str, Any]:
    """
    Show one field: label, control, what is asked for, and what is wrong with it.

    Args:
        field: of a form.
        hint: the legal range; the field's own help text if left out.
        note: a word behind the label, for example "optional".
        short: a narrow control, for numbers.
    """
    return {
        "field": field,
        "control": field.as_widget(attrs={"class": "is-short"} if short else None),
        "hint": hint or field.help_text,
        "note": note,
    }


@register.inclusion_tag("partials/date_picker.html")
def date_picker(field: BoundField, days: list[Day], picks: Sequence[Any] = ()) -> dict[str, Any]:
    """
    Show a date as month grids of which only the legal days can be chosen; the others say why not.

    Args:
        field: a date field of a form; the grid posts under its name, in ISO form.
        days: every day to show, in order; see ``portal.core.month_grid.Day``.
        picks: those that people mostly want, each with its date, words and whether it is free.
    """
    first_weekday = int(get_format("FIRST_DAY_OF_WEEK"))
    months = [
        {
            "first": month.first,
            "weeks": [[_pick(field, place) for place in week] for week in month.weeks],
        }
        for month in months_of({shown.date: shown for shown in days}, first_weekday=first_weekday)
    ]
    sunday = date(2023, 1, 1)  # a Sunday: the heads are the names of the seven days from there on
    heads = [sunday + timedelta(days=first_weekday + place) for place in range(7)]
    return {"field": field, "months": months, "heads": heads, "picks": picks}


def _pick(field: BoundField, shown: Day | None) -> SafeString:
    """Draw one place of a grid, here and not in a template: there are up to a hundred of them on a page."""
    if shown is None:
        return SafeString("")
    if not shown.legal:
        return format_html('<s title="{}">{}</s>', shown.reason, shown.date.day)
    said = _said(shown.date, get_language())
    has_focus = shown.chosen and "autofocus" in field.field.widget.attrs
    return format_html(
        '<label{}><input type="radio" name="{}" value="{}" id="{}_{}" aria-label="{}"{} required>{}</label>',
        flatatt({"class": f"is-{shown.tone}"} if shown.tone else {}),
        field.html_name,
        shown.date.isoformat(),
        field.auto_id,
        shown.date.isoformat(),
        f"{said}, {shown.note}" if shown.note else said,
        flatatt({"checked": shown.chosen, "autofocus": has_focus}),
        shown.date.day,
    )


@lru_cache(maxsize=1000)
def _said(day: date, _language: str | None) -> str:
    """Say a day in full. The same few weeks are on every form, for everybody who reads the language."""
    return date_format(day)


@register.inclusion_tag("partials/check.html")
def check_row(field: BoundField) -> dict[str, Any]:
    """Show a box to tick, with its label behind it."""
    return {"field": field, "control": field.as_widget()}


@register.inclusion_tag("partials/choices.html")
def choices_row(field: BoundField, note: str = "", *, framed: bool = False) -> dict[str, Any]:
    """
    Show a choice among few, as boxes or radio buttons under one legend.

    Args:
        field: with a widget of checkboxes or radio buttons.
        note: a word behind the legend.
        framed: each choice in a frame of its own, for the one or two that a form is about.
    """
    choices = [{"tag": _tick(choice), "choice_label": choice.choice_label} for choice in field.subwidgets]
    return {"field": field, "choices": choices, "note": note, "framed": framed}


def _tick(choice: BoundWidget) -> SafeString:
    """Draw a box or a button as Django does, without the three templates that each of them takes there."""
    data = choice.data
    # Of several buttons the chosen one is where the arrow keys begin.
    is_passed_by = data["type"] == "radio" and not data["selected"]
    shown = {name: of for name, of in data["attrs"].items() if name != "autofocus" or not is_passed_by}
    attributes = flatatt(shown)
    return format_html(
        '<input type="{}" name="{}" value="{}"{}>', data["type"], data["name"], data["value"], attributes
    )
