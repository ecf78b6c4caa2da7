"""
Operations on the usage status: the user limit, now and scheduled, and the day on which the platform contract ends.

Vendor pages `partner-customer-usage-status-{get,patch}`, `partner-customer-usage-status-renewal-{post,patch,delete}`.
"""

from datetime import date
from typing import Any

from .call import Answer, Call, Operation
from .catalogue import Group
from .contracts import base_subscription
from .customers import existing_customer
from .errors import out_of_range
from .fields import day, nullable, read_body, whole_number
from .inferred import one_year_later
from .rules import Source, rule
from .state import State

MOST_MEMBERS = 1_000_000
MOST_MEMBERS_OF_FREE = 30
MOST_MEMBERS_OF_TRIAL = 1_000
CHANGED_LIMIT = "clock:changeUserLimit"  # the ledger's name for a scheduled limit that took effect

_PATCH = "partner-customer-usage-status-patch"
_POST_RENEWAL, _PATCH_RENEWAL = (f"partner-customer-usage-status-renewal-{verb}" for verb in ("post", "patch"))
_OLD = "partner-customer-subscription-set-max-member-count"

MOST = rule("cust.limit.most", "A user limit is at most 1,000,000; null means none.", _POST_RENEWAL, _OLD)
MONTHLY = rule(
    "cust.limit.monthly",
    "Under an annual contract no user limit can be set, nor be scheduled for a day on which it still runs.",
    _OLD,
    source=Source.DEPRECATED,
)
FREE = rule("cust.limit.free", "On Free the user limit is at most 30.", _OLD, source=Source.DEPRECATED)
TRIAL = rule("cust.limit.trial", "On a Trial the user limit is at most 1,000.", _OLD, source=Source.DEPRECATED)
LEFT_OUT = rule(
    "cust.usagestatus.leftout",
    "Of limit and withdrawal date, null removes one and leaving it out lets it be.",
    _PATCH,
    source=Source.DEDUCED,
)
SENT_ALONG = rule(
    "cust.usagestatus.sentalong",
    "A limit or a withdrawal date that is sent as it is stays as it is, whatever it would take to set it now.",
    _PATCH,
    source=Source.DEDUCED,
)
REPLACES_SCHEDULE = rule(
    "cust.limit.replaces",
    "Sending a user limit deletes the scheduled change of it, even the same limit; a withdrawal date alone does not.",
    _PATCH,
)
WITHDRAWAL_WINDOW = rule(
    "cust.withdrawal.window",
    "A withdrawal can be scheduled for tomorrow at the earliest, for a year from today at the latest.",
    _PATCH,
    source=Source.DEDUCED,
)
NOT_OWN = rule("cust.withdrawal.own", "No withdrawal can be scheduled for the partner's own domain.", _PATCH)
READABLE = rule(
    "cust.withdrawal.readable",
    "A withdrawal date can be read from the moment it is scheduled, not only while the withdrawal is pending.",
    "partner-customer-usage-status-get",
    source=Source.DEDUCED,
)
SCHEDULE_WINDOW = rule(
    "cust.limit.schedule.window",
    "A change of the user limit can be scheduled for tomorrow up to one year from today.",
    _POST_RENEWAL,
    _PATCH_RENEWAL,
)
SCHEDULE_ONE = rule(
    "cust.limit.schedule.one",
    "A customer has one scheduled change of its user limit; the next needs that one deleted.",
    _POST_RENEWAL,
    source=Source.DEDUCED,
)
SCHEDULE_LEFT_OUT = rule(
    "cust.limit.schedule.leftout",
    "A scheduled change that names no number removes the limit, like null.",
    _POST_RENEWAL,
    source=Source.DEDUCED,
)
SCHEDULE_DATE_ONLY = rule(
    "cust.limit.schedule.dateonly",
    "Of a scheduled change of the user limit only applyDate can be changed.",
    _PATCH_RENEWAL,
)
SCHEDULE_EXISTS = rule(
    "cust.limit.schedule.exists",
    "Only a scheduled change of the user limit that the customer has can be moved or deleted.",
    _PATCH_RENEWAL,
    "partner-customer-usage-status-renewal-delete",
)
SCHEDULE_APPLIES = rule(
    "cust.limit.schedule.applies", "On its applyDate a scheduled user limit takes effect.", _POST_RENEWAL
)


def get_usage_status(call: Call) -> Answer:
    """getUsageStatus: status, members, limit and what is scheduled about them."""
    return Answer(200, usage_status(call.state, existing_customer(call)))


