"""From deck to one HTML file: the nbconvert exporter, and the builder that measures for it."""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from markupsafe import Markup
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert.exporters import SlidesExporter
from nbformat import NotebookNode
from traitlets import default

from demos import cast
from demos.catalogue import Demo
from demos.errors import TalkError, WrongUse
from demos.files import write_whole
from demos.runs import record
from demos.timeline import kept
from slides import assets, deck
from slides.listing import highlight_code
from slides.sections import TOP, Section, sections, slot

TITLE = "Threading"
DESCRIPTION = (
    "Flows of execution in Python: a talk with live code about processes, threads and tasks."
)
CELL_SECONDS = 120
THEME = Path(__file__).resolve().parent / "theme"
SCRIPTS = (
    "steps", "typist", "edits", "code", "editor", "link", "terminal", "picture", "reload", "stage",
    "scheduler", "talk",
)  # fmt: skip
"""The deck's own scripts, in the order in which they need each other."""
SERVED_SCRIPTS = ("edits", "editor", "link", "reload")
"""What only the served deck has."""

Progress = Callable[[str, int, int], None]
"""Told what is being done now, how many of these are done, and how many there are."""


def quiet(what: str, done: int, total: int) -> None:
    """A Progress for callers who want none."""


class TalkExporter(SlidesExporter):
    """One section, or a whole deck, as a page that needs no network.

    `jupyter nbconvert --to talk slides/07_x.ipynb`
    """

    export_from_notebook = "Talk slides"
    page_notes = False
    page_served = False

    @default("template_name")
    def _template_name_default(self) -> str:
        return THEME.name

    @default("extra_template_basedirs")
    def _extra_template_basedirs_default(self) -> list[str]:
        return [str(THEME.parent)]

    @default("exclude_anchor_links")
    def _exclude_anchor_links_default(self) -> bool:
        return True

    def default_filters(self) -> Iterator[tuple[str, Callable[..., object]]]:
        """nbconvert's, and the one that sets a code cell."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]  # nbconvert's
        yield "highlight_lines", _as_lines

    def from_notebook_node(  # type: ignore[override]  # nbconvert's templates give str as well
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Puts everything in place if `nb` is a section as it is on disk, then converts it.

        Gives the page and nbconvert's resources. Raises TalkError for what is no section of a talk.
        """
        resources = self._init_resources(  # type: ignore[no-untyped-call]  # nbconvert's
            resources or {}
        )
        if "title" not in nb.metadata:
            nb = self._section_as_deck(resources)
        resources["talk"] = self._page(nb)
        page, resources = super().from_notebook_node(nb, resources, **kw)
        # put in last: nbconvert parses and writes the whole page once more, which costs seconds
        # with scripts in it
        page = page.replace("<!--styles-->", self._styles(), 1).replace(
            "<!--scripts-->", self._scripts(), 1
        )
        return page, resources

    def _section_as_deck(self, resources: dict[str, Any]) -> NotebookNode:
        meta = resources.get("metadata", {})
        path = Path(meta.get("path") or ".", f"{meta.get('name')}.ipynb").resolve()
        for section in sections(path.parent.parent):
            if section.notebook.resolve() == path:
                return Builder(path.parent.parent, only=section).notebook()
        raise TalkError(
            f"{path.name}: not a section of a talk; nbconvert --to talk takes slides/NN_name.ipynb"
        )

    def _page(self, nb: NotebookNode) -> dict[str, object]:
        """What the template wants to know beyond the notebook."""
        minutes = nb.metadata.get("minutes", 0)
        return {
            "page": {
                "served": self.page_served,
                "base": "/talk/",
                "notes": self.page_notes,
                "seconds": round(minutes * 60),
            },
            "numbers": sorted(
                {
                    number
                    for cell in nb.cells
                    if (number := cell.metadata.get("talk", {}).get("number"))
                }
            ),
            "description": DESCRIPTION,
            "generator": (
                f"threading-talk {version('threading-talk')},"
                f" nbconvert {version('nbconvert')}, reveal.js"
            ),
        }

    def _styles(self) -> str:
        ours = {path.name: path.read_text("utf-8") for path in sorted(THEME.glob("*.css"))}
        styles = {**assets.styles(), "fonts": assets.fonts(), "cast": cast.css(), **ours}
        return "\n".join(f'<style data-of="{name}">{text}</style>' for name, text in styles.items())

    def _scripts(self) -> str:
        ours = [name for name in SCRIPTS if self.page_served or name not in SERVED_SCRIPTS]
        scripts = assets.scripts(self.page_notes) | {
            f"{name}.js": (THEME / f"{name}.js").read_text("utf-8") for name in ours
        }
        return "\n".join(
            f'<script data-of="{name}">{text}</script>' for name, text in scripts.items()
        )


