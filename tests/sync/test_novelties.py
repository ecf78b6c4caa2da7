"""What the contract does not know is counted."""

import pytest

from portal.sync.models import SchemaDrift
from portal.sync.schema_drift import LONGEST_VALUE, Surprises
from portal.vendor.client import SchemaSurprise
from tests.support.portal import WITHOUT_CONTRACT, ReadIn
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.django_db


def counted() -> dict[tuple[str, str, str, str], int]:
    return {(row.kind, row.record, row.field, row.value): row.times for row in SchemaDrift.objects.all()}


def test_the_same_is_added_up_and_what_is_kept_is_forgotten() -> None:
    surprises = Surprises()
    for value in ("GOLD", "GOLD", "TIN"):
        surprises.add(SchemaSurprise("value", "Subscription", "plan", value))
    surprises.keep()
    surprises.keep()
    surprises.add(SchemaSurprise("value", "Subscription", "plan", "GOLD"))
    surprises.keep()
    assert counted() == {("value", "Subscription", "plan", "GOLD"): 3, ("value", "Subscription", "plan", "TIN"): 1}
    row = SchemaDrift.objects.get(value="GOLD")
    assert row.first_seen_at < row.last_seen_at


def test_of_an_unknown_field_only_the_name_counts() -> None:
    surprises = Surprises()
    for value in ({"a": 1}, "another"):
        surprises.add(SchemaSurprise("field", "Customer", "partnership.tier", value))
    surprises.keep()
    assert counted() == {("field", "Customer", "partnership.tier", ""): 2}


def test_a_value_that_fits_into_no_index_is_cut() -> None:
    surprises = Surprises()
    surprises.add(SchemaSurprise("value", "Customer", "locale", "長" * 5_000 + "\0"))
    surprises.keep()
    assert len(SchemaDrift.objects.get().value) == LONGEST_VALUE


def test_what_the_vendor_sends_is_counted_as_it_is_read(sandbox: Sandbox, read_in: ReadIn) -> None:
    sandbox.fault("getCustomer", "extra_field")
    read_in(WITHOUT_CONTRACT)
    assert {(kind, record) for kind, record, _field, _value in counted()} == {("field", "Customer")}
    before = counted()
    read_in(WITHOUT_CONTRACT)
    assert counted() == before
