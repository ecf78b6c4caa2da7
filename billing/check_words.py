"""Differences and their causes in words of the reader's language."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import CheckDifference
from billing.rules.check_kinds import Kind
from options.labels import option_words
from portal.core.labels import listed, word_for
from portal.ui.templatetags.figures import yen

Cause = Mapping[str, Any]


def item_words(difference: CheckDifference) -> str:
    """Return what a difference is about: the plan or option, and its contract type."""
    if not difference.item_id:
        return word_for("item_type", difference.item_type) if difference.item_type else ""
    is_option = difference.item_type == "OPTION_PRODUCT"
    size = difference.sub_item_id or None
    name = option_words(difference.item_id, size, None) if is_option else _item(difference.item_id)
    return listed((name, word_for("short_plan", difference.plan) if difference.plan else ""))


def causes_words(difference: CheckDifference) -> str:
    """Return the causes of a difference in one text."""
    if difference.decision:
        return str(difference.get_decision_display())
    return "; ".join(cause_words(cause) for cause in difference.causes)


def cause_words(cause: Cause) -> str:
    """Return a cause, and where it is known from."""
    words = _WORDS.get(cause["id"])
    return listed((words(cause) if words else str(cause["id"]), _source(cause)))


def cause_address(domain_id: int, cause: Cause) -> tuple[str, str]:
    """Return the address of the request or of the detected change behind a cause, and how it is called."""
    if cause.get("source") == "request":
        return reverse("operations:detail", args=[cause["number"]]), cause["ref"]
    if cause.get("source") in ("outside", "due") and cause.get("row"):
        words = _("Detected change of %(day)s") % _on(cause)
        query = urlencode({"key": cause["row"]})
        return f"{reverse('customers:row', args=[domain_id, cause['resource']])}?{query}", words
    return "", ""


def explanation(difference: CheckDifference) -> str:
    """Return in what the items differ from what was in force."""
    words = _EXPLANATIONS.get(Kind(difference.kind))
    return words(difference) if words else ""


def numbers(difference: CheckDifference) -> tuple[str, str]:
    """Return how many were billed and how many were in force over the month: ``42 → 48``."""
    return tuple(" → ".join(f"{one:,}" for one in _steps(difference, place)) or "0" for place in (2, 3))  # type: ignore[return-value]  # of two


def _steps(difference: CheckDifference, place: int) -> list[int]:
    found: list[int] = []
    for run in difference.runs:
        if run[place] and (not found or found[-1] != run[place]):
            found.append(run[place])
    return found


def _source(cause: Cause) -> str:
    match cause.get("source"):
        case "request":
            return str(cause["ref"])
        case "outside":
            return _("changed outside Partnerdesk")
        case "due":
            return _("a scheduled event")
        case "metering":
            return _("by daily metering")
    return ""


def _day(cause: Cause) -> date:
    return date.fromisoformat(cause["day"])


def _short(day: date) -> str:
    return date_format(day, "MONTH_DAY_FORMAT")


def _on(cause: Cause) -> dict[str, str]:
    return {"day": _short(_day(cause))}


def _licenses(count: int) -> str:
    return ngettext("%(count)s license", "%(count)s licenses", count) % {"count": f"{count:,}"}


def _upgrade(cause: Cause) -> str:
    plan, count = word_for("product", cause["to"]), _licenses(cause["count"])
    return _("Upgrade to %(plan)s for %(count)s on %(day)s") % {"plan": plan, "count": count, **_on(cause)}


def _from_to(kind: str) -> Callable[[Cause], str]:
    def words(cause: Cause) -> str:
        before, after = (word_for(kind, cause[name]) for name in ("from", "to"))
        return _("%(before)s became %(after)s on %(day)s") % {"before": before, "after": after, **_on(cause)}

    return words


def _more_licenses(cause: Cause) -> str:
    count = cause["count"]
    words = ngettext("%(count)s license added on %(day)s", "%(count)s licenses added on %(day)s", count)
    return words % {"count": f"{count:,}", **_on(cause)}


def _fewer_licenses(cause: Cause) -> str:
    count = cause["count"]
    words = ngettext("%(count)s license fewer from %(day)s", "%(count)s licenses fewer from %(day)s", count)
    return words % {"count": f"{count:,}", **_on(cause)}


def _more_users(cause: Cause) -> str:
    count = cause["count"]
    words = ngettext("%(count)s more user from %(day)s", "%(count)s more users from %(day)s", count)
    return words % {"count": f"{count:,}", **_on(cause)}


def _fewer_users(cause: Cause) -> str:
    count = cause["count"]
    words = ngettext("%(count)s user fewer from %(day)s", "%(count)s users fewer from %(day)s", count)
    return words % {"count": f"{count:,}", **_on(cause)}


def _quantity(cause: Cause) -> str:
    return _("Quantity %(count)s from %(day)s") % {"count": f"{cause['to']:,}", **_on(cause)}


def _named(cause: Cause) -> str:
    return option_words(cause["item"], cause["sub"], None) if cause.get("sub") else _item(cause["item"])


def _item(code: str) -> str:
    """Return a code in words, be it of a plan or of an option."""
    words = word_for("product", code)
    return words if words != code else word_for("option", code)


def _added(cause: Cause) -> str:
    return _("%(option)s added on %(day)s") % {"option": _named(cause), **_on(cause)}


def _canceled(cause: Cause) -> str:
    return _("%(option)s canceled on %(day)s") % {"option": _named(cause), **_on(cause)}


def _started(cause: Cause) -> str:
    return _("%(plan)s started on %(day)s") % {"plan": _named(cause), **_on(cause)}


def _ended(cause: Cause) -> str:
    return _("%(plan)s ended on %(day)s") % {"plan": _named(cause), **_on(cause)}


def _rounding(_cause: Cause) -> str:
    return _("Billed in parts of the month, each of which LINE WORKS rounds; how isn’t documented")


def _penalty(cause: Cause) -> str:
    words = word_for("item_type", "PENALTY")
    if "day" not in cause:
        return words
    about = {"penalty": words, "item": _item(cause["item"]), **_on(cause)}
    return _("%(penalty)s: %(item)s canceled on %(day)s") % about


def _since(cause: Cause) -> str:
    return _("Items gone: %(gone)s. Items new: %(new)s.") % {"gone": len(cause["gone"]), "new": len(cause["new"])}


_WORDS: Mapping[str, Callable[[Cause], str]] = {
    "upgrade": _upgrade,
    "plan_changed": _from_to("product"),
    "option_changed": _from_to("sub_option"),
    "contract_changed": _from_to("short_plan"),
    "licenses_more": _more_licenses,
    "licenses_fewer": _fewer_licenses,
    "users_more": _more_users,
    "users_fewer": _fewer_users,
    "quantity_more": _quantity,
    "quantity_fewer": _quantity,
    "option_added": _added,
    "option_canceled": _canceled,
    "started": _started,
    "ended": _ended,
    "rounding": _rounding,
    "adjustment": lambda _cause: word_for("item_type", "ADJUSTMENT"),
    "penalty": _penalty,
    "option_plus": lambda _cause: word_for("item_type", "OPTION_PLUS"),
    "since": _since,
}


def _days(difference: CheckDifference, place: int) -> int:
    return sum(run[1] - run[0] + 1 for run in difference.runs if run[place])


def _other_number(difference: CheckDifference) -> str:
    billed, used = numbers(difference)
    return _("%(billed)s billed. Metering, requests and detected changes show %(used)s.") % {
        "billed": billed,
        "used": used,
    }


def _other_days(difference: CheckDifference) -> str:
    billed, used = _days(difference, 2), _days(difference, 3)
    words = ngettext("Billed for %(count)s day.", "Billed for %(count)s days.", billed) % {"count": billed}
    more = ngettext("In force on %(count)s day.", "In force on %(count)s days.", used) % {"count": used}
    return _("%(billed)s %(used)s") % {"billed": words, "used": more}


def price_words(difference: CheckDifference) -> str:
    """Return the price that is billed for each, and that of the price list."""
    each = {"billed": yen(difference.billed_each), "listed": yen(difference.expected_each)}
    return _("%(billed)s billed for each, %(listed)s in the price list") % each


def _other_amount(difference: CheckDifference) -> str:
    if difference.billed_each is not None:
        return _("%(prices)s. Days and numbers agree.") % {"prices": price_words(difference)}
    if len(difference.runs) > 1:
        return _("Days and numbers agree, the amount doesn’t. LINE WORKS doesn’t document rounding.")
    return _("Days and numbers agree, the amount doesn’t.")


_EXPLANATIONS: Mapping[Kind, Callable[[CheckDifference], str]] = {
    Kind.QUANTITY: _other_number,
    Kind.PERIOD: _other_days,
    Kind.PLAN: lambda difference: (
        _("In force was %(plan)s. Another plan or contract type is billed.") % {"plan": item_words(difference)}
    ),
    Kind.TWICE: lambda _difference: _("The same days are billed twice."),
    Kind.MISSING: lambda _difference: _("It was in force and isn’t billed."),
    Kind.NOT_IN_USE: lambda _difference: _("It is billed, and no day of metering shows it."),
    Kind.AMOUNT: _other_amount,
    Kind.NOT_READ: lambda _difference: _(
        "Its usage history wasn’t synced after the month ended, so nothing could be compared."
    ),
}
