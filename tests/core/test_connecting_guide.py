"""docs/connecting.md: its commands can be typed as they stand, and it owns up to what is unproven."""

import re
import shlex

import pytest
import yaml
from django.conf import settings

from portal.operations import manual_calls
from portal.settings import BASE_DIR
from portal.vendor.client import OPERATIONS

GUIDE = (BASE_DIR / "docs" / "connecting.md").read_text(encoding="utf-8")
CONTRACT = BASE_DIR / "tests" / "contract" / "openapi.yaml"
# Whole calls; the others leave something out.
CALLS = re.findall(r"""manage\.py partner_api (\w+ --json '\{".*\}')""", GUIDE)


def test_the_guide_names_calls() -> None:
    first, *others = CALLS
    assert first.split()[0] == "listCustomers"
    assert len(others) > 3


@pytest.mark.parametrize("call", CALLS)
def test_each_call_can_be_typed_as_it_stands(call: str) -> None:
    name, _option, given = shlex.split(call)
    operation = OPERATIONS[name]
    takes = {each.name: each.required for each in operation.parameters}
    if operation.body:
        takes |= {member.alias or key: member.is_required() for key, member in operation.body.model_fields.items()}
    names = set(manual_calls.parse(given))
    assert {name for name, required in takes.items() if required} <= names <= set(takes)


def test_each_setting_that_it_names_is_one() -> None:
    names = set(re.findall(r"\b(?:PARTNER|READ_BACK|BUSINESS)_[A-Z_]+[A-Z]\b", GUIDE))
    assert len(names) > 6
    assert {name for name in names if not hasattr(settings, name.removesuffix("_FILE"))} == set()


def test_each_operation_whose_page_nobody_saw_is_named() -> None:
    contract = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    concluded = {
        method["operationId"]
        for path in contract["paths"].values()
        for method in path.values()
        if isinstance(method, dict) and method.get("x-inferred")
    }
    assert concluded
    assert {name for name in concluded if f"`{name}`" not in GUIDE} == set()


def test_each_file_that_it_names_is_there() -> None:
    files = set(re.findall(r"`((?:portal|tests|docs)/[\w/.]+)`", GUIDE))
    assert len(files) >= 3
    assert [file for file in files if not (BASE_DIR / file).exists()] == []
