"""How a run is measured, on small programs of which everything is known."""

import os
import signal
import subprocess
import sys
import time
from functools import wraps

import pytest

from demos.script import Script
from demos.timeline import kept
from demos.timeline.draw import svg, terminal
from demos.timeline.draw.svg.layout import Layout
from demos.timeline.draw.svg.simplify import simple
from demos.timeline.measure import tracer
from demos.timeline.measure.sampler import Sampler

pytestmark = pytest.mark.usefixtures("small_cast")
TRIES = 4
TOLERANCE = 0.06
"""Seconds: a demo prints hundredths, and a busy machine may stop a flow between two clocks."""


def clocks(test):
    """For what compares clocks to within TOLERANCE.

    Where the machine has stopped a flow for longer than that, nothing was measured: once more.
    """

    @wraps(test)
    def try_again(**fixtures):
        for attempt in range(TRIES):
            try:
                return test(**fixtures)
            except AssertionError:
                if attempt == TRIES - 1:
                    raise

    return pytest.mark.alone(try_again)


linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="asks /proc what a thread does"
)


# --- what each section is about

SAMPLES = {
    "lock": (
        "lock = threading.Lock()\ndef work():\n    with lock:\n        time.sleep(0.3)\n",
        "work",
        "lock",
    ),
    "rlock": (
        "lock = threading.RLock()\ndef work():\n    with lock:\n        time.sleep(0.3)\n",
        "work",
        "lock",
    ),
}
HEAD = """import asyncio, multiprocessing, os, queue, subprocess, sys, threading, time
START = time.perf_counter()
"""


def longest(lane, state):
    return max((span.end - span.start for span in lane.spans if span.state == state), default=0.0)


def trace(write_demo, source, **options):
    return tracer.trace(write_demo(HEAD + source), **options)


@clocks
@pytest.mark.parametrize("kind", SAMPLES)
def test_waiting_in_a_with_lock_is_seen_and_who_has_it(write_demo, kind):
    body, target, state = SAMPLES[kind]
    start = f"""for name in ("luke", "darthvader"):
    threading.Thread(target={target}, name=name).start()
"""
    lanes = {lane.name: lane for lane in trace(write_demo, body + start).lanes}
    held = longest(lanes["luke"], "sleep")  # on a busy machine longer than it was asked for
    assert held > 0.3 - TOLERANCE and abs(longest(lanes["darthvader"], state) - held) < TOLERANCE
    assert longest(lanes["luke"], state) < 0.1
    if kind == "lock":
        assert "lock\tluke" in [span.what for span in lanes["darthvader"].spans]


@clocks
def test_a_deadlock_is_two_lanes_that_wait_for_each_other_for_ever(write_demo):
    source = """
one, two, both = threading.Lock(), threading.Lock(), threading.Barrier(2)
def work(first, second):
    with first:
        both.wait()
        with second:
            pass
threading.Thread(target=work, args=(one, two), name="luke").start()
threading.Thread(target=work, args=(two, one), name="darthvader").start()
"""
    run = trace(write_demo, source, seconds=1.5)
    assert run.reason == "stopped: it ran for longer than 1.5 s"
    waits = {lane.name: lane.spans[-1] for lane in run.lanes}
    assert waits["luke"].what == "two\tdarthvader" and waits["darthvader"].what == "one\tluke"
    assert run.seconds > 0.3  # what the start of Python left of it
    for span in waits.values():
        assert span.end > run.seconds - TOLERANCE and span.state in ("lock", "join")


@clocks
def test_queue_join_and_child_are_told_apart(write_demo):
    source = """
items = queue.Queue()
def work():
    items.get()
luke = threading.Thread(target=work, name="luke")
luke.start()
time.sleep(0.2)
items.put(1)
luke.join()
subprocess.Popen(["sleep", "0.2"]).wait()
"""
    lanes = {lane.name: lane for lane in trace(write_demo, source).lanes}
    assert abs(longest(lanes["luke"], "queue") - 0.2) < TOLERANCE
    assert abs(longest(lanes["main"], "sleep") - 0.2) < TOLERANCE
    assert abs(longest(lanes["main"], "join") - 0.2) < TOLERANCE
    program = lanes["sleep"]
    assert program.kind == "process" and abs(program.ended - program.born - 0.2) < TOLERANCE


