"""Each rule of the sandbox has a case that keeps to it and one that breaks it, and docs/rules.md lists it."""

import importlib
import pkgutil
from pathlib import Path

import tests.dev.sandbox
from portal.dev.sandbox.rules import all_rules, page
from tests.dev.sandbox.cases import BREAKING, KEEPING

ROOT = Path(__file__).parents[3]


def test_each_rule_is_kept_and_broken_by_a_test() -> None:
    for module in pkgutil.iter_modules(tests.dev.sandbox.__path__, "tests.dev.sandbox."):
        importlib.import_module(module.name)
    rules = {rule.id for rule in all_rules()}
    assert rules
    assert rules - KEEPING == set(), "no test keeps to them"
    assert rules - BREAKING == set(), "no test breaks them"
    assert rules >= KEEPING | BREAKING, "these are no rules"


def test_the_page_of_rules_is_up_to_date() -> None:
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == page()
