"""A program: a demo, or a demo with some of its functions replaced. It is a file.

A slide shows some functions of one demo as one block of text, and the presenter edits that text.
From it and the demo's file comes the program; the program's file lies in a scratch folder and is
run, stopped, recorded and measured as the demo itself is. The demo's own file is never written.
"""

import ast
import re
import symtable
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple

from demos.catalogue import Demo
from demos.errors import TalkError
from demos.programs import scratch as scratch_folders
from demos.programs import source as files

LIMIT = 64 * 1024
"""Bytes of UTF-8 that may stand on a slide."""
TOO_DEEP = "nested too deeply"
SURROGATE = re.compile(r"[\ud800-\udfff]")
FRAME = re.compile(r'File "(?P<path>[^"\n]+)", line (?P<line>\d+)')


class EditError(TalkError):
    """What stands on the slide is no program; `line` is the line on the slide, from 1, or None."""

    def __init__(self, message: str, line: int | None = None):
        super().__init__(message)
        self.line = line


class Piece(NamedTuple):
    """Lines of the program's file that stand on the slide: the first in each, from 1; how many."""

    in_file: int
    on_slide: int
    lines: int


@dataclass(frozen=True)
class Program:
    """A demo's file with what stands on a slide in place of the functions that it shows."""

    demo: Demo
    source: str
    """The whole file; its newlines are those of the demo's file."""
    pieces: tuple[Piece, ...]

    def line_on_slide(self, line: int) -> int | None:
        """The slide's line for one of the file, both from 1; None where it is not shown."""
        for piece in self.pieces:
            if 0 <= line - piece.in_file < piece.lines:
                return line - piece.in_file + piece.on_slide
        return None

    def line_in_file(self, line: int) -> int | None:
        """The file's line for one of the slide, both from 1; None for a blank one between two."""
        for piece in self.pieces:
            if 0 <= line - piece.on_slide < piece.lines:
                return line - piece.on_slide + piece.in_file
        return None

    def failed_line(self, output: str) -> int | None:
        """The slide's line to which the last traceback in a run's output leads; None without one.

        Where the error came out of a function that the slide does not show, it is the line that
        called it.
        """
        for frame in reversed(list(FRAME.finditer(output))):
            folder, _, name = frame["path"].replace("\\", "/").rpartition("/")
            if name == self.demo.path.name and folder.rpartition("/")[2] == "demos":
                line = self.line_on_slide(int(frame["line"]))
                if line is not None:
                    return line
        return None


def original(demo: Demo, names: Sequence[str]) -> Program:
    """The demo itself, and where what a slide shows of it stands; raises as `shown` does."""
    source = files.read(demo)
    pieces, at = [], 1
    for block in files.blocks(demo, source, names).values():
        count = block.last - block.first + 1
        pieces.append(Piece(block.first, at, count))
        at += count + 1
    return Program(demo, source, tuple(pieces))


def edited(demo: Demo, names: Sequence[str], text: str) -> Program:
    """The demo with `text` in place of its functions or classes `names`; the rest stays as it is.

    `text` is what stands on the slide (`source.shown`, edited). Whatever else the presenter writes
    there, an import, a helper, a constant, goes where the next function of the slide stands, or at
    the end the last.

    Raises EditError with one line for people, and the line on the slide where there is one, for
    text that is too long, does not parse, lacks one of `names` or has a function which the slide
    does not show. Raises TalkError where the demo's file can't be read or lacks one of `names`.
    """
    source = files.read(demo)
    nodes = files.definitions(demo, source)
    places = files.blocks(demo, source, names)
    order = sorted(places, key=places.__getitem__)
    text = _readable(text)
    if text == files.shown(demo, names):
        return original(demo, names)
    try:
        chunks = _chunks(text, order, [name for name in nodes if name not in places])
    except (RecursionError, MemoryError):
        raise EditError(f"syntax error in line 1: {TOO_DEEP}", 1) from None
    whole = files.LINE.findall(source)
    newline = re.sub(r"[^\r\n]+", "", whole[0])
    out: list[str] = []
    pieces = []
    done = 0
    for name in order:
        out += whole[done : places[name].first - 1]
        at, lines = chunks[name]
        if lines:
            pieces.append(Piece(len(out) + 1, at, len(lines)))
        out += [line + newline for line in lines]
        done = places[name].last
    program = Program(demo, "".join(out + whole[done:]), tuple(pieces))
    if error := problem(program.source.encode()):
        line = program.line_on_slide(error[0])
        raise EditError(f"syntax error{f' in line {line}' if line else ''}: {error[1]}", line)
    return program


