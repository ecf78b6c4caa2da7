"""Each rule of changing a customer by itself: cases that it lets pass and cases that it stops or speaks of."""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from customers.rules import cancellation, domains, profile, usage_status
from customers.rules.cancellation import CustomerDelete, Stay, Withdrawal
from customers.rules.domains import Activate, DomainChange, DomainRegister, DomainRemove
from customers.rules.profile import CustomerEdit, CustomerReplace
from customers.rules.usage_status import LimitMove, LimitSchedule, LimitSet, LimitUnschedule
from portal.core.rules import RULEBOOK, Verdict, Weight
from portal.operations.snapshots import Snapshot
from portal.vendor import client
from tests.support import vendor_json
from tests.support.vendor_json import Json

TODAY = date(2026, 1, 15)
YEAR = date(2027, 1, 15)
GROUP = vendor_json.customer(domain="tsubame", domainType="GROUP", enableActiveDomain=False)
UNPROVED = vendor_json.customer(enableActiveDomain=False)
PLAIN = vendor_json.usage_status(renewal=None, memberCount=8, maxMemberCount=10)
PENDING = vendor_json.usage_status(status="SUSPENDED_WITHDRAWAL", withdrawalDate="2026-02-02", renewal=None)
LEAVING = vendor_json.usage_status(withdrawalDate="2026-03-01", renewal=None)
SCHEDULED = vendor_json.usage_status(renewal={"applyDate": "2026-02-01", "maxMemberCount": 100})
FREE_DAY = date(2026, 2, 15)


def state(
    customer: Json | None = None,
    usage: Json = PLAIN,
    upgrade: Json | None = None,
    subscriptions: tuple[Json, ...] = (),
) -> Snapshot:
    return Snapshot(
        {
            "customer": [client.Customer.from_vendor(customer or vendor_json.customer())],
            "usage_status": [client.UsageStatus.from_vendor(usage)],
            "upgrade_domain": [client.UpgradeDomain.from_vendor(upgrade)] if upgrade else [],
            "subscriptions": [client.Subscription.from_vendor(record) for record in subscriptions],
        }
    )


def problems(verdict: Verdict) -> list[tuple[str, str]]:
    return [(problem.rule.id, problem.at) for problem in verdict.problems]


def told(verdict: Verdict) -> dict[str, Weight]:
    assert verdict.allowed, problems(verdict)
    return {consequence.rule.id: consequence.weight for consequence in verdict.consequences}


def edit(state_: Snapshot | None = None, **wish: Any) -> Verdict:
    return profile.edit(state_ or state(), CustomerEdit.model_validate(wish), TODAY)


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ({"company_name": "つ" * 40}, []),
        ({"company_name": "つ" * 41}, [("cust.company.length", "company_name")]),
        ({"company_name": ""}, [("cust.needed", "company_name")]),
        ({"phone_number": "+81-3,1#2*PT"}, []),
        ({"phone_number": "03 1234"}, [("cust.phone.characters", "phone_number")]),
        ({"phone_number": "٠٣"}, [("cust.phone.characters", "phone_number")]),
        ({"phone_number": ""}, [("cust.needed", "phone_number")]),
        ({"time_zone": "Asia/Seoul"}, []),
        ({"time_zone": "Asia/Edo"}, [("cust.timezone.iana", "time_zone")]),
        ({"locale": "zh_TW"}, []),
        ({"locale": "de_DE"}, [("cust.locale.known", "locale")]),
        ({"partnership": {"customer_code": "a" * 200}}, []),
        ({"partnership": {"customer_code": "つ" * 67}}, [("cust.partnership.code", "customer_code")]),
        ({"partnership": {"memo": "つ" * 700}}, []),
        ({"partnership": {"memo": "a" * 701}}, [("cust.partnership.memo", "memo")]),
        ({"partnership": {"memo": ""}}, []),
        ({"company_name": "ワークス商事株式会社"}, [("cust.edit.nothing", "")]),
        ({}, [("cust.edit.nothing", "")]),
        ({"partnership": {"enable_partner_profile_display": True}}, [("cust.edit.nothing", "")]),
    ],
)
def test_details(wish: Json, found: list[tuple[str, str]]) -> None:
    assert problems(edit(**wish)) == found


