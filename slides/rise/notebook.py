"""A section's notebook as it is opened in RISE: its code in place, runs and pictures as `%demo`.

Made from the same sources as the deck, it lies in build/rise/, and so does what is typed on stage.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import nbformat
from nbformat import NotebookNode

from demos.cast import CAST, css
from demos.catalogue import Demo
from demos.errors import TalkError
from demos.files import write_whole
from demos.programs import source
from demos.runs import pythons, record
from slides import deck, screen, special
from slides.rise.cells import cell_id
from slides.sections import TOP, Section, sections
from slides.sizes import Block, type_size

FOLDER = Path("build", "rise")
"""Where the notebooks are, from the top folder; RISE opens them under the same path."""
STYLE = Path("slides", "rise.css")
"""The look of the slides; RISE takes it from the notebook's folder, so ours need a copy."""
KERNEL = {"name": "talk", "display_name": "Python 3 (talk)", "language": "python"}
PICTURE: Block = (9, 1)
"""The room that a picture takes."""
GOES_ON = "raises-exception"
"""JupyterLab's tag for a cell after whose failure the kernel goes on.

Without it the kernel throws away what it is sent until it has looked through its queue: a
Shift+Enter pressed as soon as the error shows.
"""
LINES = 14
"""Lines of output to leave room for where none has been recorded yet."""


def write_all(top: Path = TOP) -> None:
    """Write every section's notebook anew and remove those of sections that are gone.

    Raises TalkError where a section can't be read.
    """
    talk = sections(top)
    for section in talk:
        write(section, top)
    for path in (top / FOLDER).glob("[0-9]*.ipynb"):
        if path.stem not in [section.stem for section in talk]:
            path.unlink(missing_ok=True)


def write(section: Section, top: Path = TOP) -> Path:
    """Write the section's notebook with its stylesheets; gives its path from the top folder.

    What was typed into the one that is there is gone. Raises TalkError where it can't be written.
    """
    path = FOLDER / section.notebook.name
    text: str = nbformat.writes(notebook(section))
    try:
        write_whole(top / path, text)
        write_whole(
            top / path.with_suffix(".css"), "\n".join([*_colours(), *_sizes(section)]) + "\n"
        )
        copyfile(top / STYLE, top / FOLDER / "rise.css")
    except OSError as error:
        raise TalkError(f"{path}: can't be written ({error.strerror}); check the folder") from None
    return path


def notebook(section: Section) -> NotebookNode:
    """The section's notebook for RISE; raises TalkError where a cell names what is not there."""
    made = deck.read(section)
    made.metadata.kernelspec = KERNEL
    made.cells = [cell for cell in made.cells if _has_its_python(cell)]
    for number, cell in enumerate(made.cells):
        if cell.cell_type == "code":
            _fill(section, cell, number)
            cell.metadata.tags = [*cell.metadata.get("tags", []), GOES_ON]
    nbformat.validate(made)
    return made


def section_of(slide_id: str, top: Path = TOP) -> Section:
    """The section that a slide with this id belongs to; raises TalkError where there is none."""
    for section in sorted(sections(top), key=lambda section: -len(section.slug)):
        if f"{slide_id}-".startswith(f"{section.slug}-"):
            return section
    raise TalkError(f"no slide of this talk is called {slide_id}")


def first_cell(section: Section, slide_id: str) -> int:
    """The number of the slide's first cell in its notebook; 0 where no slide has this id."""
    made = deck.read(section)
    for slide in deck.slides_of(section, made):
        if deck.slide_id(section, slide) == slide_id:
            there = [cell.id for cell in made.cells if _has_its_python(cell)]
            return there.index(slide.cells[0].id)
    return 0


def _fill(section: Section, cell: NotebookNode, number: int) -> None:
    """What RISE shows in place of a cell that names a demo; the others stay as they are.

    The id of a cell with code says whose it is: a kernel is told the id of each cell that it runs.
    """
    written = cell.source.strip()
    where = f"slides/{section.notebook.name}: `{written}`"
    for kind in (special.LOAD, special.RUN, special.PICTURE):
        if match := kind.fullmatch(written):
            demo = deck.demo_of(section, match["demo"], where)
            if kind is special.LOAD:
                cell.source = source.shown(demo, match["names"].split(","))
                cell.id = cell_id(number, demo)
            else:
                picture = " --timeline" if kind is special.PICTURE else ""
                cell.source = f"%demo {demo.name}{_python(match)}{picture}"


def _colours() -> Iterator[str]:
    """Those of the cast, on slides and in what a cell prints."""
    yield css()
    for role in CAST.values():
        colour = f"ansi-{role.terminal}"
        yield (
            f".rise-enabled .reveal :is(.{colour}-fg, .{colour}-intense-fg) "
            f"{{ color: var(--flow-{role.number}); }}"
        )


def _has_its_python(cell: NotebookNode) -> bool:
    """Whether what a cell asks for is on this machine: without it, the slide does without it."""
    match = special.RUN.fullmatch(cell.source.strip())
    return not (match and match["python"]) or pythons.beside(match["python"]) is not None


def _python(match: re.Match[str]) -> str:
    asked = match.groupdict().get("python")
    python = pythons.beside(asked) if asked else None
    return f" --python {python.short}" if python else ""


def _sizes(section: Section) -> Iterator[str]:
    """A rule for each slide whose code and output need a size of their own to fit on it.

    RISE numbers columns and the slides in them. It does not scale: sizes follow the window's.
    """
    column, row = -1, 0
    for slide in deck.slides_of(section, deck.read(section)):
        opens = slide.cells[0].metadata.slideshow.slide_type == "slide"
        column, row = (column + 1, 0) if opens else (column, row + 1)
        blocks = list(_blocks(section, slide))
        if blocks:
            size = type_size(blocks) / 12.8
            yield f"#slide-{column}-{row} {{ --code-size: {size:.2f}vw; }}"


def _blocks(section: Section, slide: deck.Slide) -> Iterator[Block]:
    for _ in slide.names(special.PICTURE):
        yield PICTURE
    for cell in filter(_has_its_python, slide.cells):
        if match := special.RUN.fullmatch(cell.source.strip()):
            yield _room(deck.demo_of(section, match["demo"], ""))
        if match := special.LOAD.fullmatch(cell.source.strip()):
            demo = deck.demo_of(section, match["demo"], "")
            lines = source.numbered_lines(demo, match["names"].split(","))
            yield len(lines), max(len(text) for text, _ in lines)


def _room(demo: Demo) -> Block:
    """Lines and columns of a run, with the line of its cell."""
    taken = record.latest(demo)
    if not taken:
        return LINES + 2, screen.MIN_COLUMNS
    return taken.rows + 2, max(map(len, taken.transcript.splitlines()), default=0)