@contextmanager
def scratch(program: Program) -> Iterator[Demo]:
    """The program as a demo that can be run, recorded and measured, for a `with` block.

    An edited one is a file of the demo's name in a scratch folder, so its command and its
    tracebacks are the demo's; the folder goes with everything that the program wrote there. Raises
    TalkError where there is no room.
    """
    if program.source == files.read(program.demo):
        yield program.demo
        return
    with scratch_folders.folder() as folder:
        path = folder / "demos" / program.demo.path.name
        try:
            path.parent.mkdir()
            path.write_bytes(program.source.encode())
        except OSError as error:
            raise TalkError(f"{path}: {error.strerror or error}; make room there") from None
        yield replace(program.demo, path=path)


def _readable(text: str) -> str:
    """The text with plain newlines; raises EditError for what no file of Python can hold."""
    text = files.with_newlines(text.removeprefix("\ufeff"))
    if match := SURROGATE.search(text):
        line = text.count("\n", 0, match.start()) + 1
        raise EditError(f"line {line} holds half a character; delete it", line)
    if len(text.encode()) > LIMIT:
        raise EditError(f"that is more than {LIMIT // 1024} KiB of text; a slide holds a page")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise EditError(f"syntax error in line {line}: a null character; delete it", line)
    if error := problem(text):
        line = max(1, min(error[0], text.count("\n") + 1))
        raise EditError(f"syntax error in line {line}: {error[1]}", line)
    return text


def problem(code: str | bytes) -> tuple[int, str] | None:
    """The line (from 1) and the reason why Python can't read `code`; None where it can."""
    try:
        with files.quietly():
            compile(code, "slide", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.lineno or 1, " ".join(str(error.msg).split())
    except (RecursionError, MemoryError):
        return 1, TOO_DEEP
    except ValueError as error:
        return 1, " ".join(str(error).split())
    return None


def _chunks(text: str, names: list[str], hidden: list[str]) -> dict[str, tuple[int, list[str]]]:
    """The lines of `text` in place of each of `names`, after the number of the first, from 1.

    A chunk ends with the last statement that gives its name a value; what follows belongs to the
    next.
    """
    everything = text.split("\n")
    anchors: dict[int, list[str]] = {}
    ends: dict[str, int] = {}
    for first, last, statements in _groups(text):
        for node in statements:
            if isinstance(node, files.KINDS) and node.name in hidden:
                raise EditError(
                    f"line {node.lineno}: {node.name} is not on this slide, which shows "
                    f"{' and '.join(names)}; edit it where it is shown",
                    node.lineno,
                )
        for name in _bound("\n".join(everything[first - 1 : last])):
            ends[name] = last
    for name in names:
        if name not in ends:
            raise EditError(f"{name} is missing: the program needs it")
        anchors.setdefault(ends[name], []).append(name)
    chunks: dict[str, tuple[int, list[str]]] = {name: (1, []) for name in names}
    start = 1
    for end in sorted(anchors):
        upto = len(everything) if end == max(anchors) else end
        chunks[anchors[end][0]] = _trimmed(start, everything[start - 1 : upto])
        start = upto + 1
    return chunks


def _groups(text: str) -> list[tuple[int, int, list[ast.stmt]]]:
    """First line, last line and statements; those that share a line can't be taken apart."""
    groups: list[tuple[int, int, list[ast.stmt]]] = []
    with files.quietly():
        tree = ast.parse(text)
    for node in tree.body:
        first, last = files.first_line(node), files.last_line(node)
        if groups and groups[-1][1] >= first:
            start, _, statements = groups.pop()
            groups.append((start, last, [*statements, node]))
        else:
            groups.append((first, last, [node]))
    return groups


def _bound(code: str) -> list[str]:
    """The names that `code` gives a value at the top level of its file."""
    code += "\n\n"  # its last line may end in a backslash
    with files.quietly():
        table = symtable.symtable(code, "slide", "exec")
    return [
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_assigned() or symbol.is_imported()
    ]


def _trimmed(first: int, lines: list[str]) -> tuple[int, list[str]]:
    """The lines without blank ones at the top and bottom, after the number of the first."""
    while lines and not lines[0].strip():
        first, lines = first + 1, lines[1:]
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return first, lines