def test_an_edit_says_what_is_sent_and_what_the_customer_sees() -> None:
    hidden = edit(company_name="つばめ", partnership={"enable_partner_profile_display": False})
    unsaid = edit(partnership={"memo": "x"})

    assert told(hidden) == {
        "cust.patch.keeps": Weight.NOTE, "cust.profile.hidden": Weight.NOTE, "cust.edit.again": Weight.UNDO,
    }  # fmt: skip
    assert (
        str(hidden.consequences[0])
        == "Only these fields are sent: Company or organization name, Partner profile display."
    )
    assert told(unsaid)["cust.profile.unsaid"] == Weight.CARE


def test_a_replacement_says_what_it_empties() -> None:
    wish = {
        "company_name": "つばめ", "phone_number": "03-1", "time_zone": "Asia/Tokyo", "locale": "ja_JP",
        "partnership": {"customer_code": "C-17", "enable_partner_profile_display": True, "memo": ""},
    }  # fmt: skip
    verdict = profile.replace(state(), CustomerReplace.model_validate(wish), TODAY)

    assert told(verdict) == {
        "cust.put.emptied": Weight.LOSS, "cust.put.replaces": Weight.CARE, "cust.put.unseen": Weight.CARE,
        "cust.edit.again": Weight.UNDO,
    }  # fmt: skip
    assert str(verdict.consequences[0]) == "Memo is cleared. Current value: 要確認"
    with pytest.raises(ValidationError):
        CustomerReplace.model_validate({**wish, "partnership": {"memo": ""}})


@pytest.mark.parametrize("limit", [0, -1, 1_000_001, 1, 1_000_000, None])
def test_a_limit_lies_within_its_bounds(limit: int | None) -> None:
    is_bad = limit is not None and not 1 <= limit <= 1_000_000
    found = [("cust.limit.most", "max_member_count")] if is_bad else []

    scheduled = LimitSchedule(apply_date=YEAR, max_member_count=limit)
    assert problems(usage_status.set_limit(state(), LimitSet(max_member_count=limit), TODAY)) == found
    assert problems(usage_status.schedule_limit(state(), scheduled, TODAY)) == found


def test_a_limit_that_is_set_deletes_the_scheduled_one() -> None:
    verdict = usage_status.set_limit(state(usage=SCHEDULED), LimitSet(max_member_count=5), TODAY)

    assert told(verdict) == {
        "cust.limit.replaces": Weight.LOSS, "cust.usagestatus.noday": Weight.CARE, "cust.limit.members": Weight.CARE,
        "cust.limit.again": Weight.UNDO,
    }  # fmt: skip
    sentence = "The scheduled change (100 from 1 Feb 2026) is also deleted."
    assert str(verdict.consequences[0]) == sentence
    same = usage_status.set_limit(state(), LimitSet(max_member_count=10), TODAY)
    assert problems(same) == [("cust.limit.same", "max_member_count")]


@pytest.mark.parametrize(
    ("plan", "product", "limit", "rule"),
    [
        ("FREE", "FR", 31, "cust.limit.free"),
        ("TRIAL", "STD_T", 1001, "cust.limit.trial"),
        ("FREE", "FR", 30, ""),
        ("TRIAL", "STD_T", 1000, ""),
        ("MONTHLY", "STD", 5000, ""),
        ("ANNUAL_LICENSE", "STD", None, ""),
        ("ANNUAL_LICENSE", "NTA_SL", 20, ""),
    ],
)
def test_what_the_older_operation_documented_is_a_warning(
    plan: str, product: str, limit: int | None, rule: str
) -> None:
    subscription = vendor_json.subscription(plan=plan, productId=product)

    found = told(usage_status.set_limit(state(subscriptions=(subscription,)), LimitSet(max_member_count=limit), TODAY))

    assert {name for name in found if RULEBOOK[name].page.endswith("set-max-member-count")} == ({rule} - {""})


@pytest.mark.parametrize(
    ("day", "fits"),
    [(TODAY, False), (TODAY + timedelta(1), True), (YEAR, True), (YEAR + timedelta(1), False), (date.max, False)],
)
def test_days_lie_within_a_year(day: date, fits: bool) -> None:
    found = {
        rule: problems(verdict)
        for rule, verdict in {
            "cust.limit.schedule.window": usage_status.schedule_limit(
                state(), LimitSchedule(apply_date=day, max_member_count=None), TODAY
            ),
            "cust.limit.schedule.window ": usage_status.move_limit(
                state(usage=SCHEDULED), LimitMove(apply_date=day), TODAY
            ),
            "cust.withdrawal.window": cancellation.withdraw(state(), Withdrawal(withdrawal_date=day), TODAY),
        }.items()
    }
    for rule, stopped in found.items():
        at = "withdrawal_date" if "withdrawal" in rule else "apply_date"
        assert stopped == ([] if fits else [(rule.strip(), at)])


