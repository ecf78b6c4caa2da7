import base64
import json

import pytest

from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import Api
from .customering import BASICS, NEW, PASSWORD, TSUBAME, administrator, assert_breaks, create, customer, path
from .ledger import operations


@keeps("cust.create.withoutproduct", "cust.create.partnership", "cust.domain.length", "cust.domain.characters")
@keeps("cust.company.length", "cust.phone.characters", "cust.timezone.iana", "cust.locale.known")
def test_a_customer_is_created_answered_read_and_in_the_ledger(api: Api, sandbox: Sandbox) -> None:
    created = create(api)

    assert created == {
        **NEW,
        "domainId": 300_000_061,
        "tenantId": 200_000_061,
        "productId": None,
        "domainType": "DOMAIN",
        "enableActiveDomain": False,
        "enableActiveMxrecord": False,
        "partnership": {"enablePartnerProfileDisplay": True},
    }
    assert customer(api, created["domainId"]) == created
    assert api.subscriptions(created["domainId"]) == []
    [effect] = sandbox.ledger()
    assert (effect["operation"], effect["what"]) == ("createCustomer", created)


@keeps("cust.create.product", "sub.advanced.domain")
@pytest.mark.parametrize(
    ("product_id", "plan", "end"),
    [("FR", "FREE", None), ("STD_T", "TRIAL", "2026-02-14"), ("ADV_T", "TRIAL", "2026-02-14")],
)
def test_a_product_of_the_beginning_starts_with_the_customer(
    api: Api, product_id: str, plan: str, end: str | None
) -> None:
    created = create(api, productId=product_id)

    [subscription] = api.subscriptions(created["domainId"])
    assert created["productId"] == product_id
    assert (subscription["productId"], subscription["plan"]) == (product_id, plan)
    assert (subscription["planStartDate"], subscription["planEndDate"]) == ("2026-01-15", end)


@breaks("cust.create.product", "cust.create.withoutproduct")
@pytest.mark.parametrize("product_id", ["STD", "ADV", "NTA_FR", "", None, 1])
def test_no_other_product_can_be_the_first(api: Api, sandbox: Sandbox, product_id: object) -> None:
    body = NEW | {"productId": product_id}
    assert_breaks(api, sandbox, "cust.create.product", 400, "INVALID_PARAMETER", "POST", "/customers", body)


@breaks("sub.advanced.domain")
def test_advanced_is_not_for_a_group_name(api: Api, sandbox: Sandbox) -> None:
    body = NEW | {"domain": "asagiri", "productId": "ADV_T"}
    assert_breaks(api, sandbox, "sub.advanced.domain", 400, "INVALID_DOMAIN", "POST", "/customers", body)


@keeps("cust.admin.namelength", "cust.admin.namecharacters", "cust.admin.id", "cust.admin.required", "cust.admin.mail")
@keeps(
    "cust.password.hidden",
    "cust.password.length",
    "cust.password.base64",
    "cust.password.classes",
    "cust.password.runs",
)
@pytest.mark.parametrize("password", [PASSWORD, "a1b2c3d4", "aabb1122ccdd3344eeff", "x1!!!!!!"])
def test_an_administrator_is_kept_and_its_password_nowhere(api: Api, sandbox: Sandbox, password: str) -> None:
    wanted = administrator(password)

    created = create(api, administrator=wanted)

    assert created["administrator"] == {name: value for name, value in wanted.items() if name != "password"}
    assert customer(api, created["domainId"]) == created
    everything = json.dumps(sandbox.ledger()) + sandbox.errors()
    assert password not in everything
    assert str(wanted["password"]) not in everything


@breaks("cust.password.hidden")
def test_the_ends_of_the_ranges_are_in(api: Api) -> None:
    person = administrator(lastName="あ" * 79, firstName="い", id="x" * 40, cellphone="", countryCode="+81")

    created = create(api, domain="ab", companyName="社" * 40, phoneNumber="0123PT-*#+,", administrator=person)

    assert set(customer(api, created["domainId"])["administrator"]) == set(person) - {"password"}
    assert created["domainType"] == "GROUP"
    assert create(api, domain=f"{'a' * 12}.{'b' * 9}")["domainType"] == "DOMAIN"


