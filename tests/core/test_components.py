"""The components: what they say, in both languages, and that they never say it by colour alone."""

import ast
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from portal.core.clock import now
from portal.core.month_grid import Day
from portal.core.paging import Sort
from portal.core.rules import Rule
from portal.operations.event_types import EventType
from portal.operations.models import Operation
from portal.operations.states import LOOKS, SETTLED, BundleState, State
from portal.operations.templatetags import requests
from portal.operations.templatetags.requests import steps_of
from portal.sync.models import SyncRun
from portal.sync.templatetags.sync import METER_WIDTH, call_meter, freshness, late_age, list_age, run_state
from portal.ui.templatetags.figures import contract, renewal, scheduled
from portal.ui.templatetags.times import age_in_words, day, days_left, moment, when

PROJECT: Path = settings.BASE_DIR
TODAY = date(2026, 11, 20)


def rendered(source: str, **context: Any) -> str:
    """Render a piece of template with our tags loaded."""
    libraries = "{% load figures lists requests sync times ui %}"
    return Template(libraries + source).render(Context(context))


def text_of(html: str) -> str:
    """Return the words without their elements."""
    return re.sub(r"<[^>]+>", "", html).strip()


# --- Icons -----------------------------------------------------------------------------------------------------------


def test_every_icon_that_is_used_is_in_the_sprite_and_no_other() -> None:
    listed = set((PROJECT / "static/icons.txt").read_text(encoding="utf-8").split())
    sources = [*(PROJECT / "templates").rglob("*.html")]
    sources += [*PROJECT.glob("*/commands/*.py"), *PROJECT.glob("*/templatetags/*.py")]
    sources += [path for path in (PROJECT / "portal").rglob("*.py") if "dev" not in path.parts]
    words = {word for source in sources for word in re.findall(r'"([a-z0-9-]+)"', source.read_text(encoding="utf-8"))}
    drawn = {
        name
        for source in (PROJECT / "templates").rglob("*.html")
        for name in re.findall(r'{% (?:icon|badge "\w+"|callout "\w+") "([a-z0-9-]+)"', source.read_text("utf-8"))
    }
    assert drawn, "the pattern finds none, so this test proves nothing"
    assert drawn <= listed
    assert {look.icon for look in LOOKS.values()} <= listed
    assert listed <= words, "these cost bytes and are nowhere used"


def test_an_icon_is_decoration_unless_it_speaks() -> None:
    assert 'aria-hidden="true"' in rendered('{% icon "check" %}')
    assert 'role="img" aria-label="Loss"' in rendered('{% icon "check" "Loss" %}')


# --- Operations ------------------------------------------------------------------------------------------------------


def test_every_state_has_a_look_and_dashed_is_what_is_not_settled() -> None:
    assert set(LOOKS) == {*State.values, *BundleState.values}
    assert {state for state in State if not LOOKS[state].is_dashed} == set(SETTLED)
    moving = {BundleState.PROPOSED, BundleState.AWAITING_APPROVAL, BundleState.RETURNED, BundleState.RUNNING}
    assert {state for state in BundleState if LOOKS[state].is_dashed} == moving


def test_violet_is_kept_for_what_is_not_known() -> None:
    violet = {state for state, look in LOOKS.items() if look.tone == "unk"}
    assert violet == {State.UNKNOWN, State.UNDECIDED}


@pytest.mark.parametrize("state", list(State))
def test_a_state_is_an_icon_and_a_word(state: State) -> None:
    operation = Operation(state=state, **moments("after_read"))
    badge = rendered("{% request_state operation %}", operation=operation)
    assert "<svg" in badge
    assert text_of(badge) == str(state.label)


def test_done_tells_how_it_is_known() -> None:
    done = Operation(state=State.SUCCEEDED)
    assert text_of(requests.request_state(done)) == "Completed (not verified)"
    done.decided_by_name = "佐藤 美咲"
    assert text_of(requests.request_state(done)) == "Completed (recorded)"


def test_queued_again_after_a_try_that_never_left_is_said() -> None:
    assert text_of(requests.request_state(Operation(state=State.QUEUED, tries=1))) == "Not sent, retrying"


def test_in_a_list_only_what_needs_no_look_has_no_box() -> None:
    plain = {state for state in State if "is-plain" in requests.request_state(Operation(state=state), quiet=True)}
    assert plain == {State.SUCCEEDED, State.CANCELED}


