"""Every demo on stage: its form, its run, Ctrl-C, and what it says when its library is missing.

There is no list of demos here: whatever is called `demos/<digit>….py` has to keep all of these
promises.
"""

import ast
import functools
import os
import re
import sys
import time
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
from running import SETTLE, Run, python

from demos import cast
from demos.errors import TalkError
from slides import deck, screen
from slides.sections import sections

CHECKOUT = Path(__file__).resolve().parent.parent
DEMOS = sorted((CHECKOUT / "demos").glob("[0-9]*.py"))

WIDTH = 64  # columns of a demo's source
BODY = 40  # lines of a demo, by the counting in body()
FUNCTION = 16  # lines, so that a function fits on a slide
LINES = 16  # of output
COLUMNS = 78  # of output
RUN = 60  # seconds that any run may take on a slow machine
END = 30  # seconds from Ctrl-C until nothing is left
AT_ONCE = 0.3  # seconds after Ctrl-C in which a run may still say what it was about to say
TRIES = 6  # runs in which a loaded machine has to show a claim once

OUTPUT = re.compile(r" *\d+\.\d\d \S")
BLOCK = re.compile(r"(?m)^# /// script\n((?:#(?:| .*)\n)+?)# ///$")
NAME = re.compile(r"[A-Za-z0-9._-]+")

pytestmark = pytest.mark.skipif(not DEMOS, reason="no demos yet")


def every_demo(test):
    """Asks it of each demo; what is wrong is said in its own words, without the test's source."""

    @functools.wraps(test)
    def told(*arguments, **fixtures):
        wrong = None
        try:
            test(*arguments, **fixtures)
        except AssertionError as error:
            wrong = str(error).partition("\nassert ")[0]
        if wrong is not None:  # outside of `except`: else pytest shows both
            pytest.fail(wrong, pytrace=False)

    return pytest.mark.parametrize("demo", DEMOS, ids=[path.stem for path in DEMOS])(told)


posix = pytest.mark.skipif(os.name != "posix", reason="Ctrl-C goes to a process group here")


# ---- reading a demo


@functools.cache
def source(demo):
    return demo.read_text(encoding="utf-8")


@functools.cache
def tree(demo):
    return ast.parse(source(demo), str(demo))


def docstring(demo):
    return ast.get_docstring(tree(demo), clean=False) or ""


def dependencies(demo):
    """Names of the packages in the demo's PEP 723 block; none without a block."""
    block = BLOCK.search(source(demo))
    if not block:
        return []
    text = "".join(
        line[2:] if line.startswith("# ") else line[1:]
        for line in block[1].splitlines(keepends=True)
    )
    return [NAME.match(one)[0] for one in tomllib.loads(text).get("dependencies", [])]


def imports(demo):
    """Top-level names of the modules that the demo imports, wherever in the file it does."""
    for node in ast.walk(tree(demo)):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield ("." * node.level + (node.module or "").split(".")[0], node.lineno)


def foreign(demo):
    return sorted({name for name, _ in imports(demo)} - sys.stdlib_module_names)


def needs(demo):
    """Skip where the library of a demo is not installed."""
    missing = [name for name in foreign(demo) if find_spec(name) is None]
    if missing and dependencies(demo):
        pytest.skip(f"{demo.name}: {', '.join(missing)} is not installed")


def functions(demo):
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name: node for node in tree(demo).body if isinstance(node, kinds)}


def first_line(node):
    return min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])


def is_guard(node):
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def body(demo):
    """The lines after the constants, without blank ones, `say` and the main guard."""
    lines = source(demo).splitlines()
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    start = min(first_line(node) for node in tree(demo).body if isinstance(node, kinds))
    wanted = set(range(start, len(lines) + 1))
    for node in tree(demo).body:
        if is_guard(node) or getattr(node, "name", "") == "say":
            wanted -= set(range(first_line(node), node.end_lineno + 1))
    return [lines[number - 1] for number in sorted(wanted) if lines[number - 1].strip()]


# ---- running a demo


@functools.cache
def outcome(demo):
    """The demo's one undisturbed run of this session."""
    run = Run(python(demo))
    ended = run.finish(RUN)
    return run, ended


def ran(demo):
    needs(demo)
    run, ended = outcome(demo)
    assert ended, f"{demo.name}: still running after {RUN} s{run.what()}"
    return run


# ---- (1) form