def _as_lines(code: str) -> Markup:
    """The code of a cell that is shown as it is, for the template."""
    lines = highlight_code(code)
    return Markup("".join(f'<span class="line">{line}</span>' for line in lines))


class Builder:
    """Builds the deck of the checkout `top`.

    For a file (`served=False`) everything is measured before `html()` returns. For the served deck
    `html()` shows what has been measured already and never waits; `prepare()` measures the rest.
    """

    def __init__(
        self,
        top: Path = TOP,
        *,
        served: bool = False,
        notes: bool = False,
        only: Section | None = None,
        progress: Progress = quiet,
    ):
        self.top, self.served, self.notes, self.only, self.progress = (
            top,
            served,
            notes,
            only,
            progress,
        )

    def html(self) -> str:
        """The page; raises TalkError that names the file, the cell and the reason."""
        exporter = TalkExporter()  # type: ignore[no-untyped-call]  # nbconvert's
        exporter.page_notes, exporter.page_served = self.notes, self.served
        return exporter.from_notebook_node(self.notebook())[0]

    def notebook(self) -> NotebookNode:
        """All sections as one executed notebook."""
        talk = self.sections()
        run, drawn = deck.used_demos(talk)
        if self.served:
            ingredients = deck.Ingredients(
                recordings={demo.name: tape for demo in run if (tape := record.cached(demo))},
                pictures={demo.name: line for demo in drawn if (line := kept.cached(demo))},
                inline_recordings=False,
            )
        else:
            ingredients = self._measure(run, drawn)
        placed = [
            deck.place(section, ingredients, notes=self.notes, served=self.served)
            for section in talk
        ]
        for section, notebook in zip(talk, placed, strict=True):
            notebook.metadata["section"] = section.notebook.name
        execute(placed, self.top, self.progress, only_kept=self.served)
        merged = deck.merge(placed, TITLE if len(talk) > 1 else f"{TITLE}: {talk[0].slug}")
        if self.notes:
            merged.metadata["minutes"] = sum(section.notes.minutes for section in talk)
        return merged

    def sections(self) -> list[Section]:
        """The sections that this deck has.

        With notes, raises TalkError when they do not fit the slot.
        """
        talk = [self.only] if self.only else sections(self.top)
        if self.notes and not self.only:
            planned, allowed = sum(section.notes.minutes for section in talk), slot(self.top)
            if planned > allowed:
                raise TalkError(
                    f"speaker_notes/: {planned:g} minutes are planned,"
                    f" [tool.talk] minutes allows {allowed:g}; shorten a section"
                )
        return talk

    def prepare(self) -> None:
        """Measures what `html()` of a served deck waits for: recordings, pictures, outputs."""
        talk = self.sections()
        self._measure(*deck.used_demos(talk))
        placed = [deck.place(section, deck.Ingredients(), notes=False) for section in talk]
        for section, notebook in zip(talk, placed, strict=True):
            notebook.metadata["section"] = section.notebook.name
        execute(placed, self.top, self.progress, keep=True)

    def _measure(self, run: list[Demo], drawn: list[Demo]) -> deck.Ingredients:
        recordings = record.record(
            run, lambda name, done, total: self.progress(f"recording {name}", done - 1, total)
        )
        pictures = {}
        for done, demo in enumerate(drawn):
            self.progress(f"drawing {demo.name}", done, len(drawn))
            pictures[demo.name] = kept.timeline(demo)
        return deck.Ingredients(recordings, pictures)