def test_a_year_after_the_29th_of_february() -> None:
    assert usage_status.one_year_after(date(2028, 2, 29)) == date(2029, 2, 28)


def test_one_limit_is_scheduled_at_a_time() -> None:
    again = LimitSchedule(apply_date=YEAR, max_member_count=5)

    assert problems(usage_status.schedule_limit(state(usage=SCHEDULED), again, TODAY)) == [
        ("cust.limit.schedule.one", "")
    ]
    assert told(usage_status.unschedule_limit(state(usage=SCHEDULED), LimitUnschedule(), TODAY)) == {
        "cust.limit.schedule.deleted": Weight.CARE, "cust.limit.schedule.again": Weight.UNDO,
    }  # fmt: skip
    for verdict in (
        usage_status.unschedule_limit(state(), LimitUnschedule(), TODAY),
        usage_status.move_limit(state(), LimitMove(apply_date=YEAR), TODAY),
    ):
        assert problems(verdict) == [("cust.limit.schedule.exists", "")]
    same = LimitMove(apply_date=date(2026, 2, 1))
    assert problems(usage_status.move_limit(state(usage=SCHEDULED), same, TODAY)) == [
        ("cust.limit.schedule.otherday", "apply_date")
    ]


@pytest.mark.parametrize(
    ("day", "plan", "renewal", "expected"),
    [
        (date(2026, 1, 20), "ANNUAL_LICENSE", "STAY", {"cust.withdrawal.penalty", "cust.withdrawal.freeday"}),
        (date(2026, 2, 14), "ANNUAL_LICENSE", "STAY", {"cust.withdrawal.penalty", "cust.withdrawal.freeday"}),
        (FREE_DAY, "ANNUAL_LICENSE", "STAY", {"cust.withdrawal.nopenalty"}),
        (date(2026, 2, 16), "ANNUAL_LICENSE", "STAY", {"cust.withdrawal.renewed"}),
        (date(2026, 2, 16), "ANNUAL_LICENSE", "CANCEL", set()),
        (date(2026, 1, 20), "MONTHLY", "STAY", {"cust.withdrawal.penaltymonthly", "cust.withdrawal.freeday"}),
        (date(2026, 1, 20), "TRIAL", "STAY", set()),
    ],
)
def test_penalties(day: date, plan: str, renewal: str, expected: set[str]) -> None:
    record = vendor_json.subscription(plan=plan)
    record["renewal"]["type"] = renewal

    found = told(cancellation.withdraw(state(subscriptions=(record,)), Withdrawal(withdrawal_date=day), TODAY))

    about_money = {
        "cust.withdrawal.penalty", "cust.withdrawal.freeday", "cust.withdrawal.nopenalty", "cust.withdrawal.renewed",
        "cust.withdrawal.penaltymonthly", "cust.withdrawal.severalends",
    }  # fmt: skip
    assert found.keys() & about_money == expected


def test_a_penalty_says_the_days_left_and_the_day_without() -> None:
    contracts = (
        vendor_json.subscription(),
        vendor_json.subscription(502, productId="NTA_BZ", planEndDate="2026-06-30"),
    )

    verdict = cancellation.delete(state(subscriptions=contracts), CustomerDelete(), TODAY)

    words = [str(consequence) for consequence in verdict.worst_first()]
    assert words[0] == (
        "Everything ends on 15 Jan 2026: the platform with its users (8), subscriptions (2), options (0)"
        " and pre-orders (0)."
    )
    assert words[1:4] == [
        (
            "The Standard contract runs until 14 Feb 2026 (days left on the cancellation date: 30). "
            "A penalty is added to the next invoice."
        ),
        "The AiNote Business contract runs until 30 Jun 2026 (days left on the cancellation date: 166). "
        "A penalty is added to the next invoice.",
        "This can’t be undone.",
    ]
    assert "No penalty applies on 1 Jul 2026, the day after the contract ends." in words
    assert "cust.withdrawal.severalends" in told(verdict)