@breaks("cust.domain.length", "cust.domain.characters", "cust.company.length", "cust.phone.characters")
@breaks("cust.timezone.iana", "cust.locale.known")
@pytest.mark.parametrize(
    ("rule_id", "changes", "code"),
    [
        ("cust.domain.length", {"domain": "a"}, "INVALID_PARAMETER"),
        ("cust.domain.length", {"domain": "a" * 23}, "INVALID_PARAMETER"),
        ("cust.domain.characters", {"domain": "-asagiri"}, "INVALID_DOMAIN"),
        ("cust.domain.characters", {"domain": "asagiri-"}, "INVALID_DOMAIN"),
        ("cust.domain.characters", {"domain": "asa--giri"}, "INVALID_DOMAIN"),
        ("cust.domain.characters", {"domain": "Asagiri"}, "INVALID_DOMAIN"),
        ("cust.domain.characters", {"domain": "asa_giri"}, "INVALID_DOMAIN"),
        ("cust.domain.characters", {"domain": "朝霧"}, "INVALID_DOMAIN"),
        ("cust.domain.characters", {"domain": "asagiri..jp"}, "INVALID_DOMAIN"),
        ("cust.domain.characters", {"domain": "by-works.com"}, "INVALID_DOMAIN"),
        ("cust.company.length", {"companyName": "社" * 41}, "LIMIT_EXCEEDED"),
        ("cust.phone.characters", {"phoneNumber": "03 0000 0000"}, "INVALID_PARAMETER"),
        ("cust.phone.characters", {"phoneNumber": "０３"}, "INVALID_PARAMETER"),  # noqa: RUF001  full width is the point
        ("cust.timezone.iana", {"timeZone": "JST-9"}, "INVALID_PARAMETER"),
        ("cust.timezone.iana", {"timeZone": "asia/tokyo"}, "INVALID_PARAMETER"),
        ("cust.locale.known", {"locale": "de_DE"}, "INVALID_PARAMETER"),
    ],
)
def test_a_customer_must_be_well_described(
    api: Api, sandbox: Sandbox, rule_id: str, changes: dict[str, object], code: str
) -> None:
    assert_breaks(api, sandbox, rule_id, 400, code, "POST", "/customers", NEW | changes)


def encoded(plain: bytes) -> str:
    return base64.b64encode(plain).decode()


@breaks("cust.admin.namelength", "cust.admin.namecharacters", "cust.admin.id", "cust.admin.required", "cust.admin.mail")
@breaks("cust.password.length", "cust.password.base64", "cust.password.classes", "cust.password.runs")
@pytest.mark.parametrize(
    ("rule_id", "changes", "code"),
    [
        ("cust.admin.namelength", {"lastName": "あ" * 78, "firstName": "いいい"}, "LIMIT_EXCEEDED"),
        ("cust.admin.namecharacters", {"lastName": "朝霧;"}, "INVALID_PARAMETER"),
        ("cust.admin.namecharacters", {"firstName": "太郎\t"}, "INVALID_PARAMETER"),
        ("cust.admin.id", {"id": "t"}, "INVALID_PARAMETER"),
        ("cust.admin.id", {"id": "t" * 41}, "INVALID_PARAMETER"),
        ("cust.admin.mail", {"privateEmail": "taro"}, "INVALID_PARAMETER"),
        ("cust.password.base64", {"password": "kazE-7-tobu"}, "INVALID_PARAMETER"),
        ("cust.password.base64", {"password": encoded("風あり7-tobu".encode())}, "INVALID_PARAMETER"),
        ("cust.password.length", {"password": encoded(b"a1b2c3d")}, "INVALID_PARAMETER"),
        ("cust.password.length", {"password": encoded(b"aabb1122ccdd3344eeff5")}, "INVALID_PARAMETER"),
        ("cust.password.classes", {"password": encoded(b"kazetobuki")}, "INVALID_PARAMETER"),
        ("cust.password.classes", {"password": encoded(b"19283746")}, "INVALID_PARAMETER"),
        ("cust.password.classes", {"password": encoded(b"kaze 7 tobu")}, "INVALID_PARAMETER"),
        ("cust.password.runs", {"password": encoded(b"kaze1112")}, "INVALID_PARAMETER"),
        ("cust.password.runs", {"password": encoded(b"xabC8-tobu")}, "INVALID_PARAMETER"),
        ("cust.password.runs", {"password": encoded(b"kaze-987")}, "INVALID_PARAMETER"),
        ("cust.password.runs", {"password": encoded(b"kaaAze-7")}, "INVALID_PARAMETER"),
    ],
)
def test_an_administrator_must_be_well_described(
    api: Api, sandbox: Sandbox, rule_id: str, changes: dict[str, object], code: str
) -> None:
    body = NEW | {"administrator": administrator() | changes}
    assert_breaks(api, sandbox, rule_id, 400, code, "POST", "/customers", body)


