"""What is built and found before a start: icons, translations, the browser."""

import gettext
from pathlib import Path

import pytest

from portal.dev.server import assets, chromium, messages
from portal.dev.server.errors import Trouble

ICON = """<!-- @license made up -->
<svg
  class="lucide"
  viewBox="0 0 24 24"
>
  <path d="M12 5v14" />
  <circle cx="12" cy="12" r="10" />
</svg>
"""


def test_the_sprite_holds_each_named_icon_once(tmp_path: Path) -> None:
    for name in ("ban", "search", "unused"):
        (tmp_path / f"{name}.svg").write_text(ICON)
    made = assets.sprite(["ban", "search"], tmp_path)
    shapes = '<path d="M12 5v14" /> <circle cx="12" cy="12" r="10" />'
    assert made == (
        '<svg xmlns="http://www.w3.org/2000/svg">'
        f'<symbol id="ban" viewBox="0 0 24 24">{shapes}</symbol>'
        f'<symbol id="search" viewBox="0 0 24 24">{shapes}</symbol></svg>\n'
    )


def test_all_missing_icons_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "ban.svg").write_text(ICON)
    with pytest.raises(Trouble, match=r"static/icons\.txt names icons that lucide does not have: bann, serch\."):
        assets.sprite(["ban", "bann", "serch"], tmp_path)


def test_every_icon_of_the_portal_is_in_the_sprite() -> None:
    assets.build()
    sprite = (assets.VENDOR / "icons.svg").read_text()
    assert [name for name in assets.icon_names() if f'<symbol id="{name}"' not in sprite] == []


def test_what_an_earlier_version_built_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "framework.min.css").touch()
    monkeypatch.setattr(assets, "VENDOR", tmp_path)
    assets.build()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".built",
        "chart.umd.min.js",
        "htmx.min.js",
        "icons.svg",
    ]


def test_the_font_is_copied_with_its_license_wherever_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "FONTS", tmp_path / "fonts")
    assets.build()
    built = {path.name: path.read_bytes() for path in assets.FONTS.iterdir()}
    assert built["BIZUDPGothic-Regular.ttf"].startswith(b"\0\1\0\0")  # outlines that reportlab reads
    assert b"SIL OPEN FONT LICENSE" in built["LICENSE"]


def test_no_built_file_points_to_a_source_map() -> None:
    assets.build()
    assert [path.name for path in assets.VENDOR.glob("*.*s") if "sourceMappingURL" in path.read_text()] == []


def test_translations_are_compiled_without_gettext(tmp_path: Path) -> None:
    source = tmp_path / "locale" / "ja" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=1; plural=0;\\n"\n\n'
        'msgid "Customers"\nmsgstr "顧客"\n\n#, fuzzy\nmsgid "Home"\nmsgstr "？"\n\n'
        'msgid "%d row"\nmsgid_plural "%d rows"\nmsgstr[0] "%d 件"\n',
        encoding="utf-8",
    )
    messages.compile_all([source])
    read = gettext.translation("django", str(tmp_path / "locale"), languages=["ja"])
    assert read.gettext("Customers") == "顧客"
    assert read.gettext("Home") == "Home", "an unsure translation must not be shown"
    assert read.ngettext("%d row", "%d rows", 2) == "%d 件"


def test_a_broken_translation_names_its_file(tmp_path: Path) -> None:
    source = tmp_path / "django.po"
    source.write_text('msgid "Home"\nmsgstr "ホーム"\nnonsense\n', encoding="utf-8")
    with pytest.raises(Trouble, match=r"django\.po cannot be compiled"):
        messages.compile_all([source])


def _browser(path: Path, *, code: int = 0) -> Path:
    path.write_text(f"#!/bin/sh\nexit {code}\n")
    path.chmod(0o755)
    return path


def test_the_browser_that_is_named_goes_first(tmp_path: Path) -> None:
    (tmp_path / "path").mkdir()
    _browser(tmp_path / "path" / "chromium")
    named = _browser(tmp_path / "own browser")
    found = chromium.find({"CHROMIUM": str(named), "PATH": str(tmp_path / "path")})
    assert found == named


def test_a_named_browser_that_does_not_run_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"CHROMIUM names /nowhere, which does not run\."):
        chromium.find({"CHROMIUM": "/nowhere", "PATH": str(tmp_path)})


def test_a_browser_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    _browser(tmp_path / "chromium", code=1)
    chrome = _browser(tmp_path / "google-chrome")
    assert chromium.find({"PATH": str(tmp_path)}) == chrome
