"""From sections to one deck: each notebook with notes, code, runs and pictures put in place.

A notebook says what goes where with cells that also work in Jupyter:
`%load -s function ../demos/07a_x.py` is that function's code, `!python ../demos/07a_x.py` a run of
the demo and `!talk demo 07a --timeline` the picture of a run.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import lru_cache

import nbformat
from nbformat import NotebookNode

from demos.catalogue import Demo
from demos.errors import TalkError
from demos.files import read_text
from demos.runs import pythons
from demos.runs.record import Recording
from demos.timeline.draw import svg
from demos.timeline.model import Timeline
from slides import screen
from slides.listing import listing
from slides.sections import Section, check_notes, plain
from slides.sizes import Block, title_size, type_size
from slides.special import EDITOR, LOAD, PICTURE, RUN, check
from slides.terminals import terminal

TITLE = re.compile(r"#{1,2} +(?P<title>.+)")


@dataclass
class Slide:
    """One slide: its title and its cells."""

    title: str
    cells: list[NotebookNode]

    @property
    def layout(self) -> str:
        """`title`, `chapter`, `section`, `closing`, or nothing for an ordinary slide."""
        return str(self.cells[0].metadata.get("talk", {}).get("layout", ""))

    def names(self, kind: re.Pattern[str]) -> list[str]:
        """The demos that its cells of one kind (LOAD, RUN, PICTURE) name, as they are written."""
        return [
            match["demo"]
            for cell in self.cells
            if cell.cell_type == "code" and (match := kind.fullmatch(cell.source.strip()))
        ]


@dataclass
class Ingredients:
    """What was measured for the deck; what is missing shows as a place that waits for it."""

    recordings: Mapping[str, Recording] = field(default_factory=dict)
    """By the demo's name."""
    pictures: Mapping[str, Timeline] = field(default_factory=dict)
    """By the demo's name."""
    inline_recordings: bool = True
    """Whether the recordings go into the page; the served deck fetches them."""


def read(section: Section) -> NotebookNode:
    """The section's notebook as it is on disk.

    Raises TalkError for a file that is no valid notebook or has a cell that is on no slide.
    """
    where = f"slides/{section.notebook.name}"
    return deepcopy(_valid(read_text(section.notebook, where), where))


@lru_cache(maxsize=64)
def _valid(text: str, where: str) -> NotebookNode:
    """The notebook with this text. It is asked for often, and checking it takes the longest."""
    try:
        notebook: NotebookNode = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:
        reason = str(error).strip().partition("\n")[0][:120]
        raise TalkError(
            f"{where}: not a valid notebook ({reason}); {EDITOR} or restore it from git"
        ) from None
    for number, cell in enumerate(notebook.cells, 1):
        check(cell, f"{where}: cell {number}")
    return notebook


def slides_of(section: Section, notebook: NotebookNode) -> list[Slide]:
    """The notebook's slides in order; raises TalkError for one without a title of its own."""
    where = f"slides/{section.notebook.name}"
    slides: list[Slide] = []
    for cell in notebook.cells:
        kind = cell.metadata.slideshow.slide_type
        if kind in ("slide", "subslide"):
            match = TITLE.match(cell.source) if cell.cell_type == "markdown" else None
            if not match:
                first_line = cell.source.partition("\n")[0]
                raise TalkError(
                    f"{where}: the slide that begins with {first_line!r} "
                    "needs a first line `## Title`"
                )
            slides.append(Slide(plain(match["title"]), []))
        if not slides:
            raise TalkError(f"{where}: the first cell has to be a slide")
        if kind != "skip":
            slides[-1].cells.append(cell)
    seen: dict[str, str] = {}
    for slide in slides:
        if other := seen.get(slug(slide.title)):
            raise TalkError(
                f"{where}: two slides are called {other!r} and {slide.title!r}; "
                "deep links need different titles"
            )
        seen[slug(slide.title)] = slide.title
    if not slides:
        raise TalkError(f"{where}: it has no slide; add a cell with slide type slide")
    return slides


