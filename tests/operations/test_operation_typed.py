"""``key=value`` by LINE WORKS's names: what can be typed for any operation, and what is said when it cannot be."""

from typing import Any

import pytest

from portal.operations import raw_manual, raw_parameters
from portal.operations.commands import COMMANDS
from portal.operations.raw_parameters import Mistyped, Wish
from portal.vendor.client import OPERATIONS, Operation

PASSWORD = "Cedar-Lantern-47"
NEW_CUSTOMER = (
    "domain=tsubame", "companyName=つばめ運輸", "phoneNumber=03-1234", "timeZone=Asia/Tokyo", "locale=ja_JP",
    "administrator.lastName=佐藤", "administrator.id=admin", "administrator.privateEmail=sato@example.jp",
)  # fmt: skip


def read(name: str, *words: str, **more: Any) -> Wish:
    return raw_parameters.read(OPERATIONS[name], words, **more)


def complaint(name: str, *words: str, **more: Any) -> str:
    with pytest.raises(Mistyped) as caught:
        read(name, *words, **more)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "words", "parameters", "body"),
    [
        ("listCustomers", [], {}, None),
        ("listCustomers", ["count=3", "orderBy=name asc"], {"count": 3, "orderBy": "name asc"}, None),
        ("listCustomers", ["cursor=a=b"], {"cursor": "a=b"}, None),
        ("getSubscription", ["subscriptionId=7", "domainId=5"], {"domainId": 5, "subscriptionId": 7}, None),
        ("verifyDomain", ["domain=tsubame"], {}, {"domain": "tsubame"}),
        (
            "patchCustomer",
            ["domainId=5", "partnership.memo=月曜に電話", "partnership.enablePartnerProfileDisplay=false"],
            {"domainId": 5},
            {"partnership": {"memo": "月曜に電話", "enablePartnerProfileDisplay": False}},
        ),
        ("patchCustomer", ["domainId=5", 'companyName="null"'], {"domainId": 5}, {"companyName": "null"}),
        ("patchUsageStatus", ["domainId=5", "maxMemberCount=null"], {"domainId": 5}, {"maxMemberCount": None}),
        ("patchUsageStatus", ["domainId=5", "maxMemberCount=12"], {"domainId": 5}, {"maxMemberCount": 12}),
        ("deletePreOrder", ["domainId=5", "preOrderId=7"], {"domainId": 5, "preOrderId": 7}, None),
    ],
)
def test_what_is_typed_becomes_a_call(
    name: str, words: list[str], parameters: dict[str, Any], body: dict[str, Any] | None
) -> None:
    wish = read(name, *words)
    assert (wish.parameters, wish.body) == (parameters, body)


@pytest.mark.parametrize(
    ("name", "words", "sentence"),
    [
        ("listCustomers", ["cont=3"], "listCustomers has no 'cont'. It may take domain, count, cursor, orderBy."),
        ("listCustomers", ["count"], "listCustomers has no 'count'. It may take domain, count, cursor, orderBy."),
        ("listCustomers", ["count=three"], "count is a whole number, not 'three'."),
        ("listCustomers", ["orderBy=name"], "orderBy is 'name asc' or 'name desc', not 'name'."),
        ("listCustomers", ["count=3", "count=4"], "count is given twice."),
        ("getSubscription", ["domainId=5"], "getSubscription lacks subscriptionId. It needs domainId, subscriptionId."),
        ("patchCustomer", [], "patchCustomer lacks domainId. It needs domainId; it may take "),
        ("addLicenses", ["domainId=5", "subscriptionId=7", "addLicenseCount=two"],
         "addLicenseCount is a whole number, not 'two'."),
        ("addLicenses", ["domainId=5", "subscriptionId=7"],
         "addLicenses cannot be sent so: addLicenseCount: Field required. "
         "It needs domainId, subscriptionId, addLicenseCount."),
        ("patchCustomer", ["domainId=5", "companyName=null"],
         "patchCustomer cannot be sent so: companyName: the vendor documents no null here; leave it out. "),
        ("patchCustomer", ["domainId=5", "partnership.enablePartnerProfileDisplay=" + "[" * 100_000],
         "partnership.enablePartnerProfileDisplay is true or false, not "),
        ("patchCustomer", ["domainId=5", r'partnership.memo="a\u0000b"'],
         "patchCustomer cannot be sent so: partnership.memo: holds a null character. "),
        ("transferPotentialCustomer", ["domain=a/b", "partnerCode=x"], "transferPotentialCustomer cannot be "),
    ],
)  # fmt: skip
def test_what_cannot_be_a_call_is_said_in_a_sentence(name: str, words: list[str], sentence: str) -> None:
    assert complaint(name, *words).startswith(sentence)


def test_a_body_may_be_given_whole_and_added_to() -> None:
    wish = read("patchCustomer", "domainId=5", "partnership.memo=b", body={"companyName": "a", "partnership": {}})
    assert wish.body == {"companyName": "a", "partnership": {"memo": "b"}}
    assert "takes no body" in complaint("getCustomer", "domainId=5", body={"companyName": "a"})


def test_a_secret_is_neither_typed_nor_read_from_a_file() -> None:
    advice = "administrator.password is a secret: leave it out, and give --secret administrator.password instead."
    assert complaint("createCustomer", *NEW_CUSTOMER, f"administrator.password={PASSWORD}") == advice
    whole = {"administrator": {"password": PASSWORD}}
    assert complaint("createCustomer", *NEW_CUSTOMER, body=whole) == advice


def test_a_secret_shows_nowhere_but_in_the_call() -> None:
    wish = read("createCustomer", *NEW_CUSTOMER, secrets={"administrator.password": PASSWORD})

    assert wish.secrets == {"administrator.password": PASSWORD}
    assert wish.body is not None
    assert wish.body["administrator"]["password"] == PASSWORD
    assert wish.struck_body == {**wish.body, "administrator": {**wish.body["administrator"], "password": "***"}}
    assert PASSWORD not in repr(wish)
    weak = complaint("createCustomer", *NEW_CUSTOMER, secrets={"administrator.password": "hunter2"})
    assert "administrator.password: " in weak
    assert "hunter2" not in weak
    unknown = complaint("getCustomer", "domainId=5", secrets={"companyName": PASSWORD})
    assert unknown == "getCustomer has no secret companyName."


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_every_operation_can_be_typed_and_is_described(operation: Operation) -> None:
    parameters = [parameter.name for parameter in operation.parameters]
    members = [member.name for member in raw_parameters.members(operation.body)]

    assert len({*parameters, *members}) == len(parameters) + len(members), "a name would mean two things"
    described = "\n".join(raw_manual.description(operation))
    assert [name for name in (*parameters, *members) if f"\n  {name} " not in described] == []
    assert raw_manual.purpose(operation).endswith(".")


# What a person states and LINE WORKS is not sent; on the command line it is given by --state.
STATED = {"activateCustomer": {"termsAccepted"}}


@pytest.mark.parametrize("write", list(COMMANDS), ids=lambda write: write.kind)
def test_what_the_portal_offers_can_be_asked_for_by_the_vendors_names(write: Any) -> None:
    operation = OPERATIONS[write.operation]
    names = {parameter.name for parameter in operation.parameters} | set(
        operation.body.model_json_schema()["properties"] if operation.body else ()
    )
    names |= STATED.get(write.kind, set())
    assert set(write.request.model_json_schema(by_alias=True)["properties"]) <= names - {"domainId"}
