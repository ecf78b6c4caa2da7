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
    "refused invalid": _("LINE WORKS refused it because of a value in the request."),
    "refused limit": _("LINE WORKS refused it because a limit is reached."),
    "refused unauthorized": _("LINE WORKS does not accept the sign-in. An administrator has to connect again."),
    "refused forbidden": _("LINE WORKS does not allow it."),
    "refused not found": _("LINE WORKS does not know what the request is about."),
    "refused already exists": _("LINE WORKS refused it because it exists already."),
    "refused conflict": _("LINE WORKS refused it because of something else that is there or under way."),
    "refused deleted": _("LINE WORKS refused it because what it is about was deleted."),
    "refused read only": _("The connection is for reading alone. An administrator has to connect for changes."),
    "refused other": _("LINE WORKS refused it."),
    "grant ended": _("The sign-in at LINE WORKS has ended. An administrator has to connect again."),
    "wait": _("LINE WORKS takes no more calls for the moment. Nothing was sent."),
    "not sent": _("LINE WORKS could not be reached. Nothing was sent."),
    "no clear answer": _("LINE WORKS gave no clear answer."),
    "not connected": _("The connection to LINE WORKS is not set up. An administrator has to set it up."),
    "no budget": _("The call budget cannot be asked, so nothing was sent. Redis may be down."),
    "cannot unseal": _("What the request needs cannot be decrypted any more. Ask for it again."),
    "unfit": _("An answer does not fit the portal’s tables. What was read before stays."),
    "records": _("Some records could not be understood. What was read of them before stays."),
    "needs": _("Something that this needs could not be read."),
    "nobody": _("LINE WORKS listed no customer at all, so nobody was taken for gone."),
    "other": _("An error in Partnerdesk stopped it."),
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
