"""
Problems of calls: stored by name, worded in the reader's language.

The text of an exception is English and only shown under technical details.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.vendor.client import GrantEnded, NoClearAnswer, NotSent, Refused

Stored = Mapping[str, Any]

_SENTENCES: Final[Mapping[str, str | Promise]] = {
    "refused invalid": _("LINE WORKS declined the request because a value isn’t valid."),
    "refused limit": _("LINE WORKS declined the request because a limit is reached."),
    "refused unauthorized": _("LINE WORKS doesn’t accept the sign-in. A Partnerdesk administrator must connect again."),
    "refused forbidden": _("LINE WORKS doesn’t allow this request."),
    "refused not found": _("LINE WORKS declined the request because its target doesn’t exist."),
    "refused already exists": _("LINE WORKS declined the request because the same entry already exists."),
    "refused conflict": _(
        "LINE WORKS declined the request because of a conflict with the current state or another change."
    ),
    "refused deleted": _("LINE WORKS declined the request because its target was deleted."),
    "refused read only": _("The connection is read-only. A Partnerdesk administrator must connect with write access."),
    "refused other": _("LINE WORKS declined the request."),
    "grant ended": _("The sign-in to LINE WORKS has ended. A Partnerdesk administrator must connect again."),
    "wait": _("LINE WORKS accepts no more calls at the moment. Nothing was sent."),
    "not sent": _("LINE WORKS couldn’t be reached. Nothing was sent."),
    "no clear answer": _("LINE WORKS gave no clear answer."),
    "not connected": _("The connection to LINE WORKS isn’t set up. A Partnerdesk administrator must set it up."),
    "no budget": _("The number of calls can’t be checked, so nothing was sent. Redis may be down."),
    "cannot unseal": _("The stored data of the request can’t be decrypted. Submit the request again."),
    "unfit": _("The data from LINE WORKS couldn’t be saved. The previous data is kept."),
    "records": _("Some records were skipped because they couldn’t be read. Their previous data is kept."),
    "needs": _("Data that this depends on couldn’t be loaded."),
    "nobody": _("LINE WORKS returned an empty customer list. No customer was marked as removed."),
    "other": _("An error occurred in Partnerdesk."),
}


class ProblemText(str):
    """What went wrong, for technical details, which knows what it is called; see ``trouble_of``."""

    __slots__ = ("trouble",)
    trouble: str

    @classmethod
    def called(cls, trouble: str, text: str) -> "ProblemText":
        """Return a text about a problem of a name."""
        made = cls(text)
        made.trouble = trouble
        return made


def told(error: Exception) -> ProblemText:
    """Return what an error says, with the name by which it is worded for people."""
    return ProblemText.called(_name_of(error), str(error))


def trouble_of(problem: str) -> str:
    """Return the name of a problem, for storing beside its text; empty where there is none."""
    if not problem:
        return ""
    return problem.trouble if isinstance(problem, ProblemText) else "other"


def words_of(trouble: str) -> str:
    """Say a problem by its name, in the language of the moment."""
    return str(_SENTENCES.get(trouble, _SENTENCES["other"]))


def _name_of(error: Exception) -> str:
    match error:
        case Refused():
            return f"refused {error.kind}"
        case GrantEnded():
            return "grant ended"
        case NotSent():
            return "not sent" if error.retry_after is None else "wait"
        case NoClearAnswer():
            return "no clear answer"
        case _:
            return getattr(error, "trouble", "other")
