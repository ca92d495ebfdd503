"""A demo's file as text: its lines, its functions and classes, its step markers `# (1)`.

Lines are counted as Python counts them: they end at a newline, CR LF or CR, and at nothing else
that `str.splitlines` would cut at, such as a form feed.
"""

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from demos import files
from demos.catalogue import Demo
from demos.errors import TalkError

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
NEWLINE = re.compile(r"\r\n|\r")
STEP = re.compile(r"  # \((?P<step>\d+)\)$")
KINDS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Block(NamedTuple):
    """Where a function or class stands, its decorators included: first and last line, from 1."""

    first: int
    last: int


def read(demo: Demo) -> str:
    """The whole file with the newlines, and the byte order mark, that it has.

    Raises TalkError where it can't be read.
    """
    return files.read_exactly(demo.path, demo.where)


@contextmanager
def quietly() -> Iterator[None]:
    """Parse without the warnings about what is no error: they are for who writes the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def with_newlines(text: str) -> str:
    """The text with every line ended by a newline alone."""
    return NEWLINE.sub("\n", text)


def first_line(node: ast.stmt) -> int:
    """The line on which a statement begins; its decorators belong to it."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


def last_line(node: ast.stmt) -> int:
    """The line on which a statement ends."""
    return node.end_lineno or node.lineno


def definitions(demo: Demo, source: str) -> dict[str, ast.stmt]:
    """The top-level functions and classes of `source`, the text of the demo's file, by their names.

    Raises TalkError where it does not parse.
    """
    try:
        with quietly():
            tree = ast.parse(source.encode())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        message = getattr(error, "msg", None) or str(error) or "nested too deeply"
        raise TalkError(
            f"demos/{demo.path.name}, line {line}: {message}; mend it and save again"
        ) from None
    return {node.name: node for node in tree.body if isinstance(node, KINDS)}


def chosen(demo: Demo, source: str, names: Sequence[str], where: str = "") -> dict[str, ast.stmt]:
    """The functions and classes `names`; a TalkError that begins with `where` for a missing one."""
    found = definitions(demo, source)
    for name in names:
        if name not in found:
            place = f"{where}: " if where else ""
            raise TalkError(
                f"{place}demos/{demo.path.name} has no function {name}; it has {', '.join(found)}"
            )
    return {name: found[name] for name in names}


def blocks(demo: Demo, source: str, names: Sequence[str]) -> dict[str, Block]:
    """Where `names` stand in `source`, the text of the demo's file; raises as `chosen` does."""
    nodes = chosen(demo, source, names)
    return {name: Block(first_line(node), last_line(node)) for name, node in nodes.items()}


def shown(demo: Demo, names: Sequence[str]) -> str:
    """What a slide shows of the demo: its `names` without markers, a blank line between two."""
    return "\n".join(text for text, _ in numbered_lines(demo, names))


def numbered_lines(demo: Demo, names: Sequence[str], where: str = "") -> list[tuple[str, int]]:
    """The source lines of the demo's functions or classes `names`, each with its step (0: none).

    A marker `# (2)` at the end of a line gives step 2 to the whole statement or block that begins
    on the line; the marker itself is not part of the text. Raises TalkError when the file does not
    parse or lacks a name.
    """
    source = with_newlines(read(demo))
    everything = source.split("\n")
    lines: list[tuple[str, int]] = []
    for node in chosen(demo, source, names, where).values():
        if lines:
            lines.append(("", 0))
        steps = _steps(everything, node)
        lines += [
            (STEP.sub("", everything[number - 1]), steps.get(number, 0))
            for number in range(first_line(node), last_line(node) + 1)
        ]
    return lines


def _steps(everything: list[str], function: ast.stmt) -> dict[int, int]:
    """The step of each line of `function`; an inner marker wins over the block around it."""
    ends: dict[int, int] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.stmt):
            ends[node.lineno] = max(ends.get(node.lineno, 0), last_line(node))
    steps: dict[int, int] = {}
    for number in range(function.lineno, last_line(function) + 1):
        if match := STEP.search(everything[number - 1]):
            for line in range(number, ends.get(number, _end_of_block(everything, number)) + 1):
                steps[line] = int(match["step"])
    return steps


def _end_of_block(everything: list[str], number: int) -> int:
    """The last line below that is indented deeper: for what is no statement, such as `else:`."""

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
