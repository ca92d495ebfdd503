"""What several tests share: the checkout, a real browser, and a small talk being presented.

How the run is spread over workers and what they share is in tests/spread.py and tests/sharing.py.
"""

import ast
import asyncio
import gc
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial, wraps
from pathlib import Path
from typing import NamedTuple

import pytest
from driving import Slides
from notebooks import cell, notebook
from second import make as make_second
from second import project
from sharing import locked

pytest_plugins = ["spread"]

CHECKOUT = Path(__file__).resolve().parent.parent
PATIENCE = 90_000
"""Milliseconds that a page may take for what a calm machine does in one or two seconds."""


def pytest_addoption(parser):
    parser.addoption(
        "--full-stress",
        action="store_true",
        help="let the fifty clients of tests/test_server.py run for a minute",
    )


def pytest_configure():
    """Nothing is collected while a source is parsed, in CPython 3.11.

    Hypothesis listens to the collector, and 3.11 can't bear code that runs in there: SystemError
    (https://github.com/python/cpython/issues/106905).
    """
    if sys.version_info >= (3, 12):
        return
    parse = ast.parse

    @wraps(parse)
    def parse_alone(*arguments, **options):
        was_on = gc.isenabled()
        gc.disable()
        try:
            return parse(*arguments, **options)
        finally:
            if was_on:
                gc.enable()

    ast.parse = parse_alone


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The top folder of this checkout."""
    return CHECKOUT


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium; without one the test is skipped, or fails where CI=true."""
    from demos.errors import TalkError
    from slides.browser import find_chromium

    try:
        return find_chromium()
    except TalkError as error:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))


def _patient(make, **options):
    """A page or context that stands still and waits as long as a busy machine needs."""
    made = make(**{"reduced_motion": "reduce", **options})
    made.set_default_timeout(PATIENCE)
    return made


@pytest.fixture(scope="session")
def browser(chromium):
    """A Playwright browser for the whole session; open a context of your own in it.

    Its pages stand still, unless a test asks for `reduced_motion="no-preference"`: fading from
    slide to slide was more than half of what browsers cost a run.
    """
    from playwright.sync_api import sync_playwright

    from slides.browser import FLAGS

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name in ("new_context", "new_page"):
            setattr(browser, name, partial(_patient, getattr(browser, name)))
        yield browser
        browser.close()


def material(name: str):
    """A demo of our talk that a test of the kit takes to work with; another talk skips the test."""
    from demos.catalogue import demos

    for demo in demos():
        if demo.name == name:
            return demo
    pytest.skip(f"demos/{name}.py is not in this talk")


@pytest.fixture
def small_cast(monkeypatch):
    """In this process the cast is that of the small talk, whoever plays in the real one."""
    play_small(monkeypatch)


def play_small(monkeypatch):
    """The same for a fixture that outlives a test."""
    from demos import about, cast

    roles = about.roles(["main", "luke", "darthvader"])
    monkeypatch.setattr(cast.Cast, "_roles", {role.name: role for role in roles})


@pytest.fixture
def context(browser):
    """A browser context of a test's own, as large as a slide."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    yield context
    context.close()


def in_a_thread(act):
    """What `act()` gives, in a thread of its own: Playwright keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result()


def finish(coroutine):
    """What `coroutine` gives in the end, as from `asyncio.run`, wherever Playwright is running."""
    return in_a_thread(lambda: asyncio.run(coroutine))


def build(*arguments, **options) -> str:
    """What `Builder(…).html()` gives."""
    from slides.export import Builder

    return in_a_thread(lambda: Builder(*arguments, **options).html())


def surroundings(top: Path, **more: str) -> dict[str, str]:
    """The environment in which a process finds the talk in `top`, with a build/ of its own."""
    environment = {**os.environ, "PYTHONPATH": str(top), **more}
    for name in ("PYTHONUNBUFFERED", "TALK_BUILD"):
        environment.pop(name, None)
    return environment


