"""What this talk is, in one place: `[tool.talk]` of pyproject.toml.

Its title, its speaker, its slot, the names and the colours of its flows. A wrong value is a
TalkError of one line that says which, and what it has to be.
"""

import datetime
import difflib
import math
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from demos.errors import TalkError
from demos.files import read_text

TOP = Path(__file__).resolve().parent.parent
"""The checkout: the folder that holds pyproject.toml, slides/, demos/ and speaker_notes/."""

T = TypeVar("T")
WHERE = "pyproject.toml: [tool.talk]"
LONGEST_SLOT = 24 * 60
"""Minutes."""
LONGEST_URL = 70
"""Letters of an address that somebody in the audience may type."""
LONGEST_NAME = 10
"""Letters of a flow's name, as wide as the name column of a demo's output."""
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
TERMINAL = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36}
"""The colours that every terminal has, with their ANSI numbers."""


@dataclass(frozen=True)
class Role:
    """One flow of the cast, and its colour on dark slides, on light ones and in a terminal."""

    number: int
    """Its place in the cast, from 1 on; 1 is the flow that a program begins with."""
    name: str
    dark: str
    """`#rrggbb`, as is `light`."""
    light: str
    terminal: str
    """One of TERMINAL."""

    @property
    def ansi(self) -> int:
        """The number of its colour in a terminal: 33."""
        return TERMINAL[self.terminal]


PALETTE = (
    ("#FFD166", "#7A4B00", "yellow"),
    ("#6CC7FF", "#00489A", "cyan"),
    ("#FF8F7A", "#8C1044", "red"),
    ("#E584CF", "#5D065E", "magenta"),
    ("#66C61F", "#06390A", "green"),
    ("#C6E1FF", "#2507A1", "blue"),
)
"""The colours of a cast that chooses none, by its places: on dark, on light, in a terminal."""


@dataclass(frozen=True)
class About:
    """What `[tool.talk]` says; a text that is not there is empty."""

    title: str
    minutes: float
    """The slot: what the minutes in speaker_notes/ have to fit."""
    cast: tuple[Role, ...]
    description: str = ""
    file: str = ""
    """The name of what is exported, without an ending."""
    speaker: str = ""
    event: str = ""
    date: str = ""
    url: str = ""
    """Where the talk, or more about it, is found: http:// or https://."""
    kit: str = ""
    """Name and version of the project, as `[project]` has them."""


def read(top: Path = TOP) -> About:
    """What the talk in the checkout `top` is.

    Raises TalkError that names the value and says what it has to be.
    """
    whole = _parse(top / "pyproject.toml")
    project, table = whole.get("project", {}), _table(whole)
    said: dict[str, Any] = {
        key: check(table[key], f"{WHERE} {key}") for key, check in FIELDS.items() if key in table
    }
    for key, example in NEEDED.items():
        if not said.get(key):
            raise TalkError(f"{WHERE} needs a line such as `{example}`")
    said.setdefault("cast", roles(list(DEFAULT_CAST)))
    said.setdefault("file", re.sub(r"[^a-z0-9]+", "-", said["title"].lower()).strip("-") or "talk")
    return About(**said, kit=f"{project.get('name', 'talk')} {project.get('version', '')}".strip())