@clocks
def test_tasks_take_turns_in_one_flow(write_demo):
    source = """
async def work(seconds):
    time.sleep(seconds)  # blocks them all
    await asyncio.sleep(0.2)
async def main():
    both = [asyncio.create_task(work(0.1), name=name) for name in ("luke", "darthvader")]
    await asyncio.gather(*both)
asyncio.run(main())
"""
    run = trace(write_demo, source)
    main, luke, darthvader = run.lanes
    assert (luke.kind, darthvader.kind) == (
        "task",
        "task",
    ) and luke.parent == darthvader.parent == 0
    lent = [span for span in main.spans if span.state == "lent" and span.end - span.start > 0.05]
    assert [span.what for span in lent] == ["luke", "darthvader"] and lent[0].end <= lent[
        1
    ].start + 0.005
    assert longest(darthvader, "turn") > 0.09  # ready, but luke has the flow
    assert abs(longest(luke, "sleep") - 0.2) < TOLERANCE


@linux
def test_threads_that_compute_take_turns_and_processes_do_not(write_demo):
    source = """
def work():
    until = time.thread_time() + 0.3
    while time.thread_time() < until:
        pass
if __name__ == "__main__":
    for flow in (threading.Thread, multiprocessing.get_context("fork").Process):
        both = [flow(target=work, name=name) for name in ("luke", "darthvader")]
        for one in both:
            one.start()
        for one in both:
            one.join()
"""
    run = trace(write_demo, source)
    threads = [lane for lane in run.lanes if lane.kind == "thread"]
    processes = [lane for lane in run.lanes if lane.kind == "process"][1:]
    assert len(threads) == len(processes) == 2
    if getattr(sys, "_is_gil_enabled", lambda: True)():
        for lane in threads:  # each waits for its turn, again and again
            assert (
                sum(span.end - span.start for span in lane.spans if span.state in ("turn", "turns"))
                > 0.1
            )
            assert len([span for span in lane.spans if span.state == "turn"]) > 5


@clocks
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_however_they_are_started(write_demo, method):
    if method not in __import__("multiprocessing").get_all_start_methods():
        pytest.skip(f"no {method} here")
    source = f"""
def work():
    time.sleep(0.3)
if __name__ == "__main__":
    luke = multiprocessing.get_context("{method}").Process(target=work, name="luke")
    luke.start()
    luke.join()
"""
    run = trace(write_demo, source)
    (luke,) = [lane for lane in run.lanes if lane.name == "luke"]
    assert luke.kind == "process" and run.lanes[luke.parent].name == "main"
    assert abs(longest(luke, "sleep") - 0.3) < TOLERANCE
    assert longest(run.lanes[0], "join") > 0.25


@clocks
def test_a_renamed_thread_a_raw_thread_and_an_orphan(write_demo):
    source = """
import _thread
def work():
    threading.current_thread().name = "luke"
    time.sleep(0.2)
threading.Thread(target=work).start()
_thread.start_new_thread(time.sleep, (0.3,))
time.sleep(0.4)
main = os.getpid()
if os.fork() == 0:
    print(" 0.40 darthvader says hello", flush=True)
    while os.getppid() == main:
        time.sleep(0.01)
    time.sleep(0.3)
"""
    run = trace(write_demo, source)
    names = {lane.name: lane for lane in run.lanes}
    assert "luke" in names and len(run.lanes) == 4
    assert (
        names["darthvader"].kind == "process" and run.seconds > run.lanes[0].done + 0.1
    )  # it outlives main
    assert abs(longest(names["darthvader"], "sleep") - 0.3) < TOLERANCE


ENDS = """
class Slow:
    def __del__(self):
        burn(0.4)
def burn(seconds, until=time.thread_time):
    end = until() + seconds
    while until() < end:
        pass
slow = Slow()  # Python lets go of it after the program's end
threading.Thread(target=time.sleep, args=(30,), name="luke", daemon=True).start()
burn(0.2)
print(" 0.20 main ends", flush=True)
"""


def test_what_python_does_after_the_program_is_not_its_work(write_demo):
    run = trace(write_demo, ENDS)
    main, luke = run.lanes
    last = main.spans[-1]
    assert last.state == "exit" and last.end - last.start > 0.3
    assert main.done == last.start and run.seconds == max(main.done, luke.ended)
    assert main.ended > main.done + 0.3 and luke.ended < main.done + 0.1  # cut off with it
    assert main.done > 0.2  # its own work is before it
    layout = Layout(run, 1150)
    ends = [piece.end for lane in run.lanes for piece in simple(layout, lane)]
    assert max(ends) <= layout.right + 1 and layout.x(main.done) > 0.5 * layout.right
    assert "takes itself down" not in svg.picture(run).partition("</desc>")[2]
    shown = terminal.picture(run, 80).plain.splitlines()
    assert "╌" not in shown[0] and "takes itself down" not in shown[-1]


