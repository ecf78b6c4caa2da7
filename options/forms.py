"""The forms that changes of options are asked with."""

from collections.abc import Sequence
from typing import cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from options import rules_now
from options.catalogue import find
from portal.operations.order_forms import OrderForm, WholeNumberField, choices_of
from portal.words import SUB_OPTIONS


class OptionForm(OrderForm):
    """Base of the forms about one option, which the address names."""

    @property
    def code(self) -> str:
        """The option that the order is about."""
        return str(self.situation.subject.ids["option_product_id"])

    def offer_sizes(self, sizes: Sequence[str]) -> None:
        """Say which sizes can be chosen; the first is chosen already."""
        cast(forms.ChoiceField, self.fields["sub_option_id"]).choices = choices_of(sizes, SUB_OPTIONS)
        if sizes:
            self.begin_with(sub_option_id=sizes[0])

    def offer_quantity(self, present: int = 1) -> None:
        """Ask for a quantity if the option is sold by one, beginning with the present one."""
        option = find(self.code)
        if option is None or option.most is None:
            del self.fields["quantity"]
            return
        self.fields["quantity"].help_text = _("From 1 to %(most)s.") % {"most": f"{option.most:,}"}
        self.begin_with(quantity=present)


def size_field(**kwargs: object) -> forms.ChoiceField:
    """Answer the field for a size of an option."""
    return forms.ChoiceField(
        label=gettext_lazy("Size"),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the sizes that can be had.")},
        **kwargs,  # type: ignore[arg-type]  # what any field takes
    )


class OptionAddForm(OptionForm):
    """What an option is added with."""

    sub_option_id = size_field()
    quantity = WholeNumberField(label=gettext_lazy("Quantity"), required=False)

    def prepare(self) -> None:
        """Offer what goes with the customer's subscription."""
        self.offer_sizes(rules_now.addable_sizes(self.situation.state, self.code))
        self.offer_quantity()


class OptionUpgradeForm(OptionForm):
    """The larger size."""

    sub_option_id = size_field()

    def prepare(self) -> None:
        """Offer what lies above the present size."""
        self.offer_sizes(rules_now.larger_sizes(self.situation.state, self.code))


class OptionConvertForm(OptionForm):
    """What a trial becomes."""

    sub_option_id = size_field()

    def prepare(self) -> None:
        """Offer the one paid size that goes with the trial."""
        becomes = rules_now.paid_size(self.situation.state, self.code)
        self.offer_sizes([becomes] if becomes else [])


class OptionQuantityForm(OptionForm):
    """How many more."""

    quantity = WholeNumberField(label=gettext_lazy("How many more"))

    def prepare(self) -> None:
        """Say how many there are, and how many more there can be."""
        present, most = rules_now.quantities(self.situation.state, self.code)
        self.fields["quantity"].help_text = _("There are %(present)s now; at most %(most)s are possible.") % {
            "present": f"{present:,}",
            "most": f"{most:,}",
        }
        self.begin_with(quantity=1)