def slug(text: str) -> str:
    """A title as it stands in an address."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def place(
    section: Section, ingredients: Ingredients, *, notes: bool, served: bool = False
) -> NotebookNode:
    """The section's notebook with everything put in place, ready to be merged and converted.

    Raises TalkError where a cell names a demo or function that is not there, or notes and slides
    differ.
    """
    notebook = read(section)
    slides = slides_of(section, notebook)
    check_notes(section, [slide.title for slide in slides])
    if notes:
        seconds = section.timings(len(slides))
    cells: list[NotebookNode] = []
    for number, slide in enumerate(slides):
        _address(section, slide, seconds[number] if notes else 0, served)
        if notes and slide.title in section.notes.optional:
            slide.cells[0].metadata.talk["optional"] = True
        blocks = _fill(section, ingredients, slide)
        sized = [block for block in blocks if block]
        if (
            blocks
            and len(sized) == len(blocks)
            and not any(
                cell.source.strip().partition("\n")[2]
                for cell in slide.cells
                if cell.cell_type == "markdown"
            )
        ):
            slide.cells[0].metadata.talk["type"] = type_size(sized)
        cells += slide.cells
        if notes:
            cells.append(_note(section.notes.slides[slide.title]))
    notebook.cells = cells
    return notebook


def _address(section: Section, slide: Slide, seconds: int, served: bool) -> None:
    """Puts on the slide's first cell what its <section> element says."""
    first = slide.cells[0].metadata
    talk = dict(first.get("talk", {}))
    talk["id"] = slide_id(section, slide)
    talk["number"] = section.number
    talk["title"] = slide.title
    if slide.layout == "title":
        talk["size"] = title_size(slide.title)
    if seconds:
        talk["seconds"] = seconds
    if served and slide.layout == "section":
        talk["live"] = f"/talk/rise/{talk['id']}"
    first["talk"] = talk


def slide_id(section: Section, slide: Slide) -> str:
    """The slide's id, which stands in its address."""
    return section.slug if slide.layout == "section" else f"{section.slug}-{slug(slide.title)}"


@dataclass(frozen=True)
class _Place:
    """A cell that names a demo, and where it stands."""

    section: Section
    slide: Slide
    cell: NotebookNode
    match: re.Match[str]
    where: str

    @property
    def demo(self) -> Demo:
        demo = demo_of(self.section, self.match["demo"], self.where)
        asked = self.match.groupdict().get("python")
        return replace(demo, python=asked) if asked else demo

    @property
    def earlier(self) -> Demo | None:
        """The demo whose code stands here at first, where this is a change that types itself."""
        name = self.cell.metadata.get("talk", {}).get("from")
        return None if name is None else demo_of(self.section, str(name), self.where)


def _places(section: Section, slide: Slide, kind: re.Pattern[str]) -> list[_Place]:
    """The cells of one kind on a slide."""
    return [
        _Place(section, slide, cell, match, f"slides/{section.notebook.name}: `{match[0]}`")
        for cell in slide.cells
        if cell.cell_type == "code" and (match := kind.fullmatch(cell.source.strip()))
    ]


def _terminals(section: Section, slide: Slide) -> list[tuple[_Place, Demo | None]]:
    """The slide's cells that run a demo, each with the demo on its Python.

    With None where it asks for a Python that is not on this machine: there it is no terminal.
    """
    places = _places(section, slide, RUN)
    return list(zip(places, pythons.together([place.demo for place in places]), strict=True))


def _note(text: str) -> NotebookNode:
    """A cell with notes; as `_display` without nbformat's checks, which cost most of the time."""
    metadata = {"slideshow": {"slide_type": "notes"}}
    note: NotebookNode = nbformat.from_dict(
        {"cell_type": "markdown", "id": "notes", "metadata": metadata, "source": text}
    )
    return note


def _display(html: str) -> NotebookNode:
    """An output that shows this."""
    output: NotebookNode = nbformat.from_dict(
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": html}}
    )
    return output


def _fill(section: Section, ingredients: Ingredients, slide: Slide) -> list[Block | None]:
    """Replaces the slide's cells that name a demo by what the deck shows; leaves the others.

    Gives the lines and columns of what each code cell shows; None where that is not code or a
    terminal.
    """
    blocks: dict[int, Block | None] = {
        id(cell): None for cell in slide.cells if cell.cell_type == "code"
    }

    def put(cell: NotebookNode, shown: tuple[str, Block | None]) -> None:
        content, blocks[id(cell)] = shown
        cell.metadata["transient"] = {"remove_source": True}
        cell.outputs = [_display(content)]

    for place in _places(section, slide, LOAD):
        put(place.cell, _code(place))
    terminals = _terminals(section, slide)
    names = {demo.name for _, demo in terminals if demo}
    most = _rows(slide, [block[0] for block in blocks.values() if block], len(names))
    started: set[str] = set()
    for place, demo in terminals:
        if demo:
            put(place.cell, _stage(place, demo, ingredients, most, twin=demo.name in started))
            started.add(demo.name)
        else:
            slide.cells.remove(place.cell)
            del blocks[id(place.cell)]
    for place in _places(section, slide, PICTURE):
        put(place.cell, _picture(place, ingredients))
    return list(blocks.values())


