"""Other tools that make slides of text, where npm has installed them in a folder."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.pages import LOADED, shown
from benchmarks.timing import NOTEBOOK, Row, Talk, in_turn

TOOLS = {
    "marp": ("deck.md", "--html", "-o", "OUT/index.html"),
    "reveal-md": ("deck.md", "--static", "OUT"),
    "slidev": ("build", "deck.md", "--out", "OUT"),
}
"""What each is told, to make the deck in the folder OUT."""
NEEDS_A_SERVER = {"slidev"}


def others(talk: Talk, browser: Browser, times: int, folder: Path) -> Iterator[Row]:
    """A small deck of text and code in each: built with one word changed, and opened."""
    text = small_deck(talk)
    slides = text.count("\n---\n") + 1
    ours = talk.top / "build" / "threading.html"
    words = count()

    def changed() -> float:
        talk.edit(f"bench{next(words)}")
        return talk.export()

    for name in TOOLS:
        out = talk.top / f"out-{name}"
        build = builder(talk, name, folder, text)
        if not build:
            print(f"{name}: not in {folder}", file=sys.stderr)
            continue
        mine, other = in_turn(times, changed, build)
        size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file()) / 1000
        against = f"{name}, a deck of {slides} slides ({size:.0f} KB)"
        yield Row("`talk export`, one slide's text changed", mine, against, other, "")
        if name not in NEEDS_A_SERVER:
            mine, other = in_turn(
                times, lambda: shown(browser, ours), opener(browser, out / "index.html")
            )
            yield Row("file opened, to its first slide", mine, f"{name}'s, loaded", other, "")


def opener(browser: Browser, page: Path) -> Callable[[], float]:
    """Times how long a page that is no deck of ours loads."""
    return lambda: shown(browser, page, LOADED)


def builder(talk: Talk, name: str, folder: Path, text: str) -> Callable[[], float] | None:
    """Times a build of `text` with another word each time; None where the tool is not there."""
    program = folder / "node_modules" / ".bin" / name
    if not program.exists():
        return None
    arguments = [one.replace("OUT", str(talk.top / f"out-{name}")) for one in TOOLS[name]]
    words = count()

    def build() -> float:
        (talk.top / "deck.md").write_text(f"{text}\nbench{next(words)}\n", "utf-8")
        began = time.perf_counter()
        subprocess.run(
            [str(program), *arguments],
            cwd=talk.top,
            capture_output=True,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        return time.perf_counter() - began

    return build


def small_deck(talk: Talk) -> str:
    """Section 04 as Markdown with its code: what such tools are made for."""
    slides = []
    for cell in json.loads((talk.top / NOTEBOOK).read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            slides.append(source)
        elif source.startswith("%load"):
            demo = talk.top / "slides" / source.split()[-1]
            slides[-1] += f"\n\n```python\n{demo.read_text('utf-8')[:600]}\n```"
    return "\n\n---\n\n".join(slides)