@pytest.mark.parametrize(
    ("day", "deleted"),
    [
        ("2026-01-02", "2026-02-02"), ("2026-01-24", "2026-02-02"), ("2026-01-25", "2026-03-02"),
        ("2026-01-31", "2026-03-02"), ("2026-02-01", "2026-03-02"), ("2026-12-24", "2027-01-02"),
        ("2026-12-25", "2027-02-02"), ("2027-01-01", "2027-02-02"),
    ],
)  # fmt: skip
def test_the_day_of_a_pending_deletion(day: str, deleted: str) -> None:
    assert cancellation.day_of_deletion(date.fromisoformat(day)) == date.fromisoformat(deleted)


@pytest.mark.parametrize(
    ("today", "day", "rule", "invoice"),
    [
        (TODAY, date(2026, 2, 2), "cust.withdrawal.lastinvoice", "2026-03-01"),
        (TODAY, date(2026, 2, 24), "cust.withdrawal.lastinvoice", "2026-03-01"),
        (TODAY, date(2026, 12, 10), "cust.withdrawal.lastinvoice", "2027-01-01"),
        # Scheduled by the 24th, nothing of the app is left to be invoiced.
        (TODAY, date(2026, 1, 28), "cust.withdrawal.app", "2026-02-01"),
        (date(2026, 1, 24), date(2026, 2, 1), "cust.withdrawal.app", "2026-02-01"),
        (date(2026, 1, 25), date(2026, 2, 1), "cust.withdrawal.late", "2026-03-01"),
        (date(2026, 1, 26), date(2026, 1, 28), "cust.withdrawal.late", "2026-03-01"),
    ],
)
def test_the_day_of_the_last_invoice_of_a_pending_cancellation(today: date, day: date, rule: str, invoice: str) -> None:
    verdict = cancellation.withdraw(state(), Withdrawal(withdrawal_date=day), today)

    about_invoices = {"cust.withdrawal.lastinvoice", "cust.withdrawal.app", "cust.withdrawal.late"}
    [found] = [each for each in verdict.consequences if each.rule.id in about_invoices]
    values = dict(found.values)
    assert (found.rule.id, values.get("invoice", values["date"])) == (rule, date.fromisoformat(invoice))


def test_the_last_invoice_of_one_that_is_deleted_today() -> None:
    verdict = cancellation.delete(state(), CustomerDelete(), date(2026, 1, 25))

    late = "In that case, a last invoice for Option Plus alone may be issued on 1 Mar 2026"
    assert [text for text in map(str, verdict.consequences) if text.startswith(late)]


def test_the_partner_s_own_domain_stays(settings: Any) -> None:
    """LINE WORKS shows nowhere which one that is: the setting tells, or else the name of the service account."""
    wish, stays = Withdrawal(withdrawal_date=date(2026, 3, 1)), [("cust.delete.own", "")]
    for own, account, found in (
        (10000001, "", stays),
        (10000002, "", []),
        (0, "a1b2c.serviceaccount@Example.com", stays),
        (0, "a1b2c.serviceaccount@other.example", []),
        (0, "example.com", []),
        (10000002, "a1b2c.serviceaccount@example.com", []),
    ):
        settings.PARTNER_DOMAIN_ID, settings.PARTNER_SERVICE_ACCOUNT = own, account
        assert problems(cancellation.delete(state(), CustomerDelete(), TODAY)) == found
        assert problems(cancellation.withdraw(state(), wish, TODAY)) == found
        assert [(problem.rule.id, problem.at) for problem in cancellation.against_leaving(state())] == found


def test_a_withdrawal_is_moved_and_taken_back() -> None:
    same = Withdrawal(withdrawal_date=date(2026, 3, 1))
    assert problems(cancellation.withdraw(state(usage=LEAVING), same, TODAY)) == [
        ("cust.withdrawal.otherday", "withdrawal_date")
    ]
    back = Stay(withdrawal_date=None)
    assert told(cancellation.stay(state(usage=LEAVING), back, TODAY)) == {
        "cust.withdrawal.stays": Weight.NOTE, "cust.usagestatus.keepslimit": Weight.NOTE,
    }  # fmt: skip
    assert told(cancellation.stay(state(), back, TODAY))["cust.withdrawal.notshown"] == Weight.CARE
    later = told(cancellation.withdraw(state(usage=SCHEDULED), Withdrawal(withdrawal_date=YEAR), TODAY))
    assert later["cust.limit.replaces"] == Weight.LOSS
    assert later["cust.withdrawal.undo"] == Weight.UNDO


