"""Rules, findings and verdicts: their words, their order, and the form in which an operation keeps them."""

import json
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from portal.rulebook import DEVELOPER_PAGES, RULEBOOK, Code, Consequence, Problem, Rule, Rulebook, Verdict, Weight
from portal.rulebook import Value as RuleValue

A_RULE = RULEBOOK["sub.preorder.optionsleft"]
VALUES = st.dictionaries(
    st.from_regex(r"[a-z_]{1,12}", fullmatch=True),
    st.one_of(
        st.text(), st.integers(), st.dates(), st.builds(Code, st.sampled_from(["product", "plan"]), st.text(min_size=1))
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
