"""Template tags of the check of a month."""

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from billing.models import CheckDifference
from billing.rules.check_kinds import Kind
from portal.ui.templatetags.ui import badge

register = template.Library()


@register.simple_tag
def state_badge(difference: CheckDifference) -> SafeString:
    """Say whether a difference is explained, decided about, or waits for a person."""
    if difference.waits:
        return badge("unk", "circle-question-mark", gettext("Unexplained"), dashed=True)
    if difference.decision:
        return badge("idle", "check", gettext("Cause chosen"), plain=True)
    if difference.kind == Kind.SINCE:
        return badge("warn", "git-compare-arrows", gettext("Changed after the sign-off"), plain=True)
    return badge("ok", "check", gettext("Explained"), plain=True)
