import pytest

from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import Api
from .customering import HIKARI, KITAHAMA, LEAFWORKS, MIKAWAYA, NEW, assert_breaks, change, create, customer, done, path
from .ledger import operations

WANTED = {"domain": "leafworks.example.jp"}
UPGRADE, CHANGE, ACTIVATE = "/upgrade-domain", "/change-domain", "/activate"


def register(api: Api, domain_id: int = LEAFWORKS) -> dict[str, object]:
    return done(api, "POST", path(domain_id, UPGRADE), WANTED, 201)


@keeps("cust.domain.kind", "cust.domain.free", "cust.domain.length", "cust.domain.characters")
@pytest.mark.parametrize(("name", "kind"), [("asagiri.by-works.com", "DOMAIN"), ("asagiri", "GROUP"), ("ab", "GROUP")])
def test_a_free_name_is_answered_with_its_kind(api: Api, sandbox: Sandbox, name: str, kind: str) -> None:
    assert done(api, "POST", "/customers/verify-domain", {"domain": name}) == {"domain": name, "type": kind}
    assert sandbox.ledger() == []


@breaks("cust.domain.length", "cust.domain.characters")
@pytest.mark.parametrize(
    ("rule_id", "name", "code"),
    [
        ("cust.domain.length", "a", "INVALID_PARAMETER"),
        ("cust.domain.length", "a" * 23, "INVALID_PARAMETER"),
        ("cust.domain.characters", "asa--giri", "INVALID_DOMAIN"),
    ],
)
def test_an_odd_name_is_refused(api: Api, sandbox: Sandbox, rule_id: str, name: str, code: str) -> None:
    assert_breaks(api, sandbox, rule_id, 400, code, "POST", "/customers/verify-domain", {"domain": name})


@breaks("cust.domain.free")
def test_a_name_that_somebody_has_or_is_about_to_take_is_taken(api: Api, sandbox: Sandbox) -> None:
    register(api)
    for name in (
        "leafworks-llc",
        "leafworks.example.jp",
        "hotaru-kobo",
    ):  # a customer's, a registered one, a potential's
        verify = ("POST", "/customers/verify-domain", {"domain": name})
        assert_breaks(api, sandbox, "cust.domain.free", 400, "INVALID_DOMAIN", *verify)
        new = ("POST", "/customers", NEW | {"domain": name})
        assert_breaks(api, sandbox, "cust.domain.free", 409, "DOMAIN_ALREADY_EXIST", *new)


def test_the_name_of_a_customer_that_left_is_free_again(api: Api) -> None:
    done(api, "DELETE", path(LEAFWORKS), status=204)

    assert create(api, domain="leafworks-llc")["domain"] == "leafworks-llc"


@keeps("cust.activate.terms", "cust.activate.dns", "cust.upgradedomain.exists")
def test_a_domain_is_proved_by_its_dns_once_the_terms_are_accepted(api: Api, sandbox: Sandbox) -> None:
    domain_id = create(api)["domainId"]
    values = done(api, "GET", path(domain_id, UPGRADE))
    assert (values["domain"], values["isActiveDomain"]) == ("asagiri.example.jp", False)
    assert set(values["mxRecordValue"]) == {"priority10", "priority20"}
    change(sandbox, domain_id, acceptedTerms=True, hasDns=True)

    activated = done(api, "POST", path(domain_id, ACTIVATE))

    assert (activated["enableActiveDomain"], activated["enableActiveMxrecord"]) == (True, True)
    assert customer(api, domain_id) == activated
    assert done(api, "GET", path(domain_id, UPGRADE)) == values | {"isActiveDomain": True}
    assert operations(sandbox, domain_id) == ["createCustomer", "outside:changeCustomer", "activateCustomer"]


def test_activating_again_changes_nothing(api: Api, sandbox: Sandbox) -> None:
    before = customer(api, HIKARI)

    assert done(api, "POST", path(HIKARI, ACTIVATE)) == before
    assert sandbox.ledger() == []


