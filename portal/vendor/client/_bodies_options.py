"""Request bodies about options that LINE WORKS documents; `_assumptions_bodies.py` has the rest."""

from collections.abc import Set
from typing import Annotated, Self

from pydantic import Field, StrictInt, model_validator

from ._bodies import KNOWN, NULLABLE, Body, one_of
from ._values import OptionProductId, SubOptionId

PAID_SUB_OPTIONS = frozenset({SubOptionId.ACV201, SubOptionId.DRV01, SubOptionId.DRV_PS, SubOptionId.DRV_PA})
"""What a trial option can become. Vendor page: partner-customer-option-products-paidservice"""

DOCUMENTED_OPTIONS = frozenset(OptionProductId)
"""Every documented option. Vendor pages: partner-customer-option-products-delete (en, jp)"""

KnownOption = Annotated[OptionProductId, KNOWN]
KnownSubOption = Annotated[SubOptionId, KNOWN]
Quantity = Annotated[StrictInt, Field(ge=1)]


def check_option(option_product_id: OptionProductId, allowed: Set[OptionProductId] = DOCUMENTED_OPTIONS) -> None:
    """
    Check the option that a change is about.

    Raises:
        ValueError: it is none of those that LINE WORKS documents for the change.
    """
    if option_product_id not in allowed:
        raise ValueError(f"{option_product_id} is no option that LINE WORKS documents for this")


def check_belongs(sub_option_id: SubOptionId, option_product_id: OptionProductId) -> None:
    """
    Check that a sub option is one of this option. Vendor page: partner-customer-option-products-post

    Raises:
        ValueError: it isn't.
    """
    if not sub_option_id.startswith(option_product_id):
        raise ValueError(f"{sub_option_id} is no sub option of {option_product_id}")


class NewOptionProduct(Body):
    """
    An option to add at once.

    Attributes:
        option_product_id: the option.
        sub_option_id: one of its sub options.
        quantity: for options sold by quantity; otherwise leave it out, or give None to send null.

    Vendor page: partner-customer-option-products-post
    """

    option_product_id: KnownOption
    sub_option_id: KnownSubOption
    quantity: Annotated[Quantity | None, NULLABLE] = None

    @model_validator(mode="after")
    def _belongs(self) -> Self:
        check_belongs(self.sub_option_id, self.option_product_id)
        return self


class OptionUpgrade(Body):
    """The sub option to move up to. Vendor page: partner-customer-option-products-upgrade"""

    sub_option_id: KnownSubOption


class OptionPaidService(Body):
    """
    What a trial option becomes.

    Attributes:
        sub_option_id: ACV201, DRV01, DRV_PS or DRV_PA.
        quantity: for options sold by quantity; otherwise leave it out, or give None to send null.

    Vendor page: partner-customer-option-products-paidservice
    """

    sub_option_id: Annotated[SubOptionId, one_of(PAID_SUB_OPTIONS, "a paid sub option")]
    quantity: Annotated[Quantity | None, NULLABLE] = None
