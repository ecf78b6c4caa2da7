"""Forms of the commands that change a contract immediately."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy

from portal.core.catalogue import FAMILIES, LICENSE_PLANS, UPGRADES, Family
from portal.core.labels import PLANS, PRODUCTS
from portal.operations.command_forms import CommandForm, WholeNumberField, choices_of
from subscriptions.rules import contract, conversion
from subscriptions.rules.shared import find, members

LICENSES = gettext_lazy("Enter a whole number of licenses, such as 10.")
PAID_PLAN = gettext_lazy("Choose one of the contract types.")
# Nobody chooses for a customer what it pays and for how long.
AGREED = gettext_lazy("Choose what the customer ordered.")


class LicensesForm(CommandForm):
    """How many licenses to add."""

    add_license_count = WholeNumberField(
        label=gettext_lazy("Number of licenses to add"),
        help_text=gettext_lazy("Enter 1 or more."),
        error_messages={"invalid": LICENSES},
    )


class ConversionForm(CommandForm):
    """What a Free or trial subscription becomes."""

    needs = {"license_count": ("plan", LICENSE_PLANS)}

    product_id = forms.ChoiceField(
        label=gettext_lazy("Plan"),
        widget=forms.RadioSelect,
        help_text=AGREED,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the plans.")},
    )
    plan = forms.ChoiceField(
        label=gettext_lazy("Contract type"),
        widget=forms.RadioSelect,
        help_text=AGREED,
        error_messages={"invalid_choice": PAID_PLAN},
    )
    license_count = WholeNumberField(
        label=gettext_lazy("Licenses"),
        required=False,
        help_text=gettext_lazy("Enter the total number, at least the number of users."),
        error_messages={"invalid": LICENSES},
    )

    def prepare(self) -> None:
        """Ask for a product only where there is a choice: a trial goes on with its own."""
        offer_paid(self)
        present = members(self.situation.state)
        if present:
            self.begin_with(license_count=present)


class UpgradeForm(CommandForm):
    """Nothing to fill in: what it becomes follows from what it is."""

    def wish(self) -> dict[str, Any]:
        """Return the product that the subscription becomes."""
        present = find(self.situation.state, self.situation.target.ids["subscription_id"])
        return {"product_id": UPGRADES.get(present.product_id, "ADV") if present else "ADV"}


class SubscriptionForm(CommandForm):
    """What starts at once."""

    needs = {"plan": ("product_id", [product for family in FAMILIES for product in family.paid])}

    product_id = forms.ChoiceField(
        label=gettext_lazy("Plan"),
        help_text=gettext_lazy("A paid plan can start today only if Free or its trial was used before."),
        error_messages={"invalid_choice": gettext_lazy("Choose one of the plans.")},
    )
    plan = forms.ChoiceField(
        label=gettext_lazy("Contract type"),
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": PAID_PLAN},
    )
    license_count = WholeNumberField(
        label=gettext_lazy("Licenses"),
        required=False,
        help_text=gettext_lazy("Enter a number for contract types with licenses. Leave it empty otherwise."),
        error_messages={"invalid": LICENSES},
    )

    def prepare(self) -> None:
        """Offer the products of the families of which the customer has none, and begin with a trial."""
        families = contract.families_to_add(self.situation.state)
        plans = list(dict.fromkeys(plan for family in families for plan in family.paid_plans))
        cast(forms.ChoiceField, self.fields["product_id"]).choices = [
            (family.name, choices_of(family.products, PRODUCTS)) for family in families
        ]
        cast(forms.ChoiceField, self.fields["plan"]).choices = choices_of(plans, PLANS)
        self.begin_with(product_id=_first_trial(families))

    def wish(self) -> dict[str, Any]:
        """Return what is asked for; Free and trials have one plan each, which nobody need choose."""
        wish = super().wish()
        return {"plan": contract.plan_to_start_with(wish["product_id"], ""), **wish}


def offer_paid(form: CommandForm) -> None:
    """Offer the paid products and plans of the family that a Free or trial subscription is of."""
    present = find(form.situation.state, form.situation.target.ids["subscription_id"])
    products, plans = conversion.paid_choices(present) if present else ((), ())
    if products:
        cast(forms.ChoiceField, form.fields["product_id"]).choices = choices_of(products, PRODUCTS)
    else:
        del form.fields["product_id"]
    cast(forms.ChoiceField, form.fields["plan"]).choices = choices_of(plans, PLANS)


def _first_trial(families: list[Family]) -> str:
    return families[0].trials[0] if families else ""
