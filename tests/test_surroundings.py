"""Demos in surroundings that the stage does not have: one core, a full disk, no /proc, no HOME.

Each is a command that goes before the demo's own. One demo meets all of them in the default run,
the others with `-m stress`. A closed pipe has a file of its own, tests/test_closed_pipe.py.
"""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from test_demos import CHECKOUT, DEMOS, OUTPUT, RUN, Run, dependencies, needs, posix, source

ALWAYS = next((one for one in DEMOS if "/proc" in source(one)), *DEMOS[:1])
ODD = "ein Ordner für Ünîcode"
HERE = 'exec "$@"'

pytestmark = posix


def shell(script):
    return ["sh", "-c", script, "sh"]


@cache
def can_mount():
    """Whether a process here may have a file system of its own: as root, mostly."""
    if not shutil.which("unshare"):
        return False
    command = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(command, capture_output=True).returncode == 0


BEFORE = {
    "one core": ["taskset", "-c", "0"],
    "no terminal": ["setsid", "--wait"],
    "no input": shell(HERE + " <&-"),
    "40 columns": ["env", "COLUMNS=40", "LINES=10"],
    "LANG=C": ["env", "LC_ALL=C", "LANG=C", "PYTHONUTF8=0", "PYTHONCOERCECLOCALE=0"],
    "no HOME": ["env", "-u", "HOME", "-u", "USER", "-u", "LOGNAME"],
    "few files": shell("ulimit -n 64; " + HERE),
    "no /proc": ["unshare", "--mount", *shell("mount -t tmpfs none /proc && " + HERE)],
    "read-only": ["unshare", "--mount", *shell(
        'for one in "$1" "$2"; do mount --bind "$one" "$one" && '
        'mount -o remount,ro,bind "$one"; done; shift 2; ' + HERE)],
    "nothing": [],
}  # fmt: skip
PYTHON = {"dev and warnings": ["-X", "dev", "-W", "error"]}
MOUNTS = {"no /proc", "read-only"}


def command(name, demo, folder):
    """How the demo is started in these surroundings; `folder` is for a copy of it."""
    if name == "odd path":
        shutil.copytree(CHECKOUT / "demos", folder / ODD / "demos")
        return [sys.executable, str(folder / ODD / "demos" / demo.name)]
    before = [*BEFORE.get(name, [])]
    if name == "read-only":
        before += [str(CHECKOUT), str(folder)]
    return [*before, sys.executable, *PYTHON.get(name, []), str(demo)]


NAMES = [*(name for name in BEFORE if name != "nothing"), *PYTHON, "odd path"]
WHERE = [
    pytest.param(
        demo,
        name,
        id=f"{demo.stem}-{name}",
        marks=[] if demo == ALWAYS else pytest.mark.stress("only"),
    )
    for demo in DEMOS
    for name in NAMES
]


def skip_without(name, demo):
    needs(demo)
    if name in MOUNTS and not can_mount():
        pytest.skip(f"{name}: no file system of one's own without privileges")
    if name == "no /proc" and "distributed" in dependencies(demo):
        pytest.skip("psutil, which Dask asks at its import, needs /proc")
    if name == "one core" and not shutil.which("taskset"):
        pytest.skip("no taskset on this system")
    if name == "no terminal" and not shutil.which("setsid"):
        pytest.skip("no setsid on this system")


@pytest.mark.parametrize(("demo", "name"), WHERE)
def test_a_demo_works_in(demo, name, tmp_path):
    skip_without(name, demo)
    run = Run(command(name, demo, tmp_path))
    assert run.finish(RUN), f"{demo.name}, {name}: still running after {RUN} s{run.what()}"
    where = f"{demo.name}, {name}"
    assert run.status == 0 and not run.stderr, f"{where}{run.what()}"
    assert not run.left and not run.files, f"{where}: left {run.left} {run.files}"
    assert all(OUTPUT.match(line) for line in run.lines), f"{where}{run.what()}"
    assert " => " in run.lines[-1], f"{where}: no conclusion{run.what()}"


@pytest.mark.parametrize(
    "demo",
    [
        pytest.param(
            demo,
            id=demo.stem,
            marks=[] if demo == ALWAYS else pytest.mark.stress("only"),
        )
        for demo in DEMOS
    ],
)
def test_a_full_disk_ends_it(demo):
    """Nobody can read what it says, so it says why, and nothing of it stays."""
    needs(demo)
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    run = Run([*shell(HERE + " >/dev/full"), sys.executable, str(demo)])
    assert run.finish(RUN), f"{demo.name}: still running after {RUN} s{run.what()}"
    assert "No space left on device" in run.stderr, f"{demo.name}{run.what()}"
    assert run.status, f"{demo.name}: exit status 0{run.what()}"
    assert not run.left and not run.files, f"{demo.name}: left {run.left} {run.files}"
