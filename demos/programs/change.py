"""A change that types itself: from one demo's code to another's, as a person would type it.

Everything is computed from the two files. The lines are compared; in a block of lines that differ,
a line is paired with one like it (of their words and signs at least LIKE in common) and only what
differs in it is typed; lines that are like none are deleted, and typed whole. What the later demo
marks as different steps of its code is typed in different steps. Whatever would leave code that
does not parse is done together with what follows it, such as `with lock:` and the indentation of
the line below.
"""

import re
import symtable
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple, TypeVar

from demos.catalogue import Demo
from demos.errors import TalkError
from demos.programs import program as programs
from demos.programs import source as files
from demos.programs.program import Program

T = TypeVar("T")

LIKE = 0.6
"""Share of words and signs that two lines must have in common to be one line, changed."""
WORD = re.compile(r"\w+|[^\w\s]")
TOKEN = re.compile(r"\w+|\s|[^\w\s]")
"""As WORD, and every blank: a change of indentation is typed as blanks."""


class Edit(NamedTuple):
    """One stroke of a typist: `delete` characters to the right go, then `insert` is typed.

    `line` counts from 1 and `column` from 0, as in `ast`, in characters, in the text as it is when
    all earlier edits have been made. A newline counts as one character.
    """

    line: int
    column: int
    delete: int
    insert: str


@dataclass(frozen=True)
class Step:
    """One press: a place that changes."""

    before: str
    after: str
    edits: tuple[Edit, ...]
    """In the order in which they are typed; `apply(before, edits) == after`."""
    lines: tuple[int, ...]
    """The lines, from 1, that are new or changed, in `after` and in every later state."""


@dataclass(frozen=True)
class Change:
    """The way from one demo's code to another's."""

    earlier: Demo
    later: Demo
    names: tuple[str, ...]
    steps: tuple[Step, ...]
    """At least one."""
    marks: tuple[tuple[int, ...], ...]
    """For each state, the step number of each line (0: none).

    They are the earlier demo's until the last step, without any on what is new, then the later's.
    """

    @property
    def states(self) -> tuple[str, ...]:
        """What stands on the slide: the earlier demo's code, then the code after each step."""
        return (self.steps[0].before, *(step.after for step in self.steps))

    def program_at(self, state: int) -> Program:
        """The whole program in a state: 0 is the earlier demo itself, `len(steps)` the later one.

        In between it is the later demo with the state's code in it, for there is what the change
        needs, such as a lock or an import. Only where that lacks a name which the code uses and the
        earlier demo has, it is the earlier demo with that code.
        """
        if state == 0:
            return programs.original(self.earlier, self.names)
        if state == len(self.steps):
            return programs.original(self.later, self.names)
        code = self.states[state]
        later = programs.edited(self.later, self.names, code)
        earlier = programs.edited(self.earlier, self.names, code)
        return earlier if _unknown(earlier.source) < _unknown(later.source) else later


def change(earlier: Demo, later: Demo, names: Sequence[str]) -> Change:
    """The steps that turn the functions or classes `names` of `earlier` into those of `later`.

    Raises TalkError where a file does not parse or lacks one of `names`, and where nothing differs.
    """
    old = files.numbered_lines(earlier, names)
    new = files.numbered_lines(later, names)
    a, b = [text for text, _ in old], [text for text, _ in new]
    if a == b:
        raise TalkError(
            f"demos/{earlier.path.name} and demos/{later.path.name} have the same "
            f"{' and '.join(names)}: nothing to type"
        )
    old_marks, new_marks = [step for _, step in old], [step for _, step in new]
    groups = _grouped(a, b, list(_hunks(a, b, new_marks)), new_marks)
    steps = []
    done: list[_Hunk] = []
    marks = [tuple(old_marks)]
    for group in groups:
        before = "\n".join(_applied(a, b, done))
        done += group
        kept = [0] * len(b)
        for hunk in done:
            if hunk.same_line:
                kept[hunk.new.start] = old_marks[hunk.old.start]
        marks.append(tuple(_applied(old_marks, kept, done)))
        after = "\n".join(_applied(a, b, done))
        edits = tuple(edit for hunk in group for edit in _edits(a, b, hunk))
        lines = tuple(number + 1 for hunk in group for number in hunk.new)
        steps.append(Step(before, after, edits, lines))
    marks[-1] = tuple(new_marks)
    return Change(earlier, later, tuple(names), tuple(steps), tuple(marks))


def apply(text: str, edits: Sequence[Edit]) -> str:
    """The text after all edits, each made where the ones before it have left its place."""
    for edit in edits:
        lines = text.split("\n")
        at = sum(len(line) + 1 for line in lines[: edit.line - 1]) + edit.column
        text = text[:at] + edit.insert + text[at + edit.delete :]
    return text


class _Hunk(NamedTuple):
    """Lines, from 0, of the earlier code that become lines of the later one."""

    old: range
    new: range
    same_line: bool
    """Whether it is one line, changed, and not lines deleted and typed."""


