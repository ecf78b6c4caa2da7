"""Every kind of change of options, all the way: asked for, confirmed, sent once by a worker, seen at LINE WORKS."""

from typing import Any

import pytest
from pydantic import BaseModel

from options.commands.option_orders import ADD_ORDER, CHANGE_ORDER, DELETE_ORDER
from options.commands.options import ADD_OPTION, ADD_QUANTITY, CANCEL_OPTION, CONVERT_OPTION, UPGRADE_OPTION
from options.commands.renewals import SET_RENEWAL
from options.rules.option_orders import OptionOrderAdd, OptionOrderChange, OptionOrderDelete
from options.rules.options import OptionAdd, OptionCancel, OptionConvert, OptionQuantityAdd, OptionUpgrade
from options.rules.renewals import OptionRenewalSet
from portal.operations.commands import Command
from portal.operations.presentation import evidence
from portal.operations.states import State
from tests.options.situations import SITUATIONS
from tests.support.orders import day, order, rest
from tests.support.portal import People, ReadIn
from tests.support.sandbox import Sandbox
from tests.support.worker import Worker

Journey = tuple[str, Command[Any], BaseModel]

JOURNEYS: dict[str, Journey] = {
    "a paid option is added": (
        "advanced", ADD_OPTION, OptionAdd(option_product_id="SSTG2", sub_option_id="SSTG201"),
    ),
    "a trial is added to a trial": (
        "trial", ADD_OPTION, OptionAdd(option_product_id="DRV", sub_option_id="DRV00"),
    ),
    "an option is added by quantity": (
        "standard", ADD_OPTION, OptionAdd(option_product_id="CST_S", sub_option_id="CST_S01", quantity=3),
    ),
    "an annual option is canceled": ("annual storage", CANCEL_OPTION, OptionCancel(option_product_id="SSTG2")),
    "storage is enlarged": (
        "storage", UPGRADE_OPTION, OptionUpgrade(option_product_id="SSTG2", sub_option_id="SSTG205"),
    ),
    "a trial is converted": (
        "drive trial", CONVERT_OPTION, OptionConvert(option_product_id="DRV", sub_option_id="DRV01"),
    ),
    "a beginning is scheduled": (
        "standard",
        ADD_ORDER,
        OptionOrderAdd(option_product_id="SSTG2", type="APPLY", apply_date=day(9), sub_option_id="SSTG202"),
    ),
    "a beginning is scheduled with a pre-order": (
        "pre-ordered",
        ADD_ORDER,
        OptionOrderAdd(option_product_id="ACV2", type="APPLY", apply_date=day(9), sub_option_id="ACV201"),
    ),
    "an end is scheduled": (
        "annual storage", ADD_ORDER, OptionOrderAdd(option_product_id="SSTG2", type="CANCEL", apply_date=day(9)),
    ),
    "a conversion is scheduled": (
        "archive trial, to be converted",
        ADD_ORDER,
        OptionOrderAdd(option_product_id="ACV2", type="START_PAID_SERVICE", apply_date=day(7), sub_option_id="ACV201"),
    ),
    "a larger size is scheduled": (
        "contacts",
        ADD_ORDER,
        OptionOrderAdd(option_product_id="BCT", type="MODIFY", apply_date=day(9), sub_option_id="BCT03"),
    ),
    "a larger quantity is scheduled": (
        "CX Talk",
        ADD_ORDER,
        OptionOrderAdd(option_product_id="CST_S", type="CHANGE_QUANTITY", apply_date=day(17), quantity=5),
    ),
    "what is scheduled is changed": (
        "storage to grow",
        CHANGE_ORDER,
        OptionOrderChange(option_product_id="SSTG2", apply_date=day(12), sub_option_id="SSTG204"),
    ),
    "what is scheduled is deleted": ("drive to end", DELETE_ORDER, OptionOrderDelete(option_product_id="DRV")),
    "storage is to shrink at the renewal": (
        "annual storage",
        SET_RENEWAL,
        OptionRenewalSet(option_product_id="SSTG2", type="CHANGE", sub_option_id="SSTG201"),
    ),
    "storage is to stay after all": (
        "storage that is to shrink", SET_RENEWAL, OptionRenewalSet(option_product_id="SSTG2", type="STAY"),
    ),
    "a smaller quantity from the renewal on": (
        "CX Talk", SET_RENEWAL, OptionRenewalSet(option_product_id="CST_S", type="CHANGE", quantity=1),
    ),
    "more is added": ("CX Talk", ADD_QUANTITY, OptionQuantityAdd(option_product_id="CST_S", quantity=2)),
}  # fmt: skip


@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_change_is_ordered_sent_once_and_seen(
    journey: str, worker: Worker, sandbox: Sandbox, people: People, read_in: ReadIn
) -> None:
    situation, write, wish = JOURNEYS[journey]
    customer = read_in(SITUATIONS[situation](sandbox))
    effects = len(sandbox.ledger())

    operation = rest(order(people.account_manager, customer, wish, write))

    assert operation.state == State.SUCCEEDED
    [effect] = sandbox.ledger()[effects:]
    assert (effect["operation"], effect["domainId"]) == (write.kind, customer.pk)
    assert {row.tells for row in evidence(operation)} <= {"As requested", "Unchanged"}
    assert [row for row in evidence(operation) if row.changes]
