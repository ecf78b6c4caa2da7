"""Vendor codes in people's words."""

import pytest
from django.utils import translation

from portal.core.labels import PLANS, PRODUCTS, SUBSCRIPTION_STATUSES, word_for
from portal.core.untrusted_text import isolated
from portal.vendor.client import Plan, ProductId, SubscriptionStatus


@pytest.mark.parametrize(
    ("kind", "code", "word"),
    [
        ("product", "ADV", "Advanced"),
        ("product", "NTA_TM_T", "AiNote Team Trial"),
        ("plan", "ANNUAL_PREPAY_LICENSE", "Annual contract, lump sum (license)"),
        ("subscription_status", "SUSPENDED_TRIALEND", "Suspended (Trial ended)"),
        ("domain_type", "GROUP", "Group name"),
    ],
)
def test_a_known_code_becomes_a_word(kind: str, code: str, word: str) -> None:
    assert word_for(kind, code) == word


@pytest.mark.parametrize("kind", ["product", "plan", "subscription_status", "domain_type"])
def test_an_unknown_code_is_shown_as_it_came_and_none_as_a_dash(kind: str) -> None:
    assert word_for(kind, "NEVER_HEARD_OF") == "NEVER_HEARD_OF"
    assert word_for(kind, None) == "–"


def test_a_kind_that_no_longer_exists_shows_the_code_as_it_came() -> None:
    assert word_for("color", "BLUE") == isolated("BLUE")


@pytest.mark.parametrize(
    ("codes", "words"),
    [(ProductId, PRODUCTS), (Plan, PLANS), (SubscriptionStatus, SUBSCRIPTION_STATUSES)],
)
def test_every_code_that_the_contract_knows_has_a_word(codes: type[ProductId], words: dict[str, object]) -> None:
    assert {code.value for code in codes} <= words.keys()


def test_words_follow_the_language_of_the_moment(japanese: None) -> None:
    with translation.override("ja"):
        word = word_for("product", "ADV")
    with translation.override("en"):
        assert word_for("product", "ADV") == "Advanced"
    assert word != "Advanced"


@pytest.mark.parametrize(
    ("kind", "code", "word"), [("sub_option", "ACV201", "有料"), ("customer_status", "ACTIVE", "正常")]
)
def test_what_english_says_in_one_word_japanese_tells_apart(japanese: None, kind: str, code: str, word: str) -> None:
    with translation.override("ja"):
        assert word_for(kind, code) == word
