"""The documents: every path and name in them exists, and every link leads somewhere."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.settings import BASE_DIR

DOCUMENTS = sorted([BASE_DIR / "README.md", BASE_DIR / "CONTRIBUTING.md", *BASE_DIR.glob("docs/**/*.md")])
DOCUMENTS.append(BASE_DIR / "tests" / "README.md")
# Files that only exist once something has run, and names with a place left open.
MADE = (".local", ".venv", "node_modules")
OPEN = re.compile(r"[<>*…{}]|NOUN|NAME|APP|CODE")
PLACES = tuple(f"{path.name}/" for path in BASE_DIR.iterdir() if path.is_dir() and not path.name.startswith(MADE))
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^ {4}.*$|^```.*?^```", re.MULTILINE | re.DOTALL)


def paths_in(text: str) -> Iterator[tuple[str, str]]:
    """Return each path that a text names, with the name in that file where it gives one, as in `a/b.py:name`."""
    for quoted in CODE.findall(text):
        path, _colon, name = quoted.partition(":")
        if path.startswith(PLACES) and " " not in path and not OPEN.search(path):
            yield path, name


def anchors_in(document: Path) -> set[str]:
    """Return the anchors that a document's headings have on its page."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_paths_are_looked_for() -> None:
    assert list(paths_in("in `portal/x.py:y`, `tests/z.py`, `docs/<noun>.md` and `make run`")) == [
        ("portal/x.py", "y"),
        ("tests/z.py", ""),
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(BASE_DIR).as_posix())
def test_every_path_and_name_exists(document: Path) -> None:
    text = FENCED.sub("", document.read_text(encoding="utf-8"))
    missing = []
    for path, name in paths_in(text):
        file = BASE_DIR / path
        if not file.exists():
            missing.append(path)
        elif name and not _defines(file, name):
            missing.append(f"{path}:{name}")
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(BASE_DIR).as_posix())
def test_every_link_leads_somewhere(document: Path) -> None:
    broken = []
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _hash, anchor = target.partition("#")
        file = document.parent / path if path else document
        if not file.exists() or (anchor and anchor not in anchors_in(file)):
            broken.append(target)
    assert broken == []


def test_the_layers_are_those_of_the_contract() -> None:
    declared = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(
        contract["layers"] for contract in declared["contracts"] if contract["name"] == "Imports point one way"
    )
    text = (BASE_DIR / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert "\n".join(f"    {layer}" for layer in layers) in text


def _defines(file: Path, name: str) -> bool:
    """Tell whether a module has a class, function, method, or constant of this name at the start of a line."""
    last = re.escape(name.rpartition(".")[2])
    text = file.read_text(encoding="utf-8")
    return bool(re.search(rf"^\s*(?:def|class) {last}\b|^(?:    )?{last}\b\s*[:=]", text, re.MULTILINE))
