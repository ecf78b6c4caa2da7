"""Forms of the commands about an existing customer."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel

from customers.rules import cancellation, domains, profile, usage_status
from portal.core.labels import LOCALES
from portal.operations.command_forms import CommandForm, DayField, LongSelect, WholeNumberField, choices_of

OPTIONAL = gettext_lazy("Only for the partner; the customer does not see it.")
# The fields of the details, and LINE WORKS's names of what they hold.
DETAILS = {
    "company_name": "companyName",
    "phone_number": "phoneNumber",
    "time_zone": "timeZone",
    "locale": "locale",
    "customer_code": "partnership.customerCode",
    "memo": "partnership.memo",
    "enable_partner_profile_display": "partnership.enablePartnerProfileDisplay",
}
NOTES = ("customer_code", "memo", "enable_partner_profile_display")


class DetailsForm(CommandForm):
    """All that can be changed of a customer; what differs from what LINE WORKS has is sent."""

    keeps_the_rest = True
    empty_cells = gettext_lazy(
        "An empty cell leaves the customer as it is; to empty a field, order it on the customer’s page."
    )

    company_name = forms.CharField(
        label=gettext_lazy("Name"), required=False, help_text=gettext_lazy("Up to 40 characters.")
    )
    phone_number = forms.CharField(
        label=gettext_lazy("Phone"), required=False, help_text=gettext_lazy("Digits and P T - * # + and the comma.")
    )
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), widget=LongSelect)
    locale = forms.ChoiceField(label=gettext_lazy("Language"))
    customer_code = forms.CharField(label=gettext_lazy("Code"), required=False, help_text=OPTIONAL)
    memo = forms.CharField(
        label=gettext_lazy("Memo at the vendor"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Up to 700 characters."),
    )
    enable_partner_profile_display = forms.BooleanField(
        label=gettext_lazy("The customer sees the partner’s profile"), required=False
    )

    def prepare(self) -> None:
        """Begin with what LINE WORKS has; a value of its lists that nobody knows yet can be kept."""
        present = profile.details_of(self.situation.state)
        zones, locales = sorted(profile.time_zones()), list(LOCALES)
        zone, locale = present.get("timeZone", ""), present.get("locale", "")
        self._offer("time_zone", [(name, name) for name in _with(zones, zone)])
        self._offer("locale", choices_of(_with(locales, locale), LOCALES))
        shown = present.get("partnership.enablePartnerProfileDisplay")
        self.begin_with(
            **{name: present.get(vendor) for name, vendor in DETAILS.items()}
            # Yes is LINE WORKS's default, so it holds where LINE WORKS does not tell.
            | {"enable_partner_profile_display": shown is not False}
        )

    def clean_memo(self) -> str:
        """Browsers send the ends of lines in a form of their own."""
        return str(self.cleaned_data["memo"]).replace("\r\n", "\n")

    def wish(self) -> dict[str, Any]:
        """Return what differs, and always whether the customer sees the profile: left out, LINE WORKS may reset it."""
        present = profile.details_of(self.situation.state)
        given = {
            name: value
            for name, value in self.cleaned_data.items()
            if name == "enable_partner_profile_display" or _differs(value, present.get(DETAILS[name]))
        }
        return _nested(given)

    @classmethod
    def refill(cls, request: BaseModel) -> Mapping[str, Any]:
        """Return a wish by the names of the fields, the partner's own notes among them."""
        asked = request.model_dump(mode="json", exclude_none=True)
        notes = asked.pop("partnership", {})
        return {name: "" if value is False else value for name, value in (asked | notes).items()}

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices


class ReplaceForm(DetailsForm):
    """All that a customer is to be; all of it is sent."""

    keeps_the_rest = False
    empty_cells = gettext_lazy("An empty cell empties the customer’s field.")

    def wish(self) -> dict[str, Any]:
        """Return everything, empty texts too."""
        return _nested(self.cleaned_data)