def test_a_refused_password_is_in_no_answer(api: Api, sandbox: Sandbox) -> None:
    for password in ("secret-but-without-digit", "abc", "secret111"):
        wanted = administrator(password)
        answer = api("POST", "/customers", NEW | {"administrator": wanted})

        assert answer.status_code == 400
        assert password not in answer.text
        assert str(wanted["password"]) not in answer.text
        assert password not in sandbox.errors()
        assert str(wanted["password"]) not in sandbox.errors()


@pytest.mark.parametrize("name", ["lastName", "password", "id", "privateEmail"])
def test_an_administrator_needs_its_members(api: Api, sandbox: Sandbox, name: str) -> None:
    person = {key: value for key, value in administrator().items() if key != name}
    body = NEW | {"administrator": person}
    assert_breaks(api, sandbox, "cust.admin.required", 400, "MISSING_PARAMETER", "POST", "/customers", body)


@breaks("cust.create.partnership")
def test_the_partner_s_notes_come_later(api: Api, sandbox: Sandbox) -> None:
    assert create(api, partnership={"enablePartnerProfileDisplay": False})["partnership"] == {
        "enablePartnerProfileDisplay": False
    }
    body = NEW | {"domain": "yugiri", "partnership": {"memo": "later"}}
    assert_breaks(api, sandbox, "cust.create.partnership", 400, "INVALID_PARAMETER", "POST", "/customers", body)


@pytest.mark.parametrize("name", sorted(NEW))
def test_what_is_missing_is_named(api: Api, sandbox: Sandbox, name: str) -> None:
    answer = api("POST", "/customers", {key: value for key, value in NEW.items() if key != name})

    assert (answer.status_code, answer.json()["code"]) == (400, "MISSING_PARAMETER")
    assert name in answer.json()["description"]
    assert sandbox.ledger() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"companyName": ""},
        {"companyName": None},
        {"companyName": "\ud800"},
        {"locale": ["ja_JP"]},
        {"administrator": None},
        {"administrator": []},
        {"partnership": {"enablePartnerProfileDisplay": "yes"}},
        {"tenantId": 1},
    ],
)
def test_odd_members_are_refused(api: Api, sandbox: Sandbox, changes: dict[str, object]) -> None:
    answer = api("POST", "/customers", NEW | changes)

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PARAMETER")
    assert sandbox.ledger() == []


def test_an_id_is_not_given_out_again(api: Api) -> None:
    first = create(api)["domainId"]
    assert api("DELETE", path(first)).status_code == 204

    assert create(api)["domainId"] == first + 1


@keeps("cust.patch.keeps", "cust.update.editable", "cust.partnership.code", "cust.partnership.memo")
def test_a_patch_changes_what_it_names(api: Api, sandbox: Sandbox) -> None:
    before = customer(api, TSUBAME)
    first = {"companyName": "株式会社つばめ", "partnership": {"customerCode": "顧" * 66 + "ab", "memo": "覚" * 700}}

    answer = api("PATCH", path(TSUBAME), first)
    second = api("PATCH", path(TSUBAME), {"partnership": {"enablePartnerProfileDisplay": False}})

    partnership = before["partnership"] | first["partnership"]
    assert answer.json() == before | {"companyName": "株式会社つばめ", "partnership": partnership}
    assert second.json()["partnership"] == partnership | {"enablePartnerProfileDisplay": False}
    assert customer(api, TSUBAME) == second.json()
    assert operations(sandbox, TSUBAME) == ["patchCustomer", "patchCustomer"]


@breaks("cust.patch.keeps")
def test_a_patch_without_members_changes_nothing(api: Api, sandbox: Sandbox) -> None:
    before = customer(api, TSUBAME)

    assert api("PATCH", path(TSUBAME), {}).json() == before
    assert sandbox.ledger() == []


