"""docs/howto/add-a-command.md: its blocks make a command that works, and it names every field of Command."""

import re
import sys
from dataclasses import fields, replace
from datetime import date
from types import ModuleType

import pytest
from django.test import override_settings
from django.urls import include, path

from customers.views.requests import command_paths
from portal import checks
from portal.core import rules
from portal.operations.command_forms import Situation
from portal.operations.commands import COMMANDS, Command
from portal.settings import BASE_DIR
from portal.vendor.client import OPERATIONS
from tests.subscriptions import states

PAGE = (BASE_DIR / "docs" / "howto" / "add-a-command.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n# (\S+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
TODAY = date(2026, 1, 15)


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """Run each block as the module that it names."""
    monkeypatch.setattr(rules, "RULEBOOK", rules.Rulebook())
    made: dict[str, ModuleType] = {}
    for file, source in BLOCKS:
        package, _dot, name = file.removesuffix(".py").replace("/", ".").rpartition(".")
        module = made[file] = ModuleType(f"{package}.{name}")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(sys.modules[package], name, module, raising=False)
        exec(compile(source, file, "exec"), module.__dict__)  # noqa: S102  our own page
    return made


def test_the_blocks_make_a_complete_command(modules: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch) -> None:
    command = modules["subscriptions/commands/pauses.py"].PAUSE
    monkeypatch.setattr(COMMANDS, "_commands", dict(COMMANDS._commands))
    COMMANDS.register(command)
    operation = replace(OPERATIONS["addLicenses"], name=command.kind)
    monkeypatch.setattr(checks, "OPERATIONS", {**OPERATIONS, command.kind: operation})
    urls = ModuleType("urls")
    urls.__dict__["urlpatterns"] = [path("customers/", include((command_paths("subscriptions"), "subscriptions")))]

    with override_settings(ROOT_URLCONF=urls):
        assert [error for error in checks.commands_are_complete(None) if command.kind in error.msg] == []
        assert command.address(7, {"subscription_id": 501}) == "/customers/7/subscriptions/501/pause/"


def test_the_command_evaluates_projects_and_verifies(modules: dict[str, ModuleType]) -> None:
    command = modules["subscriptions/commands/pauses.py"].PAUSE
    state = states.state({})
    [target] = command.targets(state)
    assert command.preconditions(state, target, TODAY) == ()
    form = command.form({"resume_date": "2026-02-01"}, situation=Situation(state, target, TODAY))
    assert form.is_valid()
    wish = command.request.model_validate({**target.ids, **form.wish()})
    verdict = command.evaluate(state, wish, TODAY)
    assert [each.rule.id for each in verdict.consequences] == ["sub.pause.stops"]
    assert not command.evaluate(state, wish.model_copy(update={"resume_date": TODAY}), TODAY).allowed
    after = command.projected_state(state, wish)
    assert command.took_effect(state, after, wish)
    assert not command.took_effect(state, state, wish)


def test_the_table_names_every_field_of_a_command() -> None:
    table = re.findall(r"^\| (`.*?`) \|", PAGE, re.MULTILINE)
    named = [name for row in table for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(field.name for field in fields(Command))