class DeleteForm(CommandForm):
    """The customer's domain, typed by hand: nobody deletes the wrong customer by a slip."""

    domain = forms.CharField(
        label=gettext_lazy("To delete this customer, type its domain or group name"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def prepare(self) -> None:
        """Return what is to be typed; no address types it for anybody."""
        self.initial = {}
        self.fields["domain"].help_text = self._domain()

    def clean_domain(self) -> str:
        """Hold what was typed against the customer's domain."""
        typed = str(self.cleaned_data["domain"])
        if typed != self._domain():
            raise forms.ValidationError(_("This is not the domain of this customer."))
        return typed

    def wish(self) -> dict[str, Any]:
        """Nothing of it is for LINE WORKS."""
        return {}

    def _domain(self) -> str:
        return cancellation.domain_of(self.situation.state)


class LimitForm(CommandForm):
    """A user limit, or none."""

    needs = {"max_member_count": ("limited", ("yes",))}

    limited = forms.ChoiceField(
        label=gettext_lazy("User limit"),
        choices=[("yes", gettext_lazy("A number of users")), ("no", gettext_lazy("No limit"))],
        widget=forms.RadioSelect,
    )
    max_member_count = WholeNumberField(
        label=gettext_lazy("At most"), required=False, help_text=gettext_lazy("From 1 to 1,000,000 users.")
    )

    def prepare(self) -> None:
        """Begin with the present limit."""
        usage = usage_status.usage_of(self.situation.state)
        present = usage.max_member_count if usage else None
        wanted = self.initial.get("max_member_count", present)
        self.begin_with(limited="no" if wanted is None else "yes", max_member_count=wanted)

    def clean(self) -> None:
        """A limit has a number, and no limit has none."""
        super().clean()
        number = self.cleaned_data.get("max_member_count")
        if self.cleaned_data.get("limited") == "no":
            for problem in usage_status.without_limit_problems(number):
                self.add_error(problem.at, str(problem))
        is_missing = number is None and "max_member_count" not in self.errors
        if self.cleaned_data.get("limited") == "yes" and is_missing:
            self.add_error("max_member_count", _("Give the number of users, or choose no limit."))

    def wish(self) -> dict[str, Any]:
        """Return the limit; None is what LINE WORKS is asked for when there is to be none."""
        limit = self.cleaned_data.get("max_member_count")
        others = {name: value for name, value in self.cleaned_data.items() if name not in LimitForm.base_fields}
        return others | {"max_member_count": limit}


class LimitScheduleForm(LimitForm):
    """A user limit from a day on."""

    apply_date = DayField(label=gettext_lazy("From"), help_text=gettext_lazy("Tomorrow to one year ahead."))

    def prepare(self) -> None:
        """Begin with the present limit and no day."""
        super().prepare()
        cast(DayField, self.fields["apply_date"]).allow(*usage_status.schedule_window(self.situation.today))


class LimitMoveForm(CommandForm):
    """Another day for the scheduled change."""

    apply_date = DayField(label=gettext_lazy("From"), help_text=gettext_lazy("Tomorrow to one year ahead."))

    def prepare(self) -> None:
        """Begin with the present day."""
        present = usage_status.scheduled(self.situation.state)
        cast(DayField, self.fields["apply_date"]).allow(*usage_status.schedule_window(self.situation.today))
        self.begin_with(apply_date=present.apply_date if present else None)


class WithdrawalForm(CommandForm):
    """The day on which a customer leaves."""

    withdrawal_date = DayField(label=gettext_lazy("Leaves on"))

    def prepare(self) -> None:
        """Begin with the present day, else with the one that costs no penalty, and say which one that is."""
        first, last = cancellation.withdrawal_window(self.situation.today)
        field, free = cast(DayField, self.fields["withdrawal_date"]), cancellation.free_day(self.situation.state)
        field.allow(first, last)
        if free:
            field.help_text = _("There is no penalty on %(date)s, the day after the contract end.") % {
                "date": date_format(free)
            }
        usage = usage_status.usage_of(self.situation.state)
        present: date | None = usage.withdrawal_date if usage else None
        self.begin_with(withdrawal_date=present or (free if free and first <= free <= last else None))


class StayForm(CommandForm):
    """Nothing to fill in: the withdrawal is taken back."""

    def wish(self) -> dict[str, Any]:
        """Return that there is to be no day."""
        return {"withdrawal_date": None}


class ActivateForm(CommandForm):
    """What has to be true before a customer is activated, and no reading tells."""

    terms_accepted = forms.BooleanField(
        label=gettext_lazy("The customer has accepted the terms of service of LINE WORKS"), required=False
    )

    def prepare(self) -> None:
        """Begin unticked: no address says it for a person."""
        self.initial = {}


class DomainForm(CommandForm):
    """A domain name, in small letters however it was typed."""

    domain = forms.CharField(
        label=gettext_lazy("Domain"),
        help_text=gettext_lazy("Such as example.co.jp"),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_domain(self) -> str:
        """Domains know no capitals."""
        return str(self.cleaned_data["domain"]).lower()


class DomainChangeForm(DomainForm):
    """The domain that takes the place of the group name."""

    def prepare(self) -> None:
        """Begin with the registered one."""
        present = domains.registered(self.situation.state)
        self.begin_with(domain=present.domain if present else None)
        self.fields["domain"].help_text = _("The registered one, or one that ends in .by-works.com or .by-works.net.")


def _differs(value: Any, present: Any) -> bool:
    """Blanks at the ends are lost in a form; that alone is no wish."""
    return bool(value != (present.strip() if isinstance(present, str) else present))


def _with(values: list[str], present: str) -> list[str]:
    return values if not present or present in values else [present, *values]


def _nested(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in NOTES} | {
        "partnership": {name: value for name, value in given.items() if name in NOTES}
    }