def patch_usage_status(call: Call) -> Answer:
    """patchUsageStatus: set or remove the user limit, the withdrawal date, or both."""
    domain_id = existing_customer(call)
    wanted = read_body(
        call.body,
        required={},
        optional={"maxMemberCount": nullable(_member_limit), "withdrawalDate": nullable(day)},
    )
    present = usage_status(call.state, domain_id)
    if "maxMemberCount" in wanted:
        if wanted["maxMemberCount"] != present["maxMemberCount"]:
            _check_limit_of_contract(call.state, domain_id, wanted["maxMemberCount"])
            _check_monthly(call.state, domain_id, wanted["maxMemberCount"], call.today)
        call.state.db.execute(
            "UPDATE platforms SET max_member_count = ?, limit_date = NULL, limit_count = NULL WHERE domain_id = ?",
            (wanted["maxMemberCount"], domain_id),
        )
    leaves_on = wanted.get("withdrawalDate")
    # One that is sent along unchanged keeps the day on which it was asked for.
    if "withdrawalDate" in wanted and (leaves_on and leaves_on.isoformat()) != present["withdrawalDate"]:
        _schedule_withdrawal(call, domain_id, leaves_on)
    return _changed(call, domain_id) if wanted else Answer(200, usage_status(call.state, domain_id))


def create_usage_status_renewal(call: Call) -> Answer:
    """createUsageStatusRenewal: schedule a change of the user limit."""
    domain_id = existing_customer(call)
    wanted = read_body(call.body, required={"applyDate": day}, optional={"maxMemberCount": nullable(_member_limit)})
    _check_apply_date(wanted["applyDate"], call.today)
    if _schedule(call.state, domain_id) is not None:
        raise SCHEDULE_ONE.broken("USAGE_STATUS_RENEWAL_ALREADY_EXIST", "a change is scheduled already", status=409)
    _check_monthly(call.state, domain_id, wanted.get("maxMemberCount"), wanted["applyDate"])
    call.state.db.execute(
        "UPDATE platforms SET limit_date = ?, limit_count = ? WHERE domain_id = ?",
        (wanted["applyDate"].isoformat(), wanted.get("maxMemberCount"), domain_id),
    )
    return _changed(call, domain_id, status=201)


def patch_usage_status_renewal(call: Call) -> Answer:
    """patchUsageStatusRenewal: move the day of the scheduled change of the user limit."""
    domain_id = existing_customer(call)
    _existing_schedule(call, domain_id)
    if isinstance(call.body, dict) and "maxMemberCount" in call.body:
        raise SCHEDULE_DATE_ONLY.broken("INVALID_PARAMETER", "maxMemberCount: only applyDate can be changed")
    wanted = read_body(call.body, required={"applyDate": day})
    _check_apply_date(wanted["applyDate"], call.today)
    call.state.db.execute(
        "UPDATE platforms SET limit_date = ? WHERE domain_id = ?", (wanted["applyDate"].isoformat(), domain_id)
    )
    return _changed(call, domain_id)


def delete_usage_status_renewal(call: Call) -> Answer:
    """deleteUsageStatusRenewal: give up the scheduled change of the user limit."""
    domain_id = existing_customer(call)
    _existing_schedule(call, domain_id)
    call.state.db.execute(
        "UPDATE platforms SET limit_date = NULL, limit_count = NULL WHERE domain_id = ?", (domain_id,)
    )
    call.record_effect(domain_id, usage_status(call.state, domain_id))
    return Answer(204)


_STATUS = "/partners/customers/{domain_id}/usage-status"
OPERATIONS = (
    Operation("getUsageStatus", "GET", _STATUS, get_usage_status),
    Operation("patchUsageStatus", "PATCH", _STATUS, patch_usage_status, has_body=True),
    Operation("createUsageStatusRenewal", "POST", f"{_STATUS}/renewal", create_usage_status_renewal, has_body=True),
    Operation("patchUsageStatusRenewal", "PATCH", f"{_STATUS}/renewal", patch_usage_status_renewal, has_body=True),
    Operation("deleteUsageStatusRenewal", "DELETE", f"{_STATUS}/renewal", delete_usage_status_renewal),
)


def usage_status(state: State, domain_id: int) -> dict[str, Any]:
    """Give the API record of the usage status of a customer that exists."""
    query = """
        SELECT status, member_count, max_member_count, withdrawal_date, limit_date, limit_count
        FROM platforms WHERE domain_id = ?"""
    status, members, limit, withdrawal_date, limit_date, limit_count = state.db.execute(query, (domain_id,)).fetchone()
    record = {
        "domainId": domain_id,
        "status": status,
        "memberCount": members,
        "maxMemberCount": limit,
        "withdrawalDate": withdrawal_date,
    }
    if limit_date is not None:
        record["renewal"] = {"maxMemberCount": limit_count, "applyDate": limit_date}
    return record


