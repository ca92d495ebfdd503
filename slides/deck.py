"""From sections to one deck: each notebook with its notes, its demos' code, runs and pictures put in place.

A notebook says what goes where with cells that also work in Jupyter:
`%load -s function ../demos/07a_x.py` is that function's code, `!python ../demos/07a_x.py` a run of the
demo and `!talk demo 07a --timeline` the picture of a run.
"""

import ast
import json
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field

import nbformat
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from demos import cast
from demos.catalogue import Demo
from demos.errors import TalkError
from demos.record import Recording
from demos.timeline.draw import svg
from demos.timeline.model import Timeline
from slides.sections import Section

LOAD = re.compile(r"%load -s (?P<names>\w+(?:,\w+)*) \.\./demos/(?P<demo>\w+)\.py")
RUN = re.compile(r"!python \.\./demos/(?P<demo>\w+)\.py")
PICTURE = re.compile(r"!talk demo (?P<demo>\w+) --timeline")
STEP = re.compile(r"  # \((?P<step>\d+)\)$")
TITLE = re.compile(r"#{1,2} +(?P<title>.+)")
Block = tuple[int, int]
"""Lines and columns of code or of a terminal."""
COLUMNS = 80
"""Width of a terminal that nothing has been recorded for yet."""
MIN_COLUMNS = 56
"""A recorded terminal is as wide as its longest line, but at least this."""
TYPE_SIZES = range(28, 21, -1)
"""Pixels that code and terminals can be set in, the best first."""
ROOM = 1074, 560
"""Pixels, across and down, that a slide of 1280 x 720 leaves for code and terminal below its title."""
SLIDE_TYPES = {"slide", "subslide", "fragment", "-", "skip"}


@dataclass
class Slide:
    """One slide: its title and its cells."""

    title: str
    cells: list[NotebookNode]

    @property
    def layout(self) -> str:
        """`title`, `chapter`, `section`, `closing`, or nothing for an ordinary slide."""
        return self.cells[0].metadata.get("talk", {}).get("layout", "")

    def names(self, kind: re.Pattern) -> list[str]:
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

    Raises TalkError for a file that is no valid notebook, stores outputs, or has a cell that is on no slide.
    """
    where = f"slides/{section.notebook.name}"
    try:
        notebook = nbformat.read(section.notebook, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:
        reason = str(error).strip().partition("\n")[0][:120]
        raise TalkError(
            f"{where}: not a valid notebook ({reason}); open it in JupyterLab or restore it from git"
        ) from None
    for number, cell in enumerate(notebook.cells, 1):
        kind = cell.metadata.get("slideshow", {}).get("slide_type")
        if kind not in SLIDE_TYPES:
            raise TalkError(
                f"{where}: cell {number} has slide type {kind!r}; choose one of {', '.join(sorted(SLIDE_TYPES))}"
            )
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
                    f"{where}: the slide that begins with {first_line!r} needs a first line `## Title`"
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
                f"{where}: two slides are called {other!r} and {slide.title!r}; deep links need different titles"
            )
        seen[slug(slide.title)] = slide.title
    if not slides:
        raise TalkError(f"{where}: it has no slide; add a cell with slide type slide")
    return slides


def plain(text: str) -> str:
    """A Markdown title without its marks: backticks, emphasis, HTML tags."""
    return re.sub(r"<[^>]+>|[`*]", "", text).strip()


def slug(text: str) -> str:
    """A title as it stands in an address."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def place(
    section: Section, ingredients: Ingredients, *, notes: bool, served: bool = False
) -> NotebookNode:
    """The section's notebook with everything put in place, ready to be merged and converted.

    Raises TalkError where a cell names a demo or function that is not there, or notes and slides differ.
    """
    notebook = deepcopy(read(section))
    slides = slides_of(section, notebook)
    if notes:
        _check_notes(section, [slide.title for slide in slides])
        whole = round(section.notes.minutes * 60)
        seconds = [
            whole * (number + 1) // len(slides) - whole * number // len(slides)
            for number in range(len(slides))
        ]
    cells: list[NotebookNode] = []
    for number, slide in enumerate(slides):
        _address(section, slide, seconds[number] if notes else 0, served)
        blocks = [
            _fill(section, cell, ingredients, slide)
            for cell in slide.cells
            if cell.cell_type == "code"
        ]
        if (
            blocks
            and all(blocks)
            and not any(
                cell.source.strip().partition("\n")[2]
                for cell in slide.cells
                if cell.cell_type == "markdown"
            )
        ):
            slide.cells[0].metadata.talk["type"] = type_size(blocks)
        cells += slide.cells
        if notes:
            note = nbformat.v4.new_markdown_cell(section.notes.slides[slide.title])
            note.metadata.slideshow = {"slide_type": "notes"}
            cells.append(note)
    notebook.cells = cells
    return notebook


