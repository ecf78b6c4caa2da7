"""
Copy htmx, Chart.js and the used icons from node_modules into ``static/vendor/``, and the font of PDF into ``fonts/``.

No bundler: the files are taken as their packages ship them. Of lucide's 1,600 icons only those named in
``static/icons.txt`` go into the sprite.
"""

import hashlib
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from portal.dev.server.embedded import PROJECT
from portal.dev.server.errors import Trouble
from portal.dev.server.node import MODULES

STATIC = PROJECT / "static"
VENDOR = STATIC / "vendor"
ICON_NAMES = STATIC / "icons.txt"
_FILES = {
    "chart.umd.min.js": MODULES / "chart.js" / "dist" / "chart.umd.min.js",
    "htmx.min.js": MODULES / "htmx.org" / "dist" / "htmx.min.js",
}
# The server loads these, no page does.
FONTS = PROJECT / "fonts"
_FONT = MODULES / "@expo-google-fonts" / "biz-udpgothic"
_FONT_FILES = {
    "BIZUDPGothic-Regular.ttf": _FONT / "400Regular" / "BIZUDPGothic_400Regular.ttf",
    "LICENSE": _FONT / "LICENSE_FONT",
}
_ICONS = MODULES / "lucide-static" / "icons"


def build() -> None:
    """
    Build ``static/vendor/`` and ``fonts/``, doing nothing where their sources are unchanged.

    Raises:
        Trouble: an icon is named that lucide does not have.
    """
    stamp, wanted = VENDOR / ".built", _fingerprint()
    if _is_there(FONTS, _FONT_FILES) and stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return
    FONTS.mkdir(exist_ok=True)
    for name, source in _FONT_FILES.items():
        shutil.copyfile(source, FONTS / name)
    VENDOR.mkdir(exist_ok=True)
    for name, source in _FILES.items():
        (VENDOR / name).write_text(_without_map(source.read_text(encoding="utf-8")), encoding="utf-8")
    (VENDOR / "icons.svg").write_text(sprite(icon_names(), _ICONS), encoding="utf-8")
    for path in VENDOR.iterdir():
        if path.name not in {*_FILES, "icons.svg"}:
            path.unlink()  # of an earlier version, which would be collected and served for ever
    stamp.write_text(wanted, encoding="ascii")


def icon_names() -> list[str]:
    """Return the names in ``static/icons.txt``, one a line; ``#`` begins a comment."""
    lines = (line.partition("#")[0].strip() for line in ICON_NAMES.read_text(encoding="utf-8").splitlines())
    return sorted({line for line in lines if line})


def sprite(names: Iterable[str], icons: Path) -> str:
    """
    Return one SVG with a ``<symbol>`` for each icon, its id the icon's name.

    Raises:
        Trouble: an icon is missing; the sentence names every missing one.
    """
    symbols, missing = [], []
    for name in names:
        source = icons / f"{name}.svg"
        if not source.is_file():
            missing.append(name)
            continue
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{_shapes(source)}</symbol>')
    if missing:
        raise Trouble(f"static/icons.txt names icons that lucide does not have: {', '.join(missing)}.")
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'


def fingerprint_of_all() -> str:
    """Return a text that changes when any file changes that pages may load, ours or a package's."""
    digest = hashlib.sha256((PROJECT / "requirements" / "runtime.txt").read_bytes())
    for path in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        facts = path.stat()
        digest.update(f"{path.relative_to(STATIC)}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _is_there(folder: Path, names: Iterable[str]) -> bool:
    return all((folder / name).is_file() for name in names)


def _shapes(source: Path) -> str:
    inside = re.search(r"<svg\b[^>]*>(.*)</svg>", source.read_text(encoding="utf-8"), re.DOTALL)
    if inside is None:
        raise Trouble(f"{source} is no SVG: remove node_modules and start again.")
    return " ".join(inside[1].split())


def _without_map(text: str) -> str:
    """Leave out the pointer to a source map, which is not served and which collectstatic would look for."""
    return re.sub(r"/[/*]# sourceMappingURL=[^\n]*", "", text)


def _fingerprint() -> str:
    sources = (PROJECT / "package-lock.json", ICON_NAMES, Path(__file__))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()