def execute(
    notebooks: list[NotebookNode],
    top: Path,
    progress: Progress,
    *,
    keep: bool = False,
    only_kept: bool = False,
) -> None:
    """Runs the code cells that show no demo, all in one kernel; the notebooks get their outputs.

    `keep` leaves the outputs in build/ for later; `only_kept` takes them from there and runs
    nothing. Raises TalkError with the notebook, the cell and the reason when one fails.
    """
    cells = [
        (notebook.metadata.section, index, cell)
        for notebook in notebooks
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and not cell.outputs
    ]
    if not cells:
        return
    machinery = [path.read_text("utf-8") for path in _importable(top)]
    code = json.dumps([cell.source for _, _, cell in cells] + machinery + [sys.version])
    place = top / "build" / "outputs" / f"{hashlib.sha256(code.encode()).hexdigest()[:16]}.json"
    if place.exists() and (only_kept or keep):
        for (_, _, cell), outputs in zip(cells, json.loads(place.read_text("utf-8")), strict=True):
            cell.outputs = [nbformat.from_dict(output) for output in outputs]
    elif only_kept:
        waiting = '<p class="waiting">This is being measured.</p>'
        for _, _, cell in cells:
            cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": waiting})]
    else:
        _run_cells(cells, top, progress)
        if keep:
            write_whole(place, json.dumps([cell.outputs for _, _, cell in cells]))


def _importable(top: Path) -> list[Path]:
    """What a cell may import of ours: what is backstage in demos/, and the exhibits."""
    rooms = (top / "demos", top / "slides" / "exhibits")
    return [path for room in rooms for path in sorted(room.rglob("[!0-9]*.py"))]


def _run_cells(cells: list[tuple[str, int, NotebookNode]], top: Path, progress: Progress) -> None:
    scratch = nbformat.v4.new_notebook(cells=[cell for _, _, cell in cells])
    client = NotebookClient(
        scratch,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(top / "slides")}},
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    with client.setup_kernel(env=environment):
        for number, (notebook, _, cell) in enumerate(cells):
            progress(f"running the cells of {notebook}", number, len(cells))
            where = (
                f"slides/{notebook}, cell {cell.id!r} (`{cell.source.partition(chr(10))[0][:50]}`)"
            )
            try:
                client.execute_cell(cell, number)
            except CellExecutionError as error:
                raise TalkError(
                    f"{where}: {error.ename}: {error.evalue.partition(chr(10))[0]}"
                ) from None
            except CellTimeoutError:
                raise TalkError(
                    f"{where}: still running after {CELL_SECONDS} s; make it shorter"
                ) from None
            except DeadKernelError:
                raise TalkError(
                    f"{where}: it ended the kernel; run it in JupyterLab to see why"
                ) from None


def write(path: Path, content: str | bytes) -> None:
    """Writes what the user asked for, whole or not at all.

    Raises WrongUse when the place can't be written.
    """
    try:
        write_whole(path, content)
    except OSError as error:
        raise WrongUse(
            f"{path}: can't be written ({(error.strerror or str(error)).lower()});"
            " choose another place with -o"
        ) from None


def check_writable(path: Path, *, folder: bool = False) -> None:
    """Finds out before the work that `path` can be written; raises WrongUse with the mend."""
    place = path if folder else path.parent
    nearest = next(parent for parent in [place, *place.absolute().parents] if parent.exists())
    if not folder and path.is_dir():
        raise WrongUse(f"{path}: is a folder; name a file with -o")
    if not nearest.is_dir():
        raise WrongUse(f"{nearest}: is a file, not a folder; choose another place")
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError:
        raise WrongUse(f"{nearest}: nothing can be written there; choose another place") from None


def room(page: str) -> str:
    """What takes the room in a page, in KB, for people: fonts, scripts, recordings, pictures."""
    import re

    def kilobytes(pattern: str) -> float:
        return sum(len(part.encode()) for part in re.findall(pattern, page, re.DOTALL)) / 1000

    parts = {
        "scripts": kilobytes(r"<script data-of=.*?</script>"),
        "styles": kilobytes(r'<style data-of="(?!fonts).*?</style>'),
        "fonts": kilobytes(r'<style data-of="fonts".*?</style>'),
        "recordings": kilobytes(r'class="recording"[^>]*>.*?</script>'),
        "pictures": kilobytes(r"<svg.*?</svg>"),
    }
    return ", ".join(f"{name} {size:.0f}" for name, size in parts.items())
