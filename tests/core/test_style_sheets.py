"""What holds for our style sheets: layers, no rule without a use, no class without a rule, and their size."""

import ast
import gzip
import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

PROJECT: Path = settings.BASE_DIR
SHEETS = sorted((PROJECT / "static" / "css").glob("*.css"))
LAYERS = ["tokens", "base", "components", "pages", "print"]
MOST_BYTES = 40 * 1024
GIVEN_BY_HTMX = {"htmx-request"}
PACKAGES = ("billing", "customers", "options", "portal", "subscriptions")


def rules(sheet: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)


def classes_with_a_rule(css: str) -> set[str]:
    selectors = re.findall(r"([^{};]+)\{", css)
    return {name for selector in selectors for name in re.findall(r"\.([a-z][\w-]*)", selector)}


@cache
def of_templates() -> set[str]:
    """Return the class names that stand in templates, also those within a tag that chooses between some."""
    names: set[str] = set()
    for path in (PROJECT / "templates").rglob("*.html"):
        source = path.read_text(encoding="utf-8")
        for given in re.findall(r'\bclass="((?:{[{%].*?[%}]}|[^"{])*)"', source):
            names.update(re.sub(r"{[{%].*?[%}]}", " ", given).split())
        # A partial is told the class of its items, the frame that of its content.
        names.update(re.findall(r'\b(?:(?:item|column)="|block main_class %})([\w-]+)', source))
    return {name for name in names if not name.endswith("-")}  # is-{{ tone }}: the tone stands in Python


@cache
def words_of_python() -> set[str]:
    words: set[str] = set()
    for package in PACKAGES:
        for path in (PROJECT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    words.update(re.findall(r"[\w-]+", node.value))
    return words


@cache
def words_of_scripts() -> set[str]:
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT / "static/js").glob("*.js"))
    strings = re.findall(r"""["'`]([^"'`\n]*)["'`]""", scripts)
    return set(re.findall(r"[\w-]+", " ".join(strings)))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_every_rule_has_a_use(sheet: Path) -> None:
    used = of_templates() | words_of_python() | words_of_scripts() | GIVEN_BY_HTMX
    unused = {
        name
        for name in classes_with_a_rule(rules(sheet)) - used
        # A tone or an emphasis is put behind "is-".
        if not (name.startswith("is-") and name.removeprefix("is-") in words_of_python())
    }
    assert unused == set()


def test_every_class_of_a_template_has_a_rule_or_a_script() -> None:
    styled = {name for sheet in SHEETS for name in classes_with_a_rule(rules(sheet))}
    assert of_templates() - styled - words_of_scripts() == set()


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_a_sheet_keeps_to_its_layer(sheet: Path) -> None:
    css = rules(sheet)
    names = re.findall(r"@layer (\w+) {", css)
    assert len(names) == 1
    assert names[0] in LAYERS
    outside = css[: css.index("@layer " + names[0] + " {")] + css[css.rindex("}") + 1 :]
    assert outside.strip() in ("", f"@layer {', '.join(LAYERS)};")
    assert "!important" not in css
    assert "nth-" not in css  # a column is told by its class
    assert "data:" not in css  # the policy forbids it
    assert css.count("{") == css.count("}")


def test_each_page_loads_every_sheet_and_the_order_of_the_layers_first() -> None:
    head = (PROJECT / "templates/partials/head.html").read_text(encoding="utf-8")
    loaded = re.findall(r"static 'css/([\w-]+\.css)'", head)
    assert loaded[0] == "tokens.css"
    assert sorted(loaded) == [sheet.name for sheet in SHEETS]
    assert rules(SHEETS[0].with_name("tokens.css")).lstrip().startswith(f"@layer {', '.join(LAYERS)};")


def test_the_sheets_are_small() -> None:
    assert sum(len(gzip.compress(sheet.read_bytes())) for sheet in SHEETS) <= MOST_BYTES


def test_a_rule_without_a_use_would_be_found() -> None:
    assert classes_with_a_rule(
        "@layer pages { .a { & .b:not(.c) { color: red } } @media print { .d-e { top: 0.5rem } } }"
    ) == {
        "a",
        "b",
        "c",
        "d-e",
    }