def _hunks(a: list[str], b: list[str], steps: list[int]) -> Iterator[_Hunk]:
    """What differs, from the top; `steps` are the step numbers of the lines of `b`."""
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        i, j = i1, j1
        for pair_i, pair_j in _pairs(a[i1:i2], b[j1:j2]):
            yield from _split(range(i, i1 + pair_i), range(j, j1 + pair_j), steps)
            i, j = i1 + pair_i + 1, j1 + pair_j + 1
            yield _Hunk(range(i - 1, i), range(j - 1, j), True)
        yield from _split(range(i, i2), range(j, j2), steps)


def _split(old: range, new: range, steps: list[int]) -> Iterator[_Hunk]:
    """Lines that are deleted and typed: the first hunk deletes, each types those of one step."""
    start = new.start
    for number in new[1:]:
        if steps[number] != steps[number - 1]:
            yield _Hunk(old, range(start, number), False)
            start, old = number, range(old.stop, old.stop)
    if old or start < new.stop:
        yield _Hunk(old, range(start, new.stop), False)


def _pairs(a: list[str], b: list[str]) -> list[tuple[int, int]]:
    """The lines of `a` and `b` that are like each other, with as much in common as can be."""
    best: list[list[tuple[float, list[tuple[int, int]]]]]
    best = [[(0.0, []) for _ in range(len(b) + 1)] for _ in range(len(a) + 1)]
    for i, one in enumerate(a):
        for j, other in enumerate(b):
            choices = [best[i][j + 1], best[i + 1][j]]
            words = WORD.findall(one), WORD.findall(other)
            like = SequenceMatcher(None, *words, autojunk=False).ratio()
            if like >= LIKE:
                total, pairs = best[i][j]
                choices.append((total + like, [*pairs, (i, j)]))
            best[i + 1][j + 1] = max(choices, key=lambda choice: choice[0])
    return best[-1][-1][1]


def _grouped(a: list[str], b: list[str], hunks: list[_Hunk], steps: list[int]) -> list[list[_Hunk]]:
    """The hunks of each press: those of one place, and further ones until the code parses."""
    groups = [hunks[:1]]
    for number, (last, hunk) in enumerate(pairwise(hunks), 1):
        code = "\n".join(_applied(a, b, hunks[:number]))
        if _one_place(last, hunk, steps) or programs.problem(code):
            groups[-1].append(hunk)
        else:
            groups.append([hunk])
    return groups


def _one_place(above: _Hunk, below: _Hunk, steps: list[int]) -> bool:
    """Whether nothing stands between two hunks, and the later demo marks no new step there."""
    touch = above.old.stop == below.old.start and above.new.stop == below.new.start
    marks = {steps[hunk.new[0]] for hunk in (above, below) if hunk.new}
    return touch and len(marks) < 2


def _applied(a: list[T], b: list[T], hunks: list[_Hunk]) -> list[T]:
    """What `a` is after the first `hunks`."""
    result: list[T] = []
    done = 0
    for hunk in hunks:
        result += a[done : hunk.old.start] + b[hunk.new.start : hunk.new.stop]
        done = hunk.old.stop
    return result + a[done:]


def _edits(a: list[str], b: list[str], hunk: _Hunk) -> Iterator[Edit]:
    """The strokes of a hunk; all lines above it are those of `b` already."""
    line = hunk.new.start + 1
    if hunk.same_line:
        yield from _strokes(line, a[hunk.old.start], b[hunk.new.start])
        return
    old = "\n".join(a[hunk.old.start : hunk.old.stop])
    new = "\n".join(b[hunk.new.start : hunk.new.stop])
    if hunk.old and hunk.new:  # the indentation that both have stays
        column = min(len(code) - len(code.lstrip(" ")) for code in (old, new))
        yield Edit(line, column, len(old) - column, new[column:])
        return
    drop, add = len(old) + 1 if hunk.old else 0, new
    if line == 1:
        yield Edit(1, 0, drop, f"{add}\n" if hunk.new else "")
    else:  # from the end of the line above
        yield Edit(line - 1, len(b[line - 2]), drop, f"\n{add}" if hunk.new else "")


def _strokes(line: int, before: str, after: str) -> Iterator[Edit]:
    """The strokes that turn a line into another, from the left."""
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    column = 0
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        typed = "".join(new[j1:j2])
        if tag != "equal":
            yield Edit(line, column, len("".join(old[i1:i2])), typed)
        column += len(typed)


def _unknown(source: str) -> int:
    """How many global names the code uses that nothing in it gives a value: builtins, mistakes."""
    with files.quietly():
        tables = [symtable.symtable(source.removeprefix("\ufeff"), "program", "exec")]
    used, bound = set(), set()
    for table in tables:
        for symbol in table.get_symbols():
            name = symbol.get_name()
            top = table.get_type() == "module"
            if symbol.is_referenced() and (top or symbol.is_global()):
                used.add(name)
            if (top or symbol.is_declared_global()) and (
                symbol.is_assigned() or symbol.is_imported()
            ):
                bound.add(name)
        tables += table.get_children()
    return len(used - bound)
