"""
Operators that Cosmic Ray lacks: ways in which code that writes, filters and locks goes wrong.

Each has the two methods that Cosmic Ray asks of an operator, ``mutation_positions`` and ``mutate``.
"""

from collections.abc import Iterator
from typing import Any

from parso.python.tree import Keyword, Operator
from parso.tree import BaseNode

# Parso says of some of its methods only in words what they take and return.
Node = Any
Position = tuple[tuple[int, int], tuple[int, int]]

# Calls whose keywords narrow down what is read or say what is written; other calls would only fail for want of one.
_QUERIES = {"filter", "exclude", "get", "update", "Q", "aget", "update_or_create", "get_or_create"}


class RemoveCall:
    """A call that is a statement of its own is not made; what goes to the log changes nothing that Partnerdesk does."""

    def mutation_positions(self, node: Node) -> Iterator[Position]:
        """Yield the position of the call."""
        is_statement = node.type == "atom_expr" and node.parent and node.parent.type == "simple_stmt"
        if is_statement and _is_call(node) and node.get_first_leaf().value != "log":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Node, index: int) -> Node:
        """Return what stands in for the call."""
        return Keyword("pass", node.start_pos, node.get_first_leaf().prefix)


class DropKeyword:
    """A query loses one of its conditions, or a write one of its fields."""

    def mutation_positions(self, node: Node) -> Iterator[Position]:
        """Yield the position of each keyword argument."""
        for argument in self._keywords(node):
            yield argument.start_pos, argument.end_pos

    def mutate(self, node: Node, index: int) -> Node:
        """Return the call's arguments without the one of this index."""
        argument = self._keywords(node)[index]
        if argument.parent is node:
            _drop(node, argument)
        else:
            _drop(argument.parent, argument)
        return node

    def _keywords(self, node: Node) -> list[Any]:
        if node.type != "trailer" or not isinstance(node, BaseNode) or len(node.children) != 3:
            return []
        called = node.get_previous_sibling()  # type: ignore[no-untyped-call]  # parso's own
        if called is None or called.get_last_leaf().value not in _QUERIES:
            return []
        inside = node.children[1]
        arguments = inside.children if inside.type == "arglist" else [inside]
        return [one for one in arguments if one.type == "argument" and one.children[1] == "="]


class DropOperand:
    """One part of a condition with "and" or "or" is not looked at."""

    def mutation_positions(self, node: Node) -> Iterator[Position]:
        """Yield the position of each operand."""
        if isinstance(node, BaseNode) and node.type in ("and_test", "or_test"):
            for operand in node.children[::2]:
                yield operand.start_pos, operand.end_pos

    def mutate(self, node: Node, index: int) -> Node:
        """Return the condition without the operand of this index."""
        prefix = node.get_first_leaf().prefix
        _drop(node, node.children[index * 2])
        node.get_first_leaf().prefix = prefix
        return node


class WithoutContext:
    """A block runs outside the transaction, the lock or the translation that it stood in."""

    def mutation_positions(self, node: Node) -> Iterator[Position]:
        """Yield the position of the context, unless the block uses what the context gives."""
        if isinstance(node, BaseNode) and node.type == "with_stmt":
            items = node.children[1:-2]
            if not any(item.type == "with_item" for item in items):
                yield items[0].start_pos, items[-1].end_pos

    def mutate(self, node: Node, index: int) -> Node:
        """Return the block alone."""
        first = node.children[0]
        always = [Keyword("if", first.start_pos, first.prefix), Keyword("True", node.children[1].start_pos, " ")]
        node.children[:-2] = always
        return node


class TurnMembership:
    """A value is taken for a member that is none, and the other way around."""

    def mutation_positions(self, node: Node) -> Iterator[Position]:
        """Yield the position of each ``in`` and ``not in``."""
        for sign in self._signs(node):
            yield sign.start_pos, sign.end_pos

    def mutate(self, node: Node, index: int) -> Node:
        """Return the comparison with the one of this index turned around."""
        sign = self._signs(node)[index]
        turned = "in" if sign.type == "comp_op" else "not in"
        node.children[node.children.index(sign)] = Operator(turned, sign.start_pos, " ")
        return node

    def _signs(self, node: Node) -> list[Any]:
        if not isinstance(node, BaseNode) or node.type != "comparison":
            return []
        return [sign for sign in node.children[1::2] if " ".join(sign.get_code().split()) in ("in", "not in")]


def _is_call(node: Node) -> bool:
    return bool(node.get_last_leaf() == ")" and node.children[-1].type == "trailer")


def _drop(node: Node, child: Node) -> None:
    """Remove a child and the comma or sign that parts it from its neighbour."""
    position = node.children.index(child)
    if node.type == "trailer":
        del node.children[position]
    elif position:
        del node.children[position - 1 : position + 1]
    else:
        del node.children[:2]
