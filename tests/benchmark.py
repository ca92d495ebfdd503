"""How long it takes, against what it has to be measured by: `uv run python tests/benchmark.py`.

Each row is a ratio of two things timed in turn in this one run, the median of `--times` rounds. It
works on a copy of the checkout; `--write` puts the table into README.md. Let nothing else run
meanwhile.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT))

from playwright.sync_api import Browser, Page  # noqa: E402 - ours and others', from the checkout

from demos.shelf import here  # noqa: E402
from slides.browser import open_browser, wait_until_ready  # noqa: E402

BEGIN, END = "<!-- benchmark -->\n", "<!-- end of benchmark -->\n"
NOTEBOOK = "slides/04_threading.ipynb"


class Row(NamedTuple):
    """One line of the table."""

    what: str
    seconds: float
    against: str
    other: float
    aim: str

    def __str__(self) -> str:
        ratio = f"{self.seconds / self.other:.2f}" if self.other else "–"
        return (
            f"| {self.what} | {self.seconds:.2f} s | {self.against} | {self.other:.2f} s"
            f" | {ratio} | {self.aim} |"
        )


class Talk:
    """A copy of the checkout, with what it has measured, and commands run in it."""

    def __init__(self, top: Path):
        self.top = top
        for name in ("demos", "slides", "speaker_notes", "build"):
            if (CHECKOUT / name).exists():
                ignored = shutil.ignore_patterns("__pycache__", "*.html")
                shutil.copytree(CHECKOUT / name, top / name, ignore=ignored)
        shutil.copy(CHECKOUT / "pyproject.toml", top)
        self.environment = {**os.environ, "PYTHONPATH": str(top)}
        self.environment.pop("TALK_BUILD", None)

    def run(self, *command: str) -> float:
        """Seconds of a command; its Python is this one."""
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *command], cwd=self.top, env=self.environment, capture_output=True
        )
        took = time.perf_counter() - began
        if done.returncode:
            raise SystemExit(done.stderr.decode()[-2000:])
        return took

    def export(self) -> float:
        """Seconds of `talk export`."""
        return self.run("-c", "import sys; from slides.cli import main; sys.exit(main(['export']))")

    def edit(self, word: str) -> None:
        """Change the text of one slide."""
        path = self.top / NOTEBOOK
        notebook = json.loads(path.read_text("utf-8"))
        cell = [one for one in notebook["cells"] if one["cell_type"] == "markdown"][-1]
        source = "".join(cell["source"])
        cell["source"] = re.sub(r"\n*bench\w*$", "", source) + f"\n\n{word}"
        path.write_text(json.dumps(notebook, indent=1), "utf-8")


def in_turn(times: int, *acts: Callable[[], float]) -> list[float]:
    """The medians of what these return, called one after the other, again and again."""
    rounds = [[act() for act in acts] for _ in range(times)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def importing(talk: Talk, module: str) -> Callable[[], float]:
    """Times `python -c "import …"` in the same environment."""
    return lambda: talk.run("-c", f"import {module}")


# -- exports ---------------------------------------------------------------------------------------


def exports(talk: Talk, times: int) -> Iterator[Row]:
    """Nothing changed; one slide's text changed."""
    talk.export()
    words = iter(range(10**6))

    def changed() -> float:
        talk.edit(f"bench{next(words)}")
        return talk.export()

    imports = importing(talk, "nbconvert")
    warm, other = in_turn(times, talk.export, imports)
    yield Row("`talk export`, nothing changed", warm, "`import nbconvert`", other, "≤ 1.3")
    text, other = in_turn(times, changed, imports)
    yield Row("`talk export`, one slide's text changed", text, "`import nbconvert`", other, "")


# -- presenting ------------------------------------------------------------------------------------

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
    page.wait_for_timeout(1500)  # the server has a first look at its files
    began = time.perf_counter()
    talk.edit(word)
    page.wait_for_function(
        "word => document.body && document.body.textContent.includes(word)", arg=word, polling=20
    )
    return time.perf_counter() - began


# -- the page --------------------------------------------------------------------------------------

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


# -- demos -----------------------------------------------------------------------------------------


def demos(talk: Talk, times: int) -> Iterator[Row]:
    """The first line of a demo; how long waiting in parallel takes."""

    def first_line() -> float:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "demos/04a_four_steps.py"], cwd=talk.top, stdout=subprocess.PIPE
        )
        assert process.stdout
        process.stdout.readline()
        took = time.perf_counter() - began
        process.communicate()
        return took

    first, other = in_turn(times, first_line, importing(talk, "threading"))
    yield Row("first line of demo `04a`", first, "`import threading`", other, "≤ 1.5")

    def parallel() -> float:
        demo = [sys.executable, "demos/01b_parallel.py"]
        said = subprocess.run(demo, cwd=talk.top, capture_output=True, text=True).stdout
        return max(map(float, re.findall(r"^ *(\d+\.\d+) ", said, re.MULTILINE)))

    (took,) = in_turn(times, parallel)
    yield Row("`01b` waits for two in parallel", took, "the longer of the two", 1.2, "≤ 1.1")


def table(rows: list[Row], times: int) -> str:
    """The table for people, with the machine and the day."""
    head = "| What | takes | against | takes | ratio | aim |\n|---|---|---|---|---|---|\n"
    python, _, machine = here().partition(" on ")
    where = f"CPython {python.split()[0]}, {machine.replace('cores=', 'cores: ')}"
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    note = f"\n{date.today():%d %B %Y}; {where}; medians of {times}; load {load}.\n"
    return head + "".join(f"{row}\n" for row in rows) + note


def main() -> None:
    """Runs it all and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="talk-bench-") as folder, open_browser() as browser:
        talk = Talk(Path(folder, "talk"))
        for part in (
            exports(talk, asked.times),
            pages(talk, browser, asked.times),
            presenting(talk, browser, asked.times),
            demos(talk, asked.times),
        ):
            for row in part:
                rows.append(row)
                print(row, file=sys.stderr, flush=True)
    text = table(rows, asked.times)
    print(text)
    if asked.write:
        readme = CHECKOUT / "README.md"
        before, _, rest = readme.read_text("utf-8").partition(BEGIN)
        readme.write_text(f"{before}{BEGIN}{text}{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
