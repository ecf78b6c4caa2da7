"""Faults that change nothing anybody could notice, each with its reason, as ``equivalent.toml`` lists them."""

import tomllib
from functools import cache
from pathlib import Path

from tests.mutants.faults import Fault, faults_of, source

_LIST = Path(__file__).with_name("equivalent.toml")


@cache
def listed() -> dict[tuple[str, str, str], str]:
    """Return the reasons by path and by the changed line before and after."""
    entries = tomllib.loads(_LIST.read_text(encoding="utf-8"))["fault"]
    return {(entry["path"], entry["before"], entry["after"]): entry["reason"] for entry in entries}


def reason(fault: Fault) -> str:
    """Return why a fault changes nothing; empty if it is not listed."""
    return listed().get((fault.path, *fault.change()), "")


def stale() -> list[tuple[str, str, str]]:
    """Return what is listed and no longer stands in the code."""
    meant = [fault for path in {path for path, _, _ in listed()} for fault in faults_of(path) if _is_meant(fault)]
    return sorted(set(listed()) - {(fault.path, *fault.change()) for fault in meant})


def _is_meant(fault: Fault) -> bool:
    """Whether its line is listed; to write down every fault of a file takes long."""
    line = source(fault.path).splitlines()[fault.line - 1].strip()
    return any(line in before for path, before, _ in listed() if path == fault.path)
