"""The e-mail of each working morning: what a person has to decide about their customers' renewals within a week."""

from datetime import date, timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.accounts.models import User
from portal.core.business_days import is_working_day, last_end_decided_by
from portal.core.clock import business_today
from portal.core.labels import word_for
from portal.core.untrusted_text import isolated
from portal.desk import renewals
from portal.desk.renewals import DAYS_OF_A_WEEK, Stage
from portal.mail.kinds import Letter, MailKind
from portal.mail.posting import post, readers_of
from portal.operations.mails import text_of

# So many are named; the page has them all.
MOST: Final = 40


def post_digest() -> None:
    """Have the e-mail of today written down for everybody who wants it, once a day and on working days alone."""
    today = business_today()
    if is_working_day(today):
        post(DIGEST, readers_of(DIGEST), today.isoformat())


def due_for(person: User, today: date) -> list[Any]:
    """Return the renewals of a person's customers whose decision is due within a week, undecided ones first."""
    until = last_end_decided_by(today + timedelta(days=DAYS_OF_A_WEEK))
    rows = renewals.queue(today, since=today, until=until).filter(snoozed=False)
    found = renewals.of_owner(
        renewals.of_stages(rows, (Stage.UNDECIDED, Stage.DECIDED)), person.pk, and_unassigned=False
    ).select_related("customer")
    return sorted(found, key=lambda row: (row.stage, row.deadline))


def _compose(person: User, key: str) -> Letter | None:
    today = business_today()
    rows = due_for(person, today) if key == today.isoformat() else []
    if not rows:
        return None
    undecided = sum(row.stage == Stage.UNDECIDED for row in rows)
    subject = ngettext(
        "Renewals: %(count)s to decide within a week", "Renewals: %(count)s to decide within a week", undecided
    ) % {"count": undecided}
    lines = [_line(row) for row in rows[:MOST]]
    if len(rows) > MOST:
        more = len(rows) - MOST
        lines.append(ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more})
    return Letter(subject, text_of("\n".join(lines), path=reverse("renewals:list")))


def _line(row: Any) -> str:
    said = {
        "day": date_format(renewals.due(row)),
        "customer": isolated(str(row.customer)),
        "plan": word_for("product", row.product_id),
    }
    if row.stage == Stage.UNDECIDED:
        return _("By %(day)s: %(customer)s, %(plan)s, undecided") % said
    return _("By %(day)s: %(customer)s, %(plan)s, decided") % said


DIGEST: Final = MailKind(
    name="renewals",
    label=gettext_lazy("Renewals of my customers"),
    description=gettext_lazy("Each working morning, when decisions are due within a week"),
    permission="customers.assign",
    is_on_by_default=False,
    compose=_compose,
)
