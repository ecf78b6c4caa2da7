"""
The options: which sub options each has, on which products they run, what lies above what.

Vendor pages `partner-customer-option-products-{post,upgrade,paidservice}`,
`partner-customer-option-product-orders-patch`. Of the options for AiNote, PaperOn and AiStudio no page seen names the
sub options: they are known here by name only, and nothing of theirs can be ordered.
"""

from dataclasses import dataclass

from .catalogue import ADVANCED, ADVANCED_TRIAL, STANDARD, STANDARD_TRIAL, Group

APPLY, CANCEL, MODIFY = "APPLY", "CANCEL", "MODIFY"
START_PAID_SERVICE, CHANGE_QUANTITY = "START_PAID_SERVICE", "CHANGE_QUANTITY"
TASK_TYPES = (APPLY, START_PAID_SERVICE, CHANGE_QUANTITY, CANCEL, MODIFY)

_STD, _ADV = frozenset({STANDARD, STANDARD_TRIAL}), frozenset({ADVANCED, ADVANCED_TRIAL})
_BOTH = _STD | _ADV
_PAID = frozenset({STANDARD, ADVANCED})


@dataclass(frozen=True, slots=True)
class SubOption:
    """
    One edition of an option.

    Attributes:
        products: the products that it can be held with.
        is_trial: whether it runs as a trial; then `paid_id` is what it turns into.
        capacity: what it holds, GB or contacts; None where there is nothing to exceed.
    """

    id: str
    products: frozenset[str]
    is_trial: bool = False
    paid_id: str | None = None
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """
    One option.

    Attributes:
        tasks: what can be scheduled for it.
        ladders: sub options from the lowest to the highest.
        most: the largest quantity, for an option that is sold by quantity.
        fixed_quantity: the quantity that answers show though nobody chooses it.
        shrinks: whether a lower sub option may be chosen for the renewal.
        is_per_user: whether it is charged for each user or license of the product.
        lasts_one_month: whether it is bought for a single month and so is never renewed.
    """

    id: str
    sub_options: tuple[SubOption, ...] = ()
    tasks: frozenset[str] = frozenset()
    group: Group = Group.WORKS
    ladders: tuple[tuple[str, ...], ...] = ()
    most: int | None = None
    fixed_quantity: int | None = None
    shrinks: bool = False
    is_per_user: bool = False
    lasts_one_month: bool = False

    def sub_option(self, sub_option_id: str) -> SubOption | None:
        """Give one of its sub options by id, or None."""
        return next((sub for sub in self.sub_options if sub.id == sub_option_id), None)

    def is_above(self, higher: str, lower: str) -> bool:
        """Tell whether one sub option stands above another."""
        return any(
            {higher, lower} <= set(ladder) and ladder.index(higher) > ladder.index(lower) for ladder in self.ladders
        )


_TERABYTES = (1, 5, 10, 25, 50, 100, 500)
_CONTACTS = (250_000, 500_000, 1_500_000, 5_000_000)
_STORAGE = tuple(
    SubOption(f"SSTG20{number}", _PAID, capacity=size * 1024) for number, size in enumerate(_TERABYTES, start=1)
)
_EXTRA_CONTACTS = tuple(SubOption(f"BCT0{number}", _PAID, capacity=size) for number, size in enumerate(_CONTACTS, 1))

_CONVERTIBLE = frozenset({APPLY, CANCEL, START_PAID_SERVICE})
_RESIZABLE = frozenset({APPLY, CANCEL, MODIFY})


def _cx_talk(option_id: str) -> Option:
    return Option(
        option_id,
        (
            SubOption(f"{option_id}00", _BOTH, is_trial=True, paid_id=f"{option_id}01"),
            SubOption(f"{option_id}01", _PAID),
        ),
        # No page seen lists the tasks of CX Talk; as it has a trial and a quantity, these are deduced.
        _CONVERTIBLE | {CHANGE_QUANTITY},
        most=50,
    )


_ALL = (
    Option(
        "ACV2",
        (SubOption("ACV200", _BOTH, is_trial=True, paid_id="ACV201"), SubOption("ACV201", _PAID)),
        _CONVERTIBLE,
        is_per_user=True,
    ),
    Option(
        "ACV3",
        (SubOption("ACV300", _ADV, is_trial=True, paid_id="ACV301"), SubOption("ACV301", frozenset({ADVANCED}))),
        _CONVERTIBLE,
        is_per_user=True,
    ),
    Option(
        "DRV",
        (
            # Which trial turns into which paid sub option is deduced from their names.
            SubOption("DRV00", _STD, is_trial=True, paid_id="DRV01"),
            SubOption("DRV01", frozenset({STANDARD})),
            SubOption("DRV_PS_T", _STD, is_trial=True, paid_id="DRV_PS"),
            SubOption("DRV_PS", frozenset({STANDARD})),
            SubOption("DRV_PA_T", _ADV, is_trial=True, paid_id="DRV_PA"),
            SubOption("DRV_PA", frozenset({ADVANCED})),
        ),
        # The current list of its tasks was cut; the older one has no START_PAID_SERVICE, yet its trial converts.
        _CONVERTIBLE,
        ladders=(("DRV01", "DRV_PS"),),
        is_per_user=True,
    ),
    Option(
        "SSTG2",
        _STORAGE,
        _RESIZABLE,
        ladders=(tuple(sub.id for sub in _STORAGE),),
        fixed_quantity=1,
        shrinks=True,
    ),
    Option(
        "BCT",
        _EXTRA_CONTACTS,
        _RESIZABLE,
        ladders=(tuple(sub.id for sub in _EXTRA_CONTACTS),),
        fixed_quantity=1,
        shrinks=True,
    ),
    _cx_talk("CST_S"),
    _cx_talk("CST_M"),
    _cx_talk("CST_L"),
    Option("QTA_O1", group=Group.NOTE_AI, most=999, lasts_one_month=True),
    Option("QTA_O2", group=Group.NOTE_AI, most=999, lasts_one_month=True),
    Option("QTA_M1", group=Group.NOTE_AI, most=999),
    Option("QTA_M2", group=Group.NOTE_AI, most=999),
    Option("JP_PPO_O", group=Group.PAPER_ON, most=10, lasts_one_month=True),
    Option("JP_PPO_M", group=Group.PAPER_ON, most=20),
    Option("JP_AIS_O", group=Group.AI_STUDIO, most=999, lasts_one_month=True),
    Option("JP_AIS_M", group=Group.AI_STUDIO, most=999),
)
OPTIONS = {option.id: option for option in _ALL}
SUB_OPTION_IDS = tuple(sub.id for option in _ALL for sub in option.sub_options)
