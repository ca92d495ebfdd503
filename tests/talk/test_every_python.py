"""Every demo on every CPython of this machine; where Pythons differ, that they do."""

import functools
import re
import subprocess
import sys

import pytest
from every_python import BEGIN, END, README, all_pythons, numbers, show, show_all
from test_demos import DEMOS, dependencies

from demos.runs import pythons

NAMES_IN_SYSTEM = INTERPRETERS = FORKSERVER = (3, 14)
"""Since when the system knows the names of threads, Python has interpreters, and Linux's
multiprocessing starts by a server."""
LINUX = sys.platform == "linux"


def pytest_generate_tests(metafunc):
    """`python` is each of this machine; they are asked only where such a test is wanted."""
    if "python" in metafunc.fixturenames:
        wanted = "stress" in metafunc.config.option.markexpr
        metafunc.parametrize("python", all_pythons() if wanted else [], ids=lambda one: one.short)


@functools.cache
def others() -> list[pythons.Python]:
    """Those of this machine that do not run the tests."""
    return [one for one in all_pythons() if one != pythons.this()]


def expected(demo: str, python: pythons.Python) -> str:
    """What the demo concludes on this Python, as a pattern."""
    version = numbers(python)
    if demo.startswith("05a") and LINUX:
        known = 2 if version >= NAMES_IN_SYSTEM else 0
        which = rf"\(Python {version[0]}\.{version[1]}\)"
        return rf"3 names in the log, {known} known to the system {which}"
    if demo.startswith("08b"):
        if version >= INTERPRETERS:
            return "2 more interpreters, 1 process, and main's count is 0"
        return rf"needs Python 3\.14, this is {version[0]}\.{version[1]}"
    if demo.startswith("08c"):
        if python.gil:  # whatever else the machine does
            return "GIL on: at most 1 core"
        return r"GIL off: several cores|not shown: [\d.]+ cores"
    if demo.startswith("02f"):
        helps = "GIL: threads do not help" if python.gil else "no GIL: threads help"
        return rf"{helps}.*|not shown here: .*"
    return r"(?!not shown|needs).+"


@functools.cache
def differing():
    """The demos that differ, on all Pythons; at once, for they mostly wait."""
    chosen = [demo for demo in DEMOS if demo.stem[:3] in ("05a", "08b")]
    return show_all(others(), chosen)


@pytest.mark.parametrize("demo", ["05a_names", "08b_subinterpreters"])
def test_where_pythons_differ_the_demos_say_so(demo):
    if not others():
        pytest.skip("there is one Python on this machine")
    for python in others():
        showed = differing()[python.short, demo]
        assert showed.status == 0 and showed.stderr == "", f"{python.name}: {showed}"
        assert re.fullmatch(expected(demo, python), showed.said), f"{python.name}: {showed}"


def said_by(python, code):
    return subprocess.check_output([python.path, "-c", code], text=True).strip()


def test_how_multiprocessing_starts_a_process():
    """What the note of 02d and the chart say."""
    for python in all_pythons():
        said = said_by(python, "import multiprocessing as m; print(m.get_start_method())")
        on_linux = "forkserver" if numbers(python) >= FORKSERVER else "fork"
        assert said == (on_linux if LINUX else "spawn"), python.name


def test_whether_it_has_a_gil():
    for python in all_pythons():
        said = said_by(python, "import sys; print(getattr(sys, '_is_gil_enabled', lambda: True)())")
        assert said == str(python.gil), python.name
        assert python.gil or python.free, f"{python.name}: only a free-threaded build has none"


@pytest.mark.stress("only")
@pytest.mark.alone
@pytest.mark.parametrize("demo", DEMOS, ids=lambda demo: demo.stem)
def test_every_demo_on_every_python(demo, python):
    showed = show(python, demo)
    if dependencies(demo) and showed.status != 0:
        pytest.skip(f"its library is not there for {python.name}: {showed.said}")
    assert showed.status == 0 and showed.stderr == "", f"{python.name}: {showed}"
    assert re.fullmatch(expected(demo.stem, python), showed.said), f"{python.name}: {showed}"


# -- the table in the README -----------------------------------------------------------------------


def rows():
    text = README.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    lines = [line.strip("|\n ").split(" | ") for line in text.splitlines() if line[:1] == "|"]
    return lines[0], lines[2:]


def test_the_readme_has_every_demo_and_each_python_that_the_demos_are_for():
    heads, lines = rows()
    assert [line[0] for line in lines] == [f"`{demo.stem}`" for demo in DEMOS]
    assert all(len(line) == len(heads) for line in lines)
    found = {".".join(head.split(".")[:2]) for head in heads[1:]}
    assert {"3.11", "3.12", "3.13", "3.14", "3.15"} <= found


def test_the_readme_says_where_pythons_differ():
    heads, lines = rows()
    table = {line[0].strip("`")[:3]: dict(zip(heads[1:], line[1:], strict=True)) for line in lines}
    for head in heads[1:]:
        version = tuple(map(int, head.split(".")[:2]))
        known = 2 if version >= NAMES_IN_SYSTEM else 0
        assert table["05a"][head] == f"{known} of 3 names"
        assert table["08b"][head] == ("✓" if version >= INTERPRETERS else "needs 3.14")
        assert table["08c"][head] == f"GIL {'off' if 'without' in head else 'on'}"
