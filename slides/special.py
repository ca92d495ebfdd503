"""Which cells a deck can have: those that are more than they seem, and no near miss of them."""

import re

from nbformat import NotebookNode

from demos.errors import TalkError, in_one_line

LOAD = re.compile(r"%load -s (?P<names>\w+(?:,\w+)*) \.\./demos/(?P<demo>\w+)\.py")
RUN = re.compile(r"!python(?P<python>3\.\d+t?)? \.\./demos/(?P<demo>\w+)\.py")
PICTURE = re.compile(r"!talk demo (?P<demo>\w+) --timeline")

EDITOR = "open it in JupyterLab"
SLIDE_TYPES = {"slide", "subslide", "fragment", "-", "skip"}

MEANT = (
    (re.compile(r"%+ *load\b"), "%load -s main ../demos/04a_four_steps.py"),
    (re.compile(r"! *talk\b|[!%].*\btalk +demo\b"), "!talk demo 04a --timeline"),
    (
        re.compile(r"(!.*\bpython[\d.]*\b|%+ *run\b).*\bdemos/"),
        "!python ../demos/04a_four_steps.py",
    ),
)
"""What a line of a special cell looks like, and how it has to be written."""


def mistyped(source: str) -> tuple[str, str] | None:
    """The line of a cell that was meant to be special, and its right form; None where all is well.

    Such a line left as it is would run in the kernel and put its output, or an error, on a slide.
    """
    source = source.strip()
    if any(kind.fullmatch(source) for kind in (LOAD, RUN, PICTURE)):
        return None
    for line in source.splitlines():
        for looks_like, form in MEANT:
            if looks_like.match(line.strip()):
                return line.strip(), form
    return None


def check(cell: NotebookNode, where: str) -> None:
    """Raises TalkError, which begins with `where`, for a cell that would not be what it seems."""
    for key in ("slideshow", "talk"):
        if not isinstance(cell.metadata.get(key, {}), dict):
            raise TalkError(f"{where}: its metadata {key!r} has to be an object; {EDITOR}")
    kind = cell.metadata.get("slideshow", {}).get("slide_type")
    if not (isinstance(kind, str) and kind in SLIDE_TYPES):
        raise TalkError(
            f"{where} has slide type {kind!r}; choose one of {', '.join(sorted(SLIDE_TYPES))}"
        )
    if cell.cell_type == "code" and kind != "skip" and (found := mistyped(cell.source)):
        line, form = found
        raise TalkError(
            f"{where}: `{in_one_line(line, 100)}` is none of the special cells, but looks like one;"
            f" write `{form}`, alone in its cell"
        )
