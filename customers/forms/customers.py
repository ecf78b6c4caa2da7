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
from portal.core.month_grid import first_of_next_month
from portal.operations.command_forms import CommandForm, DayField, LongSelect, WholeNumberField, choices_of
from portal.operations.quick_picks import NEXT_MONTH, TODAY, QuickPick

OPTIONAL = gettext_lazy("Only the partner sees this.")
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
        "Leave a cell empty to keep the current value. To clear a field, edit the customer on its page."
    )

    company_name = forms.CharField(
        label=gettext_lazy("Company or organization name"),
        required=False,
        help_text=gettext_lazy("Up to 40 characters."),
    )
    phone_number = forms.CharField(
        label=gettext_lazy("Phone number"), required=False, help_text=gettext_lazy("Use digits, + - # * , P or T.")
    )
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), widget=LongSelect)
    locale = forms.ChoiceField(label=gettext_lazy("Language"))
    customer_code = forms.CharField(label=gettext_lazy("Customer code"), required=False, help_text=OPTIONAL)
    memo = forms.CharField(
        label=gettext_lazy("Memo"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Up to 700 characters."),
    )
    enable_partner_profile_display = forms.BooleanField(label=gettext_lazy("Partner profile display"), required=False)

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
    empty_cells = gettext_lazy("An empty cell clears the field.")

    def wish(self) -> dict[str, Any]:
        """Return everything, empty texts too."""
        return _nested(self.cleaned_data)


class DeleteForm(CommandForm):
    """The customer's domain, typed by hand: nobody deletes the wrong customer by a slip."""

    domain = forms.CharField(
        label=gettext_lazy("To delete this customer, enter its domain or group name"),
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
            raise forms.ValidationError(_("This is not the customer’s domain or group name."))
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
        label=gettext_lazy("Maximum number of users"),
        choices=[("yes", gettext_lazy("Set a maximum")), ("no", gettext_lazy("No limit"))],
        widget=forms.RadioSelect,
    )
    max_member_count = WholeNumberField(
        label=gettext_lazy("Number of users"), required=False, help_text=gettext_lazy("From 1 to 1,000,000.")
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
            self.add_error("max_member_count", _("Enter the number of users, or select No limit."))

    @classmethod
    def refill(cls, request: BaseModel) -> Mapping[str, Any]:
        """Return a wish by the names of the fields; no limit is a choice of its own."""
        asked = super().refill(request)
        return {**asked, "limited": "yes" if "max_member_count" in asked else "no"}

    def wish(self) -> dict[str, Any]:
        """Return the limit; None is what LINE WORKS is asked for when there is to be none."""
        limit = self.cleaned_data.get("max_member_count")
        others = {name: value for name, value in self.cleaned_data.items() if name not in LimitForm.base_fields}
        return others | {"max_member_count": limit}


class LimitScheduleForm(LimitForm):
    """A user limit from a day on."""

    apply_date = DayField(
        label=gettext_lazy("Scheduled date"), help_text=gettext_lazy("From tomorrow to one year ahead.")
    )

    def prepare(self) -> None:
        """Begin with the present limit and a sensible day."""
        super().prepare()
        self.begin_with(apply_date=_offer_days_of_a_limit(self))


class LimitOnForm(LimitForm):
    """A user limit, today or from a day on: the day decides by which change of LINE WORKS."""

    apply_date = DayField(label=gettext_lazy("Applies on"), required=False)

    def prepare(self) -> None:
        """Begin with today; say what is scheduled, which holds every later day."""
        super().prepare()
        state, today = self.situation.state, self.situation.today
        field = cast(DayField, self.fields["apply_date"])
        blocks = " ".join(str(problem) for problem in usage_status.against_schedule(state, today))
        last = usage_status.schedule_window(today)[1]
        field.allow(today, last, unless=lambda day: blocks if day > today else "")
        wanted = {first_of_next_month(today): NEXT_MONTH, today: TODAY}
        field.picks = [QuickPick(day, wanted[day]) for day in sorted(wanted) if not field.reason(day)]
        field.help_text = blocks
        self.begin_with(apply_date=today)

    def clean_apply_date(self) -> date:
        """Take an empty day for today; on a day on which nothing can be scheduled, say why."""
        day = cast(date, self.cleaned_data.get("apply_date") or self.situation.today)
        if reason := cast(DayField, self.fields["apply_date"]).reason(day):
            raise forms.ValidationError(reason)
        return day

    def wish(self) -> dict[str, Any]:
        """Return the limit."""
        return {"max_member_count": self.cleaned_data.get("max_member_count")}

    def becomes(self) -> tuple[str, Mapping[str, Any]] | None:
        """Return the change that the day leads to."""
        day = self.cleaned_data["apply_date"]
        later = {"apply_date": day, **self.wish()}
        return None if day == self.situation.today else ("createUsageStatusRenewal", later)

    def why(self) -> str:
        """Say which change the day leads to."""
        day = self.fields["apply_date"].clean(self["apply_date"].value()) or self.situation.today
        if day == self.situation.today:
            return _("Today: LINE WORKS applies the maximum immediately.")
        return _("%(date)s is a later day: LINE WORKS schedules the maximum for it.") % {"date": date_format(day)}


class LimitMoveForm(CommandForm):
    """Another day for the scheduled change."""

    apply_date = DayField(
        label=gettext_lazy("Scheduled date"), help_text=gettext_lazy("From tomorrow to one year ahead.")
    )

    def prepare(self) -> None:
        """Begin with the present day."""
        present = usage_status.scheduled(self.situation.state)
        _offer_days_of_a_limit(self)
        self.begin_with(apply_date=present.apply_date if present else None)


class WithdrawalForm(CommandForm):
    """The day on which a customer leaves."""

    withdrawal_date = DayField(label=gettext_lazy("Platform cancellation date"))

    def prepare(self) -> None:
        """Begin with the present day, else with the one that costs no penalty, and say which one that is."""
        today, field = self.situation.today, cast(DayField, self.fields["withdrawal_date"])
        free = cancellation.free_day(self.situation.state)
        field.allow(*cancellation.withdrawal_window(today))
        field.suggest(today, free=free)
        if free:
            field.help_text = _("No penalty applies on %(date)s, the day after the contract ends.") % {
                "date": date_format(free)
            }
        else:
            field.help_text = _("Without a paid contract no penalty applies. Select the date the customer wants.")
        usage = usage_status.usage_of(self.situation.state)
        present: date | None = usage.withdrawal_date if usage else None
        self.begin_with(withdrawal_date=present or (free if free and not field.reason(free) else None))


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
        help_text=gettext_lazy("Example: example.co.jp"),
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
        self.fields["domain"].help_text = _(
            "Enter the registered upgrade domain, or a domain that ends in .by-works.com or .by-works.net."
        )


def _offer_days_of_a_limit(form: CommandForm) -> date | None:
    field, today = cast(DayField, form.fields["apply_date"]), form.situation.today
    field.allow(*usage_status.schedule_window(today))
    return field.suggest(today)


def _differs(value: Any, present: Any) -> bool:
    """Blanks at the ends are lost in a form; that alone is no wish."""
    return bool(value != (present.strip() if isinstance(present, str) else present))


def _with(values: list[str], present: str) -> list[str]:
    return values if not present or present in values else [present, *values]


def _nested(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in NOTES} | {
        "partnership": {name: value for name, value in given.items() if name in NOTES}
    }