def test_every_type_of_event_is_recorded_somewhere() -> None:
    recorded = {
        node.attr
        for source in (PROJECT / "portal/operations").glob("*.py")
        if source.name != "event_types.py"
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "EventType"
    }
    assert recorded == set(EventType.names)


def moments(*names: str) -> dict[str, datetime]:
    """Return columns that hold a moment."""
    return dict.fromkeys((f"{name}_at" for name in names), datetime(2026, 11, 20, 5, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("operation", "way"),
    [
        (
            Operation(state="proposed"),
            ["", "Review", "Submitted, Waiting to send, Sent, Verified in LINE WORKS, Completed"],
        ),
        (
            Operation(state="awaiting_approval", **moments("confirmed")),
            ["Reviewed, Submitted", "Awaiting approval", "Waiting to send, Sent, Verified in LINE WORKS, Completed"],
        ),
        (
            Operation(state="queued", **moments("confirmed")),
            ["Reviewed, Submitted", "Waiting to send", "Sent, Verified in LINE WORKS, Completed"],
        ),
        (
            Operation(state="unknown", **moments("confirmed", "sent")),
            ["Reviewed, Submitted, Waiting to send, Sent", "Outcome unknown", "Result verified or recorded"],
        ),
        (
            Operation(state="unknown", **moments("confirmed", "sent", "after_read")),
            [
                "Reviewed, Submitted, Waiting to send, Sent, Checked in LINE WORKS",
                "Outcome unknown",
                "Result verified or recorded",
            ],
        ),
        (
            Operation(state="succeeded", **moments("confirmed", "sent", "after_read")),
            ["Reviewed, Submitted, Waiting to send, Sent, Verified in LINE WORKS", "Completed", ""],
        ),
        (Operation(state="stale", **moments("confirmed")), ["Reviewed, Submitted", "Not sent (data changed)", ""]),
        (Operation(state="canceled"), ["Reviewed", "Canceled", ""]),
    ],
    ids=lambda value: value.state if isinstance(value, Operation) else "",
)
def test_the_way_of_an_order(operation: Operation, way: list[str]) -> None:
    steps = steps_of(operation, second_person=False)
    places = [", ".join(step.words for step in steps if step.place == place) for place in ("done", "current", "open")]
    assert places == way


@pytest.mark.parametrize(
    ("operation", "way"),
    [
        (
            Operation(state="queued", **moments("confirmed")),
            ["Reviewed, Submitted", "Waiting to send", "Sent, Completed"],
        ),
        (
            Operation(state="succeeded", **moments("confirmed", "sent")),
            ["Reviewed, Submitted, Waiting to send, Sent", "Completed (not verified)", ""],
        ),
    ],
    ids=lambda value: value.state if isinstance(value, Operation) else "",
)
def test_the_way_of_an_order_that_is_not_read_back(operation: Operation, way: list[str]) -> None:
    steps = steps_of(operation, second_person=False, read_back=False)
    assert [", ".join(step.words for step in steps if step.place == at) for at in ("done", "current", "open")] == way


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_exactly_one_current_step(state: State) -> None:
    for second_person in (False, True):
        steps = steps_of(Operation(state=state, **moments("confirmed", "sent")), second_person=second_person)
        assert [step.place for step in steps].count("current") == 1


# --- Dates and ages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "english", "japanese"),
    [
        ("sentence", "31 Jan 2027", "2027年1月31日（日）"),
        ("table", "2027-01-31", "2027/01/31"),
        ("marker", "31 Jan", "1/31"),
        ("weekday", "Sun 31 Jan 2027", "2027年1月31日（日）"),
    ],
)
def test_a_day_in_each_form(form: str, english: str, japanese: str) -> None:
    with translation.override("en"):
        assert text_of(day(date(2027, 1, 31), form)) == english
    with translation.override("ja"):
        assert text_of(day(date(2027, 1, 31), form)) == japanese


def test_no_day_is_a_dash() -> None:
    assert text_of(day(None)) == "–"
    assert text_of(moment(None)) == "–"


def test_moments_are_of_the_business_time_zone() -> None:
    assert text_of(moment(datetime(2026, 11, 20, 15, 30, 5, tzinfo=UTC), "seconds")) == "00:30:05"


def test_a_moment_of_another_day_names_the_day() -> None:
    late = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # 00:30 of the 21st in Tokyo
    assert text_of(when(late, date(2026, 11, 21))) == "00:30"
    assert text_of(when(late, date(2026, 11, 20))) == "21 Nov 00:30"


