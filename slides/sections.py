"""What belongs together: a section is its number.

`slides/07_x.ipynb`, `speaker_notes/07_x.md` and `demos/07a_y.py` are of section 07.
"""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from demos import about, catalogue
from demos.catalogue import Demo
from demos.errors import TalkError
from demos.files import read_text

TOP = about.TOP
"""The checkout: the folder that holds slides/, demos/ and speaker_notes/."""

STEM = re.compile(r"\d\d_[a-z0-9_]+")
NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?")
OPTIONAL = re.compile(r" +\{optional\}$")
"""What stands behind the title, in the notes, of a slide that can be left out."""
FRONT_MATTER = re.compile(r"---\n(?P<yaml>.*?)\n---\n(?P<text>.*)", re.DOTALL)


@dataclass(frozen=True)
class Notes:
    """What the presenter reads in one section."""

    path: Path
    minutes: float
    """Planned length of the section."""
    slides: dict[str, str]
    """Markdown text by the title of its slide, in the order of the file."""
    optional: frozenset[str] = frozenset()
    """The titles of slides that the talk can do without: `## Title {optional}`."""


@dataclass(frozen=True)
class Section:
    """One section of the talk: a notebook, its notes and its demos, joined by their number."""

    stem: str
    notebook: Path
    notes_path: Path
    demos: list[Demo] = field(default_factory=list)

    @property
    def number(self) -> str:
        """Two digits: `07`."""
        return self.stem[:2]

    @property
    def slug(self) -> str:
        """The name in addresses: `deadlocks-and-races`."""
        return self.stem[3:].replace("_", "-")

    @property
    def title(self) -> str:
        """The title of its first slide, or its name where the notebook has none.

        Read without checking the rest of the notebook, for which `deck.read` takes a library.
        """
        try:
            for cell in json.loads(self.notebook.read_text("utf-8"))["cells"]:
                if cell["metadata"].get("talk", {}).get("layout") == "section":
                    return plain("".join(cell["source"]).partition("\n")[0].lstrip("# "))
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            pass  # whoever builds the deck hears what is wrong with it
        return self.slug

    @cached_property
    def notes(self) -> Notes:
        """The section's notes; raises TalkError that names the file and what is wrong with it."""
        return read_notes(self.notes_path)

    def timings(self, slides: int) -> list[int]:
        """Seconds for each of its so many slides: its minutes, shared out evenly."""
        whole = round(self.notes.minutes * 60)
        return [
            whole * (number + 1) // slides - whole * number // slides for number in range(slides)
        ]


def sections(top: Path = TOP) -> list[Section]:
    """All sections of the checkout `top`, in order.

    Raises TalkError naming the first notebook, notes file or demo that misses its partner.
    """
    notebooks = _by_number(top / "slides", "*.ipynb")
    notes = _by_number(top / "speaker_notes", "*.md")
    demos = catalogue.demos(top / "demos")
    if not notebooks:
        raise TalkError(
            f"{top / 'slides'}: no notebook such as 01_getting_started.ipynb; is this the checkout?"
        )
    for number in sorted(notebooks.keys() | notes.keys() | {demo.section for demo in demos}):
        _check_partners(
            number,
            notebooks.get(number),
            notes.get(number),
            [d for d in demos if d.section == number],
        )
    return [
        Section(path.stem, path, notes[number], [demo for demo in demos if demo.section == number])
        for number, path in sorted(notebooks.items())
    ]


def plain(text: str) -> str:
    """A Markdown title without its marks: backticks, emphasis, HTML tags."""
    return re.sub(r"<[^>]+>|[`*]", "", text).strip()


def _by_number(folder: Path, pattern: str) -> dict[str, Path]:
    """The stage files of `folder` by their two digits."""
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("[0-9]" + pattern)):
        if not STEM.fullmatch(path.stem):
            raise TalkError(
                f"{folder.name}/{path.name}: a section's file is named like"
                f" 07_some_words{path.suffix}; rename it"
            )
        number = path.stem[:2]
        if number in found:
            raise TalkError(
                f"{folder.name}/{path.name}: section {number} is already {found[number].name};"
                " renumber one"
            )
        found[number] = path
    return found


def _check_partners(
    number: str, notebook: Path | None, notes: Path | None, demos: list[Demo]
) -> None:
    if notebook is None:
        orphan = f"speaker_notes/{notes.name}" if notes else f"demos/{demos[0].path.name}"
        raise TalkError(
            f"{orphan}: there is no notebook slides/{number}_*.ipynb; add it or remove the orphan"
        )
    if notes is None:
        raise TalkError(
            f"slides/{notebook.name}: its notes speaker_notes/{notebook.stem}.md are missing;"
            " write them"
        )
    if notes.stem != notebook.stem:
        raise TalkError(
            f"speaker_notes/{notes.name}: its notebook is called slides/{notebook.name};"
            " give both the same name"
        )
    if not demos:
        raise TalkError(
            f"slides/{notebook.name}: section {number} has no demo demos/{number}a_*.py; write one"
        )


def read_notes(path: Path) -> Notes:
    """Parses one notes file: front matter with `minutes`, then one `## title` per slide.

    Raises TalkError for text that is not such a file.
    """
    import yaml  # whoever only lists demos does not wait for it

    where = f"speaker_notes/{path.name}"
    match = FRONT_MATTER.fullmatch(read_text(path, where))
    if not match:
        raise TalkError(f"{where}: it has to begin with front matter: ---, minutes: 5, ---")
    try:
        written = yaml.load(match["yaml"], yaml.BaseLoader)["minutes"]  # as text: 12:30 is no 750
        minutes = float(written) if NUMBER.fullmatch(written) else written
    except (yaml.YAMLError, KeyError, TypeError, ValueError, RecursionError):
        raise TalkError(f"{where}: the front matter needs a line such as `minutes: 5`") from None
    minutes = about.minutes(minutes, f"{where}: minutes")
    before, *parts = re.split(r"^## +", match["text"], flags=re.MULTILINE)
    if before.strip():
        raise TalkError(
            f"{where}: text before the first `## title` belongs to no slide; move it under one"
        )
    slides: dict[str, str] = {}
    optional = set()
    for part in parts:
        line, _, text = part.partition("\n")
        title = OPTIONAL.sub("", line.strip())
        if title in slides:
            raise TalkError(f"{where}: two notes are called {title!r}; give each slide one")
        slides[title] = text.strip()
        if title != line.strip():
            optional.add(title)
    return Notes(path, minutes, slides, frozenset(optional))


def slot(top: Path = TOP) -> float:
    """Minutes that the talk may take: `[tool.talk] minutes` in pyproject.toml."""
    return about.read(top).minutes


def check_notes(section: Section, titles: list[str]) -> None:
    """Raises TalkError unless the section's notes are those of its slides, in their order."""
    noted = list(section.notes.slides)
    where = f"speaker_notes/{section.notes_path.name}"
    for title in titles:
        if title not in noted:
            raise TalkError(
                f"{where}: no `## {title}`; "
                f"every slide of slides/{section.notebook.name} needs its notes"
            )
    for title in noted:
        if title not in titles:
            raise TalkError(
                f"{where}: `## {title}` has no slide in slides/{section.notebook.name}; "
                "rename or remove it"
            )
    if noted != titles:
        raise TalkError(
            f"{where}: the notes are not in the order of the slides "
            f"in slides/{section.notebook.name}"
        )
