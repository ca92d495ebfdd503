"""What demos of this talk promise beside each other: a repair is all that differs, a job the same.

Tests of this talk, not of the kit: they go with its demos.
"""

import ast
import difflib
import re
import shutil
import subprocess
import sys

import pytest
from test_demos import DEMOS, body, functions

from demos.catalogue import Demo
from demos.runs import pythons

REPAIR = 6
"""Lines by which a repaired demo may differ from the broken one."""


def by_number(number):
    found = [path for path in DEMOS if path.stem.startswith(number + "_")]
    assert len(found) == 1, f"one demo {number} is expected, found {[path.name for path in found]}"
    return found[0]


@pytest.mark.parametrize(("broken", "repaired"), [("07a", "07b"), ("07c", "07d")])
def test_repair_is_all_that_differs(broken, repaired):
    before, after = (by_number(number) for number in (broken, repaired))
    # the margin and the steps of the speaker are no difference
    old, new = (
        [re.sub(r"\s*# \(\d+\)$", "", line).strip() for line in body(demo)]
        for demo in (before, after)
    )
    changes = [line for line in difflib.ndiff(old, new) if line[:1] in "+-"]
    gone, come = (sum(line.startswith(sign) for line in changes) for sign in "-+")
    text = "\n".join(changes)
    assert changes, f"{before.name} and {after.name} are the same"
    assert max(gone, come) <= REPAIR, (
        f"{before.name} and {after.name} differ by more than a repair:\n{text}"
    )


def test_five_solutions_do_the_same_job():
    """02a to 02e tell one story: the same job, and only asyncio has to say `await`."""
    jobs = {}
    for letter in "abcde":
        demo = by_number(f"02{letter}")
        assert "job" in functions(demo), f"{demo.name}: no job()"
        text = ast.unparse(functions(demo)["job"])
        jobs[demo.name] = text.replace("async def", "def").replace(
            "await asyncio.sleep", "time.sleep"
        )
    (first, job), *others = jobs.items()
    for name, other in others:
        assert other == job, f"job() in {name} is not the one in {first}:\n{other}\n\n{job}"


PRESS = """
import multiprocessing, os, signal, sys
from demo import Process
if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    heard, plain = [], signal.pthread_sigmask
    signal.signal(signal.SIGINT, lambda *_: heard.append("heard"))

    def mask(how, numbers):  # Ctrl-C comes at the worst moment
        before = plain(how, numbers)
        if how == signal.SIG_BLOCK and len(numbers) == 1:  # not Python's own
            os.kill(os.getpid(), signal.SIGINT)
        return before

    signal.pthread_sigmask = mask
    process = Process(target=print, args=["ran"])
    process.start()
    process.join()
    print(*heard)
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("number", ["02d", "02f"])
def test_ctrl_c_is_never_lost_while_a_process_starts(number, method, tmp_path):
    script = tmp_path / "press.py"
    script.write_text(PRESS)
    shutil.copy(by_number(number), tmp_path / "demo.py")
    done = subprocess.run(
        [sys.executable, script, method], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["ran", "heard"], done.stderr


def test_demo_that_shows_nothing_on_an_older_python_asks_for_one_that_fits():
    """So the deck shows a run of it, or how to get that Python, and not what this one lacks."""
    asked = {}
    for path in DEMOS:
        if lacks := re.search(r"=> needs Python 3\.(\d+)", path.read_text("utf-8")):
            asked[path.stem] = int(lacks[1]), pythons.needs(Demo(path.stem, path))
    assert "08b_subinterpreters" in asked
    for name, (minor, needed) in asked.items():
        assert needed is not None, name
        assert f"3.{minor}.0" in needed and f"3.{minor - 1}.99" not in needed, name
