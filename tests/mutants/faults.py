"""The deliberate faults that can be put into the code, and a sample of them."""

import difflib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath
from typing import Any

import cosmic_ray.plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

from portal.dev.server.embedded import PROJECT
from tests.mutants import operators

# What is judged, each with an equal share of the sample.
AREAS = {
    "operations": ("portal/operations/*.py",),
    "rules": ("customers/rules/*.py", "subscriptions/rules/*.py", "options/rules/*.py"),
    "sync": ("portal/sync/*.py",),
    "ratelimit": ("portal/vendor/ratelimit/*.py",),
    "accounts": ("portal/accounts/*.py",),
}
_COMPARISONS = "Eq_NotEq NotEq_Eq Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt Is_IsNot IsNot_Is"
_ARITHMETIC = "Add_Sub Sub_Add Mul_FloorDiv Div_Mul FloorDiv_Mul Mod_Mul BitOr_BitAnd BitAnd_BitOr"
_SIGNS = "USub_UAdd Delete_Not Delete_USub Delete_Invert"
# Of the many replacements of a sign those are taken that people make; the others mostly break the code outright.
_LIBRARY = (
    *(f"core/ReplaceComparisonOperator_{change}" for change in _COMPARISONS.split()),
    *(f"core/ReplaceBinaryOperator_{change}" for change in _ARITHMETIC.split()),
    *(f"core/ReplaceUnaryOperator_{change}" for change in _SIGNS.split()),
    "core/AddNot",
    "core/ReplaceTrueWithFalse",
    "core/ReplaceFalseWithTrue",
    "core/ReplaceAndWithOr",
    "core/ReplaceOrWithAnd",
    "core/ReplaceBreakWithContinue",
    "core/ReplaceContinueWithBreak",
    "core/ExceptionReplacer",
    "core/NumberReplacer",
    "core/RemoveDecorator",
    "core/ZeroIterationForLoop",
)
_OWN = (
    operators.RemoveCall,
    operators.DropKeyword,
    operators.DropOperand,
    operators.WithoutContext,
    operators.TurnMembership,
)
OPERATORS: dict[str, Any] = {
    **{name: cosmic_ray.plugins.get_operator(name)() for name in _LIBRARY},
    **{operator.__name__: operator() for operator in _OWN},
}
# What the interpreter or the type checker alone looks at.
_UNLOOKED = {"tfpdef", "assert_stmt"}


@dataclass(frozen=True)
class Fault:
    """One deliberate fault: where, by which operator, and which of its occurrences in the file."""

    path: str
    operator: str
    occurrence: int
    line: int
    column: int
    end: tuple[int, int]

    @property
    def place(self) -> tuple[str, int, int, tuple[int, int], str]:
        """What several variants of one fault share."""
        return (self.path, self.line, self.column, self.end, self.operator.partition("_")[0])

    @property
    def area(self) -> str:
        """What it is a fault of."""
        return next(area for area, patterns in AREAS.items() if any(map(PurePath(self.path).match, patterns)))

    def code(self) -> str:
        """Return the file's code with the fault in it."""
        return str(mutate_code(source(self.path), OPERATORS[self.operator], self.occurrence))

    def diff(self) -> str:
        """Return what the fault changes."""
        before, after = source(self.path).splitlines(), self.code().splitlines()
        names = f"a/{self.path}", f"b/{self.path}"
        return "\n".join(difflib.unified_diff(before, after, *names, lineterm="", n=3))

    def change(self) -> tuple[str, str]:
        """Return the changed lines before and after, without their indentation."""
        lines = self.diff().splitlines()[2:]
        before = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
        return before, " ".join(line[1:].strip() for line in lines if line.startswith("+"))


def sample(count: int, seed: str, only: str = "") -> list[Fault]:
    """
    Return faults drawn by chance, the areas taking turns.

    Args:
        count: how many at most.
        seed: the same seed draws the same faults from the same code.
        only: how the paths to draw from begin, parted by spaces; empty draws from all.
    """
    beginnings = tuple(only.split()) or ("",)
    drawn: list[list[Fault]] = []
    for area in AREAS:
        chance = random.Random(f"{seed} {area}")  # noqa: S311  nothing secret hangs on it
        # A comparison can go wrong in more ways than a call; a place counts once all the same.
        variants: dict[object, list[Fault]] = {}
        for fault in _faults(area):
            if fault.path.startswith(beginnings):
                variants.setdefault(fault.place, []).append(fault)
        chosen = [chance.choice(alike) for alike in variants.values()]
        chance.shuffle(chosen)
        drawn.append(chosen)
    taken: list[Fault] = []
    while len(taken) < count and any(drawn):
        taken += filter(_can_be_loaded, [faults.pop() for faults in drawn if faults])
    return taken[:count]


def _can_be_loaded(fault: Fault) -> bool:
    """Return whether the code can be read with the fault in it: a "not" before an assignment can't."""
    try:
        compile(fault.code(), fault.path, "exec")
    except SyntaxError:
        return False
    return True


def _faults(area: str) -> Iterator[Fault]:
    for pattern in AREAS[area]:
        for path in sorted(PROJECT.glob(pattern)):
            yield from faults_of(str(path.relative_to(PROJECT)))


@cache
def faults_of(path: str) -> tuple[Fault, ...]:
    """Return every fault that can be put into a file."""
    nodes = list(ast_nodes(get_ast(source(path))))
    found: list[Fault] = []
    for name, operator in OPERATORS.items():
        positions = [(node, at) for node in nodes for at in operator.mutation_positions(node)]
        found += [
            Fault(path, name, occurrence, start[0], start[1], end)
            for occurrence, (node, (start, end)) in enumerate(positions)
            if not _is_unlooked(path, node)
        ]
    return tuple(found)


def _is_unlooked(path: str, node: Any) -> bool:
    """Whether no test could notice a fault here, or no code could be loaded with it."""
    above = [node]
    while above[-1].parent is not None:
        above.append(above[-1].parent)
    kinds = {one.type for one in above}
    if kinds & _UNLOOKED:
        return True
    if path.endswith("/models.py") and "funcdef" not in kinds:
        # The database has its columns and constraints from the migrations; `make test` compares them with the models.
        return True
    if "/rules/" not in path and _is_chosen_figure(node):
        # How often, how long, how many at a time: one more or less serves as well. What a rule names is LINE WORKS's.
        return True
    if node == "*" and node.parent and node.parent.type in ("parameters", "param"):
        # Cosmic Ray takes the sign before keyword-only parameters for a multiplication.
        return True
    return any(_describes_types(one, node) for one in above)


def _is_chosen_figure(node: Any) -> bool:
    """Whether it is a number that a module gives a name in capitals."""
    if node.type != "number":
        return False
    above = node
    while above.type not in ("expr_stmt", "file_input"):
        above = above.parent
    return bool(above.type == "expr_stmt" and above.get_first_leaf().value.isupper())


def _describes_types(above: Any, node: Any) -> bool:
    if above.type == "annassign":
        return bool(above.children[1].start_pos <= node.start_pos < above.children[1].end_pos)
    if above.type == "decorator":
        return bool(above.children[1].get_code().startswith(("dataclass", "override", "overload")))
    if above.type == "funcdef" and above.annotation is not None:
        return bool(above.annotation.start_pos <= node.start_pos < above.annotation.end_pos)
    return False


@cache
def source(path: str) -> str:
    """Return a file's code as it was when it was first asked for."""
    return Path(PROJECT / path).read_text(encoding="utf-8")
