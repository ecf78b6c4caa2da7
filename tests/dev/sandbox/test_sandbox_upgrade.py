import pytest

from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import Api
from .subscribing import (
    HIKARI,
    MIKAWAYA,
    MINATO,
    assert_breaks,
    current,
    done,
    of,
    only,
    renewal,
    start_free,
    start_paid,
    start_trial,
)


@keeps("sub.upgrade.standard", "sub.upgrade.trial", "sub.advanced.domain")
def test_standard_becomes_advanced_at_once(api: Api, sandbox: Sandbox) -> None:
    before = only(api, MINATO)

    answer = done(api, "POST", of(before, "/upgrade"), {"productId": "ADV"})

    assert answer == before | {"productId": "ADV", "renewal": before["renewal"] | {"productId": "ADV"}}
    assert only(api, MINATO) == answer
    [effect] = sandbox.ledger(MINATO)
    assert (effect["operation"], effect["what"]) == ("upgradeSubscription", answer)


@keeps("sub.upgrade.trial", "sub.upgrade.grace", "sub.upgrade.free")
def test_a_trial_of_standard_becomes_one_of_advanced(api: Api) -> None:
    trial = start_trial(api)

    answer = done(api, "POST", of(trial, "/upgrade"), {"productId": "ADV_T"})

    assert answer == trial | {"productId": "ADV_T"}


@breaks("sub.upgrade.standard")
@pytest.mark.parametrize("product_id", ["ADV", "ADV_T"])
def test_advanced_is_not_upgraded(api: Api, sandbox: Sandbox, product_id: str) -> None:
    address = of(only(api, HIKARI), "/upgrade")

    assert_breaks(api, sandbox, "sub.upgrade.standard", 409, "CONFLICT", "POST", address, {"productId": product_id})


@breaks("sub.upgrade.trial")
def test_a_trial_stays_one_and_paid_stays_paid(api: Api, sandbox: Sandbox) -> None:
    for subscription, product_id in ((start_trial(api), "ADV"), (only(api, MINATO), "ADV_T")):
        address, body = of(subscription, "/upgrade"), {"productId": product_id}
        assert_breaks(api, sandbox, "sub.upgrade.trial", 400, "INVALID_PARAMETER", "POST", address, body)


@breaks("sub.upgrade.free")
def test_free_is_not_upgraded(api: Api, sandbox: Sandbox) -> None:
    address = of(start_free(api), "/upgrade")

    assert_breaks(api, sandbox, "sub.upgrade.free", 409, "CONFLICT", "POST", address, {"productId": "ADV"})


@breaks("sub.upgrade.grace")
def test_a_trial_in_its_grace_period_is_not_upgraded(api: Api, sandbox: Sandbox) -> None:
    trial = start_trial(api)
    sandbox.set_clock("2026-02-15")

    address, body = of(trial, "/upgrade"), {"productId": "ADV_T"}
    assert_breaks(api, sandbox, "sub.upgrade.grace", 409, "CONFLICT", "POST", address, body)


@breaks("sub.advanced.domain")
def test_a_group_name_is_not_upgraded(api: Api, sandbox: Sandbox) -> None:
    address, body = of(only(api, MIKAWAYA), "/upgrade"), {"productId": "ADV_T"}

    assert_breaks(api, sandbox, "sub.advanced.domain", 400, "INVALID_DOMAIN", "POST", address, body)


@keeps("sub.upgrade.renewal")
def test_an_upgrade_at_once_deletes_the_one_of_the_renewal(api: Api) -> None:
    paid = start_paid(api)
    renewal(api, paid, "CHANGE", productId="ADV")

    upgraded = done(api, "POST", of(paid, "/upgrade"), {"productId": "ADV"})

    assert upgraded["renewal"] == paid["renewal"] | {"productId": "ADV", "type": "STAY"}


@breaks("sub.upgrade.renewal")
def test_what_else_the_renewal_changes_is_kept(api: Api) -> None:
    paid = start_paid(api)
    changed = renewal(api, paid, "CHANGE", productId="ADV", plan="ANNUAL_LICENSE", licenseCount=30)

    assert done(api, "POST", of(paid, "/upgrade"), {"productId": "ADV"})["renewal"] == changed


@breaks("sub.upgrade.renewal")
def test_a_renewal_that_is_cancelled_stays_so(api: Api) -> None:
    paid = start_paid(api)
    canceled = renewal(api, paid, "CANCEL")

    assert done(api, "POST", of(paid, "/upgrade"), {"productId": "ADV"})["renewal"] == canceled


def _take(api: Api, domain_id: int, option: str, sub_option: str) -> None:
    body = {"optionProductId": option, "subOptionId": sub_option}
    done(api, "POST", f"/customers/{domain_id}/option-products", body, 201)


def _options(api: Api, domain_id: int) -> list[str]:
    found = done(api, "GET", f"/customers/{domain_id}/option-products")["optionProducts"]
    return sorted(option["subOptionId"] for option in found)


@keeps("sub.upgrade.options")
@breaks("sub.upgrade.options")
def test_options_that_do_not_fit_are_cancelled_and_others_stay(api: Api, sandbox: Sandbox) -> None:
    paid = only(api, MINATO)
    _take(api, MINATO, "DRV", "DRV01")
    _take(api, MINATO, "ACV2", "ACV201")
    assert _options(api, MINATO) == ["ACV201", "DRV01"]

    done(api, "POST", of(paid, "/upgrade"), {"productId": "ADV"})

    assert _options(api, MINATO) == ["ACV201"]
    assert sandbox.ledger(MINATO)[-1]["what"]["cancelledOptions"] == ["DRV"]


@breaks("sub.upgrade.options")
def test_a_renewal_to_advanced_leaves_them_until_its_day(api: Api, sandbox: Sandbox) -> None:
    paid = start_paid(api)
    _take(api, paid["domainId"], "DRV", "DRV01")
    renewal(api, paid, "CHANGE", productId="ADV")
    sandbox.set_clock("2027-01-14")
    assert _options(api, paid["domainId"]) == ["DRV01"]

    sandbox.set_clock("2027-01-15")

    assert current(api, paid)["productId"] == "ADV"
    assert _options(api, paid["domainId"]) == []