def _parse(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise TalkError(f"{path}: it is missing; is this the checkout?")
    try:
        return tomllib.loads(read_text(path, "pyproject.toml"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        why = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "nested too deeply"
        raise TalkError(f"pyproject.toml: it is not valid TOML: {why}") from None


def _table(whole: dict[str, Any]) -> dict[str, Any]:
    """The table itself; raises TalkError where it is none or has a key that means nothing."""
    table = whole.get("tool", {}).get("talk", {})
    if not isinstance(table, dict):
        raise TalkError(f"{WHERE} has to be a table of its own, with lines such as `minutes = 45`")
    for key in table.keys() - FIELDS.keys():
        near = difflib.get_close_matches(key, FIELDS, n=1)
        mend = f"did you mean {near[0]}?" if near else f"it has {', '.join(FIELDS)}"
        raise TalkError(f"{WHERE} {key}: there is no such key; {mend}")
    return table


# -- the values ------------------------------------------------------------------------------------


def minutes(value: object, where: str) -> float:
    """A number of minutes as it was parsed: above 0, at most a day.

    Raises TalkError that begins with `where` for anything else: true, nan, "12", 12:30.
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TalkError(f"{where}: {value!r} is no number of minutes; write one such as 45")
    if not (math.isfinite(value) and 0 < value <= LONGEST_SLOT):
        raise TalkError(f"{where}: {value!r} minutes can't be; write a number from 1 to a day's")
    return float(value)


def text(value: object, where: str) -> str:
    """One line of text, without the space around it."""
    if not isinstance(value, str):
        raise TalkError(f"{where}: {value!r} is no text; write it in quotation marks")
    if not value.isprintable():
        raise TalkError(f"{where}: {value!r} has to be one line, of letters that can be seen")
    return value.strip()


def date(value: object, where: str) -> str:
    """A day as it shall be read: a text, or one of TOML's own dates."""
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()[:10]
    return text(value, where)


def file_name(value: object, where: str) -> str:
    """The name of a file, without folder and ending."""
    name = text(value, where)
    if not re.fullmatch(r"\w[\w-]{0,99}", name):
        raise TalkError(
            f"{where}: {name!r} is no name for a file; write letters, digits, - and _,"
            " without an ending"
        )
    return name


def url(value: object, where: str) -> str:
    """An address of the web that somebody can type, or nothing."""
    address = text(value, where)
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and parts.hostname and " " not in address
    except ValueError:
        sound = False
    if not sound:
        raise TalkError(
            f"{where}: {address!r} is no address; write one such as https://example.org"
        )
    if len(address) > LONGEST_URL:
        raise TalkError(
            f"{where}: {len(address)} letters are more than anybody types; at most {LONGEST_URL}"
        )
    return address


def roles(value: object, where: str = f"{WHERE} cast") -> tuple[Role, ...]:
    """The cast: names, or tables with a name and the colours that it chooses."""
    if not isinstance(value, list) or not 1 <= len(value) <= len(PALETTE):
        raise TalkError(
            f"{where}: it has to be a list of one to {len(PALETTE)} flows,"
            ' such as `cast = ["main", "alice", "bob"]`'
        )
    found: list[Role] = []
    for number, item in enumerate(value, 1):
        role = _role(number, item, where)
        for other in found:
            if role.name == other.name:
                raise TalkError(f"{where}: two flows are called {role.name!r}; rename one")
            if role.terminal == other.terminal:
                free = TERMINAL.keys() - {one.terminal for one in found}
                raise TalkError(
                    f"{where}: {other.name} and {role.name} are both {role.terminal} in a terminal;"
                    f" give one another `terminal`: {', '.join(t for t in TERMINAL if t in free)}"
                )
        found.append(role)
    return tuple(found)


def _role(number: int, item: object, where: str) -> Role:
    values = item if isinstance(item, dict) else {"name": item}
    name = values.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", name):
        raise TalkError(f"{where}: flow {number} needs a name of letters and digits, not {name!r}")
    if len(name) > LONGEST_NAME:
        raise TalkError(
            f"{where}: {name} has more than the {LONGEST_NAME} letters of a demo's name column"
        )
    dark, light, terminal = PALETTE[number - 1]
    chosen = {"dark": dark, "light": light, "terminal": terminal} | values
    for key in chosen.keys() - {"name", "dark", "light", "terminal"}:
        raise TalkError(f"{where}: {name} has a {key!r}; there are name, dark, light and terminal")
    for key in ("dark", "light"):
        if not COLOUR.fullmatch(str(chosen[key])):
            raise TalkError(
                f"{where}: {name}'s {key} is {chosen[key]!r}; write a colour such as {dark!r}"
            )
    if str(chosen["terminal"]) not in TERMINAL:
        raise TalkError(
            f"{where}: {name}'s terminal is {chosen['terminal']!r}; "
            f"choose one of {', '.join(TERMINAL)}"
        )
    return Role(number, **chosen)


FIELDS: dict[str, Callable[[object, str], object]] = {
    "title": text,
    "description": text,
    "file": file_name,
    "minutes": minutes,
    "speaker": text,
    "event": text,
    "date": date,
    "url": url,
    "cast": roles,
}
"""The keys of `[tool.talk]`, each with what reads its value."""
NEEDED = {"title": 'title = "Threading"', "minutes": "minutes = 45"}
"""The keys that have to be there, each with an example."""
DEFAULT_CAST = ("main",)
