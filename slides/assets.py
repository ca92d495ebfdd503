"""Front-end code and fonts that other people made, out of their installed packages."""

import base64
import gzip
import hashlib
import importlib.metadata
import importlib.util
import io
import json
import re
import string
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from demos import files
from demos.errors import TalkError
from demos.files import BUILD

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

FONTS = {
    # family and weight in the deck: PostScript-like full name in the package jupyterlab-fonts
    ("Talk Sans", 400): "Atkinson Hyperlegible Regular",
    ("Talk Sans", 700): "Atkinson Hyperlegible Bold",
    ("Talk Mono", 400): "Fira Code Regular",
    ("Talk Mono", 700): "Fira Code Bold",
}
LETTERS = string.printable + "×→←↑↓²ⁿ“”‘’–—…≥≤≈·•µ✓●○▶▸°½┌┐└┘─│├┤"
"""What the deck can write in its own type; the rest would fall back to a font of the machine."""

SPEAKER = Path(__file__).resolve().parent / "theme" / "speaker"
PAGE_END = r"\n\t</body>"
"""Where the page of the speaker view ends, as the plugin writes it."""

EDITOR = ("ace.js", "mode-python.js")
PLAYER = "asciinema-player_3.12.1"


@cache
def _packaged(package: str, *parts: str) -> str:
    """The text of a file inside an installed package, which is found without being imported."""
    try:
        found = importlib.util.find_spec(package)
        folders = (found and found.submodule_search_locations) or [""]
        return Path(folders[0], *parts).read_text("utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        raise TalkError(
            f"{'/'.join(parts)} is not in the installed package {package}:"
            " run `uv sync` or `pip install -e .` again"
        ) from None


def _reveal(*parts: str) -> str:
    return _packaged("sphinx_revealjs", "_static", "revealjs", *parts)


def scripts(notes: bool) -> dict[str, str]:
    """The JavaScript of the deck by its name; the speaker view is there when `notes`."""
    found = {"reveal.js": _reveal("dist", "reveal.js")}
    if notes:
        found["speaker view"] = _with_our_view(_reveal("plugin", "notes", "notes.js"))
    return {name: _inlinable(text) for name, text in found.items()}


def _with_our_view(plugin: str) -> str:
    """reveal.js's notes plugin, with what theme/speaker/ has put into the page of its window.

    The plugin holds that page as a string of JavaScript.
    """
    ours = "".join(
        f"<{tag}>{(SPEAKER / name).read_text('utf-8')}</{tag}>"
        for tag, name in (("style", "view.css"), ("script", "view.js"))
    )
    for before, after in (
        (PAGE_END, json.dumps(ours)[1:-1] + PAGE_END),
        ("width=1100,height=700", "width=1280,height=800"),
    ):
        if plugin.count(before) != 1:
            raise TalkError(
                f"the speaker view of this reveal.js has no {before!r}:"
                " install the version in pyproject.toml"
            )
        plugin = plugin.replace(before, after)
    return plugin


def editor() -> str:
    """Ace, the editor on the slide, with its mode for Python (BSD 3-Clause).

    Its package is only a folder of files, so it is read without being imported.
    """
    folder = "django_static_ace_builds/static/ace-builds"
    try:
        distribution = importlib.metadata.distribution("django-static-ace-builds")
        files = [Path(str(distribution.locate_file(f"{folder}/{name}"))) for name in EDITOR]
        return "\n".join(file.read_text("utf-8") for file in files)
    except (importlib.metadata.PackageNotFoundError, OSError):
        raise TalkError(
            "Ace is not in the installed packages: run `uv sync` or `pip install -e .` again"
        ) from None


def styles() -> dict[str, str]:
    """The stylesheets of the deck by their name.

    reveal.js's goes without its look on paper: that one is for plain text and undoes every layout;
    theme/print.css takes its place.
    """
    paper = re.compile(r"@media print\{(?:[^{}]*\{[^{}]*\})*\}")
    return {"reveal.js": paper.sub("", _reveal("dist", "reveal.css"))}


@cache
def player() -> str:
    """The player of recordings, packed (JSON, gzip, base64) until theme/terminal.js needs it.

    So it takes half the room, and no slide without a terminal waits for it. Its styles go without
    the colour themes nobody uses.
    """
    script, style = (
        _packaged("sphinxcontrib.asciinema", "_static", f"{PLAYER}.{ending}")
        for ending in ("js", "css")
    )
    unused = re.compile(r"[^{}]*\.asciinema-player-theme-[^{}]*\{[^{}]*\}")
    data = json.dumps({"script": script, "style": unused.sub("", style)}).encode()
    return base64.b64encode(gzip.compress(data, mtime=0)).decode()


def _inlinable(script: str) -> str:
    """The script with what would end its element early written another way."""
    return script.replace("</script", "<\\/script").replace("<!--", "\\x3C!--")


def letters_beyond(page: str) -> str:
    """The letters of other languages that a page has beyond LETTERS: `éü` of a speaker's name."""
    return "".join(
        sorted(letter for letter in set(page) if letter.isalpha() and letter not in LETTERS)
    )


@cache
def fonts(more: str = "") -> str:
    """`@font-face` rules with the deck's fonts, cut down to LETTERS (SIL Open Font License).

    They have the letters `more` as well, as far as the fonts do; the variable `--letters` says
    which. Cutting takes seconds, so the result is kept in build/.
    """
    recipe = repr((FONTS, LETTERS + more, importlib.metadata.version("jupyterlab-fonts"), "1"))
    place = BUILD / f"fonts-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}.css"
    if there := files.kept(place):
        return there
    cuts = [_packaged_font(name) for name in FONTS.values()]
    more = "".join(letter for letter in more if all(_has(cut, letter) for cut in cuts))
    rules = [f':root{{--letters:"{more}"}}'] if more else []
    rules += [_font_face(*key, cut, LETTERS + more) for key, cut in zip(FONTS, cuts, strict=True)]
    files.keep(place, "\n".join(rules))
    return "\n".join(rules)


def _has(font: "TTFont", letter: str) -> bool:
    return ord(letter) in font.getBestCmap()


def _font_face(family: str, weight: int, font: "TTFont", letters: str) -> str:
    from fontTools import subset

    options = subset.Options(layout_features=["kern"], drop_tables=["GSUB", "DSIG"])
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes={ord(letter) for letter in letters})
    cutter.subset(font)
    font.flavor = "woff2"
    small = io.BytesIO()
    font.save(small)
    encoded = base64.b64encode(small.getvalue()).decode()
    return (
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-display:block;'
        f"src:url(data:font/woff2;base64,{encoded}) format('woff2')}}"
    )


def _packaged_font(full_name: str) -> "TTFont":
    """The font of that full name in the package jupyterlab-fonts.

    Of several cuts it is the one with the most letters.
    """
    from fontTools.ttLib import TTFont

    cuts = []
    for file in importlib.metadata.files("jupyterlab-fonts") or []:
        if file.suffix == ".woff2" and ("fira" in str(file) or "atkinson" in str(file)):
            with warnings.catch_warnings():  # a Python without a GIL gets it back here, and says so
                warnings.filterwarnings("ignore", "The global interpreter lock", RuntimeWarning)
                font = TTFont(io.BytesIO(file.read_binary()))
            if font["name"].getDebugName(4) == full_name:
                cuts.append(font)
    if not cuts:
        raise TalkError(
            f"the package jupyterlab-fonts has no {full_name}:"
            " install the version in pyproject.toml"
        )
    return max(cuts, key=lambda font: len(font.getBestCmap()))
