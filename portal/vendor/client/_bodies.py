"""
Base class of request bodies: documented fields and values only; fields that are not given are not sent.

LINE WORKS tells a field that is absent from one that is null: PATCH leaves the first as it is and empties the
second. So None, which would be sent as null, is refused wherever LINE WORKS documents no null. Vendor page:
api-call
"""

from collections.abc import Set
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    StrictInt,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails, PydanticCustomError

from ._values import PAID_PLANS, PAID_PRODUCTS, OpenEnum, Plan, ProductId


class _Nullable:
    """Marks a field whose null LINE WORKS documents."""


NULLABLE: Final = _Nullable()

MOST_LICENSES: Final = 1_000_000
"""The largest number of licenses or members. Vendor page: partner-customer-subscriptions-reservation-create"""


class Body(BaseModel):
    """
    A request body: documented fields only, and what isn't given isn't sent.

    Making one raises pydantic.ValidationError for what LINE WORKS doesn't document. The error names fields, as
    LINE WORKS spells them, and reasons. It never repeats a value, because one of them may be a password.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        hide_input_in_errors=True,
    )

    def to_vendor(self) -> dict[str, Any]:
        """
        Return the JSON object to send. A field never given is absent; one given as None is sent as null.
        """
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets in it, in clear, for striking them out of all evidence."""
        return ()

    @model_validator(mode="wrap")
    @classmethod
    def _check(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            body = handler(data)
        except ValidationError as error:
            faults = [
                (each["type"], cls._place(each["loc"]), each["msg"]) for each in error.errors(include_input=False)
            ]
        else:
            faults = [("null", (name,), "LINE WORKS documents no null here; leave it out") for name in body._nulls()]
            if not faults:
                return body
        raise ValidationError.from_exception_data(cls.__name__, [_fault(*fault) for fault in faults], hide_input=True)

    @classmethod
    def _place(cls, place: tuple[int | str, ...]) -> tuple[int | str, ...]:
        """Return the place of a fault in LINE WORKS's spelling; pydantic has it as the value was given."""
        field = cls.model_fields.get(str(place[0])) if place else None
        return (field.alias or place[0], *place[1:]) if field else place

    def _nulls(self) -> list[str]:
        fields = type(self).model_fields
        given = (name for name in fields if name in self.model_fields_set and getattr(self, name) is None)
        return [fields[name].alias or name for name in given if NULLABLE not in fields[name].metadata]


class Change(Body):
    """A body of which each field is optional, and at least one must be given."""

    @model_validator(mode="after")
    def _is_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("nothing to change")
        return self


def _fault(kind: str, place: tuple[int | str, ...], message: str) -> InitErrorDetails:
    # A new error instead of the old one, which holds the value that was given.
    told = PydanticCustomError(kind, "{message}", {"message": message})
    return InitErrorDetails(type=told, loc=place, input=None)


def one_of(allowed: Set[OpenEnum], what: str) -> AfterValidator:
    """
    Let only these values of a list through.

    Args:
        allowed: the values that the contract lists for the field.
        what: ends the sentence "not ...".
    """

    def check(value: OpenEnum) -> OpenEnum:
        if value not in allowed:
            raise ValueError(f"not {what}")
        return value

    return AfterValidator(check)


def _known(value: OpenEnum) -> OpenEnum:
    if not value.known:
        raise ValueError("not a value that LINE WORKS documents")
    return value


KNOWN: Final = AfterValidator(_known)
"""Lets only documented values of a list through."""

Licenses = Annotated[StrictInt, Field(ge=1, le=MOST_LICENSES)]
PaidProduct = Annotated[ProductId, one_of(PAID_PRODUCTS, "a product that can be ordered for money")]
PaidPlan = Annotated[Plan, one_of(PAID_PLANS, "a contract type that costs money")]
