"""From the merged notebook to the page: nbconvert with the deck's template, styles and scripts."""

import json
import sys
import threading
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbformat import NotebookNode

from demos import cast
from demos.about import About
from demos.shelf import Shelf, digest
from slides import address, assets, lanes

if TYPE_CHECKING:
    from slides.converter import Converter

THEME = Path(__file__).resolve().parent / "theme"
SCRIPTS = (
    "steps", "mirror", "typist", "edits", "code", "python", "editor", "link", "terminal",
    "picture", "reload", "stage", "scheduler", "clicker", "plan", "clock", "speaker", "rehearsal",
    "talk",
)  # fmt: skip
"""The deck's own scripts, in the order in which they need each other."""
SERVED_SCRIPTS = ("edits", "python", "editor", "link", "reload", "plan", "rehearsal")
"""What only the served deck has."""
NOTES_SCRIPTS = ("clock", "speaker")
"""What only a deck with notes has."""
SLIDES, END = "<!--slides-->", "<!--end of slides-->"
"""Where a page has its slides."""


@dataclass
class Page:
    """A merged notebook as a page that needs no network."""

    about: About
    """What the talk is."""
    served: bool = False
    notes: bool = False

    def html(self, deck: NotebookNode) -> str:
        """The page of a merged notebook: a column of slides for each section.

        A column that was converted before, with all it depends on as it is now, is not again.
        """
        talk = self._page(deck)
        columns = "".join(_converted(cells, {}, talk)[1] for cells in _columns(deck))
        before, _, after = _converted([_stand_in()], deck.metadata, talk)
        # put in last: nbconvert parses and writes the whole page once more, which costs seconds
        # with scripts in it
        page = f"{before}{columns}{after}"
        return page.replace("<!--styles-->", self._styles(page), 1).replace(
            "<!--scripts-->", self._scripts(), 1
        )

    def _page(self, nb: NotebookNode) -> dict[str, object]:
        """What the template wants to know beyond the notebook."""
        minutes = nb.metadata.get("minutes", 0)
        return {
            "page": {
                "served": self.served,
                "base": "/talk/",
                "notes": self.notes,
                "seconds": round(minutes * 60),
            },
            "numbers": sorted(
                {
                    number
                    for cell in nb.cells
                    if (number := cell.metadata.get("talk", {}).get("number"))
                }
            ),
            "about": self.about,
            "lanes": lanes.lanes(),
            "address": address.figure(self.about.url) if self.about.url else "",
            "generator": f"{self.about.kit}, nbconvert {version('nbconvert')}, reveal.js",
        }

    def _styles(self, page: str) -> str:
        ours = {path.name: path.read_text("utf-8") for path in sorted(THEME.glob("*.css"))}
        fonts = assets.fonts(assets.letters_beyond(page))
        styles = {**assets.styles(), "fonts": fonts, "cast": cast.css(), **ours}
        return "\n".join(f'<style data-of="{name}">{text}</style>' for name, text in styles.items())

    def _scripts(self) -> str:
        left_out = (
            *(() if self.served else SERVED_SCRIPTS),
            *(() if self.notes else NOTES_SCRIPTS),
        )
        ours = [name for name in SCRIPTS if name not in left_out]
        scripts = assets.scripts(self.notes) | {
            f"{name}.js": (THEME / f"{name}.js").read_text("utf-8") for name in ours
        }
        player = f'<script data-of="asciinema-player" type="text/plain">{assets.player()}</script>'
        return "\n".join(
            [
                player,
                *(f'<script data-of="{name}">{text}</script>' for name, text in scripts.items()),
            ]
        )


def _columns(deck: NotebookNode) -> list[list[NotebookNode]]:
    """The cells of each section of a merged notebook."""
    columns: list[list[NotebookNode]] = []
    for cell in deck.cells:
        if cell.metadata.slideshow.slide_type == "slide" or not columns:
            columns.append([])
        columns[-1].append(cell)
    return columns


def _stand_in() -> NotebookNode:
    """A slide for a page without any, which nbconvert does not make."""
    slide: NotebookNode = nbformat.v4.new_markdown_cell("-")
    slide.metadata.slideshow = {"slide_type": "slide"}
    return slide


def _converted(
    cells: list[NotebookNode], metadata: dict[str, Any], talk: dict[str, Any]
) -> tuple[str, str, str]:
    """A page with these cells, from nbconvert or as it was made of the same before.

    Gives what stands before the slides, the slides, and what stands after them.
    """
    content = [{key: cell[key] for key in cell if key != "id"} for cell in cells]
    shelf = Shelf("columns", ".html")
    key = digest(json.dumps([content, metadata], sort_keys=True), repr(talk), _way())
    page = shelf.find(key)
    if page is None:
        notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
        with _one_at_a_time:
            page = _converter(_templates()).from_notebook_node(notebook, {"talk": talk})[0]
        shelf.keep(key, page)
    before, _, rest = page.partition(SLIDES)
    slides, _, after = rest.partition(END)
    return before, slides, after


_one_at_a_time = threading.Lock()
"""The server builds in threads."""


def get_ready() -> None:
    """Do now what the first conversion of a process takes half a second for."""
    with _one_at_a_time:
        _converter(_templates()).template  # noqa: B018 - it is compiled when it is asked for


@lru_cache(1)
def _converter(templates: str) -> "Converter":
    """One as long as the templates are what they are: it compiles them once."""
    from slides.converter import Converter  # imports nbconvert, which takes half a second

    return Converter()  # type: ignore[no-untyped-call]  # nbconvert's


@cache
def _packages() -> str:
    """Everything installed, with its version."""
    places = (Path(place) for place in sys.path if place)
    found = (path.name for place in places for path in place.glob("*.dist-info"))
    return " ".join(sorted(found))


def _way() -> str:
    """How a notebook becomes a page: another template, converter or package, another page."""
    return digest(_packages(), sys.version, _templates(), _code())


def _templates() -> str:
    """The templates as they are now."""
    return digest(*(path.read_bytes() for path in sorted(THEME.glob("*.j2"))))


@cache
def _code() -> str:
    """What converts, as this process has it in memory."""
    files = map(Path(__file__).with_name, ("converter.py", "listing.py"))
    return digest(*(path.read_bytes() for path in files))