@breaks("cust.update.editable", "cust.partnership.code", "cust.partnership.memo")
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize(
    ("rule_id", "changes", "code"),
    [
        ("cust.update.editable", {"domain": "tsubame"}, "INVALID_PARAMETER"),
        ("cust.update.editable", {"productId": "STD_T"}, "INVALID_PARAMETER"),
        ("cust.update.editable", {"administrator": administrator()}, "INVALID_PARAMETER"),
        ("cust.partnership.code", {"partnership": {"customerCode": "顧" * 67}}, "LIMIT_EXCEEDED"),
        ("cust.partnership.memo", {"partnership": {"memo": "覚" * 701}}, "LIMIT_EXCEEDED"),
        ("cust.company.length", {"companyName": "社" * 41}, "LIMIT_EXCEEDED"),
    ],
)
def test_an_update_keeps_to_the_rules(
    api: Api, sandbox: Sandbox, method: str, rule_id: str, changes: dict[str, object], code: str
) -> None:
    assert_breaks(api, sandbox, rule_id, 400, code, method, path(TSUBAME), BASICS | changes)


@keeps("cust.put.replaces", "cust.put.required")
def test_a_put_loses_what_it_leaves_out(api: Api) -> None:
    before = customer(api, TSUBAME)
    notes = {"customerCode": "C-1", "memo": "覚え", "enablePartnerProfileDisplay": False}
    api("PATCH", path(TSUBAME), {"partnership": notes})

    kept = api("PUT", path(TSUBAME), BASICS | {"partnership": {"memo": "新しい"}}).json()
    lost = api("PUT", path(TSUBAME), BASICS).json()

    assert kept["partnership"] == {"enablePartnerProfileDisplay": True, "memo": "新しい"}
    assert lost == before | BASICS | {"partnership": {"enablePartnerProfileDisplay": True}}
    assert customer(api, TSUBAME) == lost


@breaks("cust.put.required", "cust.put.replaces")
@pytest.mark.parametrize("name", sorted(BASICS))
def test_a_put_without_a_basic_member_is_refused(api: Api, sandbox: Sandbox, name: str) -> None:
    body = {key: value for key, value in BASICS.items() if key != name}
    assert_breaks(api, sandbox, "cust.put.required", 400, "MISSING_PARAMETER", "PUT", path(TSUBAME), body)


@keeps("cust.list.count")
def test_a_page_may_hold_one_or_thirty(api: Api) -> None:
    assert len(api("GET", "/customers").json()["customers"]) == 10
    for count in (1, 30):
        assert len(api("GET", f"/customers?count={count}").json()["customers"]) == count


@breaks("cust.list.count")
@pytest.mark.parametrize("count", [0, 31])
def test_a_page_holds_neither_none_nor_more(api: Api, sandbox: Sandbox, count: int) -> None:
    assert_breaks(api, sandbox, "cust.list.count", 400, "OUT_OF_RANGE", "GET", f"/customers?count={count}")


@keeps("cust.list.order", "cust.list.domain")
def test_customers_are_listed_by_name_or_looked_for_by_domain(api: Api) -> None:
    names = [one["companyName"] for one in api("GET", "/customers?count=30").json()["customers"]]
    backwards = [
        one["companyName"] for one in api("GET", "/customers?count=30&orderBy=name%20desc").json()["customers"]
    ]

    assert names == sorted(names)
    assert backwards == sorted(backwards, reverse=True)
    [found] = api("GET", "/customers?domain=tsubame-unyu.by-works.com").json()["customers"]
    assert found["domainId"] == TSUBAME


@breaks("cust.list.order", "cust.list.domain")
def test_no_other_order_and_no_part_of_a_domain(api: Api, sandbox: Sandbox) -> None:
    wrong = ("GET", "/customers?orderBy=domain%20asc")
    assert_breaks(api, sandbox, "cust.list.order", 400, "INVALID_PARAMETER", *wrong)
    assert api("GET", "/customers?domain=tsubame-unyu").json()["customers"] == []


@keeps("cust.product.works")
@breaks("cust.product.works")
def test_the_product_of_a_customer_is_that_of_line_works(api: Api) -> None:
    order = {"productId": "NTA_FR", "plan": "FREE"}
    assert api("POST", path(TSUBAME, "/subscriptions"), order).status_code == 201
    assert customer(api, TSUBAME)["productId"] is None

    assert api("POST", path(TSUBAME, "/subscriptions"), {"productId": "FR", "plan": "FREE"}).status_code == 201
    assert customer(api, TSUBAME)["productId"] == "FR"
