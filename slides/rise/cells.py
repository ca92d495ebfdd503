"""The cells of a notebook that have code of demos: each as it was last run, together a program."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from demos.catalogue import Demo
from demos.programs import program, source

ID = "code-"
"""How the id of a cell begins that shows a demo's code: `code-2-07a_lost_update`."""


def cell_id(number: int, demo: Demo) -> str:
    """The id of the cell with this number in a notebook of ours that shows code of `demo`."""
    return f"{ID}{number}-{demo.name}"[:64]


@dataclass
class Chunk:
    """The code of a cell as it was last run."""

    text: str
    demo: str | None
    """The demo whose code the cell showed at first; None for any other cell."""
    problem: str | None = None
    """Why Python can't read it."""


class Cells:
    """The cells that were run in this kernel."""

    def __init__(self) -> None:
        self.chunks: dict[str, Chunk] = {}
        """By id, the one run last at the end."""

    def ran(self, text: str, cell: str | None) -> None:
        """A cell with this text and id was run, with whatever result."""
        problem = _problem(text)
        shows = cell and cell.startswith(ID)
        chunk = Chunk(text, cell.split("-", 2)[2] if cell and shows else None, problem)
        if not shows and (problem or not _definitions(text)):
            return
        key = cell if cell and shows else f"{len(self.chunks)} {text}"
        self.chunks.pop(key, None)
        self.chunks[key] = chunk

    def problem(self, demo: Demo) -> str | None:
        """Why the cell with the demo's code, as last run, is no program; None where all is well."""
        return next(
            (c.problem for c in self.chunks.values() if c.demo == demo.name and c.problem), None
        )

    @contextmanager
    def program(self, demo: Demo) -> Iterator[tuple[Demo, list[str]]]:
        """The demo with the functions of these cells, and the names of those that differ.

        Raises TalkError where they do not make a program together.
        """
        own = source.definitions(demo, source.read(demo))
        texts: list[str] = []
        names: list[str] = []
        for chunk in reversed(self.chunks.values()):
            if chunk.demo not in (None, demo.name):
                continue
            text = (
                _without(chunk.text, names)
                if chunk.demo
                else _only(chunk.text, set(own) - set(names))
            )
            held = [name for name in _definitions(text) if name in own]
            if held and text.strip() != source.shown(demo, held):
                texts.insert(0, text)
            names += held
        names = [name for text in texts for name in _definitions(text) if name in own]
        if not names:
            yield demo, []
            return
        changed = [
            name for name in names if _text_of("\n".join(texts), name) != source.shown(demo, [name])
        ]
        with program.scratch(program.edited(demo, names, "\n\n\n".join(texts))) as edited:
            yield edited, changed or names


def _problem(text: str) -> str | None:
    """The syntax error in the text of a cell, in words; None for what IPython alone understands."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        if text.lstrip().startswith(("%", "!")):
            return None
        return f"syntax error in line {error.lineno} of the cell with the code: {error.msg}"
    except ValueError as error:
        return str(error)
    return None


def _definitions(text: str) -> dict[str, source.Block]:
    """The lines of the functions and classes that a text defines, the last of each name."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return {}
    return {
        node.name: source.Block(source.first_line(node), source.last_line(node))
        for node in tree.body
        if isinstance(node, source.KINDS)
    }


def _text_of(text: str, name: str) -> str:
    first, last = _definitions(text)[name]
    return "\n".join(text.split("\n")[first - 1 : last])


def _only(text: str, names: set[str]) -> str:
    """The functions and classes `names` of a text, and nothing else of it."""
    return "\n\n\n".join(_text_of(text, name) for name in _definitions(text) if name in names)


def _without(text: str, names: list[str]) -> str:
    """The text without its functions and classes `names`."""
    lines = text.split("\n")
    for name, (first, last) in _definitions(text).items():
        if name in names:
            lines[first - 1 : last] = [""] * (last - first + 1)
    return "\n".join(lines)
