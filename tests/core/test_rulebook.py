"""Rules, findings and verdicts: their words, their order, and the form in which an operation keeps them."""

import json
from datetime import date
from importlib import import_module

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from portal.core.rules import (
    DEVELOPER_PAGES,
    RULEBOOK,
    Code,
    Consequence,
    Fields,
    FieldValue,
    Problem,
    Rule,
    Rulebook,
    Verdict,
    Weight,
)
from portal.core.rules import Value as RuleValue
from portal.dev.sandbox.rules import Source, all_rules
from portal.dev.server.embedded import PROJECT

A_RULE = RULEBOOK["sub.preorder.optionsleft"]
VALUES = st.dictionaries(
    st.from_regex(r"[a-z_]{1,12}", fullmatch=True),
    st.one_of(
        st.text(),
        st.integers(),
        st.dates(),
        st.builds(Code, st.sampled_from(["product", "plan"]), st.text(min_size=1)),
        st.builds(Fields, st.lists(st.text()).map(tuple)),
        st.builds(FieldValue, st.text(), st.text()),
    ),
)


@given(values=VALUES, weight=st.sampled_from(Weight))
def test_a_consequence_survives_being_stored_as_json(values: dict[str, RuleValue], weight: Weight) -> None:
    consequence = Consequence(A_RULE, values, weight=weight)
    assert Consequence.from_json(json.loads(json.dumps(consequence.to_json()))) == consequence


def test_a_stored_consequence_of_a_rule_that_went_speaks_with_the_words_of_then() -> None:
    stored = {
        "rule": "no.such.rule",
        "weight": "care",
        "values": {"count": 3},
        "words": "3 options, 100 % of all, end.",
    }
    consequence = Consequence.from_json(stored)
    assert (consequence.rule.id, str(consequence), consequence.weight) == (
        "no.such.rule",
        "3 options, 100 % of all, end.",
        Weight.CARE,
    )


def test_a_finding_speaks_in_peoples_words() -> None:
    rule = Rule("test.words", "%(product)s for %(count)s from %(day)s, %(name)s", "page")
    finding = Problem(
        rule, {"product": Code("product", "ADV"), "count": 1200, "day": date(2026, 3, 1), "name": "ひかり"}
    )
    with translation.override("en"):
        assert str(finding) == "Advanced for 1,200 from 1 Mar 2026, ひかり"


def test_ids_are_unique_and_rules_come_in_their_order() -> None:
    book = Rulebook()
    late, early = book.add(Rule("b", "B", "p")), book.add(Rule("a", "A", "p"))
    assert list(book) == [early, late]
    assert book["a"] is early
    with pytest.raises(ValueError, match="two rules are called a"):
        book.add(Rule("a", "again", "p"))


def test_every_rule_of_the_portal_names_its_page() -> None:
    rules = list(RULEBOOK)
    assert rules
    for rule in rules:
        assert rule.page, rule.id
        assert rule.url == DEVELOPER_PAGES + rule.page
        assert str(rule.sentence).strip(), rule.id


def test_a_verdict_with_a_problem_does_not_allow() -> None:
    assert Verdict().allowed
    assert not Verdict(problems=(Problem(A_RULE),)).allowed


def test_the_worst_consequence_is_read_first_and_the_way_back_last() -> None:
    mixed = [Weight.UNDO, Weight.NOTE, Weight.LOSS, Weight.CARE]
    verdict = Verdict(consequences=tuple(Consequence(A_RULE, weight=weight) for weight in mixed))
    assert [consequence.weight for consequence in verdict.worst_first()] == [
        Weight.LOSS,
        Weight.CARE,
        Weight.NOTE,
        Weight.UNDO,
    ]


def test_our_own_reading_is_what_the_sandbox_deduced() -> None:
    """Both say of each rule whether a page of LINE WORKS states it; they know that from the same pages."""
    for path in PROJECT.glob("*/rules/*.py"):
        import_module(".".join(path.relative_to(PROJECT).with_suffix("").parts))
    # The page states the end of grace, and not how many days that is; of these two Partnerdesk names the days.
    counted = {"sub.reservation.trialwindow", "option.order.applytrial"}
    # Whether what a page states for an operation that is gone still counts is left to either.
    sources = {rule.id: rule.source for rule in all_rules() if rule.source is not Source.DEPRECATED}
    shared = [rule for rule in RULEBOOK if rule.id in sources.keys() - counted]
    assert len(shared) > 100
    deduced = {rule.id for rule in shared if sources[rule.id] is Source.DEDUCED}
    assert {rule.id for rule in shared if rule.ours} == deduced


def test_names_and_values_of_fields_are_worded_for_the_reader() -> None:
    rule = Rule("test.fields", "%(names)s: %(old)s, %(limit)s.", page="")
    values: dict[str, RuleValue] = {
        "names": Fields(("companyName", "phoneNumber")),
        "old": FieldValue("locale", "ja_JP"),
        "limit": Code("limit", "none"),
    }
    stored = json.loads(json.dumps(Consequence(rule, values).to_json()))
    read = Consequence(rule, Consequence.from_json(stored).values)

    assert str(read) == "Company or organization name, Phone number: Japanese, No limit."
    with translation.override("ja"):
        assert "企業/団体名" in str(read)
        assert "日本語" in str(read)
        assert "no limit" not in str(read)
