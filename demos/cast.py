"""The cast: the flows of this talk, one colour each, the same in terminal, slides and pictures.

Who they are is said in `[tool.talk]` of pyproject.toml. A colour never stands alone: the name is
always beside it. Style sheets and scripts know no names: to them, flows are `--flow-1`, `--flow-2`.
"""

import html
import re
from collections.abc import Iterator, Mapping
from functools import cache

from demos import about
from demos.about import Role
from demos.errors import TalkError


class Cast(Mapping[str, Role]):
    """The roles by name, in order, as pyproject.toml has them now.

    The first question raises TalkError where there are none that are sound; later ones get those
    known before.
    """

    def __init__(self) -> None:
        self._known: dict[str, Role] = {}
        self._seen: object = None

    @property
    def _roles(self) -> dict[str, Role]:
        path = about.TOP / "pyproject.toml"
        status = path.stat() if path.exists() else None
        now = status and (status.st_mtime_ns, status.st_size)
        if now != self._seen or not self._known:
            try:
                self._known = {role.name: role for role in about.read().cast}
            except TalkError:
                if not self._known:
                    raise
            self._seen = now
        return self._known

    def __getitem__(self, name: str) -> Role:
        return self._roles[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._roles)

    def __len__(self) -> int:
        return len(self._roles)


CAST = Cast()

CONCLUSION = " => "
"""How what a line concludes begins; it is set in bold."""
RESET = "\x1b[0m"


@cache
def _line_of(*names: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<time> *\d+\.\d\d )(?P<name>(?P<role>{'|'.join(names)})(?:_\d+)?)\b(?P<rest>.*)",
        re.DOTALL,
    )


def _of_the_cast(line: str) -> re.Match[str] | None:
    """A line of a demo whose flow belongs to the cast: seconds, name, what it says.

    A pool's `luke_0` is luke.
    """
    return _line_of(*CAST).match(line)


def first() -> str:
    """The name of the flow that a program begins with."""
    return next(iter(CAST))


def speaker(line: str) -> str | None:
    """The role that says this line of a demo's output; None where it is none of the cast."""
    match = _of_the_cast(line)
    return match["role"] if match else None


def ansi(line: str) -> str:
    """The line with its flow's colour as ANSI codes; its end of line stays outside the colour."""
    match = _of_the_cast(line)
    if not match:
        return line
    rest = match["rest"].rstrip("\r\n")
    end = match["rest"][len(rest) :]
    colour = CAST[match["role"]].ansi
    weight = "" if CONCLUSION in rest else f"\x1b[0;{colour}m"
    return f"{match['time']}\x1b[1;{colour}m{match['name']}{weight}{rest}{RESET}{end}"


def as_html(text: str) -> str:
    """A demo's whole output as HTML, each line of the cast in a span of its flow."""
    lines = []
    for line in text.splitlines():
        role = speaker(line)
        escaped = html.escape(line, quote=False)
        lines.append(
            f'<span class="flow-{CAST[role].number}">{escaped}</span>' if role else escaped
        )
    return "\n".join(lines)


def css() -> str:
    """The colours as style sheets take them: a variable and a class `flow-1`, … for each flow.

    On slides `<b class="alice">` has alice's colour, and so has the terminal that plays her lines.
    """

    def block(selector: str, side: str) -> str:
        variables = "".join(
            f"--flow-{role.number}:{getattr(role, side)};" for role in CAST.values()
        )
        return f"{selector}{{{variables}}}"

    parts = [block(":root", "dark"), block('[data-theme="light"]', "light")]
    parts += [
        f".flow-{role.number},.reveal b.{role.name}{{color:var(--flow-{role.number})}}"
        for role in CAST.values()
    ]
    played = "".join(
        f"--term-color-{role.ansi - 30}:var(--flow-{role.number});" for role in CAST.values()
    )
    return "".join(parts) + f".asciinema-player-theme-talk{{{played}}}"
