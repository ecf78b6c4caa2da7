"""Renewals of options are read option by option."""

from typing import Any

import pytest

from options.commands.options import ADD_OPTION
from options.commands.renewals import SET_RENEWAL
from options.models import OptionRenewal
from options.rules.options import OptionAdd
from options.rules.renewals import OptionRenewalSet
from options.sync.options import OPTIONS
from options.sync.renewals import OPTION_RENEWALS
from portal.core.clock import now
from portal.operations import execution, reconciliation
from portal.operations.states import State
from portal.sync.models import Reading
from portal.sync.resources import Answer
from portal.sync.store import keep
from portal.vendor import client
from portal.vendor.client import OptionProduct, OptionProductId, Record
from tests.support.orders import happened, order
from tests.support.portal import PAID_ADVANCED, People, ReadIn
from tests.support.reads import do_outside, problem_of, read
from tests.support.rows import keep_customers
from tests.support.sandbox import Sandbox
from tests.support.vendor_json import customer, option, option_renewal, without

pytestmark = pytest.mark.django_db

ONE = 10_000_001


def keep_options(domain_id: int, *codes: str) -> list[OptionProduct]:
    keep_customers(customer(domain_id))
    records = [OptionProduct.from_vendor(option(optionProductId=code)) for code in codes]
    keep(OPTIONS, {domain_id: Answer(records)}, read_at=now())
    return records


def test_the_parts_are_the_options_that_can_have_a_renewal() -> None:
    records = keep_options(ONE, "SSTG2", "QTA_O1", "BCT", "JP_PPO_O", "NEVER_HEARD_OF")
    assert OPTION_RENEWALS.parts_of
    assert OPTION_RENEWALS.parts
    told = OPTION_RENEWALS.parts_of(records)
    assert told == ("BCT", "NEVER_HEARD_OF", "SSTG2")
    keep_options(ONE + 1, "DRV")
    assert OPTION_RENEWALS.parts([ONE, ONE + 1, ONE + 2]) == {ONE: told, ONE + 1: ("DRV",)}


def test_a_renewal_that_does_not_name_its_option_is_kept_under_the_one_that_was_asked_for() -> None:
    keep_options(ONE, "SSTG2")
    nameless = client.OptionProductRenewal.from_vendor(without(option_renewal(), "optionProductId"))
    records: list[Record] = [nameless]
    keep(OPTION_RENEWALS, {ONE: Answer(records, parts=[OptionProductId.SSTG2])}, read_at=now())
    assert OptionRenewal.objects.get().option_product_id == "SSTG2"


@pytest.mark.usefixtures("vendor_settings")
def test_an_option_on_trial_has_none_and_the_others_are_read(sandbox: Sandbox) -> None:
    for code, size in (("SSTG2", "SSTG202"), ("ACV2", "ACV200")):
        do_outside(sandbox, "addOptionProduct", PAID_ADVANCED, {"optionProductId": code, "subOptionId": size})
    keep_customers(customer(PAID_ADVANCED))
    read(OPTIONS, PAID_ADVANCED)
    assert read(OPTION_RENEWALS, PAID_ADVANCED).done == 1
    assert sandbox.calls()["getOptionProductRenewal"] == 2
    assert problem_of(OPTION_RENEWALS, PAID_ADVANCED) == ""
    assert list(OptionRenewal.objects.values_list("option_product_id", flat=True)) == ["SSTG2"]


@pytest.mark.usefixtures("vendor_settings")
def test_an_option_that_went_meanwhile_is_a_problem_of_its_own(sandbox: Sandbox) -> None:
    for code, size in (("SSTG2", "SSTG202"), ("BCT", "BCT01")):
        do_outside(sandbox, "addOptionProduct", PAID_ADVANCED, {"optionProductId": code, "subOptionId": size})
    keep_customers(customer(PAID_ADVANCED))
    read(OPTIONS, PAID_ADVANCED)
    do_outside(sandbox, "cancelOptionProduct", PAID_ADVANCED, optionProductId="BCT")
    read(OPTION_RENEWALS, PAID_ADVANCED)
    assert problem_of(OPTION_RENEWALS, PAID_ADVANCED).startswith("BCT: ")
    assert list(OptionRenewal.objects.values_list("option_product_id", flat=True)) == ["SSTG2"]
    # Once the options are read again nobody asks for it any more.
    read(OPTIONS, PAID_ADVANCED)
    read(OPTION_RENEWALS, PAID_ADVANCED)
    assert problem_of(OPTION_RENEWALS, PAID_ADVANCED) == ""


@pytest.mark.parametrize(
    ("option", "renewal"),
    [
        ({"option_product_id": "SSTG2", "sub_option_id": "SSTG202"}, {"sub_option_id": "SSTG201"}),
        ({"option_product_id": "CST_S", "sub_option_id": "CST_S01", "quantity": 3}, {"quantity": 2}),
    ],
)
def test_the_renewal_of_an_option_can_be_set_right_after_it_was_added(
    option: dict[str, Any], renewal: dict[str, Any], read_in: ReadIn, people: People
) -> None:
    """The renewal came with the option, and is read before the order is told to be done."""
    customer = read_in(PAID_ADVANCED)
    added = order(people.account_manager, customer, OptionAdd.model_validate(option), ADD_OPTION)
    execution.send(added)
    reconciliation.look(added)

    wish = {"option_product_id": option["option_product_id"], "type": "CHANGE", **renewal}
    changed = order(people.account_manager, customer, OptionRenewalSet.model_validate(wish), SET_RENEWAL)
    execution.send(changed)
    reconciliation.look(changed)

    changed.refresh_from_db()
    assert changed.state == State.SUCCEEDED, happened(changed)


def test_a_renewal_is_wanted_as_soon_as_its_option_is_seen(sandbox: Sandbox, read_in: ReadIn) -> None:
    """Somebody else may have added the option, or it began on its day."""
    read_in(PAID_ADVANCED)
    do_outside(sandbox, "addOptionProduct", PAID_ADVANCED, {"optionProductId": "SSTG2", "subOptionId": "SSTG202"})
    wanted = Reading.objects.wanted().filter(domain_id=PAID_ADVANCED)

    read(OPTIONS, PAID_ADVANCED)

    assert [reading.resource for reading in wanted] == [OPTION_RENEWALS.name]
    read(OPTION_RENEWALS, PAID_ADVANCED)
    assert not wanted.all()