def change_due_limits(state: State, today: date) -> None:
    """Let every scheduled user limit whose day has come take effect; part of the caller's transaction."""
    due = state.db.execute(
        "SELECT domain_id FROM platforms WHERE limit_date <= ? ORDER BY limit_date, domain_id", (today.isoformat(),)
    ).fetchall()
    for (domain_id,) in due:
        if state.skips("createUsageStatusRenewal", domain_id):
            continue
        if state.loses("createUsageStatusRenewal", domain_id):
            state.db.execute(
                "UPDATE platforms SET limit_date = NULL, limit_count = NULL WHERE domain_id = ?", (domain_id,)
            )
            continue
        state.db.execute(
            "UPDATE platforms SET max_member_count = limit_count, limit_date = NULL, limit_count = NULL"
            " WHERE domain_id = ?",
            (domain_id,),
        )
        state.record_effect(CHANGED_LIMIT, domain_id, usage_status(state, domain_id))


def _changed(call: Call, domain_id: int, *, status: int = 200) -> Answer:
    record = usage_status(call.state, domain_id)
    call.record_effect(domain_id, record)
    return Answer(status, record)


def _schedule_withdrawal(call: Call, domain_id: int, wanted: date | None) -> None:
    if wanted is not None:
        query = "SELECT is_partner FROM platforms WHERE domain_id = ?"
        if call.state.db.execute(query, (domain_id,)).fetchone()[0]:
            raise NOT_OWN.broken("ACCESS_DENIED", "this is the partner's own domain", status=403)
        if not call.today < wanted <= one_year_later(call.today):
            raise WITHDRAWAL_WINDOW.broken("OUT_OF_RANGE", "withdrawalDate: must be from tomorrow to one year ahead")
    call.state.db.execute(
        "UPDATE platforms SET withdrawal_date = ?, withdrawal_set_on = ? WHERE domain_id = ?",
        (wanted and wanted.isoformat(), wanted and call.today.isoformat(), domain_id),
    )


def _member_limit(name: str, value: object) -> int:
    limit = whole_number(name, value)
    if limit > MOST_MEMBERS:
        raise MOST.broken("LIMIT_EXCEEDED", f"{name}: must be at most {MOST_MEMBERS}")
    if limit < 1:
        raise out_of_range(name, "must be at least 1")
    return limit


def _check_limit_of_contract(state: State, domain_id: int, limit: int | None) -> None:
    subscription = base_subscription(state, domain_id, Group.WORKS)
    if limit is None or subscription is None:
        return
    if subscription.is_free and limit > MOST_MEMBERS_OF_FREE:
        raise FREE.broken("LIMIT_EXCEEDED", f"maxMemberCount: at most {MOST_MEMBERS_OF_FREE} on Free", status=403)
    if subscription.is_trial and limit > MOST_MEMBERS_OF_TRIAL:
        raise TRIAL.broken("LIMIT_EXCEEDED", f"maxMemberCount: at most {MOST_MEMBERS_OF_TRIAL} on a Trial", status=403)


def _check_monthly(state: State, domain_id: int, limit: int | None, on: date) -> None:
    """Check that no annual contract runs on a day, by what is set for its renewal."""
    subscription = base_subscription(state, domain_id, Group.WORKS)
    if limit is None or subscription is None or not subscription.is_paid:
        return
    plan: str | None = subscription.plan
    if subscription.end and on > subscription.end:
        plan = subscription.record["renewal"].get("plan")
    if plan not in ("MONTHLY", None):
        raise MONTHLY.broken("FORBIDDEN", "an annual contract goes by licenses and has no user limit", status=403)


def _check_apply_date(apply_date: date, today: date) -> None:
    if not today < apply_date <= one_year_later(today):
        raise SCHEDULE_WINDOW.broken("OUT_OF_RANGE", "applyDate: must be from tomorrow to one year ahead")


def _schedule(state: State, domain_id: int) -> str | None:
    query = "SELECT limit_date FROM platforms WHERE domain_id = ?"
    scheduled: str | None = state.db.execute(query, (domain_id,)).fetchone()[0]
    return scheduled


def _existing_schedule(call: Call, domain_id: int) -> None:
    if _schedule(call.state, domain_id) is None:
        raise SCHEDULE_EXISTS.broken("USAGE_STATUS_RENEWAL_NOT_EXIST", "no change is scheduled", status=404)
