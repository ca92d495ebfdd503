"""Which Python runs a demo: the one it fits, found on this machine and never downloaded."""

import os
import re
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from helping import finish, in_a_thread, material

from demos.errors import TalkError, WrongUse
from demos.runs import pythons, record
from demos.runs.run import run, run_here
from demos.timeline import kept
from demos.timeline.measure import tracer

SAYS = """
import sys
print(f" 0.00 main       on {sys.version.split()[0]}")
print(" 0.00 main       => done")
"""
STAND_IN = """
import platform, sys, sysconfig
platform.python_version = lambda: "3.14.2"
sysconfig.get_config_vars()["Py_GIL_DISABLED"] = 1
sys._is_gil_enabled = lambda: False
"""


def needing(needed: str, rest: str = SAYS) -> str:
    return f'# /// script\n# requires-python = "{needed}"\n# ///\n{rest}'


def make_python(folder: Path, name: str, body: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def claims(version: str, free: int = 0, gil: int = 1) -> str:
    """The body of a program that says that it is such a Python, and is none."""
    return f"echo CPython {version} {free} {gil}"


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A machine with no other Python than this; gives the folder that is its PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    for name in ("PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    return folder


@pytest.fixture
def other() -> pythons.Python:
    """Another CPython of this machine."""
    known = {"3.11", "3.12", "3.13", "3.14"} - {pythons.this().short}
    for one in pythons.on_this_machine():
        if one.gil and one.short in known:
            return one
    pytest.skip("there is one Python on this machine")


@pytest.fixture
def free(nowhere):
    """A stand-in for a free-threaded Python: this one, which says that it has no GIL."""
    (nowhere / "lies").mkdir()
    (nowhere / "lies" / "sitecustomize.py").write_text(STAND_IN)
    body = f'PYTHONPATH="{nowhere / "lies"}:$PYTHONPATH" exec {sys.executable} "$@"'
    return make_python(nowhere, "python3.14t", body)


# -- which one -------------------------------------------------------------------------------------


def test_a_demo_that_asks_for_nothing_runs_on_this_python(write_demo, nowhere):
    demo = write_demo(SAYS)
    assert pythons.of(demo).path == sys.executable
    assert pythons.command_line(demo) == "python demos/99z_sample.py"
    assert pythons.this().version == sys.version.split()[0]


def test_a_demo_that_this_python_fits_runs_on_it_and_says_which(write_demo, nowhere):
    demo = write_demo(needing(">=3.11"))
    major, minor = sys.version_info[:2]
    assert pythons.of(demo) == pythons.this()
    assert pythons.command_line(demo) == f"python{major}.{minor} demos/99z_sample.py"


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        ({"python3.31": "3.31.1", "python3.30": "3.30.4"}, "3.31.1"),
        ({"python3.30": "3.30.4", "python3.31": "3.31.0rc1"}, "3.30.4"),
        ({"python3.31": "3.31.0rc1"}, "3.31.0rc1"),
        ({"python3.29": "3.29.9", "python3.30": "3.30.0"}, "3.30.0"),
        ({"python3.31t": "3.31.1", "python3.30": "3.30.0"}, "3.30.0"),
        ({"python3.31t": "3.31.1"}, "3.31.1"),
    ],
)
def test_of_those_that_fit_the_newest_final_one_with_a_gil(write_demo, nowhere, there, chosen):
    for name, version in there.items():
        make_python(nowhere, name, claims(version, *((1, 0) if name.endswith("t") else ())))
    found = pythons.of(write_demo(needing(">=3.30")))
    assert found.version == chosen
    assert found.command in there


def test_a_demo_can_ask_for_one_release_alone(write_demo, nowhere):
    make_python(nowhere, "python3.31", claims("3.31.7"))
    assert pythons.of(write_demo(needing("==3.31.7"))).version == "3.31.7"


def test_where_none_fits_one_line_says_how_to_get_one(write_demo, nowhere):
    demo = write_demo(needing(">=3.30"))
    with pytest.raises(
        pythons.Missing,
        match=r"^demos/99z_sample\.py needs Python 3\.30 or newer, which is not on this machine; "
        r"get it: uv python install 3\.30$",
    ):
        pythons.of(demo)
    assert pythons.command_line(demo) == "python3.30 demos/99z_sample.py"
    assert record.cached(demo) is record.latest(demo) is kept.cached(demo) is None
    outcome = finish(run(demo, print))
    lacks = str(pythons.missing(demo))
    assert (outcome.status, outcome.reason) == (None, lacks)
    assert tracer.trace(demo).reason == lacks


def test_one_that_is_installed_meanwhile_is_found(write_demo, nowhere):
    demo = write_demo(needing(">=3.30"))
    assert pythons.missing(demo).mend == "uv python install 3.30"
    make_python(nowhere, "python3.30", claims("3.30.0"))
    assert pythons.missing(demo) is None and pythons.of(demo).name == "CPython 3.30.0"


@pytest.mark.parametrize(
    "body", ["exit 127", "echo pyenv: no such version", "echo PyPy 3.30.0 0 1"]
)
def test_what_is_no_cpython_is_passed_over(write_demo, nowhere, body):
    make_python(nowhere, "python3.30", body)
    assert pythons.missing(write_demo(needing(">=3.30")))


