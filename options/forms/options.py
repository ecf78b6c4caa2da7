"""Forms of the commands about options."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from options.catalogue import CANCEL, START_PAID_SERVICE, find
from options.forms import choices
from options.rules import option_orders, options, order_windows, renewals
from options.rules.shared import find_held, free_day
from portal.core.labels import RENEWALS, SUB_OPTIONS
from portal.operations.command_forms import CommandForm, DayField, WholeNumberField, choices_of


class OptionForm(CommandForm):
    """Base of the forms about one option, which the address names."""

    @property
    def code(self) -> str:
        """The option that the order is about."""
        return str(self.situation.target.ids["option_product_id"])

    def offer_sizes(self, sizes: Sequence[str]) -> None:
        """Return which sizes can be chosen; the least is chosen already. Why another one cannot be, the rules say."""
        field, option = cast(SizeField, self.fields["sub_option_id"]), find(self.code)
        field.choices = choices_of(sizes, SUB_OPTIONS)
        field.known = {size.code for size in option.sizes} if option else set()
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


class SizeField(forms.ChoiceField):
    """
    A size of an option.

    Attributes:
        known: every size of the option; one that is not offered goes to the rules, which name what stands against it.
    """

    known: Collection[str] = ()

    def valid_value(self, value: str) -> bool:
        """Return whether a value is a size of the option."""
        return value in self.known or super().valid_value(value)


def size_field(**kwargs: object) -> SizeField:
    """Return the field for a size of an option."""
    return SizeField(
        label=gettext_lazy("Sub option"),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the sub options.")},
        **kwargs,  # type: ignore[arg-type]  # what any field takes
    )


class OptionAddForm(OptionForm):
    """What an option is added with."""

    sub_option_id = size_field()
    quantity = WholeNumberField(label=gettext_lazy("Quantity"), required=False)

    def prepare(self) -> None:
        """Offer what goes with the customer's subscription."""
        self.offer_sizes(options.addable_sizes(self.situation.state, self.code))
        self.offer_quantity()


class OptionUpgradeForm(OptionForm):
    """The larger size."""

    sub_option_id = size_field()

    def prepare(self) -> None:
        """Offer what lies above the present size."""
        self.offer_sizes(options.larger_sizes(self.situation.state, self.code))


class OptionConvertForm(OptionForm):
    """What a trial becomes."""

    sub_option_id = size_field()

    def prepare(self) -> None:
        """Offer the one paid size that goes with the trial."""
        becomes = options.paid_size(self.situation.state, self.code)
        self.offer_sizes([becomes] if becomes else [])


class OptionQuantityForm(OptionForm):
    """How many more."""

    quantity = WholeNumberField(label=gettext_lazy("Quantity to add"))

    def prepare(self) -> None:
        """Return how many there are, and how many more there can be."""
        present, most = options.quantities(self.situation.state, self.code)
        self.fields["quantity"].help_text = _("The current quantity is %(present)s. The maximum is %(most)s.") % {
            "present": f"{present:,}",
            "most": f"{most:,}",
        }
        self.begin_with(quantity=1)


class OptionOrderForm(OptionForm):
    """Base of the forms about a scheduled task: its day, and what goes with its type."""

    apply_date = DayField(label=gettext_lazy("Scheduled date"))
    sub_option_id = size_field(required=False)
    quantity = WholeNumberField(label=gettext_lazy("Quantity"), required=False)

    def offer(self, task_type: str, *, is_new: bool) -> None:
        """Keep the fields that such a task has, with what is legal for each."""
        situation = self.situation
        days = order_windows.days_of(situation.state, self.code, task_type, situation.today, is_new=is_new)
        if days:
            field = cast(DayField, self.fields["apply_date"])
            field.allow(*days)
            self.begin_with(apply_date=self._sensible(field, task_type, days[-1]))
        if task_type in option_orders.OF_A_SIZE:
            self.offer_sizes(choices.possible_sizes(situation.state, self.code, task_type))
        else:
            del self.fields["sub_option_id"]
        if task_type in option_orders.OF_A_QUANTITY:
            self.offer_quantity(present=choices.least_quantity(situation.state, self.code, task_type))
        else:
            del self.fields["quantity"]

    def _sensible(self, field: DayField, task_type: str, last: date) -> date | None:
        """Return the day by which least is lost: what ends and what is converted is used to its end before."""
        held = find_held(self.situation.state, self.code)
        free = free_day(find(self.code), held) if held and task_type == CANCEL else None
        best = last if task_type in (CANCEL, START_PAID_SERVICE) else None
        return field.suggest(self.situation.today, end=held.plan_end_date if held else None, free=free, best=best)


class OptionOrderAddForm(OptionOrderForm):
    """What is scheduled; the address says which kind of task it is."""

    def prepare(self) -> None:
        """Begin with the least of what is legal."""
        self.offer(str(self.situation.target.ids["type"]), is_new=True)


class OptionOrderChangeForm(OptionOrderForm):
    """What is to change of a scheduled task; what stays as it is is not sent."""

    def prepare(self) -> None:
        """Begin with what is scheduled now."""
        self.present = choices.scheduled(self.situation.state, self.code)
        task_type = str(self.present.get("type", ""))
        self.initial = {**{name: self.present[name] for name in self.fields if name in self.present}, **self.initial}
        self.offer(task_type, is_new=False)
        for name in set(self.fields) - option_orders.CHANGEABLE.get(task_type, set()):
            del self.fields[name]

    def wish(self) -> dict[str, Any]:
        """Return only what differs from what is scheduled."""
        return {name: value for name, value in super().wish().items() if value != self.present.get(name)}


class OptionRenewalForm(OptionForm):
    """What is to become of an option at the end of its contract."""

    needs = {
        "sub_option_id": ("type", (renewals.CHANGE,)),
        "quantity": ("type", (renewals.CHANGE,)),
    }

    type = forms.ChoiceField(
        label=gettext_lazy("At renewal"),
        choices=choices_of(renewals.TYPES, RENEWALS),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose the renewal settings.")},
    )
    sub_option_id = size_field(required=False)
    quantity = WholeNumberField(label=gettext_lazy("Quantity"), required=False)

    def prepare(self) -> None:
        """Begin with what is set, and with what the option is where nothing else is set."""
        state = self.situation.state
        renewal, held = renewals.find_renewal(state, self.code), find_held(state, self.code)
        sizes = renewals.renewable_sizes(state, self.code)
        set_so = (renewal and renewal.sub_option_id, held and held.sub_option_id)
        size = next((size for size in set_so if size in sizes), None)
        self.begin_with(type=renewal.type if renewal else renewals.STAY, **({"sub_option_id": size} if size else {}))
        self.offer_sizes(sizes)
        self.offer_quantity(present=(renewal and renewal.quantity) or renewals.present_quantity(state, self.code))
