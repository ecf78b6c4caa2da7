"""Forms for adding and transferring a customer."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel

from customers.rules import onboarding, profile
from portal.core.labels import LOCALES, PRODUCTS
from portal.operations.command_forms import CommandForm, LongSelect, Row, choices_of

NO_PRODUCT = "none"
_PLAIN = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
# The fields of the company that are judged each by itself, by LINE WORKS's names.
DETAILS = {"company_name": "companyName", "phone_number": "phoneNumber"}
# The fields of the administrator, and the request's names of what they hold.
ADMINISTRATOR = {
    "last_name": "last_name",
    "first_name": "first_name",
    "login": "id",
    "private_email": "private_email",
    "cellphone": "cellphone",
    "country_code": "country_code",
}
NEEDED = ("last_name", "login", "private_email", "password")


def mark_required(form: CommandForm, names: Collection[str] = ()) -> None:
    """
    Have the fields that must be filled in say so beside their labels.

    Args:
        form: of which.
        names: of fields that are required only for one of the choices.
    """
    for name, field in form.fields.items():
        field.is_marked = field.required or name in names  # type: ignore[attr-defined]  # read by field.html


class CustomerAddForm(CommandForm):
    """A new customer: its name at LINE WORKS, the company, its first administrator, its first product."""

    needs = dict.fromkeys((*ADMINISTRATOR, "password"), ("administrator", ("yes",)))

    domain = forms.CharField(
        label=gettext_lazy("Domain or group name"),
        help_text=gettext_lazy(
            "2 to 22 characters. A name with a dot is a domain, for example example.co.jp. A name"
            " without one is a group name."
        ),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    company_name = forms.CharField(
        label=gettext_lazy("Company or organization name"), help_text=gettext_lazy("Up to 40 characters.")
    )
    phone_number = forms.CharField(
        label=gettext_lazy("Phone number"), help_text=gettext_lazy("Use digits, + - # * , P or T.")
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=lambda: [(name, name) for name in sorted(profile.time_zones())],
        widget=LongSelect,
    )
    locale = forms.ChoiceField(label=gettext_lazy("Language"), choices=choices_of(list(LOCALES), LOCALES))
    enable_partner_profile_display = forms.BooleanField(label=gettext_lazy("Partner profile display"), required=False)
    administrator = forms.ChoiceField(
        label=gettext_lazy("Administrator"),
        choices=[("yes", gettext_lazy("Add an administrator")), ("no", gettext_lazy("Skip"))],
        widget=forms.RadioSelect,
    )
    last_name = forms.CharField(label=gettext_lazy("Family name"), required=False)
    first_name = forms.CharField(label=gettext_lazy("Given name"), required=False)
    login = forms.CharField(
        label=gettext_lazy("ID"),
        required=False,
        help_text=gettext_lazy("2 to 40 characters."),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "hx-preserve": "true"}),
        help_text=gettext_lazy(
            "8 to 20 characters with letters and digits. Partnerdesk encrypts the password and"
            " deletes it after it is sent."
        ),
    )
    private_email = forms.CharField(label=gettext_lazy("Private e-mail"), required=False)
    cellphone = forms.CharField(label=gettext_lazy("Mobile phone"), required=False)
    country_code = forms.CharField(label=gettext_lazy("Country code"), required=False)
    product_id = forms.ChoiceField(
        label=gettext_lazy("First plan"),
        choices=[(NO_PRODUCT, gettext_lazy("Skip")), *choices_of(onboarding.STARTING_PRODUCTS, PRODUCTS)],
        widget=forms.RadioSelect,
    )

    def prepare(self) -> None:
        """Begin with what most customers have."""
        self.begin_with(
            time_zone="Asia/Tokyo",
            locale="ja_JP",
            administrator="yes",
            product_id=NO_PRODUCT,
            enable_partner_profile_display=True,
        )
        mark_required(self, NEEDED)

    def clean_domain(self) -> str:
        """Domains know no capitals."""
        return str(self.cleaned_data["domain"]).lower()

    def clean(self) -> None:
        """An administrator who is named has a name, an ID, an address and a password that LINE WORKS takes."""
        super().clean()
        if self.cleaned_data.get("administrator") == "no":
            told = [name for name in (*ADMINISTRATOR, "password") if self.cleaned_data.get(name)]
            for problem in onboarding.nobody_problems(told):
                self.add_error(problem.at, str(problem))
        if self.cleaned_data.get("administrator") == "yes":
            for name in NEEDED:
                if not self.cleaned_data.get(name) and name not in self.errors:
                    self.add_error(name, _("Required when you add an administrator."))
            if self.cleaned_data.get("password"):
                for problem in onboarding.password_problems(self.cleaned_data["password"]):
                    self.add_error("password", str(problem))
        if self.errors:
            self._judge_what_is_given()

    def _judge_what_is_given(self) -> None:
        """Tell all that is wrong at once: the rules hear of a wish only when nothing of it is missing."""
        given = {name: value for name, value in self.cleaned_data.items() if value}
        details = {asked: given[name] for name, asked in DETAILS.items() if name in given}
        problems = profile.detail_problems(details)
        if "domain" in given:
            problems += onboarding.domain_problems(given["domain"])
        if given.get("administrator") == "yes":
            problems += onboarding.administrator_problems(self._person())
        for problem in problems:
            if problem.at not in self.errors:
                self.add_error(problem.at, str(problem))

    def wish(self) -> dict[str, Any]:
        """Return what is asked for; in the place of the password stands that there is one."""
        given = self.cleaned_data
        wish: dict[str, Any] = {
            name: given[name] for name in ("domain", "company_name", "phone_number", "time_zone", "locale")
        }
        wish["partnership"] = {"enable_partner_profile_display": given["enable_partner_profile_display"]}
        if given["product_id"] != NO_PRODUCT:
            wish["product_id"] = given["product_id"]
        if given["administrator"] == "yes":
            wish["administrator"] = self._person() | {"password": onboarding.STRUCK}
        return wish

    def _person(self) -> dict[str, Any]:
        """Return what is told of the administrator, by the request's names; what was left empty is not."""
        given = self.cleaned_data
        return {asked: given[name] for name, asked in ADMINISTRATOR.items() if given.get(name)}

    def secrets(self) -> Mapping[str, str]:
        """Return the password by its place in the request."""
        if self.cleaned_data["administrator"] != "yes":
            return {}
        return {"administrator.password": self.cleaned_data["password"]}

    @classmethod
    def refill(cls, request: BaseModel) -> Mapping[str, Any]:
        """Return a wish by the names of the fields; the password is to be given anew."""
        asked = request.model_dump(mode="json", exclude_none=True)
        person = asked.pop("administrator", {})
        shown = asked.pop("partnership", {}).get("enable_partner_profile_display", True)
        return {
            "product_id": NO_PRODUCT,
            "administrator": "yes" if person else "no",
            "enable_partner_profile_display": shown or "",
            **asked,
            **{name: person[of] for name, of in ADMINISTRATOR.items() if of in person},
        }

    def sections(self) -> Iterator[tuple[str, list[Row]]]:
        """Return the fields under the headings under which people think of them."""
        rows = list(self.rows())
        of_person = [row for row in rows if row.field.name in (*ADMINISTRATOR, "password", "administrator")]
        of_product = [row for row in rows if row.field.name == "product_id"]
        of_name = [row for row in rows if row.field.name == "domain"]
        others = [row for row in rows if row not in (*of_person, *of_product, *of_name)]
        yield _("Domain"), of_name
        yield _("Company"), others
        yield _("Administrator"), of_person
        yield _("First subscription"), of_product


class TransferForm(CommandForm):
    """An Online Direct customer, and the code that it has issued for the partner."""

    domain = forms.CharField(
        label=gettext_lazy("Customer’s domain or group name"), widget=forms.TextInput(attrs=_PLAIN)
    )
    partner_code = forms.CharField(
        label=gettext_lazy("Partner code"),
        help_text=gettext_lazy("The customer issues this code for the partner."),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    enable_partner_profile_display = forms.BooleanField(
        label=gettext_lazy("Partner profile display"), required=False, initial=True
    )

    def prepare(self) -> None:
        """Say which fields must be filled in."""
        mark_required(self)

    def clean_domain(self) -> str:
        """A name goes into an address: what cannot stand there is no name."""
        domain = str(self.cleaned_data["domain"]).lower()
        if not onboarding.stands_in_an_address(domain):
            raise forms.ValidationError(_("This is not a valid domain or group name."))
        return domain

    def sections(self) -> Iterator[tuple[str, list[Row]]]:
        """Return all fields under one heading."""
        yield _("Online Direct customer"), list(self.rows())
