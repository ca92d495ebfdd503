"""The cast: main, luke and darthvader, one colour each, the same in terminal, slides and pictures.

The colours keep a contrast of at least 7:1 on their background and stay apart for protan, deutan
and tritan eyes (Machado et al. 2009). A colour never stands alone: the name is always beside it.
"""

import html
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """One flow of the cast: ANSI colour number in terminals, `#rrggbb` on dark and light slides."""

    ansi: int
    dark: str
    light: str


CAST = {
    "main": Role(33, "#FFD166", "#7A4B00"),
    "luke": Role(36, "#6CC7FF", "#00489A"),
    "darthvader": Role(31, "#FF8F7A", "#8C1044"),
}

LINE = re.compile(
    r"(?P<time> *\d+\.\d\d )(?P<name>(?P<role>main|luke|darthvader)(?:_\d+)?)\b(?P<rest>.*)",
    re.DOTALL,
)
"""A line of a demo whose flow belongs to the cast: seconds, name, what it says.

A pool's `luke_0` is luke.
"""

CONCLUSION = " => "
"""How what a line concludes begins; it is set in bold."""
RESET = "\x1b[0m"


def speaker(line: str) -> str | None:
    """The role that says this line of a demo's output; None where it is none of the cast."""
    match = LINE.match(line)
    return match["role"] if match else None


def ansi(line: str) -> str:
    """The line with its flow's colour as ANSI codes; its end of line stays outside the colour."""
    match = LINE.match(line)
    if not match:
        return line
    rest = match["rest"].rstrip("\r\n")
    end = match["rest"][len(rest) :]
    colour = CAST[match["role"]].ansi
    weight = "" if CONCLUSION in rest else f"\x1b[0;{colour}m"
    return f"{match['time']}\x1b[1;{colour}m{match['name']}{weight}{rest}{RESET}{end}"


def as_html(text: str) -> str:
    """A demo's whole output as HTML, each line of the cast in a span of its role."""
    lines = []
    for line in text.splitlines():
        role = speaker(line)
        escaped = html.escape(line, quote=False)
        lines.append(f'<span class="{role}">{escaped}</span>' if role else escaped)
    return "\n".join(lines)


def css() -> str:
    """The colours as CSS variables for both themes: `--main`, `--luke`, `--darthvader`."""

    def block(selector: str, side: str) -> str:
        variables = "".join(f"--{name}:{getattr(role, side)};" for name, role in CAST.items())
        return f"{selector}{{{variables}}}"

    return block(":root", "dark") + block('[data-theme="light"]', "light")
