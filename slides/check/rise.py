"""Live coding in RISE: a section's cells open there, and one of them runs."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Error, Page

from slides.check.report import Line, Of
from slides.check.setting import Setting

OPENS = 60_000
"""Milliseconds that RISE may take: it loads JupyterLab."""
RUNS = 30_000
"""Milliseconds until a cell shows something, its kernel's start included."""
SLIDE = "section.present > section.present"
READY = (
    f"document.querySelector('{SLIDE} .jp-CodeCell') && document.activeElement.closest('.jp-Cell')"
)
OUTPUT = f"document.querySelector('{SLIDE} .jp-OutputArea-output')?.textContent.trim()"
PRESSES = 4
"""Cells with code that a slide has before the one with its run, and one more."""

of = Of("RISE")


def look(page: Page, address: str, setting: Setting) -> Iterator[Line]:
    """The first slide with a run: its cells, one Shift+Enter after the other."""
    setting.progress("opening RISE", 0, 1)
    slide = page.evaluate("document.querySelector('.stage')?.closest('section.leaf').id")
    if not slide:
        yield of.unseen("RISE", "no slide has a run")
        return
    parts = urlsplit(address)
    try:
        page.goto(f"{parts.scheme}://{parts.netloc}/talk/rise/{slide}", timeout=OPENS)
        page.wait_for_function(READY, timeout=OPENS)
    except Error as error:
        said = error.message.partition("\n")[0]
        yield of.warning("RISE", f"it does not open: {said}", "stay in the deck: E edits there")
        return
    for _ in range(PRESSES):
        page.keyboard.press("Shift+Enter")
        try:
            page.wait_for_function(OUTPUT, timeout=RUNS / PRESSES)
        except Error:
            continue
        yield of.fine("RISE", f"opens, and runs the cells of {slide}")
        return
    yield of.warning("RISE", "opens, but no cell shows a run", "stay in the deck: E edits there")
