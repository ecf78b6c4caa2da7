"""What `make mutants` puts into the code is what it says."""

import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

from tests.mutants import equivalent
from tests.mutants.faults import AREAS, OPERATORS, sample, source
from tests.mutants.reach import statement

CHANGES = [
    ("RemoveCall", "def f():\n    save()\n    return 1\n", "def f():\n    pass\n    return 1\n"),
    ("DropKeyword", "rows.filter(pk=1, name=2)\n", "rows.filter( name=2)\n"),
    ("DropKeyword", "rows.filter(pk=1)\n", "rows.filter()\n"),
    ("DropOperand", "x = a and b\n", "x = b\n"),
    ("WithoutContext", "with atomic():\n    save()\n", "if True:\n    save()\n"),
    ("TurnMembership", "x = a in b\n", "x = a not in b\n"),
    ("TurnMembership", "x = a not in b\n", "x = a in b\n"),
]
UNCHANGED = [
    ("RemoveCall", "log.info('a')\n"),
    ("RemoveCall", "x = save()\n"),
    ("DropKeyword", "make(pk=1)\n"),
    ("WithoutContext", "with opened() as file:\n    pass\n"),
]


@pytest.mark.parametrize(("operator", "before", "after"), CHANGES)
def test_an_operator_makes_one_change(operator: str, before: str, after: str) -> None:
    assert mutate_code(before, OPERATORS[operator], 0) == after


@pytest.mark.parametrize(("operator", "code"), UNCHANGED)
def test_an_operator_leaves_alone_what_is_none_of_its_own(operator: str, code: str) -> None:
    nodes = ast_nodes(get_ast(code))
    assert [position for node in nodes for position in OPERATORS[operator].mutation_positions(node)] == []


def test_a_sample_is_drawn_anew_by_its_seed_and_from_all_areas() -> None:
    drawn = sample(20, "1")
    assert drawn == sample(20, "1")
    assert drawn != sample(20, "2")
    assert {fault.area for fault in drawn} == set(AREAS)
    assert len({fault.place for fault in drawn}) == 20


def test_a_fault_changes_what_its_line_says() -> None:
    for fault in sample(20, "1"):
        before, after = fault.change()
        assert before != after
        compile(fault.code(), fault.path, "exec")


def test_what_is_listed_as_equivalent_has_a_reason() -> None:
    assert all(equivalent.listed().values())
    assert len(equivalent.stale()) < len(equivalent.listed())


def test_a_fault_in_a_head_concerns_the_head_alone() -> None:
    path = "portal/operations/reconciliation.py"
    lines = source(path).splitlines()
    heads = [statement(path, number) for number, line in enumerate(lines, 1) if line.strip().startswith("if ")]
    assert heads
    for head, is_inside in heads:
        assert is_inside
        code = [line for number in head if not (line := lines[number - 1].strip()).startswith("#")]
        assert code[-1].endswith(":")
