"""Who can sign in after `make run`: people of the demo with the sandbox, and with LINE WORKS those who were added."""

import json
from pathlib import Path
from typing import Any

import pytest

from portal.dev.server import run, steps


class Started:
    """Notes what would be run, instead of running it."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []

    def run(self, _head: str, command: list[str], *_arguments: Any, **_named: Any) -> str:
        self.commands.append([part for part in command if "/" not in part])
        return ""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Started:
    """A folder of its own in which nothing is run."""
    started = Started()
    monkeypatch.setattr(run, "HOME", tmp_path)
    monkeypatch.setattr(run, "SIGN_INS", tmp_path / "sign-ins.json")
    monkeypatch.setattr(steps, "run", started.run)
    monkeypatch.setattr(run, "collect", lambda *_arguments: None)
    return started


def prepare(*, with_sandbox: bool, own_database: bool = True) -> None:
    run._prepare({}, None, own_database=own_database, with_sandbox=with_sandbox)  # type: ignore[arg-type]  # nothing is run


@pytest.mark.parametrize("own_database", [True, False])
def test_people_of_the_demo_are_added_with_the_sandbox_alone(started: Started, own_database: bool) -> None:
    prepare(with_sandbox=False, own_database=own_database)
    assert started.commands == [["migrate"], ["prepare"]]
    prepare(with_sandbox=True, own_database=own_database)
    assert started.commands[2:] == [["migrate"], ["prepare", "--demo"]]


def test_a_database_is_looked_at_again_when_it_meets_line_works(started: Started, tmp_path: Path) -> None:
    prepare(with_sandbox=True)
    (tmp_path / "sign-ins.json").write_text("[]")
    prepare(with_sandbox=True)
    assert len(started.commands) == 2
    prepare(with_sandbox=False)
    assert started.commands[2:] == [["migrate"], ["prepare"]]


def test_where_nobody_can_sign_in_it_says_how_to_add_the_first_administrator(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run._name_the_way_in("")
    assert "manage.py person add YOUR@EMAIL --role administrator" in capsys.readouterr().out
    run._name_the_way_in("sato@partner.example  administrator  佐藤 美咲\n")
    assert capsys.readouterr().out == "Sign in with your own account.\n"


def test_a_password_that_nobody_knows_is_not_printed_as_one(
    started: Started, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = {"role": "support", "name": "鈴木 彩", "email": "suzuki@partnerdesk.example", "password": "known-12345"}
    (tmp_path / "sign-ins.json").write_text(json.dumps([known, known | {"role": "finance", "password": ""}]))
    run._name_the_demo()
    words = capsys.readouterr().out
    assert ("support  suzuki@partnerdesk.example  known-12345" in words, "person password" in words) == (True, True)
