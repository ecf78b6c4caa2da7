"""Base class of payloads: pydantic models with the field names of LINE WORKS."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class OrderRequest(BaseModel):
    """
    Base of all requests: what a form is filled in with, and what an operation keeps.

    It checks types only. Whether a value is allowed the rules say, each problem at its field.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True
    )