def copy_of_the_talk(top: Path) -> Path:
    """A copy of this checkout in `top`, where nobody edits it, with what was measured already."""
    from demos.files import BUILD

    ignored = shutil.ignore_patterns("__pycache__", "*.html")
    for name in ("demos", "slides", "speaker_notes"):
        shutil.copytree(CHECKOUT / name, top / name, ignore=ignored)
    shutil.copytree(BUILD, top / "build", ignore=ignored)
    shutil.copy(CHECKOUT / "pyproject.toml", top)
    return top


EXPORT = """
from pathlib import Path
from slides import export

Path("threading.html").write_text(export.Builder().html(), "utf-8")
"""


def _export_the_talk(folder: Path) -> Path:
    """Export a copy of the talk; later runs find what it measured."""
    from demos.files import BUILD

    top = copy_of_the_talk(folder / "talk")
    subprocess.run([sys.executable, "-c", EXPORT], cwd=top, env=surroundings(top), check=True)
    shutil.copytree(top / "build", BUILD, dirs_exist_ok=True)
    return top / "threading.html"


def _all_is_recorded() -> bool:
    from demos import catalogue
    from demos.runs import pythons, record

    return all(record.cached(demo) or pythons.missing(demo) for demo in catalogue.demos())


@pytest.fixture(scope="session")
def deck(shared) -> Path:
    """The whole talk as a file for the public, exported once in a run.

    Where recordings are missing they are made, and for that it has the machine to itself.
    """
    return shared("deck", _export_the_talk, None if _all_is_recorded() else "alone")


@pytest.fixture(scope="session")
def section_with_notes(shared) -> Path:
    """The last section of the talk as a file for the presenter, exported once in a run."""
    from slides.sections import sections

    def make(folder):
        path = folder / "threading.html"
        path.write_text(build(notes=True, only=sections()[-1]), encoding="utf-8")
        return path

    return shared("notes", make)


SECOND = """
import runpy
from pathlib import Path
runpy.run_module("slides.readme", run_name="__main__")
from slides import browser, export
page = export.Builder(notes=True).html()
Path("build/notes.html").write_text(page, "utf-8")
page = export.Builder().html()
Path("build/talk.html").write_text(page, "utf-8")
browser.pdf(page, Path("build/talk.pdf"), notes=False)
"""


@pytest.fixture(scope="session")
def other_talk(shared, chromium) -> Path:
    """The second talk, exported to its build/ once in a run."""

    def make(folder):
        top = make_second(folder / "talk")
        command = [sys.executable, "-c", SECOND]
        subprocess.run(command, cwd=top, env=surroundings(top), check=True)
        return top

    return shared("second talk", make)


@pytest.fixture
def write_demo(tmp_path):
    """Write a demo into a folder of its own: `write_demo("print('hello')")` gives a Demo."""
    from demos.catalogue import Demo

    folder = tmp_path / "demos"
    folder.mkdir()

    def write(source: str, name: str = "99z_sample"):
        path = folder / f"{name}.py"
        path.write_text(source, encoding="utf-8")
        return Demo(name, path)

    return write


# -- a small talk of one section, served ----------------------------------------------------------

ABOUT = """\
title = "Small"
description = "A small talk for the tests, with two demos that wait."
minutes = 45
cast = ["main", "luke", "darthvader"]
"""
QUICK = '''"""Luke waits while main waits for him.

    python demos/01a_quick.py

Watch.
"""

import time
import urllib.request

START = time.perf_counter()


def say(name, text):
    seconds = time.perf_counter() - START
    print(f"{seconds:5.2f} {name:<11}{text}\\n", end="", flush=True)


def main():
    say("main", "starts")  # (1)
    time.sleep(0.3)
    say("luke", "works")  # (2)
    time.sleep(0.3)
    say("main", "=> it took 0.6 s")


if __name__ == "__main__":
    main()
'''
SLOW = QUICK.replace("time.sleep(0.3)", "time.sleep(1.2)").replace("01a_quick", "01b_slow")


