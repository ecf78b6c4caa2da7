"""Text of others within sentences of ours, and texts that hold nothing to see."""

from pathlib import Path

import pytest
from django import forms
from django.template import Context, Engine
from django.template.base import VariableNode
from django.template.loader import get_template

from portal.core.field_labels import text_of
from portal.core.labels import listed, word_for
from portal.core.rules import Problem, Rule
from portal.core.untrusted_text import SeenTextForm, can_be_seen, isolated
from portal.operations.templatetags.requests import as_json
from portal.ui.isolation import Isolating

TURNED = "つばめ\u202egpj.exe"
IN_A_SENTENCE = f"\u2068{TURNED}\u2069"


@pytest.mark.parametrize("text", ["", "株式会社つばめ運輸", "A & B (Tokyo), 12%", "Zoë", "👩‍👩‍👧"])
def test_text_that_turns_nothing_round_stays_as_it_is(text: str) -> None:
    assert isolated(text) == text


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        (TURNED, IN_A_SENTENCE),
        ("شركة", "\u2068شركة\u2069"),
        ("a\u2067b", "\u2068a\u2067b\u2069\u2069"),
        ("a\u2069\u202eb", "\u2068a\u202eb\u2069"),
        ("\u2068a\u2069\u202eb\u2068c\u2069", "\u2068\u2068a\u2069\u202eb\u2068c\u2069\u2069"),
        (IN_A_SENTENCE, IN_A_SENTENCE),
    ],
)
def test_what_a_text_turns_round_ends_with_it(text: str, alone: str) -> None:
    assert isolated(text) == alone
    assert isolated(alone) == alone


def test_it_is_isolated_in_sentences_of_rules_lists_and_fields() -> None:
    rule = Rule("test.turned", "%(name)s is a customer.", "")
    assert str(Problem(rule, {"name": TURNED})) == f"{IN_A_SENTENCE} is a customer."
    assert listed(["a", TURNED, "b"]) == f"a, {IN_A_SENTENCE}, b"
    assert word_for("product", TURNED) == IN_A_SENTENCE
    assert text_of("companyName", TURNED) == IN_A_SENTENCE


def test_templates_isolate_what_they_show_and_leave_values_and_addresses_alone(tmp_path: Path) -> None:
    (tmp_path / "turned.html").write_text(
        """{% load i18n partials %}{{ name }}|{{ name|default:"x" }}|<a href="/{{ name }}" title="{{ name }}">|"""
        """<input value="{{ name }}">|{% for one in names %}{% if one %}{{ one }}{% endif %}{% endfor %}|"""
        """{% blocktranslate %}Renamed {{ name }}.{% endblocktranslate %}|"""
        """{% blocktranslate with other=name %}To {{ other }}.{% endblocktranslate %}|"""
        """{% partialdef part inline %}{{ name }}{% endpartialdef %}|{{ 12 }}"""
    )
    loaders = [("template_partials.loader.Loader", [("portal.ui.isolation.Loader",
               [("django.template.loaders.filesystem.Loader", [tmp_path])])])]  # fmt: skip
    engine = Engine(
        loaders=loaders,
        libraries={"i18n": "django.templatetags.i18n", "partials": "template_partials.templatetags.partials"},
    )
    said = engine.get_template("turned.html").render(Context({"name": TURNED, "names": [TURNED]}))

    alone = IN_A_SENTENCE
    assert said.split("|") == [
        alone, alone, f'<a href="/{TURNED}" title="{alone}">', f'<input value="{TURNED}">', alone,
        f"Renamed {alone}.", f"To {alone}.", alone, "12",
    ]  # fmt: skip


def test_the_portal_s_own_templates_are_loaded_so() -> None:
    template = get_template("customers/customer_detail.html").template  # type: ignore[attr-defined]  # Django's has it
    nodes = template.nodelist.get_nodes_by_type(VariableNode)

    assert any(isinstance(node.filter_expression, Isolating) for node in nodes)


@pytest.mark.parametrize(
    "text",
    [
        "\u200b",
        "\u2060\u00ad",
        "\u3164",
        "\u2800",
        " \u3000\t",
        "\ufeff\u202e",
        "\u115f\uffa0",
        "\u0301",
        "\u180e\ufe0f",
    ],
)
def test_a_text_of_nothing_to_see_is_none(text: str) -> None:
    assert not can_be_seen(text)
    assert can_be_seen(f"{text}つ")


class Typed(SeenTextForm):
    name = forms.CharField()
    memo = forms.CharField(required=False)


def test_a_form_takes_no_text_of_nothing_to_see() -> None:
    form = Typed({"name": "\u200b\u3164", "memo": "\u2060"})

    assert not form.is_valid()
    words = ["This text has no visible characters. Enter some text."]
    assert form.errors == {"name": words, "memo": words}
    assert Typed({"name": "つばめ\u200b", "memo": ""}).is_valid()


@pytest.mark.parametrize("mark", ["\u202e", "\u202a", "\u2066"])
def test_a_form_takes_no_mark_that_reorders_letters(mark: str) -> None:
    form = Typed({"name": f"株式会社{mark}ABC", "memo": ""})

    assert form.errors == {
        "name": ["This text has a hidden character that changes the order of its letters. Type the text again."]
    }


def test_json_is_shown_in_the_order_in_which_it_was_sent() -> None:
    assert as_json({"companyName": TURNED}) == '{"companyName": "つばめ\\u202egpj.exe"}'