@breaks("cust.activate.terms", "cust.activate.dns")
def test_nothing_is_activated_before_its_time(api: Api, sandbox: Sandbox) -> None:
    domain_id = create(api)["domainId"]
    activate = ("POST", path(domain_id, ACTIVATE))
    change(sandbox, domain_id, hasDns=True)
    assert_breaks(api, sandbox, "cust.activate.terms", 403, "FORBIDDEN", *activate)
    change(sandbox, domain_id, hasDns=False, acceptedTerms=True)
    assert_breaks(api, sandbox, "cust.activate.dns", 400, "INVALID_DOMAIN", *activate)


@keeps("cust.activate.domain")
def test_a_group_name_is_activated_without_dns(api: Api, sandbox: Sandbox) -> None:
    before = customer(api, LEAFWORKS)

    assert done(api, "POST", path(LEAFWORKS, ACTIVATE)) == before | {"enableActiveDomain": True}


@breaks("cust.activate.domain")
def test_a_group_name_is_not_activated_before_the_terms_are_accepted(api: Api, sandbox: Sandbox) -> None:
    change(sandbox, LEAFWORKS, acceptedTerms=False)

    assert_breaks(api, sandbox, "cust.activate.terms", 403, "FORBIDDEN", "POST", path(LEAFWORKS, ACTIVATE))


@keeps("cust.domain.byworks")
def test_a_by_works_domain_is_active_from_the_start_without_proof(api: Api, sandbox: Sandbox) -> None:
    created = create(api, domain="asagiri.by-works.net")

    assert (created["enableActiveDomain"], created["enableActiveMxrecord"]) == (True, False)
    done(api, "POST", path(LEAFWORKS, CHANGE), {"domain": "leafworks.by-works.com"}, 204)
    assert customer(api, LEAFWORKS)["enableActiveDomain"] is True


@breaks("cust.domain.byworks")
@pytest.mark.parametrize("domain", ["byworks.example.jp", "aby-works.com", "by-works.example.jp"])
def test_any_other_domain_waits_for_proof(api: Api, domain: str) -> None:
    assert create(api, domain=domain)["enableActiveDomain"] is False


@keeps("cust.upgradedomain.group", "cust.upgradedomain.one", "cust.upgradedomain.byworks", "cust.upgradedomain.exists")
@keeps("cust.changedomain.group", "cust.changedomain.registered", "cust.changedomain.dns")
def test_a_group_name_becomes_a_domain_in_the_documented_order(api: Api, sandbox: Sandbox) -> None:
    before = customer(api, LEAFWORKS)
    registered = register(api)
    assert (registered["domain"], registered["isActiveDomain"]) == ("leafworks.example.jp", False)
    assert done(api, "GET", path(LEAFWORKS, UPGRADE)) == registered
    change(sandbox, LEAFWORKS, hasDns=True)
    assert done(api, "GET", path(LEAFWORKS, UPGRADE)) == registered | {"isActiveDomain": True}

    answer = api("POST", path(LEAFWORKS, CHANGE), WANTED)

    assert (answer.status_code, answer.content) == (204, b"")
    changes = {"domainType": "DOMAIN", "enableActiveDomain": True, "enableActiveMxrecord": True}
    assert customer(api, LEAFWORKS) == before | WANTED | changes
    assert operations(sandbox, LEAFWORKS) == ["createUpgradeDomain", "outside:changeCustomer", "changeDomain"]


@keeps("sub.advanced.domain")
def test_after_the_change_advanced_can_be_had(api: Api) -> None:
    done(api, "POST", path(LEAFWORKS, CHANGE), {"domain": "leafworks.by-works.com"}, 204)

    order = {"productId": "ADV_T", "plan": "TRIAL"}
    done(api, "POST", path(LEAFWORKS, "/subscriptions"), order, 201)
    assert [one["productId"] for one in api.subscriptions(LEAFWORKS)] == ["ADV_T"]


