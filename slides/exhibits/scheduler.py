"""Be the scheduler: two flows do `counter += 1`, and the audience decides who does the next step.

    from slides.exhibits.scheduler import be_the_scheduler
    be_the_scheduler()

in a notebook shows the real bytecode of that line, from the Python that runs the cell. In the deck,
slides/theme/scheduler.js brings it to life; in a notebook the cell brings that script along.

A step is an instruction that reads the counter, adds to it, or writes it. Other instructions of the
line, such as the one that fetches the 1, touch nothing that is shared; they belong to the step
after them.
"""

import dis
import itertools
import json
import os
from dataclasses import dataclass
from html import escape
from pathlib import Path

from demos.about import Role
from demos.cast import CAST
from demos.errors import TalkError

LINE = "global counter; counter += 1"
THEME = Path(__file__).resolve().parents[1] / "theme"


@dataclass(frozen=True)
class Instruction:
    """One bytecode instruction of the line, and what it does for the step it belongs to."""

    name: str
    argument: str
    does: str
    """read, add or write; empty where it touches nothing that is shared."""


def instructions() -> list[Instruction]:
    """The bytecode of `counter += 1` in this Python, from reading the counter to writing it."""
    found = [
        Instruction(one.opname, one.argrepr or str(one.arg), _does(one))
        for one in dis.get_instructions(compile(LINE, "<counter>", "exec"))
    ]
    kinds = [one.does for one in found]
    return found[kinds.index("read") : kinds.index("write") + 1]


def _does(instruction: dis.Instruction) -> str:
    if instruction.argrepr == "+=":
        return "add"
    if instruction.argrepr == "counter":
        return "read" if instruction.opname.startswith("LOAD") else "write"
    return ""


def flows() -> list[Role]:
    """The two who play: of the cast the two after the first, or both where there are two.

    Raises TalkError where there is one.
    """
    roles = list(CAST.values())
    if len(roles) < 2:
        raise TalkError("pyproject.toml: [tool.talk] cast: the scheduler needs two flows; add one")
    return roles[1:3] if len(roles) > 2 else roles


def count() -> tuple[int, int]:
    """How many schedules of the two flows there are, and how many of them lose an update."""
    steps = [one.does for one in instructions() if one.does]
    places = range(2 * len(steps))
    ends = [_play(steps, ones) for ones in itertools.combinations(places, len(steps))]
    return len(ends), sum(end != 2 for end in ends)


def _play(steps: list[str], ones: tuple[int, ...]) -> int:
    """The counter after a schedule in which one of the two has the places `ones`."""
    counter, hand, done = 0, [0, 0], [0, 0]
    for place in range(2 * len(steps)):
        flow = 0 if place in ones else 1
        step = steps[done[flow]]
        done[flow] += 1
        if step == "read":
            hand[flow] = counter
        elif step == "add":
            hand[flow] += 1
        else:
            counter = hand[flow]
    return counter


class Stage:
    """What `be_the_scheduler()` shows: HTML in a deck or a notebook, words elsewhere."""

    def __init__(self) -> None:
        self.code = instructions()
        self.schedules, self.losing = count()

    def __repr__(self) -> str:
        return f"counter += 1, twice: {self.losing} of {self.schedules} schedules lose an update"

    def _repr_html_(self) -> str:
        html = _html(self)
        if "JPY_SESSION_NAME" not in os.environ:
            return html
        # a notebook has none of the deck's scripts and styles
        style = (THEME / "scheduler.css").read_text("utf-8")
        script = (THEME / "scheduler.js").read_text("utf-8")
        return f"<style>{style}</style>{html}<script>{script}</script>"


def be_the_scheduler() -> Stage:
    """The stage on which the audience decides."""
    return Stage()


def _html(stage: Stage) -> str:
    both = "".join(_flow(flow, key, stage.code) for key, flow in enumerate(flows(), 1))
    code = json.dumps([one.does for one in stage.code])
    return (
        f'<div class="scheduler" data-prevent-swipe data-code="{escape(code)}">'
        f'{both}<div class="shared"><p class="name">counter</p><p class="counter">0</p>'
        '<button type="button" data-again><kbd>0</kbd> again</button></div>'
        f'<ol class="past" aria-label="The schedule so far"></ol>'
        '<p class="news" role="status" aria-live="polite">Who does the first step?</p>'
        f'<p class="count">Of all <b>{stage.schedules}</b> schedules '
        f"<b>{stage.losing}</b> lose an update.</p></div>"
    )


def _flow(flow: Role, key: int, code: list[Instruction]) -> str:
    lines = "".join(
        f'<li class="{one.does or "private"}">'
        f"<code>{escape(one.name)} <i>{escape(one.argument)}</i></code></li>"
        for one in code
    )
    return (
        f'<div class="flow" data-flow="{key}" data-name="{flow.name}"'
        f' style="color:var(--flow-{flow.number},{flow.light})">'
        f'<button type="button" data-step="{key}"><kbd>{key}</kbd> {flow.name}</button>'
        f"<ol>{lines}</ol>"
        '<p class="hand">in hand: <output>–</output></p></div>'
    )
