"""
Template loader that isolates every text that a template shows: see ``portal.core.untrusted_text``.

It is done here, once for ``{{ name }}`` and once for the names within ``{% blocktranslate %}``, so that no template can
forget it. Values of form fields and addresses in attributes stay as they are.
"""

import re
from typing import Any

from django.db.models import Model
from django.template import Template
from django.template.base import FilterExpression, Node, NodeList, TextNode, TokenType, VariableNode
from django.template.loaders import cached
from django.templatetags.i18n import BlockTranslateNode
from django.utils.safestring import SafeData

from portal.core.untrusted_text import isolated

# Of a tag that is still open: an attribute that is no text for people.
_IN_AN_ATTRIBUTE = re.compile(r'\b(?:value|href|src|id|for|name|action|class|(?:data|hx)-[\w-]+)="[^"<>]*$')


class Isolating:
    """An expression of a template whose text comes isolated."""

    def __init__(self, expression: FilterExpression) -> None:
        self._expression = expression

    def __getattr__(self, name: str) -> Any:
        return getattr(self._expression, name)

    def __str__(self) -> str:
        return str(self._expression)

    def resolve(self, context: Any, ignore_failures: bool = False) -> Any:
        """Return the value, as Django asks for it."""
        return _isolated(self._expression.resolve(context, ignore_failures))


class _Named:
    """A name within a translated block that is taken from the context as it is."""

    def __init__(self, name: str) -> None:
        self._name = name

    def resolve(self, context: Any, _ignore_failures: bool = False) -> Any:
        """Return the value; nothing where the context has none, which Django then shows."""
        return _isolated(context.get(self._name, ""))


class Loader(cached.Loader):
    """Django's cached loader, of templates that isolate text."""

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        """Return a template; it is made ready when it is loaded first."""
        is_known = self.cache_key(template_name, skip) in self.get_template_cache
        template = super().get_template(template_name, skip)
        if not is_known:
            _prepare(template.nodelist)
            partials: dict[str, Any] = getattr(template, "extra_data", {}).get("partials", {})
            for partial in partials.values():
                _prepare(partial.nodelist)
        return template


def _prepare(nodes: NodeList) -> None:
    before = ""
    for node in nodes:
        if isinstance(node, TextNode):
            before = node.s
            continue
        if isinstance(node, VariableNode):
            if not (isinstance(node.filter_expression, Isolating) or _IN_AN_ATTRIBUTE.search(before)):
                node.filter_expression = Isolating(node.filter_expression)  # type: ignore[assignment]  # stands for it
        elif isinstance(node, BlockTranslateNode):
            _prepare_translated(node)
        _prepare_inner(node)
        before = ""


def _prepare_inner(node: Node) -> None:
    for name in getattr(node, "child_nodelists", ()):
        inner = getattr(node, name, None)
        if inner:
            _prepare(inner)


def _prepare_translated(node: BlockTranslateNode) -> None:
    given: dict[str, Any] = node.extra_context
    for name, expression in given.items():
        if not isinstance(expression, (Isolating, _Named)):
            given[name] = Isolating(expression)
    for token in (*node.singular, *(node.plural or ())):
        name = token.contents
        if token.token_type == TokenType.VAR and name not in given and name != node.countervar:
            given[name] = _Named(name)


def _isolated(value: Any) -> Any:
    if isinstance(value, Model):
        value = str(value)
    # By its true type: a lazy object calls itself a text, and Django asks it for its words later.
    return isolated(value) if issubclass(type(value), str) and not isinstance(value, SafeData) else value