def _notebook(*more):
    return notebook(
        [
            cell("markdown", "# Small", "slide", "title", layout="section"),
            cell("markdown", "## Quick", "subslide", "quick"),
            cell("code", "%load -s main ../demos/01a_quick.py", "-", "quick-code"),
            cell("code", "!python ../demos/01a_quick.py", "-", "quick-run"),
            cell("markdown", "## Slow", "subslide", "slow"),
            cell("code", "!python ../demos/01b_slow.py", "-", "slow-run"),
            cell("markdown", "## Last", "subslide", "last"),
            *more,
        ]
    )


def _cut_fonts() -> list[Path]:
    """The fonts of the deck; cutting them takes seconds, so that only one worker does it."""
    from demos.files import BUILD
    from slides import assets

    with locked(BUILD / "fonts.lock"):
        assets.fonts()
    return list(BUILD.glob("fonts-*.css"))


class Talk:
    """A small talk in a folder of its own, and the server that presents it."""

    def __init__(self, top: Path):
        self.top = top
        self.process = None
        top.mkdir(exist_ok=True)
        for folder in ("demos", "slides"):
            ignored = shutil.ignore_patterns("[0-9]*", "__pycache__")
            shutil.copytree(CHECKOUT / folder, top / folder, ignore=ignored)
        (top / "pyproject.toml").write_text(project(ABOUT), encoding="utf-8")
        (top / "speaker_notes").mkdir()
        (top / "build").mkdir()
        for fonts in _cut_fonts():
            shutil.copy(fonts, top / "build")
        self.demos = {"01a_quick": QUICK, "01b_slow": SLOW}
        self.reset()

    def reset(self):
        """The files as they were at first."""
        for name, source in self.demos.items():
            self.write(f"demos/{name}.py", source)
        self.write("slides/01_small.ipynb", json.dumps(_notebook(), indent=1))
        notes = "".join(
            f"## {title}\nSay {title}.\n" for title in ("Small", "Quick", "Slow", "Last")
        )
        self.write("speaker_notes/01_small.md", f"---\nminutes: 1\n---\n{notes}")

    def add_code_without_a_terminal(self):
        """One more slide, `small-code`, which has code and nothing else."""
        code = (
            cell("markdown", "## Code", "subslide", "code"),
            cell("code", "%load -s main ../demos/01a_quick.py", "-", "code-code"),
        )
        notes = (self.top / "speaker_notes/01_small.md").read_text("utf-8")
        self.write("speaker_notes/01_small.md", f"{notes}## Code\nSay Code.\n")
        self.write("slides/01_small.ipynb", json.dumps(_notebook(*code), indent=1))

    def touch_notes(self):
        """A change that makes the deck another; returns once the server has built it."""
        before = self._ask("")[1]
        path = self.top / "speaker_notes/01_small.md"
        path.write_text(path.read_text("utf-8") + "More.\n", "utf-8")
        until = time.monotonic() + 60
        while self._ask("")[1] == before:
            assert time.monotonic() < until, f"the deck is not built anew: {self.stderr()}"
            time.sleep(0.1)

    def write(self, name: str, text: str):
        path = self.top / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, encoding="utf-8")

    def talk(self, *arguments: str, environment=None, seconds=120) -> subprocess.CompletedProcess:
        """Run `talk …` of this checkout."""
        environment = surroundings(self.top, **(environment or {}))
        code = "import sys; from slides.cli import main; sys.exit(main())"
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.run(
            command, cwd=self.top, env=environment, capture_output=True, text=True, timeout=seconds
        )

    def start(self, *, port=0, run_seconds=60, environment=None, wait=True, first=""):
        """Start the server; wait for its address and, unless told not to, for all recordings.

        The lines `first` are run before it in its process.
        """
        code = (
            f"import sys\n{first}\nfrom slides.server.app import present\n"
            f"sys.exit(present({port}, False, run_seconds={run_seconds}))\n"
        )
        environment = surroundings(self.top, **(environment or {}))
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - open as long as the server runs
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=self.top,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            start_new_session=True,
        )
        self.said = []
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("Ctrl-C"):
                break
        assert len(self.said) >= 3, f"it did not start: {self.said} {self.stderr()}"
        self.url, self.token = re.search(
            r"(http://\S+/talk/)\?token=(\w+)", "".join(self.said)
        ).groups()
        self.port = int(self.url.split(":")[2].split("/")[0])
        if wait:
            self.wait_for_recordings()
        return self

    def wait_for_recordings(self, seconds=60):
        """Until what the server does in the background after its start is done."""
        until = time.monotonic() + seconds
        folder = self.top / "build" / "recordings"
        while time.monotonic() < until:
            if {path.name.partition("@")[0] for path in folder.glob("0*")} == set(self.demos):
                return
            time.sleep(0.1)
        raise AssertionError(f"no recordings after {seconds} s: {self.stderr()}")

    def settle(self, seconds=60):
        """Until the server has nothing left to do about the last change of a file."""
        until = time.monotonic() + seconds
        before = None
        while time.monotonic() < until:
            time.sleep(0.7)
            now = [self._ask(path) for path in ["", *(f"cast/{name}" for name in self.demos)]]
            if now == before and all(answer[0] != "earlier" for answer in now):
                return
            before = now
        raise AssertionError(f"still busy after {seconds} s: {self.stderr()}")

    def _ask(self, path: str) -> tuple[str | None, str]:
        request = urllib.request.Request(
            f"{self.url}{path}", headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.headers["X-Recording"], hashlib.sha256(answer.read()).hexdigest()

    def stderr(self) -> str:
        """What the server complained about so far, or did until its end."""
        if not self.errors.closed:
            self.errors.seek(0)
            self.complaints = self.errors.read()
        return self.complaints

    def stop(self, number=signal.SIGINT) -> int:
        """End the server as Ctrl-C does; gives its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(PATIENCE / 1000)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process.stdout.close()
            self.stderr()
            self.errors.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A small talk being presented; call `served.reset()` after changing its files."""
    talk = Talk(tmp_path_factory.mktemp("talk")).start(run_seconds=5)
    yield talk
    talk.stop()


@pytest.fixture
def slides(context, served):
    """The deck of the small talk that is presented, in a page; nothing may go wrong in it."""
    slides = Slides(context.new_page()).open(f"{served.url}?token={served.token}")
    yield slides
    assert not slides.errors
    served.reset()
    served.settle()


@pytest.fixture
def small_talk(tmp_path):
    """A small talk that nobody presents yet."""
    talk = Talk(tmp_path / "talk")
    yield talk
    if talk.process:
        talk.stop()


class Whole(NamedTuple):
    """The real talk while it is served."""

    url: str
    """Its address, with the token."""
    scratch: Path
    """The folder for temporary files of all that it starts."""


@pytest.fixture(scope="module")
def whole_talk(deck, tmp_path_factory) -> Iterator[Whole]:
    """The real talk, served from a copy of this checkout that nobody edits meanwhile.

    What had to be measured for `deck` it finds there.
    """
    top = copy_of_the_talk(tmp_path_factory.mktemp("whole") / "talk")
    scratch = Path(tempfile.mkdtemp(prefix="whole-"))  # short: sockets lie in it
    code = "import sys\nfrom slides.server.app import present\nsys.exit(present(0, False))"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=top,
        env=surroundings(top, TMPDIR=str(scratch)),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    said = "".join(
        iter(process.stdout.readline, "Ctrl-C stops both and everything they started.\n")
    )
    yield Whole(re.search(r"The talk: +(\S+)", said)[1], scratch)
    process.terminate()
    assert process.wait(PATIENCE / 1000) == 0
    process.stdout.close()
    shutil.rmtree(scratch, ignore_errors=True)
