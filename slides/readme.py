"""The table of sections in README.md: `python -m slides.readme` writes it."""

import re
from pathlib import Path

from demos.files import write_whole
from slides import deck
from slides.sections import TOP, sections

COMMAND = "uv run python -m slides.readme"
TABLE = re.compile(r"^\| Section \|.*?\n(?!\|)", re.MULTILINE | re.DOTALL)


def table(top: Path = TOP) -> str:
    """What there is, in Markdown: a line for each section, and one for all."""
    rows, slides, demos, minutes = [], 0, 0, 0.0
    for section in sections(top):
        own = len(deck.slides_of(section, deck.read(section)))
        ids = " ".join(f"`{demo.id}`" for demo in section.demos)
        name = f"{section.number} {section.title}"
        rows.append(f"| {name} | {own} | {ids} | {section.notes.minutes:g} |")
        slides, demos = slides + own, demos + len(section.demos)
        minutes += section.notes.minutes
    head = ["| Section | Slides | Demos | Minutes |", "|---|---|---|---|"]
    return "\n".join([*head, *rows, f"| all | {slides} | {demos} | {minutes:g} |"]) + "\n"


def with_table(text: str, top: Path = TOP) -> str:
    """The README `text` with its table as it has to be; without one it stays as it is."""
    return TABLE.sub(lambda _: table(top), text, count=1)


if __name__ == "__main__":
    readme = TOP / "README.md"
    write_whole(readme, with_table(readme.read_text("utf-8")))
