"""Form of the renewal settings of a subscription."""

from typing import cast

from django import forms
from django.utils.translation import gettext_lazy

from portal.core.catalogue import LICENSE_PLANS
from portal.core.labels import PLANS, PRODUCTS, RENEWALS
from portal.operations.command_forms import CommandForm, WholeNumberField, choices_of
from subscriptions.forms.contract import LICENSES, PAID_PLAN
from subscriptions.rules import renewals
from subscriptions.rules.shared import find


class RenewalForm(CommandForm):
    """What happens to a subscription at contract end; product, plan and licenses go with changes only."""

    needs = {
        "product_id": ("type", (renewals.CHANGE,)),
        "plan": ("type", (renewals.CHANGE,)),
        "license_count": ("plan", LICENSE_PLANS),
    }

    type = forms.ChoiceField(
        label=gettext_lazy("At renewal"),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose the renewal settings.")},
    )
    product_id = forms.ChoiceField(
        label=gettext_lazy("Plan"),
        required=False,
        widget=forms.RadioSelect,
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
        help_text=gettext_lazy("You can reduce licenses only at renewal."),
        error_messages={"invalid": LICENSES},
    )

    def prepare(self) -> None:
        """Begin with what is set, and with what the subscription is where nothing else is set."""
        present = find(self.situation.state, self.situation.target.ids["subscription_id"])
        if present is None:
            return
        types, products, plans = renewals.choices(present)
        self._offer("type", choices_of(types, RENEWALS))
        self._offer("product_id", choices_of(products, PRODUCTS))
        self._offer("plan", choices_of(plans, PLANS))
        renewal = present.renewal
        self.begin_with(
            type=renewal.type if renewal else renewals.STAY,
            product_id=(renewal and renewal.product_id) or present.product_id,
            plan=(renewal and renewal.plan) or present.plan,
            license_count=(renewal and renewal.license_count) or present.license_count,
        )

    def _offer(self, name: str, choices: list[tuple[str, object]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices
