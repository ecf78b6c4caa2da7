"""The checks at start: every change of LINE WORKS has a command, and every command is complete."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from portal import checks
from portal.operations.commands import COMMANDS, Command
from subscriptions.commands.pre_orders import MOVE_PRE_ORDER
from subscriptions.commands.reservations import REPLACED


def declare(monkeypatch: pytest.MonkeyPatch, *commands: Command[Any]) -> None:
    monkeypatch.setattr(COMMANDS, "_commands", {command.kind: command for command in (*COMMANDS, *commands)})


def test_every_change_of_the_contract_has_a_complete_command() -> None:
    assert checks.every_change_has_a_command(None) == []
    assert checks.commands_are_complete(None) == []


def test_a_change_without_a_command_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    others = {command.kind: command for command in COMMANDS if command.kind != "addLicenses"}
    monkeypatch.setattr(COMMANDS, "_commands", others)
    [error] = checks.every_change_has_a_command(None)
    assert (error.id, error.msg) == ("portal.E003", "No command declares addLicenses.")


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"permission": "subscriptions.ordr"}, "portal.E001"),
        ({"kind": "pausePreOrder"}, "portal.E004"),
        ({"kind": "listCustomers"}, "portal.E004"),
        ({"title": ""}, "portal.E005"),
        ({"label": ""}, "portal.E005"),
        ({"description": ""}, "portal.E005"),
        ({"icon": ""}, "portal.E005"),
        ({"form": None}, "portal.E006"),
        ({"request": None}, "portal.E006"),
        ({"evaluate": None}, "portal.E006"),
        ({"send": None}, "portal.E006"),
        ({"took_effect": None}, "portal.E006"),
        ({"projected_state": None}, "portal.E006"),
        ({"summary": None}, "portal.E006"),
        ({"reads": ("customer", "pre_order")}, "portal.E007"),
        ({"linked_change": replace(REPLACED, kind="deleteReservations")}, "portal.E008"),
        ({"url_name": "subscriptions:pre_order_mov"}, "portal.E009"),
        ({"path": "pre-orders/<int:pre_order>/move/"}, "portal.E009"),
    ],
)
def test_an_incomplete_command_is_found(changes: dict[str, Any], found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, replace(MOVE_PRE_ORDER, **changes))
    assert [error.id for error in checks.commands_are_complete(None)] == [found]


def test_two_commands_of_one_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="two commands are called updatePreOrder"):
        COMMANDS.register(MOVE_PRE_ORDER)


def test_a_command_of_no_role_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "PERMISSIONS", {"nobody": frozenset({"customers.view_customer"})})
    assert {error.id for error in checks.commands_are_complete(None)} == {"portal.E001"}


def test_a_missing_font_is_told_before_a_deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.the_font_is_there(None) == []
    monkeypatch.setattr("portal.checks.FONT", tmp_path / "font.ttf")
    [error] = checks.the_font_is_there(None)
    assert error.id == "portal.E010"
