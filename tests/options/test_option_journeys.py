"""Every kind of change of options, all the way: asked for, confirmed, sent once by a worker, seen at the vendor."""

from typing import Any

import pytest
from pydantic import BaseModel

from options.rules_now import OptionAdd, OptionCancel, OptionConvert, OptionQuantityAdd, OptionUpgrade
from options.services_now import ADD_OPTION, ADD_QUANTITY, CANCEL_OPTION, CONVERT_OPTION, UPGRADE_OPTION
from portal.operations.presentation import evidence
from portal.operations.states import State
from portal.operations.writes import Write
from tests.options.situations import SITUATIONS
from tests.support.orders import order, rest
from tests.support.portal import People, ReadIn
from tests.support.sandbox import Sandbox
from tests.support.worker import Worker

Journey = tuple[str, Write[Any], BaseModel]

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
    "an annual option is cancelled": ("annual storage", CANCEL_OPTION, OptionCancel(option_product_id="SSTG2")),
    "storage is enlarged": (
        "storage", UPGRADE_OPTION, OptionUpgrade(option_product_id="SSTG2", sub_option_id="SSTG205"),
    ),
    "a trial is converted": (
        "drive trial", CONVERT_OPTION, OptionConvert(option_product_id="DRV", sub_option_id="DRV01"),
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
    assert {row.tells for row in evidence(operation)} <= {"As it should be", "Same"}
    assert [row for row in evidence(operation) if row.changes]