def test_in_the_picture_of_a_script_python_s_own_end_is_called_so(tmp_path):
    path = tmp_path / "slow.py"
    path.write_text(HEAD + ENDS.replace("START", "_"))
    run = tracer.trace(Script(path))
    assert run.complete and run.seconds == run.lanes[0].ended > run.lanes[0].done + 0.3
    assert "takes itself down" in svg.picture(run).partition("</desc>")[2]
    assert "╌ Python takes itself down" in terminal.picture(run, 80).plain


def test_the_demo_sees_nothing_of_it(write_demo):
    seen = "sys.argv[0], sorted(set(sys.path))[:1], __name__, 'sitecustomize' in os.listdir('.')"
    demo = write_demo(f"{HEAD}print({seen})\n")
    traced = tracer.trace(demo).output
    plain = subprocess.run(
        [sys.executable, "demos/99z_sample.py"],
        cwd=demo.path.parent.parent,
        capture_output=True,
        text=True,
    )
    assert traced == plain.stdout


@linux
@pytest.mark.parametrize("between", [None, 0.4, 0.7], ids=["often", "seldom", "once"])
def test_threads_with_a_gil_never_look_as_if_they_worked_at_once(write_demo, monkeypatch, between):
    """However coarse the picture is: what is drawn as work adds up to one processor, not to two.

    A very busy machine gives the sampler its turn but `between` seconds.
    """
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        pytest.skip("no GIL: they do work at once")
    source = """
def work():
    until = time.thread_time() + 0.5
    while time.thread_time() < until:
        pass
for name in ("luke", "darthvader"):
    threading.Thread(target=work, name=name).start()
"""
    if between:
        monkeypatch.setattr(Sampler, "rest", lambda sampler: time.sleep(between))
    run = tracer.trace(write_demo(HEAD + source))
    for width in (1150, 700, 400):
        layout = Layout(run, width)
        works = sum(
            (end - start) * (0.5 if span.state == "turns" else 1)
            for lane in run.lanes[1:]
            for start, end, span in simple(layout, lane)
            if span.state in ("work", "turns")
        )
        assert works < 1.5 * (layout.right - layout.left)


# --- a part is better than nothing


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            "time.sleep(0.2)\n1 / 0\n",
            "ended with exit status 1: ZeroDivisionError: division by zero",
        ),
        ("time.sleep(0.2)\nos.kill(os.getpid(), 9)\n", "killed by signal 9"),
        ("while True:\n    print('x' * 999)\n", "stopped: it printed more than 64 KiB"),
        ("def f(:\n", "syntax error in line 3: invalid syntax"),
    ],
)
def test_a_demo_that_fails_gives_the_part_until_then(write_demo, source, reason):
    demo = write_demo(HEAD + source)
    result = kept.timeline(demo)
    assert (result.complete, result.reason) == (False, reason)
    assert result.lanes and reason in terminal.picture(result, 80).plain
    assert "a part" in svg.picture(result)
    assert kept.cached(demo) is None


def test_what_is_left_running_is_ended(write_demo):
    source = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    time.sleep(60)
print(os.getpid(), flush=True)
"""
    demo = write_demo(HEAD + source)
    run = tracer.trace(demo)
    for pid in run.output.split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


def test_ctrl_c_while_tracing_leaves_nothing_behind(write_demo, checkout, tmp_path):
    demo = write_demo(
        HEAD + f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n"
    )
    code = (
        "from pathlib import Path; from demos.catalogue import Demo; "
        "from demos.timeline.measure import tracer; "
        f"tracer.trace(Demo('99z_sample', Path({str(demo.path)!r})))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=checkout,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    until = time.monotonic() + 20
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < until
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) != 0
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    assert not list(tmp_path.glob("talk-trace-*"))


def test_a_demo_that_is_gone(write_demo):
    demo = write_demo("")
    demo.path.unlink()
    assert tracer.trace(demo).reason == "demos/99z_sample.py is not there any more"