@every_demo
def test_docstring_says_claim_and_command(demo):
    first, *rest = docstring(demo).split("\n")
    assert first.strip(), f"{demo.name}: the docstring's first line is the claim, and it is empty"
    assert first == first.strip(), f"{demo.name}: spaces around the claim: {first!r}"
    assert first.endswith((".", "?")), (
        f"{demo.name}: the claim is a sentence and ends in a full stop: {first!r}"
    )
    command = f"    python demos/{demo.name}"
    assert rest[:3] == ["", command, ""], (
        f"{demo.name}: after the claim: blank, {command!r}, blank; found {rest[:3]}"
    )
    watch = [line for line in rest[3:] if line.strip()]
    assert 1 <= len(watch) <= 4, (
        f"{demo.name}: {len(watch)} lines of what to watch for, 1 to 4 are wanted"
    )


@every_demo
def test_readable_from_the_back_row(demo):
    wide = [
        f"{number}: {len(line)} columns: {line}"
        for number, line in enumerate(source(demo).splitlines(), 1)
        if len(line) > WIDTH or "\t" in line
    ]
    assert not wide, f"{demo.name}: lines of more than {WIDTH} columns:\n" + "\n".join(wide)


@every_demo
def test_short_enough_for_a_slide(demo):
    assert len(body(demo)) <= BODY, f"{demo.name}: {len(body(demo))} lines of body, at most {BODY}"
    for name, node in functions(demo).items():
        lines = node.end_lineno - first_line(node) + 1
        assert lines <= FUNCTION, (
            f"{demo.name}: {name}() has {lines} lines, a slide takes {FUNCTION}"
        )


@every_demo
def test_main_and_guard(demo):
    for name in ("main", "say"):
        assert name in functions(demo), f"{demo.name}: no {name}()"
    last = tree(demo).body[-1]
    assert is_guard(last), f'{demo.name}: does not end in if __name__ == "__main__":'
    assert "main(" in ast.unparse(last), f"{demo.name}: the guard does not call main()"


@every_demo
def test_imports_the_standard_library_only(demo):
    allowed = set(sys.stdlib_module_names)
    ours = {"demos", "slides", "tests"} | {path.stem for path in (CHECKOUT / "demos").glob("*.py")}
    packages = dependencies(demo)
    for name, line in imports(demo):
        assert not name.startswith(".") and name not in ours, (
            f"{demo.name}:{line}: imports {name}, which is ours"
        )
        known = name in allowed or packages
        assert known, (
            f"{demo.name}:{line}: imports {name}: not the standard library, "
            "and no PEP 723 block names it"
        )
    if packages:
        assert foreign(demo), (
            f"{demo.name}: a PEP 723 block, but nothing beyond the standard library is imported"
        )


@every_demo
def test_nothing_happens_on_import(demo):
    code = (
        "import runpy, signal, sys, threading\n"
        "before = signal.getsignal(signal.SIGINT)\n"
        "runpy.run_path(sys.argv[1], run_name='imported')\n"
        "if threading.active_count() > 1: print('it started', threading.enumerate())\n"
        "if signal.getsignal(signal.SIGINT) is not before: print('it changed what SIGINT does')\n"
    )
    run = Run(python("-c", code, demo))
    assert run.finish(RUN), f"{demo.name}: its import does not end"
    quiet = (run.status, run.lines, run.stderr, run.left, run.files) == (0, [], "", [], [])
    assert quiet, f"{demo.name}: something happens on import: {run.left} {run.files}{run.what()}"


# ---- (2) the run


@functools.cache
def twins():
    """Those that a slide shows on two Pythons side by side, where there are two."""
    cells = "".join(path.read_text("utf-8") for path in (CHECKOUT / "slides").glob("*.ipynb"))
    asked = [match["demo"] for match in deck.RUN.finditer(cells) if match["python"]]
    return {CHECKOUT / "demos" / f"{name}.py" for name in asked}


@every_demo
def test_runs_without_a_fault(demo):
    run = ran(demo)
    assert run.status == 0, f"{demo.name}: exit status {run.status}{run.what()}"
    assert not run.stderr, f"{demo.name}: something on stderr{run.what()}"


@every_demo
def test_output_is_told_by_time_and_name(demo):
    run = ran(demo)
    assert run.lines, f"{demo.name}: says nothing"
    for line in run.lines:
        assert OUTPUT.match(line), f"{demo.name}: not `seconds name text`: {line!r}{run.what()}"
        assert line.isascii(), f"{demo.name}: not ASCII: {line!r}"
        assert line == line.rstrip(), f"{demo.name}: blanks at the end of {line!r}"
        most = screen.TWIN[0] if demo in twins() else COLUMNS
        assert len(line) <= most, f"{demo.name}: {len(line)} columns, at most {most}: {line!r}"
    assert len(run.lines) <= LINES, (
        f"{demo.name}: {len(run.lines)} lines, at most {LINES}{run.what()}"
    )