def test_what_waits_for_its_deletion_can_not_be_changed() -> None:
    frozen, group = state(usage=PENDING), state(GROUP, PENDING, vendor_json.upgrade_domain())
    day = {"apply_date": YEAR}
    for verdict in (
        edit(frozen, company_name="x"),
        usage_status.set_limit(frozen, LimitSet(max_member_count=5), TODAY),
        usage_status.schedule_limit(frozen, LimitSchedule(**day, max_member_count=5), TODAY),
        usage_status.move_limit(frozen, LimitMove(**day), TODAY),
        usage_status.unschedule_limit(frozen, LimitUnschedule(), TODAY),
        cancellation.withdraw(frozen, Withdrawal(withdrawal_date=YEAR), TODAY),
        cancellation.stay(frozen, Stay(withdrawal_date=None), TODAY),
        cancellation.delete(frozen, CustomerDelete(), TODAY),
        activated(frozen),
        domains.register(group, DomainRegister(domain="a.example"), TODAY),
        domains.remove(group, DomainRemove(), TODAY),
        domains.change(group, DomainChange(domain="a.example"), TODAY),
    ):
        assert problems(verdict) == [("cust.withdrawal.frozen", "")]


def activated(of: Snapshot, *, terms_accepted: bool = True) -> Verdict:
    return domains.activate(of, Activate(terms_accepted=terms_accepted), TODAY)


def test_activation() -> None:
    unseen = state(UNPROVED, upgrade=vendor_json.upgrade_domain(domain="example.com", isActiveDomain=False))

    assert problems(activated(state())) == [("cust.activate.active", "")]
    assert told(activated(unseen)) == {"cust.activate.dns": Weight.CARE, "cust.activate.usable": Weight.NOTE}
    assert "cust.activate.dns" not in told(activated(state(UNPROVED)))


def test_a_customer_is_activated_once_it_has_accepted_the_terms() -> None:
    assert problems(activated(state(UNPROVED), terms_accepted=False)) == [("cust.activate.terms", "terms_accepted")]


def test_a_group_name_is_activated_with_a_warning() -> None:
    """No page speaks of it."""
    assert told(activated(state(GROUP))) == {"cust.activate.domain": Weight.CARE, "cust.activate.usable": Weight.NOTE}


@pytest.mark.parametrize(
    ("domain", "rule"),
    [
        ("tsubame.example", ""),
        ("a-b.c-d.co.jp", ""),
        ("tsubame", "cust.domain.shape"),
        ("-a.example", "cust.domain.shape"),
        ("a--b.example", "cust.domain.shape"),
        ("Ab.example", "cust.domain.shape"),
        ("a..b", "cust.domain.shape"),
        ("つばめ.jp", "cust.domain.shape"),
        ("a.by-works.com", "cust.upgradedomain.byworks"),
        ("a.by-works.net", "cust.upgradedomain.byworks"),
    ],
)
def test_registration(domain: str, rule: str) -> None:
    verdict = domains.register(state(GROUP), DomainRegister(domain=domain), TODAY)

    assert problems(verdict) == ([(rule, "domain")] if rule else [])


def test_only_a_group_name_gives_way_to_a_domain() -> None:
    registered = vendor_json.upgrade_domain(domain="a.example")
    own, group = state(upgrade=registered), state(GROUP, upgrade=registered)

    assert problems(domains.register(own, DomainRegister(domain="b.example"), TODAY)) == [
        ("cust.upgradedomain.group", "")
    ]
    assert problems(domains.change(own, DomainChange(domain="a.example"), TODAY)) == [("cust.upgradedomain.group", "")]
    assert problems(domains.register(group, DomainRegister(domain="b.example"), TODAY)) == [
        ("cust.upgradedomain.one", "")
    ]
    assert problems(domains.remove(own, DomainRemove(), TODAY)) == [("cust.upgradedomain.exists", "")]
    assert told(domains.remove(group, DomainRemove(), TODAY)) == {"cust.upgradedomain.values": Weight.CARE}
    assert problems(domains.change(group, DomainChange(domain="b.example"), TODAY)) == [
        ("cust.changedomain.registered", "domain")
    ]
    assert told(domains.change(group, DomainChange(domain="a.example"), TODAY)) == {
        "cust.changedomain.name": Weight.LOSS, "cust.changedomain.final": Weight.LOSS, "cust.activate.dns": Weight.CARE,
    }  # fmt: skip
    by_works = told(domains.change(state(GROUP), DomainChange(domain="a.by-works.com"), TODAY))
    assert "cust.activate.dns" not in by_works
