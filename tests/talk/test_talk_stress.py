"""Worse than the stage: each demo many times with all cores busy, and interrupted at any moment.

Outside the default run: `uv run pytest -n 0 -m stress tests/talk/test_talk_stress.py`, an hour or
more on two cores; with TALK_STRESS=5,5 five runs and five interrupts each. What a run may not do is
what no schedule excuses: fail, say something on stderr, leave something behind, or claim what it
did not see. A broken demo may say "not shown here", a repaired one may not.
"""

import os
import random
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from test_demos import OUTPUT, Run, every_demo, needs, posix, python

RUNS, INTERRUPTS = map(int, os.environ.get("TALK_STRESS", "100,50").split(","))
AT_ONCE = 3 * (os.cpu_count() or 1)
RUN = 300  # seconds that a run may take beside so many others
END = 30  # seconds from Ctrl-C to the end beside so many others
BROKEN = {"07a": "deposits are lost", "07c": "deadlock: each waited for the other"}
REPAIRED = {"07b": "0 of ", "07d": "no deadlock: the circle never closed"}
BURN = "while True: sum(range(9999))"

pytestmark = [posix, pytest.mark.stress("only"), pytest.mark.alone]


@pytest.fixture(scope="module", autouse=True)
def busy():
    """Every core computes, whatever the demos do."""
    burning = [subprocess.Popen(python("-c", BURN)) for _ in range(os.cpu_count() or 1)]
    yield
    for one in burning:
        one.kill()
        one.wait()


def fault(run, ended):
    """What is wrong with a run to its end, in words; None where nothing is."""
    if not ended:
        return f"still running after {RUN} s"
    if run.status:
        return f"exit status {run.status}"
    if run.stderr or run.left or run.files:
        return f"left {run.left} {run.files}, or said something on stderr"
    odd = [line for line in run.lines if not OUTPUT.match(line)]
    if odd or not run.lines or " => " not in run.lines[-1]:
        return f"lines {odd}, or no conclusion at the end"
    return None


@every_demo
def test_many_runs_on_a_busy_machine(demo, capsys):
    needs(demo)

    def once(_):
        run = Run(python(demo))
        return run, run.finish(RUN)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = list(pool.map(once, range(RUNS)))
    faults = [(why, run) for run, ended in runs if (why := fault(run, ended))]
    conclusions = [run.lines[-1].partition(" => ")[2] for run, _ in runs if run.lines]
    missed = sum(text.startswith("not shown here") for text in conclusions)
    with capsys.disabled():
        print(f"\n{demo.stem}: {RUNS} runs, {len(faults)} faults, {missed} times not shown here")
    assert not faults, f"{Counter(why for why, _ in faults)}{faults[0][1].what()}"
    number = demo.stem[:3]
    for text in conclusions:
        if number in BROKEN:
            shown = BROKEN[number] in text and not text.startswith("0 ")
            assert text.startswith("not shown here") or shown, text
        if number in REPAIRED:
            assert text.startswith(REPAIRED[number]), text


@every_demo
def test_interrupts_at_any_moment(demo, capsys):
    """From the first moment of Python on: what is started is ended, and no traceback is seen.

    Before a demo's first line Python itself, at its imports, may say KeyboardInterrupt; on stage
    nobody sees it, because what a run says after its end was asked for is dropped.
    """
    needs(demo)
    usual = Run(python(demo))
    assert usual.finish(RUN)
    dice = random.Random(demo.stem)

    def once(moment):
        run = Run(python(demo))
        time.sleep(moment)
        done = run.process.poll() is not None
        run.interrupt()
        return run, run.finish(END), moment, done

    moments = [dice.uniform(0, usual.seconds) for _ in range(INTERRUPTS)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = list(pool.map(once, moments))
    silent = sum(not run.lines for run, *_ in runs)
    loud = sum("KeyboardInterrupt" in run.stderr and not run.lines for run, *_ in runs)
    late = sum(done for *_, done in runs)
    faults = [(why, run) for run, ended, moment, _ in runs if (why := interrupted(run, ended))]
    with capsys.disabled():
        print(
            f"\n{demo.stem}: {INTERRUPTS} interrupts, {len(faults)} faults; "
            f"{silent} before its first line, {late} after its end, {loud} of Python's own"
        )
    assert not faults, f"{Counter(why for why, _ in faults)}{faults[0][1].what()}"


def interrupted(run, ended):
    """What is wrong with how a run took Ctrl-C, in words; None where nothing is."""
    if not ended:
        return f"still running {END} s after Ctrl-C"
    if run.left or run.files:
        return f"left {run.left} {run.files}"
    if not run.lines and "KeyboardInterrupt" in run.stderr:
        return None  # Python's own, before the demo began
    return "something on stderr" if run.stderr or "Traceback" in "\n".join(run.lines) else None
