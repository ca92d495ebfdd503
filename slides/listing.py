"""The code on a slide: functions of a demo as lines with their steps, and the way to them.

The page gets the code as it is in the end, for paper, phones and browsers without scripts. Where it
comes about by a change, theme/code.js gets all its states beside it and begins with the first.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from demos.catalogue import Demo
from demos.programs.change import Change, change
from demos.programs.source import numbered_lines

LEXER = PythonLexer(stripnl=False)
FORMATTER = HtmlFormatter(nowrap=True)


class Line(NamedTuple):
    """One line of code as it is shown."""

    html: str
    step: int
    """The step it belongs to; 0 for none."""
    changed: bool
    """Whether a change brought it."""


def listing(
    demo: Demo, names: Sequence[str], earlier: Demo | None = None, where: str = ""
) -> tuple[str, tuple[int, int]]:
    """The demo's functions `names` as HTML, and how many lines and columns they take at most.

    With an `earlier` demo they begin as that one has them, and change. Raises TalkError, which
    begins with `where`, when a file does not parse or lacks a name.
    """
    numbered = numbered_lines(demo, names, where)
    steps = sorted({step for _, step in numbered if step})
    if earlier is None:
        way, states = "", [[line for line, _ in numbered]]
        final = _lines([line for line, _ in numbered], [step for _, step in numbered], ())
        presses = []
    else:
        changing = change(earlier, demo, names)
        states = [state.split("\n") for state in changing.states]
        way = _way(changing)
        final = _state(changing, len(changing.steps))
        presses = [
            f'data-kind="{kind}" data-change="{number}"'
            for number in range(1, len(changing.steps) + 1)
            for kind in ("change", "typed")
        ]
    presses += [f'data-kind="mark" data-step="{step}"' for step in steps]
    # without an index of their own, reveal.js takes all steps of a slide as they stand on it
    fragments = "".join(f'<span class="fragment step" {press}></span>' for press in presses)
    shown = "".join(_markup(line) for line in final)
    return (
        f'<div class="code" data-demo="{demo.name}" data-names="{",".join(names)}">'
        f'<pre tabindex="0" aria-label="Code of demos/{demo.name}.py"><code>{shown}</code></pre>'
        f"{way}{fragments}</div>"
    ), (max(map(len, states)), max(len(line) for state in states for line in state))


@lru_cache(512)
def highlight_code(code: str) -> tuple[str, ...]:
    """The code as HTML with Pygments' classes, line by line; no element reaches over a line."""
    html = highlight(code, LEXER, FORMATTER)
    return tuple(html.rstrip("\n").split("\n"))


def _lines(texts: list[str], steps: Sequence[int], changed: Sequence[int]) -> list[Line]:
    """The lines of code in colour; `changed` are their numbers, from 1."""
    markup = highlight_code("\n".join(texts))
    return [
        Line(html, step, number in changed)
        for number, (html, step) in enumerate(zip(markup, steps, strict=True), 1)
    ]


def _state(changing: Change, number: int) -> list[Line]:
    """The code after so many steps of a change."""
    changed = [line for step in changing.steps[:number] for line in step.lines]
    return _lines(changing.states[number].split("\n"), changing.marks[number], changed)


def _way(changing: Change) -> str:
    """All states of a change and the keys between them, for theme/code.js."""
    states = []
    last = len(changing.steps)
    for number in range(last + 1):
        edits = changing.steps[number - 1].edits if number else ()
        states.append(
            {
                "demo": changing.program_at(number).demo.name,
                "between": 0 < number < last,
                "lines": [
                    {"html": line.html, "step": line.step or "", "changed": line.changed}
                    for line in _state(changing, number)
                ],
                "edits": [
                    {
                        "line": edit.line - 1,
                        "column": edit.column,
                        "remove": edit.delete,
                        "insert": edit.insert,
                    }
                    for edit in edits
                ],
            }
        )
    data = json.dumps(states, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" class="states">{data}</script>'


def _markup(line: Line) -> str:
    kinds = "line changed" if line.changed else "line"
    step = f' data-step="{line.step}"' if line.step else ""
    return f'<span class="{kinds}"{step}>{line.html}</span>'
