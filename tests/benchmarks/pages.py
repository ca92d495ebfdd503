"""The page: opened beside nbconvert's own, and what it is busy with while slides change."""

import re
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.timing import Row, Talk, in_turn
from slides.browser import wait_until_ready

SHOWN = "window.Reveal && Reveal.isReady && Reveal.isReady()"
LOADED = "document.readyState === 'complete'"
WATCH = """window.LONG = [];
new PerformanceObserver((list) => LONG.push(...list.getEntries().map((entry) => entry.duration)))
  .observe({type: "longtask", buffered: true});"""


def shown(browser: Browser, path: Path, ready: str = SHOWN) -> float:
    """Seconds from opening a file to its first slide; nobody answers from the network."""
    page = browser.new_page()
    page.route(re.compile("^https?:"), lambda route: route.abort())
    began = time.perf_counter()
    page.goto(path.as_uri())
    page.wait_for_function(ready, polling=5)
    took = time.perf_counter() - began
    page.close()
    return took


def stock_slides(talk: Talk) -> Path:
    """Slides of nbconvert's own of the same notebooks as one file, with a reveal.js beside it."""
    import nbformat

    whole = nbformat.v4.new_notebook()
    for path in sorted((talk.top / "slides").glob("[0-9]*.ipynb")):
        whole.cells += nbformat.read(path, as_version=4).cells
    for number, cell in enumerate(whole.cells):
        cell.id = f"cell{number}"
    out = talk.top / "stock"
    out.mkdir(exist_ok=True)
    nbformat.write(whole, out / "whole.ipynb")
    import sphinx_revealjs

    reveal = Path(sphinx_revealjs.__file__).parent / "_static" / "revealjs"
    prefix = f"--SlidesExporter.reveal_url_prefix={reveal.as_uri()}"
    talk.run("-m", "nbconvert", "--to", "slides", prefix, str(out / "whole.ipynb"))
    return out / "whole.slides.html"


def pages(talk: Talk, browser: Browser, times: int) -> Iterator[Row]:
    """The exported file, opened beside nbconvert's of the same notebooks; its longest task."""
    ours, stock = talk.top / "build" / "threading.html", stock_slides(talk)
    mine, other = in_turn(
        times, lambda: shown(browser, ours), lambda: shown(browser, stock, LOADED)
    )
    yield Row(
        "file opened, to its first slide",
        mine,
        "nbconvert's, loaded (offline it shows no slides)",
        other,
        "≤ 1",
    )
    longest = statistics.median(longest_task(browser, ours) for _ in range(times))
    yield Row("longest task while slides change", longest, "50 ms", 0.05, "≤ 1")


def longest_task(browser: Browser, path: Path) -> float:
    """Seconds of the longest task while all slides are passed through."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.add_init_script(WATCH)
    page.goto(path.as_uri())
    wait_until_ready(page)
    page.wait_for_timeout(500)
    page.evaluate("LONG.length = 0")
    count = page.evaluate("document.querySelectorAll('.slides section.leaf').length")
    for number in range(count):
        page.evaluate(
            "number => { const slide = document.querySelectorAll('.slides section.leaf')[number];"
            " const {h, v} = Reveal.getIndices(slide); Reveal.slide(h, v); }",
            number,
        )
        page.wait_for_timeout(120)
    longest: float = page.evaluate("Math.max(0, ...LONG)")
    page.close()
    return longest / 1000
