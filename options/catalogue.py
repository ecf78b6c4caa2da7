"""
What LINE WORKS sells as options: sizes, required plans, trials, what can be increased or reduced.

Sources: LINE WORKS pages ``partner-customer-option-products-{post, upgrade, paidservice, renewal-patch}`` and
``partner-customer-option-product-orders-{post, patch}``, English and Japanese. They say which options go with which
products, not which sizes. That a trial goes with a trial or a paid product, and a paid size with a paid product,
follows from their rule that a trial takes trial options only, and from the names: an assumption.

A code that is not here is never offered, and shown as it came. The pages name no sizes of AiNote, PaperOn and
AiStudio: those options are listed with their name, their maximum quantity and whether they last one month; none can be
added.
"""

from dataclasses import dataclass

APPLY, CANCEL, MODIFY = "APPLY", "CANCEL", "MODIFY"
START_PAID_SERVICE, CHANGE_QUANTITY = "START_PAID_SERVICE", "CHANGE_QUANTITY"

TRIAL_PRODUCTS = frozenset({"STD_T", "ADV_T"})
PAID_PRODUCTS = frozenset({"STD", "ADV"})

_STANDARD, _ADVANCED = frozenset({"STD", "STD_T"}), frozenset({"ADV", "ADV_T"})


@dataclass(frozen=True)
class Size:
    """
    A size or kind of an option, which LINE WORKS calls a sub option.

    Args:
        code: LINE WORKS's.
        products: what it can be held with.
        becomes: the paid size that a trial turns into; empty for a paid size. The pairs are ours, by the names.
    """

    code: str
    products: frozenset[str]
    becomes: str = ""

    @property
    def is_trial(self) -> bool:
        """Whether it is had for nothing, for a while."""
        return bool(self.becomes)


@dataclass(frozen=True)
class Option:
    """
    An option.

    Args:
        code: LINE WORKS's.
        sizes: all that are named by a page.
        tasks: what can be scheduled for it.
        ladder: sizes from the lowest to the highest, by which it grows.
        most: of its quantity; None for an option that is not sold by quantity.
        shrinks: whether a lower size can be chosen for its renewal.
        converts_now: whether its trial can be converted to paid immediately, not only on a date.
        one_month: whether it is bought for one month: it has no renewal and costs no penalty.
    """

    code: str
    sizes: tuple[Size, ...] = ()
    tasks: frozenset[str] = frozenset()
    ladder: tuple[str, ...] = ()
    most: int | None = None
    shrinks: bool = False
    converts_now: bool = False
    one_month: bool = False

    @property
    def can_be_ordered(self) -> bool:
        """Whether its sizes are known, without which nothing can be asked for."""
        return bool(self.sizes)

    def size(self, code: str) -> Size | None:
        """Return one of its sizes."""
        return next((size for size in self.sizes if size.code == code), None)

    def above(self, code: str) -> tuple[str, ...]:
        """Return the sizes that it can grow to, the next one first."""
        return self.ladder[self.ladder.index(code) + 1 :] if code in self.ladder else ()

    def below(self, code: str) -> tuple[str, ...]:
        """Return the sizes under this one, the lowest first."""
        return self.ladder[: self.ladder.index(code)] if code in self.ladder else ()

    def sold_with(self, product: str) -> tuple[str, ...]:
        """Return the sizes that can be held with a product."""
        return tuple(size.code for size in self.sizes if product in size.products)


def _both(trial: str, paid: str, products: frozenset[str]) -> tuple[Size, Size]:
    return Size(trial, products, becomes=paid), Size(paid, products & PAID_PRODUCTS)


def _sizes(stem: str, count: int) -> tuple[Size, ...]:
    return tuple(Size(f"{stem}0{number}", PAID_PRODUCTS) for number in range(1, count + 1))


def _of_names(sizes: tuple[Size, ...]) -> tuple[str, ...]:
    return tuple(size.code for size in sizes)


_STORAGE, _CONTACTS = _sizes("SSTG2", 7), _sizes("BCT", 4)
_WITH_TRIAL = frozenset({APPLY, CANCEL, START_PAID_SERVICE})
# For more contacts, MODIFY stands on the superseded page only.
_WITH_SIZES = frozenset({APPLY, CANCEL, MODIFY})


def _cx_talk(code: str) -> Option:
    # No page lists the tasks of CX Talk. Ours: as it has a trial and is sold by quantity, it has the tasks of both.
    sizes = _both(f"{code}00", f"{code}01", _STANDARD | _ADVANCED)
    return Option(code, sizes, _WITH_TRIAL | {CHANGE_QUANTITY}, most=50)


_ALL = (
    Option("ACV2", _both("ACV200", "ACV201", _STANDARD | _ADVANCED), _WITH_TRIAL, converts_now=True),
    Option("ACV3", _both("ACV300", "ACV301", _ADVANCED), _WITH_TRIAL),
    Option(
        "DRV",
        (
            *_both("DRV00", "DRV01", _STANDARD),
            *_both("DRV_PS_T", "DRV_PS", _STANDARD),
            *_both("DRV_PA_T", "DRV_PA", _ADVANCED),
        ),
        # The superseded page lists no START_PAID_SERVICE and the current one was cut; its trial converts, so ours.
        _WITH_TRIAL,
        # Ours: the page says that Drive can be upgraded, the names say from what to what.
        ladder=("DRV01", "DRV_PS"),
        converts_now=True,
    ),
    Option("SSTG2", _STORAGE, _WITH_SIZES, ladder=_of_names(_STORAGE), shrinks=True),
    Option("BCT", _CONTACTS, _WITH_SIZES, ladder=_of_names(_CONTACTS), shrinks=True),
    _cx_talk("CST_S"),
    _cx_talk("CST_M"),
    _cx_talk("CST_L"),
    Option("QTA_O1", most=999, one_month=True),
    Option("QTA_O2", most=999, one_month=True),
    Option("QTA_M1", most=999),
    Option("QTA_M2", most=999),
    Option("JP_PPO_O", most=10, one_month=True),
    Option("JP_PPO_M", most=20),
    Option("JP_AIS_O", most=999, one_month=True),
    Option("JP_AIS_M", most=999),
)
OPTIONS = {option.code: option for option in _ALL}
OFFERED = tuple(option for option in _ALL if option.can_be_ordered)


def find(code: str) -> Option | None:
    """Return an option by its code, if it is known."""
    return OPTIONS.get(code)


def priced_item(option_code: str, size_code: str | None) -> str:
    """Return the code by which an option has a price: of its size, or its own where no page names its sizes."""
    option = find(option_code)
    return size_code if size_code and (option is None or option.can_be_ordered) else option_code


def paid_product(product: str) -> str:
    """Return what a trial product turns into; any other stays what it is."""
    return product.removesuffix("_T") if product in TRIAL_PRODUCTS else product
