"""What can happen to a request: the entries of its log, each with its words and its tone."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EventType(models.TextChoices):
    """
    One kind of entry in the log of a request.

    The log keeps the value, so a value is never changed once an installation holds data.
    """

    PROPOSED = "proposed", _("Draft created")
    CONFIRMED = "confirmed", _("Submitted")
    TAKEN_OVER = "taken over", _("Taken over and submitted by another person")
    APPROVED = "approved", _("Approved")
    RETURNED = "returned", _("Returned to the requester")
    REJECTED = "rejected", _("Rejected")
    REPLACED = "replaced", _("Canceled: submitted again with changes")
    APPROVAL_LAPSED = "approval lapsed", _("Not sent: the request changed after it was submitted or approved")
    APPROVAL_NEEDED_NOW = "approval needed now", _("Not sent: the approval policy now requires approval")
    PERSON_NO_LONGER_ALLOWED = (
        "person no longer allowed",
        _("Not sent: the person who submitted or approved the request no longer has permission"),
    )
    CANCELED = "canceled", _("Canceled before sending")
    CONTINUED_BY_ANOTHER = "continued by another", _("Not sent: somebody else continued the stopped request")
    NOT_APPROVED_IN_TIME = "not approved in time", _("Canceled before sending: not approved within 14 days")
    NOT_SUBMITTED_AGAIN_IN_TIME = (
        "not submitted again in time",
        _("Canceled before sending: not submitted again within 14 days"),
    )
    NOT_TAKEN_OVER_IN_TIME = "not taken over in time", _("Canceled before sending: not taken over within 14 days")
    CLAIMED = "claimed", _("Processing started")
    CHECKED_BEFORE_SENDING = "checked before sending", _("Checked LINE WORKS: unchanged since the review")
    CHANGED_SINCE_THE_REVIEW = (
        "changed since the review",
        _("Not sent: the data in LINE WORKS changed since the review"),
    )
    NO_LONGER_ALLOWED = "no longer allowed", _("Not sent: the request is no longer allowed")
    NOT_SENT = "not sent", _("Not sent. Retrying automatically")
    ACCEPTED = "accepted", _("Sent once: accepted by LINE WORKS")
    REFUSED = "refused", _("Sent once: declined by LINE WORKS")
    READING_REFUSED = "reading refused", _("Not sent: LINE WORKS declined the check before sending")
    NO_CLEAR_ANSWER = "no clear answer", _("Sent once: outcome unknown")
    ANSWERED_LATE = "answered late", _("The answer arrived after the time limit")
    WORKER_ENDED = "worker ended", _("Processing stopped while sending: outcome unknown")
    SECRET_LOST = "secret lost", _("Not sent: data for the request can’t be decrypted")
    ANSWERED_NOTHING_TO_VERIFY = (
        "answered, nothing to verify",
        _("Completed by LINE WORKS without a change: nothing to verify"),
    )
    ANSWERED_NOT_VERIFIED = "answered, not verified", _("Completed by LINE WORKS: not verified")
    CANNOT_BE_VERIFIED = "cannot be verified", _("Partnerdesk can’t verify the result: needs review")
    VERIFIED = "verified", _("Verified: applied")
    CHECKED_NOT_APPLIED_YET = "checked, not applied yet", _("Checked: not applied yet")
    CHECK_FAILED = "check failed", _("The check failed")
    NOT_APPLIED = "not applied", _("Last check: not applied")
    NEVER_SENT = "never sent", _("The request was not sent")
    CANNOT_BE_DETERMINED = "cannot be determined", _("The result can’t be determined automatically: needs review")
    REVIEW_STARTED = "review started", _("Review started")
    RESULT_RECORDED = "result recorded", _("Result recorded")
    # Of a bundle, besides those above.
    STOPPED = "stopped", _("Stopped: a step was not completed")
    DONE = "done", _("All steps completed")
    DONE_AFTER_ALL = "done after all", _("The last step was completed later")


# Where somebody has to look.
TONES = {
    EventType.REJECTED: "bad",
    EventType.CONTINUED_BY_ANOTHER: "bad",
    EventType.APPROVAL_LAPSED: "bad",
    EventType.APPROVAL_NEEDED_NOW: "bad",
    EventType.PERSON_NO_LONGER_ALLOWED: "bad",
    EventType.CHANGED_SINCE_THE_REVIEW: "bad",
    EventType.NO_LONGER_ALLOWED: "bad",
    EventType.REFUSED: "bad",
    EventType.READING_REFUSED: "bad",
    EventType.SECRET_LOST: "bad",
    EventType.NOT_APPLIED: "bad",
    EventType.NEVER_SENT: "bad",
    EventType.STOPPED: "bad",
    EventType.NO_CLEAR_ANSWER: "unk",
    EventType.ANSWERED_LATE: "unk",
    EventType.WORKER_ENDED: "unk",
    EventType.CANNOT_BE_VERIFIED: "unk",
    EventType.CANNOT_BE_DETERMINED: "unk",
    EventType.REVIEW_STARTED: "unk",
}