def type_size(blocks: list[Block]) -> int:
    """The largest size in which blocks of (lines, columns) fit below each other on a slide, in pixels."""
    across, down = ROOM
    for size in TYPE_SIZES:
        height = sum(lines * size * 1.36 + 50 for lines, _ in blocks)
        if height <= down and all(columns * size * 0.6 <= across for _, columns in blocks):
            break
    return size


def _check_notes(section: Section, titles: list[str]) -> None:
    noted = list(section.notes.slides)
    where = f"speaker_notes/{section.notes_path.name}"
    for title in titles:
        if title not in noted:
            raise TalkError(
                f"{where}: no `## {title}`; every slide of slides/{section.notebook.name} needs its notes"
            )
    for title in noted:
        if title not in titles:
            raise TalkError(
                f"{where}: `## {title}` has no slide in slides/{section.notebook.name}; rename or remove it"
            )
    if noted != titles:
        raise TalkError(
            f"{where}: the notes are not in the order of the slides in slides/{section.notebook.name}"
        )


def _address(section: Section, slide: Slide, seconds: int, served: bool) -> None:
    """Puts on the slide's first cell what its <section> element says."""
    first = slide.cells[0].metadata
    talk = dict(first.get("talk", {}))
    talk["id"] = (
        section.slug if slide.layout == "section" else f"{section.slug}-{slug(slide.title)}"
    )
    talk["number"] = section.number
    talk["title"] = slide.title
    if seconds:
        talk["seconds"] = seconds
    if served and slide.layout == "section":
        talk["notebook"] = f"slides/{section.notebook.name}"
    first["talk"] = talk


def _fill(
    section: Section, cell: NotebookNode, ingredients: Ingredients, slide: Slide
) -> Block | None:
    """Replaces a cell that names a demo by what the deck shows there; leaves the others to be executed."""
    source = cell.source.strip()
    where = f"slides/{section.notebook.name}: `{source}`"
    for kind, show in ((LOAD, _code), (RUN, _stage), (PICTURE, _picture)):
        if match := kind.fullmatch(source):
            demo = _demo(section, match["demo"], where)
            content, block = show(demo, match, ingredients, slide, where)
            cell.metadata["transient"] = {"remove_source": True}
            cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": content})]
            return block
    return None


def _demo(section: Section, name: str, where: str) -> Demo:
    for demo in section.demos:
        if name in (demo.name, demo.id):
            return demo
    raise TalkError(
        f"{where}: section {section.number} has no demo {name}; it has {', '.join(d.name for d in section.demos)}"
    )


def _stage(
    demo: Demo, match: re.Match, ingredients: Ingredients, slide: Slide, where: str
) -> tuple[str, Block | None]:
    recording = ingredients.recordings.get(demo.name)
    rows = recording.rows if recording else 7 if slide.names(LOAD) else 15
    columns = (
        max(MIN_COLUMNS, *map(len, recording.transcript.splitlines())) + 1 if recording else COLUMNS
    )
    transcript = cast.as_html(recording.transcript) if recording else ""
    inlined = ""
    if recording and ingredients.inline_recordings:
        data = json.dumps({"cast": recording.cast}, separators=(",", ":")).replace("<", "\\u003c")
        inlined = f'<script type="application/json" class="recording">{data}</script>'
    return (
        f'<div class="stage" data-demo="{demo.name}" data-rows="{rows}" data-cols="{columns}">'
        f'<p class="command">{demo.command}</p><div class="screen"></div>'
        f'<pre class="transcript" tabindex="0" aria-label="Output of {demo.command}">{transcript}</pre>{inlined}</div>'
    ), (rows + 1, columns)


def _picture(
    demo: Demo, match: re.Match, ingredients: Ingredients, slide: Slide, where: str
) -> tuple[str, Block | None]:
    measured = ingredients.pictures.get(demo.name)
    ids = [
        name[:3] for name in slide.names(PICTURE)
    ]  # pictures that share a slide share their scale of time
    beside = [
        other
        for name, other in ingredients.pictures.items()
        if name[:3] in ids and name != demo.name
    ]
    body = (
        svg.picture(measured, beside=beside)
        if measured
        else '<p class="waiting">The picture of this run is being measured.</p>'
    )
    return f'<figure class="timeline" data-demo="{demo.name}">{body}</figure>', None


