"""What all requests have in common: both spellings of a field, nothing unknown, and no value in a message."""

import pytest
from pydantic import ValidationError

from portal.operations.payloads import OrderRequest


class Wish(OrderRequest):
    """A made-up request."""

    license_count: int


@pytest.mark.parametrize("name", ["licenseCount", "license_count"])
def test_a_field_is_taken_by_the_name_of_line_works_and_by_ours(name: str) -> None:
    assert Wish.model_validate({name: 5}).model_dump(by_alias=True) == {"licenseCount": 5}


def test_what_was_asked_for_stays_as_it_is() -> None:
    wish = Wish(license_count=5)
    with pytest.raises(ValidationError):
        wish.license_count = 6  # type: ignore[misc]
    assert wish.license_count == 5


def test_a_field_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValidationError):
        Wish.model_validate({"licenseCount": 5, "memo": "x"})


def test_an_error_quotes_no_value() -> None:
    """It may be a password."""
    with pytest.raises(ValidationError) as refused:
        Wish.model_validate({"licenseCount": "correct-horse"})
    assert "correct-horse" not in str(refused.value)