@pytest.mark.parametrize(
    ("ahead", "words", "tone"),
    [(131, "131 d", ""), (31, "31 d", ""), (30, "30 d", "is-near"), (8, "8 d", "is-near"), (7, "7 d", "is-soon"),
     (0, "today", "is-soon"), (-5, "5 d ago", "is-soon")],
)  # fmt: skip
def test_days_left_are_numbers_whose_colour_only_repeats_them(ahead: int, words: str, tone: str) -> None:
    shown = str(days_left(TODAY + timedelta(days=ahead), TODAY))
    assert text_of(shown) == words
    assert re.findall(r"is-\w+", shown) == [tone] * bool(tone)


def test_a_start_is_no_deadline() -> None:
    assert "is-" not in str(days_left(TODAY + timedelta(days=1), TODAY, calm=True))


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-3), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=3, minutes=2), "3 h 02 min ago"),
        (timedelta(hours=47, minutes=59), "47 h 59 min ago"),
        (timedelta(hours=52), "2 d 4 h ago"),
    ],
)
def test_ages(age: timedelta, words: str) -> None:
    assert age_in_words(age) == words


def test_freshness_speaks_up_only_past_its_bound() -> None:
    fresh, old = now() - timedelta(minutes=5), now() - timedelta(minutes=90)
    bound = timedelta(hours=1)
    assert "is-past" not in freshness(fresh, bound)
    assert "<svg" not in freshness(fresh, bound)
    assert "is-past" in freshness(old, bound)
    assert "<svg" in freshness(old, bound)
    assert text_of(freshness(None)) == "Not synced yet"
    assert list_age(fresh, bound) == "5 min ago"
    assert "is-past" in list_age(old, bound)
    assert late_age(fresh, bound) == ""
    assert late_age(old, bound) == list_age(old, bound)
    assert text_of(late_age(None)) == "Not synced yet"


# --- Figures ---------------------------------------------------------------------------------------------------------


def test_a_trial_is_not_called_a_trial_twice() -> None:
    assert text_of(contract("ADV_T", "TRIAL")) == "Advanced Trial"
    assert text_of(contract("STD", "MONTHLY")) == "Standard Monthly, postpay"
    assert text_of(contract("", "")) == "–"


def test_a_code_that_is_not_known_is_shown_as_it_came() -> None:
    assert text_of(contract("NEW_<X>", "NEW_PLAN")) == "NEW_&lt;X&gt; NEW_PLAN"
    assert text_of(str(renewal("POSTPONE"))) == "POSTPONE"
    assert "SUSPENDED_REVIEW" in rendered('{% subscription_status "SUSPENDED_REVIEW" %}')


def test_only_a_cancel_is_red() -> None:
    assert "is-cancel" in scheduled("Cancels", TODAY, "cancel")
    assert "is-cancel" not in scheduled("Starts", TODAY, "start")
    assert "is-fact" in scheduled("Applied", TODAY, "fact")


class Use:
    """Calls within a window, more than its limit because another application overdid it."""

    people, sweep, others, limit = 100, 120, 400, 240


def test_the_meter_of_calls_never_leaves_its_frame() -> None:
    widths = [
        float(width)
        for width in re.findall(r'<rect class="(?:people|sweep|others)"[^>]*width="([\d.]+)"', call_meter(Use()))
    ]
    assert len(widths) == 3
    assert sum(widths) == pytest.approx(METER_WIDTH, abs=0.2)


@pytest.mark.parametrize("state", list(SyncRun.State))
def test_a_run_says_how_it_ended(state: SyncRun.State) -> None:
    assert text_of(run_state(SyncRun(state=state))) == str(state.label)


# --- Messages, fields, lists -----------------------------------------------------------------------------------------


def test_what_people_typed_is_never_taken_for_html() -> None:
    callout = rendered('{% callout "bad" "ban" title %}{{ words }}{% endcallout %}', title="<b>", words="<script>")
    assert "&lt;b&gt;" in callout
    assert "<script>" not in callout
    assert "&lt;i&gt;" in rendered('{% badge "ok" "check" words %}', words="<i>")


def test_our_own_reading_of_a_rule_is_marked() -> None:
    assert "assumption" in rendered("{% rule it %}", it=Rule("a.b", "c", "page", ours=True))
    assert "assumption" not in rendered("{% rule it %}", it=Rule("a.b", "c", "page"))


class OrderForm(forms.Form):
    """A form like those of the pages."""

    count = forms.IntegerField(label="Licenses", min_value=1, help_text="From 1.")
    start = forms.DateField(label="Starts on")