@pytest.mark.parametrize(
    "folder", ["PYENV_ROOT/versions/3.30.1", "UV_PYTHON_INSTALL_DIR/cpython-3.30"]
)
def test_pyenv_and_uv_keep_pythons_that_are_not_on_the_path(write_demo, nowhere, folder):
    path = make_python(nowhere.parent / folder / "bin", "python3.30", claims("3.30.1"))
    assert pythons.of(write_demo(needing(">=3.30"))).path == str(path)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ('# requires-python = ">=3"x', "block"),
        ('# requires-python = "banana"', "banana"),
    ],
)
def test_a_block_that_cant_be_read_is_said_in_a_line(write_demo, block, words):
    demo = write_demo(f"# /// script\n{block}\n# ///\n{SAYS}")
    with pytest.raises(TalkError, match=rf"^demos/99z_sample\.py: .*{words}") as error:
        pythons.of(demo)
    assert "\n" not in str(error.value) and not isinstance(error.value, pythons.Missing)


# -- asked for by name -----------------------------------------------------------------------------


def test_a_python_is_found_by_version_by_command_and_by_path(nowhere, monkeypatch):
    path = make_python(nowhere, "python3.30", claims("3.30.2"))
    for asked in ("3.30", "3.30.2", "python3.30", str(path)):
        assert pythons.find(asked).path == str(path)
    monkeypatch.chdir(nowhere)
    assert pythons.find("./python3.30").path == str(path), "it is started from another folder"
    major, minor = sys.version_info[:2]
    assert pythons.find(f"{major}.{minor}") == pythons.this()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("3.30", "get it: uv python install 3.30$"),
        ("3.30t", "get it: uv python install 3.30t$"),
        ("banana", "a version such as 3.13 or 3.14t, or a path"),
        ("/etc/passwd", "or a path"),
        ("", "or a path"),
    ],
)
def test_one_that_is_not_there_is_wrong_use(nowhere, asked, words):
    with pytest.raises(WrongUse, match=words):
        pythons.find(asked)


def test_without_the_gil_is_another_name_than_with_it(nowhere):
    make_python(nowhere, "python3.30", claims("3.30.0"))
    assert pythons.beside("3.30t") is None
    make_python(nowhere, "python3.31t", claims("3.31.0", 1, 0))
    assert pythons.find("3.30").gil
    assert pythons.beside("3.30t").command == "python3.31t", "another one without the GIL will do"
    make_python(nowhere, "python3.30t", claims("3.30.0", 1, 0))
    assert pythons.beside("3.30t").command == "python3.30t"
    assert pythons.beside("3.30t").name == "CPython 3.30.0 without the GIL"
    assert pythons.beside("3.32") is None


def test_a_free_build_with_its_gil_on_shows_nothing_without_it(nowhere):
    make_python(nowhere, "python3.31t", claims("3.31.0", 1, 1))
    assert pythons.beside("3.30t") is None


# -- runs ------------------------------------------------------------------------------------------


def test_a_run_a_recording_and_a_picture_are_the_chosen_pythons(write_demo, other, tmp_path):
    demo = replace(write_demo(SAYS), python=other.short)
    assert demo.key == f"99z_sample@{other.short}"
    assert pythons.command_line(demo) == f"{other.command} demos/99z_sample.py"
    folder = tmp_path / "recordings"
    made = in_a_thread(lambda: record.record([demo], folder=folder))[demo.key]
    assert f"on {other.version}" in made.transcript and made.python == other.name
    assert f'"title": "{other.command} demos/99z_sample.py"' in made.cast
    plain = replace(demo, python="")
    assert record.cached(plain, folder) is None, "it belongs to the Python that ran it"
    in_a_thread(lambda: record.record([plain], folder=folder))
    assert record.cached(demo, folder) == made, "and one does not push out the other"
    assert tracer.trace(demo).python == other.name


def test_a_requirement_chooses_the_other_python(write_demo, other, capfd):
    demo = write_demo(needing(f"=={other.version}"))
    assert run_here(demo) == 0
    assert f"on {other.version}" in capfd.readouterr().out


def test_the_stand_in_without_a_gil_runs_demos(free):
    found = pythons.find("3.14t")
    assert not found.gil and found.path == str(free)
    demo = replace(material("08c_free_threading"), python="3.14t")
    outcome = finish(run(demo, print))
    assert "free-threaded build: yes" in outcome.output and "the GIL is off" in outcome.output


# -- talk demo --python ----------------------------------------------------------------------------


def test_talk_demo_takes_a_python(small_talk, other):
    small_talk.write("demos/01a_quick.py", SAYS)
    done = small_talk.talk("demo", "01a", "--python", other.short)
    assert (done.returncode, done.stdout.splitlines()[0].split()[-1]) == (0, other.version)
    assert done.stderr == f"$ {other.command} demos/01a_quick.py  # {other.name}\n"


def test_all_goes_on_after_a_demo_whose_python_is_missing(small_talk):
    small_talk.write("demos/01a_quick.py", needing(">=3.39", small_talk.demos["01a_quick"]))
    done = small_talk.talk("demo", "--all")
    assert done.returncode == 1 and "it took 0.6 s" in done.stdout.partition("01b_slow")[2]
    assert re.findall(r"^talk: .*", done.stderr, re.MULTILINE) == [
        "talk: demos/01a_quick.py needs Python 3.39 or newer, which is not on this machine; "
        "get it: uv python install 3.39"
    ]


def test_what_the_pyenv_shims_say_is_not_asked(nowhere, monkeypatch):
    """A shim costs a tenth of a second and most often leads nowhere."""
    shims = Path(os.environ["PYENV_ROOT"]) / "shims"
    make_python(shims, "python3.30", claims("3.30.0"))
    monkeypatch.setenv("PATH", f"{shims}:{nowhere}")
    assert [one.version for one in pythons.on_this_machine()] == [pythons.this().version]
