"""What can be seen of the deck, checked slide by slide in a real browser.

Room, size, contrast, labels: the looking itself is done by lint.js, in the page.
"""

import importlib.resources
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from demos.errors import TalkError
from slides.assets import LETTERS
from slides.browser import SHOW, wait_until_ready
from slides.sections import Section

SCRIPT = Path(__file__).with_name("lint.js")
STATES = Path(__file__).with_name("states.js")
MORE_LETTERS = """getComputedStyle(document.documentElement).getPropertyValue("--letters")"""
"""Those that the deck's fonts were cut with beyond the usual ones."""
SIZES = ((1280, 720), (1920, 1080), (1024, 768))
THEMES = ("dark", "light")
RULES = ("overflow", "clipped", "small", "contrast", "overlap", "label", "letter", "axe")


NUMBERS = """Object.fromEntries([...document.querySelectorAll("section.leaf")]
    .map((slide) => [slide.id, slide.dataset.section]))"""
"""The section of each slide."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong on one slide."""

    notebook: str
    """File name of the notebook, empty for the page as a whole."""
    slide: str
    """The slide's id, as in its address."""
    element: str
    rule: str
    """One of RULES."""
    detail: str
    """What was measured."""
    where: str
    """Theme and size of the window it was seen in."""

    def __str__(self) -> str:
        place = f"{self.notebook} #/{self.slide} {self.element}"
        return f"{place}: {self.rule}, {self.detail} ({self.where})"


def lint(
    page: Page,
    sections: list[Section],
    *,
    themes: Sequence[str] = THEMES,
    sizes: Sequence[tuple[int, int]] = SIZES,
    axe: bool = True,
    play: bool = True,
    coding: bool = False,
) -> list[Finding]:
    """Everything wrong on the deck that stands in `page`, each finding once.

    It looks with all fragments shown, with `play` again where a recording has filled its place,
    with `coding` in each state of states.js, and asks axe once (not about colours; TalkError where
    it isn't there). `sizes` are CSS pixels.
    """
    notebooks = {section.number: section.notebook.name for section in sections}
    if axe:
        page.add_script_tag(content=_axe())
    numbers = page.evaluate(NUMBERS)
    found: dict[tuple[str, ...], Finding] = {}
    for theme in themes:
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        for number, (width, height) in enumerate(sizes):
            page.set_viewport_size({"width": width, "height": height})
            wait_until_ready(page)
            task = {
                "letters": LETTERS + page.evaluate(MORE_LETTERS),
                "show": SHOW,
                "play": play,
                "states": STATES.read_text("utf-8") if coding else "",
                "axe": axe and not number and theme == themes[0],
            }
            where = f"{theme}, {width}x{height}"
            for slide, element, rule, detail in page.evaluate(SCRIPT.read_text("utf-8"), task):
                notebook = notebooks.get(numbers.get(slide, ""), "")
                finding = Finding(notebook, slide, element, rule, detail, where)
                found.setdefault((slide, element, rule, detail), finding)
    return list(found.values())


def _axe() -> str:
    """axe-core, out of an installed package."""
    try:
        return (
            importlib.resources.files("axe_playwright_python")
            .joinpath("axe.min.js")
            .read_text("utf-8")
        )
    except (ModuleNotFoundError, FileNotFoundError):
        raise TalkError(
            "axe-core is not there: run `uv sync`, or `pip install axe-playwright-python`"
        ) from None
