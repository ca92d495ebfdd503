"""Presenting: from the command to the first slide, and from a saved edit to the page."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from benchmarks.timing import Row, Talk, importing, in_turn
from slides.browser import wait_until_ready

PRESENT = "import sys\nfrom slides.server.app import present\nsys.exit(present(0, False))"


@contextmanager
def presented(talk: Talk) -> Iterator[str]:
    """The address of the talk while it is served."""
    process = subprocess.Popen(
        [sys.executable, "-c", PRESENT],
        cwd=talk.top,
        env=talk.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout
        line = next(line for line in process.stdout if line.startswith("The talk:"))
        yield line.split()[-1]
    finally:
        process.terminate()
        process.wait()


def presenting(talk: Talk, browser: Browser, times: int) -> Iterator[Row]:
    """From the command to the first slide; from a saved edit to the page that shows it."""
    reloads = []

    def start() -> float:
        page = browser.new_page()
        began = time.perf_counter()
        with presented(talk) as address:
            page.goto(address)
            wait_until_ready(page)
            took = time.perf_counter() - began
            reloads.append(edited(talk, page, f"bench{len(reloads)}x"))
        page.close()
        return took

    took, other = in_turn(times, start, importing(talk, "jupyter_server.serverapp"))
    bound = "1.5 s + `import jupyter_server.serverapp`"
    yield Row("`talk`: command to first slide", took, bound, 1.5 + other, "≤ 1")
    edit = statistics.median(reloads)
    yield Row("text saved, to the reloaded slide", edit, "half a second", 0.5, "≤ 1")


def edited(talk: Talk, page: Page, word: str) -> float:
    """Seconds from saving a changed text to the page that has it."""
    page.wait_for_timeout(4000)  # the server has a first look at its files, and gets ready for more
    began = time.perf_counter()
    talk.edit(word)
    page.wait_for_function(
        "word => document.body && document.body.textContent.includes(word)", arg=word, polling=20
    )
    return time.perf_counter() - began