def test_a_field_that_is_wrong_says_so_to_everybody() -> None:
    form = OrderForm({"count": "0"})
    field = rendered("{% field_row form.count %}", form=form)
    assert 'aria-invalid="true"' in field
    described_by = re.search(r'aria-describedby="([^"]+)"', field)
    assert described_by
    assert all(f'id="{name}"' in field for name in described_by[1].split())
    assert "<svg" in field


def test_the_errors_of_a_form_come_first_and_lead_to_the_fields() -> None:
    form = OrderForm({"count": "0"})
    summary = rendered('{% include "partials/form_errors.html" %}', form=form)
    assert 'role="alert"' in summary
    assert re.findall(r'href="#(\w+)"', summary) == ["id_count", "id_start"]
    assert rendered('{% include "partials/form_errors.html" %}', form=OrderForm()).strip() == ""


def test_the_date_picker_offers_the_legal_days_and_says_why_not_the_others() -> None:
    days = [
        Day(date(2026, 11, 30), reason="Too early"),
        Day(date(2026, 12, 1), chosen=True),
        Day(date(2026, 12, 2), note="no penalty", tone="free"),
    ]
    picker = rendered("{% date_picker form.start days %}", form=OrderForm(), days=days)
    assert re.findall(r'value="([\d-]+)"', picker) == ["2026-12-01", "2026-12-02"]
    assert '<s title="Too early">30</s>' in picker
    assert re.search(r'value="2026-12-01"[^>]*checked', picker)
    assert 'aria-label="2 Dec 2026, no penalty"' in picker
    assert picker.index("November 2026") < picker.index("December 2026")


def test_weeks_begin_as_in_the_language() -> None:
    picker = "{% date_picker form.start days %}"
    days = [Day(date(2026, 12, 1))]
    with translation.override("en"):
        assert re.findall(r'<abbr title="(\w+)"', rendered(picker, form=OrderForm(), days=days))[0] == "Monday"
    with translation.override("ja"):
        assert re.findall(r'<abbr title="(\w+)"', rendered(picker, form=OrderForm(), days=days))[0] == "日曜日"


@pytest.mark.parametrize(
    ("sort", "address", "said"),
    [
        (Sort("end", False), "?q=a&amp;sort=-end", "ascending"),
        (Sort("end", True), "?q=a&amp;sort=end", "descending"),
        (Sort("name", False), "?q=a&amp;sort=end", None),
    ],
)
def test_a_head_sorts_the_other_way_round_and_from_the_first_page(
    rf: RequestFactory, sort: Sort, address: str, said: str | None
) -> None:
    request = rf.get("/customers/?q=a&sort=name&page=3")
    head = rendered('{% sort_head "end" "Contract end" %}', request=request, sort=sort)
    assert f'href="{address}"' in head
    assert (f'aria-sort="{said}"' in head) if said else ("aria-sort" not in head)


@pytest.mark.parametrize(("sort", "value"), [("a", "-n"), ("-n", "n"), ("n", "-n")])
def test_a_head_of_figures_sorts_the_largest_first(rf: RequestFactory, sort: str, value: str) -> None:
    order = Sort(sort.removeprefix("-"), sort.startswith("-"))
    request = rf.get("/customers/")
    head = rendered('{% sort_head "n" "Yen" "num" descends_first=True %}', request=request, sort=order)
    assert f'href="?sort={value}"' in head


class ListFilter(forms.Form):
    """A filter like those of the lists."""

    q = forms.CharField(label="Name", required=False)
    product = forms.MultipleChoiceField(label="Product", choices=[("A", "Advanced"), ("S", "Standard")], required=False)
    ends_by = forms.DateField(label="Ends by", required=False)


def test_each_filter_in_use_can_be_dropped_alone(rf: RequestFactory) -> None:
    request = rf.get("/customers/?q=abc&product=A&product=S&ends_by=2027-03-31&page=4&sort=end")
    chips = rendered("{% filter_chips form %}", request=request, form=ListFilter(request.GET))
    assert "<b>Advanced, Standard</b>" in chips
    assert "<b>2027-03-31</b>" in chips
    assert 'href="?q=abc&amp;ends_by=2027-03-31&amp;sort=end"' in chips
    assert "page=" not in chips


def test_no_filter_no_chips(rf: RequestFactory) -> None:
    request = rf.get("/customers/")
    assert rendered("{% filter_chips form %}", request=request, form=ListFilter(request.GET)).strip() == ""
