"""What tests ask for: the checkout, a real browser, the small talk and the real one, served.

What they call by name is beside it: helping.py, driving.py (a page), small.py, second.py (talks).

How the run is spread over workers and what they share is in tests/spread.py and tests/sharing.py.
"""

import ast
import gc
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial, wraps
from pathlib import Path
from typing import NamedTuple

import pytest
from asking import get
from driving import Slides
from helping import (
    CHECKOUT,
    EXPORT,
    PATIENCE,
    build,
    copy_of_the_talk,
    play_small,
    surroundings,
    take_for_good,
)
from second import make as make_second
from small import Talk

pytest_plugins = ["spread"]


def pytest_addoption(parser):
    parser.addoption(
        "--full-stress",
        action="store_true",
        help="let the fifty clients of tests/test_many_clients.py run for a minute",
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


@pytest.fixture
def small_cast(monkeypatch):
    """In this process the cast is that of the small talk, whoever plays in the real one."""
    play_small(monkeypatch)


@pytest.fixture
def context(browser):
    """A browser context of a test's own, as large as a slide."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    yield context
    context.close()


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


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A small talk being presented; call `served.reset()` after changing its files."""
    talk = Talk(tmp_path_factory.mktemp("talk")).start(run_seconds=20)
    yield talk
    talk.stop()


@pytest.fixture
def slides(context, served):
    """The deck of the small talk that is presented, in a page; nothing may go wrong in it."""
    slides = Slides(context.new_page()).open(f"{served.url}?token={served.token}")
    yield slides
    served.reset()
    served.settle()
    assert not slides.errors


@pytest.fixture
def small_talk(tmp_path):
    """A small talk that nobody presents yet."""
    talk = Talk(tmp_path / "talk")
    yield talk
    if talk.process:
        talk.stop()


@pytest.fixture(scope="session")
def warm(shared):
    """The build/ of a small talk that was exported before, once in a run."""

    def make(folder):
        talk = Talk(folder / "talk")
        done = talk.talk("export")
        assert done.returncode == 0, done.stderr
        return talk.top / "build"

    return shared("warm", make)


@pytest.fixture(scope="session")
def warm_page(warm) -> str:
    """The exported page of a small talk."""
    return (warm / "small.html").read_text("utf-8")


@pytest.fixture
def warm_talk(small_talk, warm):
    """A small talk whose fonts are cut and whose demos are recorded."""
    shutil.copytree(
        warm, small_talk.top / "build", ignore=shutil.ignore_patterns("*.html"), dirs_exist_ok=True
    )
    return small_talk


class Whole(NamedTuple):
    """The real talk while it is served."""

    url: str
    """Its address, with the token."""
    scratch: Path
    """The folder for temporary files of all that it starts."""

    def version(self) -> str:
        """The version of the deck that it shows."""
        address, _, token = self.url.partition("?token=")
        page = get(address, Authorization=f"token {token}")[2]
        return re.search(r'"version": "(\w+)"', page)[1]


@pytest.fixture(scope="module")
def whole_talk(deck, tmp_path_factory) -> Iterator[Whole]:
    """The real talk, served from a copy of this checkout that nobody edits meanwhile.

    What had to be measured for `deck` it finds there.
    """
    top = copy_of_the_talk(tmp_path_factory.mktemp("whole") / "talk")
    take_for_good(top / "build")
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
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Ctrl-C"):
            break
    talk = Whole(re.search(r"The talk: +(\S+)", said)[1], scratch)
    before = talk.version()
    yield talk
    after = talk.version()
    process.terminate()
    assert process.wait(PATIENCE / 1000) == 0
    process.stdout.close()
    shutil.rmtree(scratch, ignore_errors=True)
    assert after == before, "its pages have reloaded, and a test may have been in them"
