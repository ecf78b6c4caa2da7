"""
Which tests keep to a rule of the sandbox, and which break it.

    @keeps("sub.preorder.window")
    def test_...

Of a rule that is an effect, such as what deletes what, a keeping case shows the effect and a breaking case shows that
it stays away where the rule does not reach.
"""

from collections.abc import Callable
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., object])

KEEPING: set[str] = set()
BREAKING: set[str] = set()


def keeps(*rule_ids: str) -> Callable[[Test], Test]:
    """Mark a test that keeps to these rules and sees its request succeed."""
    return _marker(KEEPING, rule_ids)


def breaks(*rule_ids: str) -> Callable[[Test], Test]:
    """Mark a test that breaks these rules, one at a time, and sees nothing change."""
    return _marker(BREAKING, rule_ids)


def _marker(cases: set[str], rule_ids: tuple[str, ...]) -> Callable[[Test], Test]:
    def mark(test: Test) -> Test:
        cases.update(rule_ids)
        return test

    return mark
