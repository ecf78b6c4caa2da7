"""Template tags for dates, times and ages; the formats are in ``portal/ui/formats``."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from django import template
from django.utils import timezone
from django.utils.formats import date_format, get_format, get_format_modules
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, gettext_noop, ngettext, pgettext

register = template.Library()

ABSENT = mark_safe('<span class="pd-none">–</span>')
NEAR_DAYS, SOON_DAYS = 30, 7
AGE_FORMS = {
    "now": gettext_noop("just now"),
    "minutes": gettext_noop("{m} min ago"),
    "hours": gettext_noop("{h} h {m} min ago"),
    "days": gettext_noop("{d} d {h} h ago"),
}

# The forms of a date or a moment, and the name of each format in portal/ui/formats.
DAY_FORMS = {
    "sentence": "DATE_FORMAT",
    "table": "SHORT_DATE_FORMAT",
    "marker": "MONTH_DAY_FORMAT",
    "weekday": "WEEKDAY_DATE_FORMAT",
    "short_weekday": "SHORT_WEEKDAY_FORMAT",
}
MOMENT_FORMS = {
    "time": "TIME_FORMAT",
    "seconds": "SECONDS_FORMAT",
    "short": "MONTH_DAY_TIME_FORMAT",
    "sentence": "DATETIME_FORMAT",
    "day": "SHORT_DATE_FORMAT",
}


@register.simple_tag
def day(value: date | None, form: str = "sentence") -> SafeString:
    """Write a date in one of ``DAY_FORMS``; none as a dash."""
    if value is None:
        return ABSENT
    return _day(value, _format(DAY_FORMS[form]), get_language())


@register.simple_tag
def moment(value: datetime | None, form: str = "time") -> SafeString:
    """Write a moment, in the business time zone, in one of ``MOMENT_FORMS``; none as a dash."""
    if value is None:
        return ABSENT
    local = timezone.localtime(value)
    return _time(local.isoformat(timespec="seconds"), date_format(local, _format(MOMENT_FORMS[form])))


@register.simple_tag
def iso_day(value: datetime) -> str:
    """Write the day of a moment, in the business time zone, as an address holds it."""
    return timezone.localtime(value).date().isoformat()


@register.simple_tag
def when(value: datetime, today: date) -> SafeString:
    """Write a moment as people say it: the time alone if it was today, else the day too."""
    return moment(value, "time" if timezone.localtime(value).date() == today else "short")


@register.simple_tag
def days_left(until: date | None, today: date, *, long: bool = False, calm: bool = False) -> SafeString | str:
    """
    Write how many days are left: grey, amber from 30, red and bold from 7 and once past.

    Args:
        until: the day it ends; none writes nothing.
        today: the business day.
        long: "72 days" for a headline instead of "72 d" for a table.
        calm: it is a start and no deadline, so it takes no colour.
    """
    if until is None:
        return ""
    days = (until - today).days
    tone = "" if calm or days > NEAR_DAYS else " is-soon" if days <= SOON_DAYS else " is-near"
    return format_html('<span class="pd-days{}">{}</span>', tone, _days_in_words(days, long=long))


def _days_in_words(days: int, *, long: bool) -> str:
    if days == 0:
        return gettext("today")
    if days < 0:
        many = ngettext("{n} day ago", "{n} days ago", -days) if long else gettext("{n} d ago")
        return many.format(n=f"{-days:,}")
    many = ngettext("{n} day", "{n} days", days) if long else pgettext("days left", "{n} d")
    return many.format(n=f"{days:,}")


def age_forms() -> dict[str, str]:
    """Return the words of an age, for the script that lets ages tick."""
    return {name: gettext(form) for name, form in AGE_FORMS.items()}


def age_in_words(age: timedelta) -> str:
    """Say an age: "2 min ago", "3 h 12 min ago", "2 d 4 h ago"; under a minute is "just now"."""
    minutes = max(int(age.total_seconds()) // 60, 0)
    if minutes == 0:
        return gettext(AGE_FORMS["now"])
    if minutes < 60:
        return gettext(AGE_FORMS["minutes"]).format(m=minutes)
    hours = minutes // 60
    if hours < 48:
        return gettext(AGE_FORMS["hours"]).format(h=hours, m=f"{minutes % 60:02}")
    return gettext(AGE_FORMS["days"]).format(d=hours // 24, h=hours % 24)


@register.simple_tag
def age_of(length: timedelta) -> str:
    """Say a length of time in hours and minutes: "45 min", "2 h", "3 h 12 min"."""
    hours, minutes = divmod(length // timedelta(minutes=1), 60)
    if not hours:
        return gettext("{m} min").format(m=minutes)
    form = gettext("{h} h {m} min") if minutes else gettext("{h} h")
    return form.format(h=hours, m=f"{minutes:02}")


@register.simple_tag
def script_words() -> SafeString:
    """Hand what the script says to it, as attributes of the body, so that it speaks the page's language."""
    words = {f"age-{name}": words for name, words in age_forms().items()} | {
        "queuing": gettext("Queuing…"),
        "copied": gettext("Copied"),
        "offline": gettext("No connection. Nothing was sent. Try again."),
        "failed": gettext("This part of the page couldn’t be updated. Reload the page before you try again."),
    }
    return format_html_join("", ' data-{}="{}"', words.items())


@lru_cache(maxsize=4096)
def _day(value: date, form: str, _language: str) -> SafeString:
    """Write a date; the days of a list come again and again, on every page of it."""
    words = date_format(value, form)
    iso = value.isoformat()
    # An element whose text is already the machine's form needs no attribute; a long list is thankful.
    return format_html("<time>{}</time>", iso) if words == iso else _time(iso, words)


def _time(iso: str, words: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', iso, words)


def _format(name: str) -> str:
    """Return a format of portal/ui/formats by name; Django's own ``get_format`` knows only its own names."""
    for module in get_format_modules(get_language()):
        if hasattr(module, name):
            return str(getattr(module, name))
    return str(get_format(name))
