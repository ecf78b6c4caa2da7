"""Form of the renewal settings of a subscription."""

from typing import cast

from django import forms
from django.utils.translation import gettext_lazy

from portal.core.labels import PLANS, PRODUCTS
from portal.operations.command_forms import CommandForm, WholeNumberField, choices_of
from subscriptions.catalogue import LICENSE_PLANS
from subscriptions.forms.contract import LICENSES, PAID_PLAN
from subscriptions.rules import renewals
from subscriptions.rules.shared import find

WHAT = {
    renewals.STAY: gettext_lazy("Renews as it is"),
    renewals.CHANGE: gettext_lazy("Renews with changes"),
    renewals.CANCEL: gettext_lazy("Ends with the contract"),
}


class RenewalForm(CommandForm):
    """What happens to a subscription at contract end; product, plan and licenses go with changes only."""

    needs = {
        "product_id": ("type", (renewals.CHANGE,)),
        "plan": ("type", (renewals.CHANGE,)),
        "license_count": ("plan", LICENSE_PLANS),
    }

    type = forms.ChoiceField(
        label=gettext_lazy("At contract end"),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose what happens at contract end.")},
    )
    product_id = forms.ChoiceField(
        label=gettext_lazy("Product"),
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the products.")},
    )
    plan = forms.ChoiceField(
        label=gettext_lazy("Plan"),
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": PAID_PLAN},
    )
    license_count = WholeNumberField(
        label=gettext_lazy("Licenses"),
        required=False,
        help_text=gettext_lazy("Only at a renewal can there be fewer than now."),
        error_messages={"invalid": LICENSES},
    )

    def prepare(self) -> None:
        """Begin with what is set, and with what the subscription is where nothing else is set."""
        present = find(self.situation.state, self.situation.target.ids["subscription_id"])
        if present is None:
            return
        types, products, plans = renewals.choices(present)
        self._offer("type", [(kind, WHAT[kind]) for kind in types])
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