def _code(
    demo: Demo, match: re.Match, ingredients: Ingredients, slide: Slide, where: str
) -> tuple[str, Block | None]:
    lines = numbered_lines(demo, match["names"].split(","), where)
    body = "\n".join(text for text, _ in lines)
    shown = []
    for markup, (_, step) in zip(highlight_code(body), lines, strict=True):
        mark = f' data-step="{step}"' if step else ""
        shown.append(f'<span class="line"{mark}>{markup}</span>')
    steps = sorted({step for _, step in lines if step})
    presses = "".join(
        f'<span class="fragment step" data-fragment-index="{i}" data-step="{step}"></span>'
        for i, step in enumerate(steps)
    )
    return (
        f'<div class="code" data-demo="{demo.name}">'
        f'<pre tabindex="0" aria-label="Code of demos/{demo.name}.py"><code>{"".join(shown)}</code></pre>{presses}</div>'
    ), (len(lines), max(len(text) for text, _ in lines))


def numbered_lines(demo: Demo, names: list[str], where: str = "") -> list[tuple[str, int]]:
    """The source lines of the demo's functions or classes `names`, each with the step it belongs to (0: none).

    A marker `# (2)` at the end of a line gives step 2 to the whole statement or block that begins on the line;
    the marker itself is not part of the text. Raises TalkError when the file does not parse or lacks a name.
    """
    source = demo.source
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise TalkError(
            f"demos/{demo.path.name}, line {error.lineno}: {error.msg}; mend it and save again"
        ) from None
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = {node.name: node for node in tree.body if isinstance(node, kinds)}
    everything = source.splitlines()
    lines: list[tuple[str, int]] = []
    for name in names:
        if name not in found:
            raise TalkError(
                f"{where}: demos/{demo.path.name} has no function {name}; it has {', '.join(found)}"
            )
        node = found[name]
        if lines:
            lines += [("", 0)]
        start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        steps = _steps(everything, node)
        lines += [
            (STEP.sub("", everything[number - 1]), steps.get(number, 0))
            for number in range(start, node.end_lineno + 1)
        ]
    return lines


def _steps(everything: list[str], function: ast.AST) -> dict[int, int]:
    """The step of each line of `function`; an inner marker wins over the block around it."""
    ends: dict[int, int] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.stmt):
            ends[node.lineno] = max(ends.get(node.lineno, 0), node.end_lineno)
    steps: dict[int, int] = {}
    for number in range(function.lineno, function.end_lineno + 1):
        if match := STEP.search(everything[number - 1]):
            for line in range(number, ends.get(number, _end_of_block(everything, number)) + 1):
                steps[line] = int(match["step"])
    return steps


def _end_of_block(everything: list[str], number: int) -> int:
    """The last line below line `number` that is indented deeper: for what is no statement, such as `else:`."""

    def indent(line: str) -> int:
        return len(line) - len(line.lstrip())

    end = number
    while (
        end < len(everything)
        and everything[end].strip()
        and indent(everything[end]) > indent(everything[number - 1])
    ):
        end += 1
    return end


def highlight_code(code: str) -> list[str]:
    """The code as HTML, line by line, with nbconvert's Pygments classes; no element reaches over a line's end."""
    return (
        highlight(code, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))
        .rstrip("\n")
        .split("\n")
    )


def merge(notebooks: list[NotebookNode], title: str) -> NotebookNode:
    """One notebook of all sections, a column of slides for each; cell ids are made unique."""
    deck = nbformat.v4.new_notebook(metadata=deepcopy(notebooks[0].metadata))
    deck.metadata["title"] = title
    for number, notebook in enumerate(notebooks, 1):
        for index, cell in enumerate(notebook.cells):
            cell.id = f"s{number}c{index}"
            if index and cell.metadata.slideshow.slide_type == "slide":
                cell.metadata.slideshow["slide_type"] = "subslide"
            deck.cells.append(cell)
    return deck


def used_demos(sections: list[Section]) -> tuple[list[Demo], list[Demo]]:
    """The demos that the slides run, and those whose run is drawn on a slide."""
    run, drawn = [], []
    for section in sections:
        for slide in slides_of(section, read(section)):
            where = f"slides/{section.notebook.name}"
            run += [_demo(section, name, where) for name in slide.names(RUN)]
            drawn += [_demo(section, name, where) for name in slide.names(PICTURE)]
    return run, drawn
