"""Forms for submitting a request, recording its result, and the approval policy."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from django import forms
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.core.untrusted_text import SeenTextForm
from portal.operations.approval_topics import GROUPS, SUGGESTED, TOPIC_LABELS, Level, Topic
from portal.operations.approvals import Policy
from portal.operations.command_forms import WholeNumberField
from portal.operations.models import AnyRequest
from portal.operations.states import State


class ConfirmForm(SeenTextForm):
    """Why an operation is to be sent, and that its penalty is accepted where there is one."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        # A swap of the review leaves what is being typed alone.
        widget=forms.TextInput(attrs={"list": "last-reasons", "autocomplete": "off", "hx-preserve": "true"}),
        error_messages={"required": _("Enter a reason. It is saved with the request.")},
    )
    reference = forms.CharField(
        label=_("Reference"), max_length=80, required=False, widget=forms.TextInput(attrs={"hx-preserve": "true"})
    )
    accepts_penalty = forms.BooleanField(
        label=_("The customer accepts the penalty"),
        error_messages={"required": _("Tick this box, or choose a date without a penalty.")},
    )
    reviewed = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, has_penalty: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_penalty:
            del self.fields["accepts_penalty"]

    @classmethod
    def of(cls, submission: AnyRequest, *, corrects: AnyRequest | None = None, has_penalty: bool) -> Self:
        """
        Return the form of a request.

        Args:
            submission: the request; if it was returned, the form holds what was given before.
            corrects: what was returned and this draft takes the place of; the form holds what was given for that.
            has_penalty: whether a penalty has to be accepted.
        """
        given = submission if submission.state == State.RETURNED else corrects
        initial = {"reason": given.reason, "reference": given.reference} if given else None
        return cls(initial=initial, has_penalty=has_penalty)


class PolicyLine(NamedTuple):
    """A line of the approval policy; what is suggested where that is something else."""

    field: BoundField
    has_number: bool
    suggested: str | Promise


class PolicyGroup(NamedTuple):
    """Lines of the approval policy that are about alike things."""

    name: str | Promise
    lines: list[PolicyLine]


class DecisionForm(SeenTextForm):
    """Why an approver returns or rejects a request."""

    note = forms.CharField(
        label=_("Note to the requester"),
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter what to correct, or why the request is rejected. The requester sees it.")},
    )


class PolicyForm(SeenTextForm):
    """Whose approval each topic needs."""

    licenses_above = WholeNumberField(
        label=_("Many licenses are more than"),
        min_value=0,
        max_value=1_000_000,
        error_messages={
            "required": _("Enter a whole number, such as 10."),
            "invalid": _("Enter a whole number, such as 10."),
            "min_value": _("Enter a whole number of 0 or more."),
            "max_value": _("Enter a number up to 1,000,000."),
        },
    )

    def __init__(self, data: Mapping[str, Any] | None, policy: Policy) -> None:
        super().__init__(data, initial={"licenses_above": policy.licenses_above, **_levels_of(policy)})
        for topic in Topic:
            self.fields[topic] = forms.TypedChoiceField(
                label=str(TOPIC_LABELS[topic]),
                choices=Level.choices,
                coerce=Level,
                widget=forms.RadioSelect,
                error_messages={"required": _("Select who has to approve.")},
            )

    @property
    def levels(self) -> dict[Topic, Level]:
        """The levels that were chosen, by topic, once the form is valid."""
        return {topic: self.cleaned_data[topic] for topic in Topic}

    def groups(self) -> list[PolicyGroup]:
        """Return the lines of the policy in their groups."""
        return [PolicyGroup(name, [self._line(topic) for topic in topics]) for name, topics in GROUPS]

    def _line(self, topic: Topic) -> PolicyLine:
        field, suggested = self[topic], SUGGESTED[topic]
        return PolicyLine(field, topic is Topic.MANY_LICENSES, "" if field.value() == suggested else suggested.label)


def _levels_of(policy: Policy) -> dict[str, Level]:
    return {topic: policy.levels.get(topic, Level.NONE) for topic in Topic}


class SettleForm(SeenTextForm):
    """What became of an operation, by a person's word."""

    applied = forms.TypedChoiceField(
        label=_("Result"),
        choices=[("yes", _("The request was applied")), ("no", _("The request was not applied"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
    )
    how_known = forms.CharField(
        label=_("How do you know?"),
        max_length=500,
        error_messages={"required": _("Enter who told you, and when. It is saved with the request.")},
    )
