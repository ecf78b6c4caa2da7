"""Faults that change nothing anybody could notice, each with its reason, as ``equivalent.toml`` lists them."""

import tomllib
from functools import cache
from pathlib import Path

from tests.mutants.faults import Fault

_LIST = Path(__file__).with_name("equivalent.toml")


@cache
def listed() -> dict[tuple[str, str, str], str]:
    """Return the reasons by path and by the changed line before and after."""
    entries = tomllib.loads(_LIST.read_text(encoding="utf-8"))["fault"]
    return {(entry["path"], entry["before"], entry["after"]): entry["reason"] for entry in entries}


def reason(fault: Fault) -> str:
    """Return why a fault changes nothing; empty if it is not listed."""
    return listed().get((fault.path, *fault.change()), "")