def _rows(slide: Slide, code: list[int], terminals: int) -> int:
    """How many rows each of its terminals may have, beside code of so many lines."""
    texts = [cell.source.splitlines() for cell in slide.cells if cell.cell_type == "markdown"]
    text = sum(bool(line.strip()) for lines in texts for line in lines) - 1  # its title is one
    return screen.room(code, len(slide.names(PICTURE)), text, terminals or 1)


def demo_of(section: Section, name: str, where: str) -> Demo:
    """The section's demo of this name, long or short; raises TalkError, saying `where`."""
    for demo in section.demos:
        if name in (demo.name, demo.id):
            return demo
    raise TalkError(
        f"{where}: section {section.number} has no demo {name}; "
        f"it has {', '.join(d.name for d in section.demos)}"
    )


def _stage(
    at: _Place, demo: Demo, ingredients: Ingredients, most: int, *, twin: bool
) -> tuple[str, Block | None]:
    # where the code begins as an earlier demo's, that one runs here too
    earlier = [one.earlier.key for one in _places(at.section, at.slide, LOAD) if one.earlier]
    tapes = [ingredients.recordings.get(key) for key in (demo.key, *earlier)]
    known = [tape.transcript for tape in tapes if tape]
    widths = screen.TWIN if demo.python else screen.WIDTHS
    rows, columns = screen.size(known, most, widths)
    if any(screen.is_cut(transcript, columns, rows) for transcript in known):
        at.cell.metadata["cut"] = f"{at.where}: shows the last {rows - 1} lines of its output"
    inline = ingredients.inline_recordings
    return terminal(demo, tapes[0], (rows, columns), inline=inline, twin=twin), (rows, columns)


def _picture(at: _Place, ingredients: Ingredients) -> tuple[str, Block | None]:
    demo = at.demo
    measured = ingredients.pictures.get(demo.name)
    # pictures that share a slide share their scale of time
    ids = [name[:3] for name in at.slide.names(PICTURE)]
    beside = [
        other
        for name, other in ingredients.pictures.items()
        if name[:3] in ids and name != demo.name
    ]
    body = '<p class="waiting">The picture of this run is being measured.</p>'
    if measured:
        body = svg.picture(measured, beside=beside)
    step = ' fragment" data-kind="picture' if _comes_after_a_run(at) else ""
    return f'<figure class="timeline{step}" data-demo="{demo.name}">{body}</figure>', None


def _comes_after_a_run(at: _Place) -> bool:
    """Whether a run stands above it: what that proves is first seen, then seen measured."""
    above = at.slide.cells[: [cell is at.cell for cell in at.slide.cells].index(True)]
    return any(cell.cell_type == "code" and RUN.fullmatch(cell.source.strip()) for cell in above)


def _code(at: "_Place") -> tuple[str, Block | None]:
    return listing(at.demo, at.match["names"].split(","), at.earlier, at.where)


def merge(notebooks: list[NotebookNode], title: str, *, whole: bool = True) -> NotebookNode:
    """One notebook of all sections, a column of slides for each; cell ids are made unique.

    Of a `whole` talk the last slide is marked as such.
    """
    deck: NotebookNode = nbformat.v4.new_notebook(metadata=deepcopy(notebooks[0].metadata))
    deck.metadata["title"] = title
    for number, notebook in enumerate(notebooks, 1):
        for index, cell in enumerate(notebook.cells):
            cell.id = f"s{number}c{index}"
            if index and cell.metadata.slideshow.slide_type == "slide":
                cell.metadata.slideshow["slide_type"] = "subslide"
            deck.cells.append(cell)
    if whole:
        begins = [cell for cell in deck.cells if cell.metadata.get("talk", {}).get("id")]
        begins[-1].metadata.talk["last"] = True
    return deck


def used_demos(sections: list[Section]) -> tuple[list[Demo], list[Demo]]:
    """The demos that the slides run, and those whose run is drawn on a slide.

    Without those for which there is no Python on this machine.
    """
    run: list[Demo] = []
    drawn: list[Demo] = []
    for section in sections:
        for slide in slides_of(section, read(section)):
            where = f"slides/{section.notebook.name}"
            run += [demo for _, demo in _terminals(section, slide) if demo]
            drawn += [demo_of(section, name, where) for name in slide.names(PICTURE)]
    run, drawn = ([one for one in some if not pythons.missing(one)] for some in (run, drawn))
    return run, drawn


def shown_code(sections: list[Section]) -> dict[tuple[str, str], list[str]]:
    """What of a demo's code a slide shows: names of functions by slide's id and demo's name."""
    found: dict[tuple[str, str], list[str]] = {}
    for section in sections:
        for slide in slides_of(section, read(section)):
            for place in _places(section, slide, LOAD):
                for demo in filter(None, (place.demo, place.earlier)):
                    found[slide_id(section, slide), demo.name] = place.match["names"].split(",")
    return found