@keeps("cust.upgradedomain.exists")
def test_a_registered_domain_can_be_given_up_for_another(api: Api, sandbox: Sandbox) -> None:
    register(api)
    change(sandbox, LEAFWORKS, hasDns=True)

    answer = api("DELETE", path(LEAFWORKS, UPGRADE))

    assert (answer.status_code, answer.content) == (204, b"")
    other = done(api, "POST", path(LEAFWORKS, UPGRADE), {"domain": "leaf.example.jp"}, 201)
    assert other["isActiveDomain"] is False
    ledger = ["createUpgradeDomain", "outside:changeCustomer", "deleteUpgradeDomain", "createUpgradeDomain"]
    assert operations(sandbox, LEAFWORKS) == ledger


@breaks("cust.upgradedomain.group", "cust.upgradedomain.one", "cust.upgradedomain.byworks", "cust.upgradedomain.exists")
@breaks("cust.domain.kind")
def test_only_a_group_name_registers_one_domain_that_needs_it(api: Api, sandbox: Sandbox) -> None:
    register(api)
    for rule_id, status, code, method, domain_id, body in (
        ("cust.upgradedomain.one", 409, "UPGRADE_DOMAIN_ALREADY_EXIST", "POST", LEAFWORKS, {"domain": "a.example.jp"}),
        ("cust.upgradedomain.group", 409, "CONFLICT", "POST", KITAHAMA, {"domain": "a.example.jp"}),
        ("cust.upgradedomain.byworks", 400, "INVALID_DOMAIN", "POST", MIKAWAYA, {"domain": "a.by-works.com"}),
        ("cust.domain.kind", 400, "INVALID_DOMAIN", "POST", MIKAWAYA, {"domain": "mikawaya"}),
        ("cust.domain.free", 409, "DOMAIN_ALREADY_EXIST", "POST", MIKAWAYA, WANTED),
        ("cust.upgradedomain.exists", 404, "UPGRADE_DOMAIN_NOT_EXIST", "GET", MIKAWAYA, None),
        ("cust.upgradedomain.exists", 404, "UPGRADE_DOMAIN_NOT_EXIST", "DELETE", MIKAWAYA, None),
        ("cust.upgradedomain.exists", 404, "UPGRADE_DOMAIN_NOT_EXIST", "DELETE", KITAHAMA, None),
    ):
        assert_breaks(api, sandbox, rule_id, status, code, method, path(domain_id, UPGRADE), body)


@breaks("cust.changedomain.group", "cust.changedomain.registered", "cust.changedomain.dns")
def test_a_change_out_of_order_is_refused(api: Api, sandbox: Sandbox) -> None:
    to_leaf = ("POST", path(LEAFWORKS, CHANGE), WANTED)
    assert_breaks(api, sandbox, "cust.changedomain.registered", 400, "INVALID_DOMAIN", *to_leaf)
    register(api)
    assert_breaks(api, sandbox, "cust.changedomain.dns", 400, "INVALID_DOMAIN", *to_leaf)
    to_other = ("POST", path(LEAFWORKS, CHANGE), {"domain": "leaf.example.jp"})
    assert_breaks(api, sandbox, "cust.changedomain.registered", 400, "INVALID_DOMAIN", *to_other)
    of_hikari = ("POST", path(HIKARI, CHANGE), {"domain": "hikari.by-works.com"})
    assert_breaks(api, sandbox, "cust.changedomain.group", 400, "INVALID_DOMAIN", *of_hikari)
    to_taken = ("POST", path(LEAFWORKS, CHANGE), {"domain": "hikari-logi.by-works.com"})
    assert_breaks(api, sandbox, "cust.domain.free", 409, "DOMAIN_ALREADY_EXIST", *to_taken)


def test_the_seed_has_an_upgrade_under_way(api: Api, sandbox: Sandbox) -> None:
    everybody = [
        one
        for half in ("asc", "desc")
        for one in api("GET", f"/customers?count=30&orderBy=name%20{half}").json()["customers"]
    ]
    groups = [one["domainId"] for one in everybody if one["domainType"] == "GROUP"]

    assert [domain_id for domain_id in groups if api("GET", path(domain_id, UPGRADE)).status_code == 200]