@every_demo
def test_shows_its_claim(demo, machine):
    """A run beside other tests may miss it; the further ones have the machine to themselves."""
    run = ran(demo)
    for again in range(TRIES):
        _, name, text = ([*run.lines[-1].split(maxsplit=2), "", ""])[:3]
        last = cast.first()
        assert name == last, f"{demo.name}: {last} has the last word, not {name!r}{run.what()}"
        assert text.startswith("=> "), f"{demo.name}: the last line is no conclusion{run.what()}"
        if not text.startswith("=> not shown"):
            break
        assert again < TRIES - 1, f"{demo.name}: did not show its claim in {TRIES} runs{run.what()}"
        print(f"{demo.name}: one run did not show its claim: {text}")
        with machine.used("alone"):
            run = Run(python(demo))
            assert run.finish(RUN) and run.lines, f"{demo.name}: a second run failed{run.what()}"
    early = [line for line in run.lines[:-1] if "=> " in line]
    assert not early, f"{demo.name}: a conclusion before the last line{run.what()}"


@every_demo
def test_leaves_nothing_behind(demo):
    run = ran(demo)
    assert not run.left, f"{demo.name}: still there {SETTLE} s after its end: {run.left}"
    assert not run.files, f"{demo.name}: files it left: {run.files}"


# ---- (3) Ctrl-C


@posix
@every_demo
def test_ctrl_c_ends_it(demo):
    """Interrupted at its first line and at three later moments; the four runs go side by side."""
    usual = ran(demo)
    spoken = float(usual.lines[0].split()[0])
    lasts = max(0.0, float(usual.lines[-1].split()[0]) - spoken)
    runs = {}
    try:
        for share in (0, 0.2, 0.5, 0.8):
            runs[share] = Run(python(demo))
        for run in runs.values():
            assert run.spoke.wait(RUN), f"{demo.name}: no line within {RUN} s"
            run.spoke_at = time.monotonic()
        waits = {share: run.spoke_at + share * lasts for share, run in runs.items()}
        for share, run in runs.items():
            time.sleep(max(0, waits[share] - time.monotonic()))
            at = time.monotonic()
            run.interrupt()
            ended = run.finish(END)
            moment = f"{demo.name}: Ctrl-C {share * lasts:.1f} s after its first line"
            assert ended, f"{moment}: still running {END} s later{run.what()}"
            if run.concluded():  # before that, where this process came to it late
                last = next(line for line in run.lines if " => " in line)
                concluded = run.start + float(last.split()[0])  # or later: so its clock began
                assert concluded < at + AT_ONCE, f"{moment}: it went on to its end{run.what()}"
            assert not run.left, f"{moment}: left {run.left}"
            assert not run.files, f"{moment}: left files {run.files}"
            for word in ("Traceback", "KeyboardInterrupt"):
                assert word not in run.stderr + "\n".join(run.lines), (
                    f"{moment}: a traceback{run.what()}"
                )
            assert not run.stderr, f"{moment}: something on stderr{run.what()}"
    finally:
        for run in runs.values():
            if run.status is None:
                run.finish(0)


# ---- (4) without its library


@every_demo
def test_without_its_library_it_says_what_to_install(demo):
    packages = dependencies(demo)
    if not packages:
        return  # needs none: test_imports_the_standard_library_only holds it to that
    code = (
        "import runpy, sys\n"
        f"sys.modules.update(dict.fromkeys({foreign(demo)!r}))\n"  # None: the import of it fails
        "del sys.argv[0]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    run = Run(python("-c", code, demo))
    assert run.finish(RUN), f"{demo.name}: without its library it does not end"
    said = run.stderr.splitlines()
    assert run.status == 1 and not run.lines, (
        f"{demo.name}: without its library: exit status 1, no output{run.what()}"
    )
    assert len(said) == 1, f"{demo.name}: without its library: one line on stderr{run.what()}"
    for word in (*packages, "pip install"):
        assert word.lower() in said[0].lower(), f"{demo.name}: does not name {word!r}: {said[0]}"


# ---- (5) its place


@every_demo
def test_stands_on_one_slide_of_its_section(demo):
    try:
        (section,) = [one for one in sections() if one.number == demo.name[:2]]
        slides = deck.slides_of(section, deck.read(section))
    except TalkError as error:
        pytest.fail(str(error), pytrace=False)
    places = [slide.title for slide in slides if demo.stem in slide.names(deck.RUN)]
    cell = f"`!python ../demos/{demo.name}`"
    assert places, (
        f"{demo.name}: it is on no slide; put a cell {cell} on one of {section.notebook.name}"
    )
    assert len(places) == 1, f"{demo.name}: it runs on {len(places)} slides: {', '.join(places)}"
