"""A timeline tells the truth: compared with what the demo itself printed in the same run.

What a demo prints and what is traced are two measures of one run: the demo's own clock, read where it
speaks, against calls and threads seen from inside Python and from the system.
"""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from importlib.util import find_spec

import pytest

from demos import timeline, tracer
from demos.cast import CAST
from demos.catalogue import demos
from demos.errors import TalkError, WrongUse
from demos.timeline import Timeline

LINE = re.compile(r" *(?P<at>\d+\.\d\d) (?P<name>\S+)(?: \([\w-]+\))? ")
TOLERANCE = 0.06
"""Seconds: a demo prints hundredths, and a busy machine may stop a flow between two clocks."""
SAME = {
    ("03a", "darthvader"): "main",  # the process that forked says who it is now
    ("05a", "Thread-1"): "darthvader",  # takes its own name later
}
"""Names a demo prints that are another flow's second name."""
BUSY = {"02d", "02f", "03b", "07a", "07b", "07f", "08a", "08c", "08d"}
"""Demos that need processors, or start many processes: traced while nothing else runs."""
LIBRARY = {"06a": "flask", "08d": "dask"}
SVG = "{http://www.w3.org/2000/svg}"
pytestmark = pytest.mark.calm  # clocks are compared nearly everywhere here

linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="asks /proc what a thread does"
)


def measured(demo) -> Timeline:
    result = timeline._measure(demo)
    if not result.complete and "not shown" not in (result.reason or ""):
        pytest.fail(f"{result.reason}\n{result.output}")
    return result


class Runs(Mapping):
    """One traced run of each demo by its number, for all tests here; traced when it is asked for."""

    def __init__(self, shared):
        self.shared = shared
        self.demos = {
            demo.id: demo
            for demo in demos()
            if demo.id not in LIBRARY or find_spec(LIBRARY[demo.id])
        }

    def __getitem__(self, number):
        def make(folder):
            return measured(self.demos[number])

        return self.shared(f"trace-{number}", make, "alone" if number in BUSY else "calm")

    def __iter__(self):
        return iter(self.demos)

    def __len__(self):
        return len(self.demos)


@pytest.fixture(scope="module")
def runs(shared):
    return Runs(shared)


ONE_EACH = [
    pytest.param(demo, marks=pytest.mark.alone if demo.id in BUSY else pytest.mark.calm, id=demo.id)
    for demo in demos()
]


@pytest.fixture(params=ONE_EACH)
def run(request, runs):
    """One traced run of each demo, for all tests here."""
    if request.param.id not in runs:
        pytest.skip(f"{LIBRARY[request.param.id]} is not installed")
    return runs[request.param.id]


def spoken(run: Timeline) -> dict[str, list[float]]:
    """When each flow spoke, after the demo's own words."""
    said: dict[str, list[float]] = {}
    for line in run.output.splitlines():
        if match := LINE.match(line + " "):
            name = SAME.get((run.name[:3], match["name"]), match["name"])
            said.setdefault(name, []).append(float(match["at"]))
    return said


def lanes_called(run: Timeline, name: str):
    return [lane for lane in run.lanes if lane.name == name or timeline._short(lane.name) == name]


def the(lanes):
    assert len(lanes) == 1
    return lanes[0]


# --- two measures of one run


def test_every_flow_that_speaks_has_a_lane(run):
    for name in spoken(run):
        assert lanes_called(run, name), (
            f"{name} speaks, and the lanes are {[lane.name for lane in run.lanes]}"
        )


def test_every_lane_of_the_cast_is_named_by_the_demo(run):
    if run.name.startswith("02f"):
        return  # main alone speaks, of "two threads" and "two processes"
    for name in {lane.name for lane in run.lanes} & set(CAST):
        assert name in run.output


def test_a_flow_speaks_while_it_lives(run):
    for name, times in spoken(run).items():
        lanes = lanes_called(run, name)
        for at in times:
            assert any(lane.born - TOLERANCE <= at <= lane.ended + TOLERANCE for lane in lanes), (
                f"{name} at {at}: {lanes}"
            )


def test_a_flow_that_sleeps_or_waits_is_silent(run):
    """Nobody speaks in the middle of a wait."""
    for name, times in spoken(run).items():
        lanes = lanes_called(run, name)
        if len(lanes) > 1 or (name == "main" and run.name.startswith("06b")):
            continue
        for span in lanes[0].spans:
            if span.state in ("sleep", "join", "lock", "queue"):
                for at in times:
                    assert not span.start + TOLERANCE < at < span.end - TOLERANCE, (
                        f"{name} spoke at {at} in {span}"
                    )


def test_the_total_is_the_wall_time(run):
    assert abs(run.startup + run.lanes[0].ended - run.wall) < TOLERANCE
    assert run.seconds >= max(max(times) for times in spoken(run).values()) - TOLERANCE


def test_states_fill_a_life_without_gap_or_overlap(run):
    for lane in run.lanes:
        at = lane.born
        for span in lane.spans:
            assert span.state in timeline.STATES
            assert abs(span.start - at) < 0.005 and span.end >= span.start, (
                f"{lane.name} {span} after {at}"
            )
            at = span.end
        if lane.spans:
            assert abs(at - lane.ended) < 0.005


def test_a_flow_is_born_while_its_parent_lives(run):
    assert run.lanes[0].parent is None and run.lanes[0].name == "main"
    for lane in run.lanes[1:]:
        parent = run.lanes[lane.parent]
        assert parent.born - TOLERANCE <= lane.born <= parent.ended + TOLERANCE


def test_the_four_steps(runs):
    run = runs["04a"]
    assert [(lane.name, lane.kind) for lane in run.lanes] == [
        ("main", "process"),
        ("luke", "thread"),
        ("darthvader", "thread"),
    ]
    starts = {name: min(times) for name, times in spoken(run).items()}
    dies = {name: max(times) for name, times in spoken(run).items()}
    for lane in run.lanes[1:]:
        assert abs(lane.born - starts[lane.name]) < TOLERANCE
        assert abs(lane.ended - dies[lane.name]) < TOLERANCE
        sleeping = sum(span.end - span.start for span in lane.spans if span.state == "sleep")
        assert abs(sleeping - (dies[lane.name] - starts[lane.name])) < TOLERANCE
    joins = sum(span.end - span.start for span in run.lanes[0].spans if span.state == "join")
    assert (
        abs(joins - max(dies.values())) < 2 * TOLERANCE
    )  # main waits for both, one way or the other


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
HEAD = "import asyncio, multiprocessing, os, queue, subprocess, sys, threading, time\nSTART = time.perf_counter()\n"


def longest(lane, state):
    return max((span.end - span.start for span in lane.spans if span.state == state), default=0.0)


def trace(write_demo, source, **options):
    return tracer.trace(write_demo(HEAD + source), **options)


@pytest.mark.parametrize("kind", SAMPLES)
def test_waiting_in_a_with_lock_is_seen_and_who_has_it(write_demo, kind):
    body, target, state = SAMPLES[kind]
    start = f"for name in ('luke', 'darthvader'):\n    threading.Thread(target={target}, name=name).start()\n"
    lanes = {lane.name: lane for lane in trace(write_demo, body + start).lanes}
    assert abs(longest(lanes["darthvader"], state) - 0.3) < TOLERANCE
    assert longest(lanes["luke"], state) < 0.1
    if kind == "lock":
        assert "lock\tluke" in [span.what for span in lanes["darthvader"].spans]


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
    assert all(span.end > 1 and span.state in ("lock", "join") for span in waits.values())


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


def test_tasks_take_turns_in_one_flow(write_demo):
    source = """
async def work(seconds):
    time.sleep(seconds)  # blocks them all
    await asyncio.sleep(0.2)
async def main():
    await asyncio.gather(asyncio.create_task(work(0.1), name="luke"), asyncio.create_task(work(0.1), name="darthvader"))
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
@pytest.mark.alone
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
    luke = the([lane for lane in run.lanes if lane.name == "luke"])
    assert luke.kind == "process" and run.lanes[luke.parent].name == "main"
    assert abs(longest(luke, "sleep") - 0.3) < TOLERANCE
    assert longest(run.lanes[0], "join") > 0.25


def test_a_renamed_thread_a_raw_thread_and_an_orphan(write_demo):
    source = """
import _thread
def work():
    threading.current_thread().name = "luke"
    time.sleep(0.2)
threading.Thread(target=work).start()
_thread.start_new_thread(time.sleep, (0.3,))
time.sleep(0.4)
if os.fork() == 0:
    print(" 0.40 darthvader says hello", flush=True)
    time.sleep(0.3)
"""
    run = trace(write_demo, source)
    names = {lane.name: lane for lane in run.lanes}
    assert "luke" in names and len(run.lanes) == 4
    assert (
        names["darthvader"].kind == "process" and run.seconds > run.lanes[0].ended + 0.1
    )  # it outlives main
    assert abs(longest(names["darthvader"], "sleep") - 0.3) < TOLERANCE


def test_the_demo_sees_nothing_of_it(write_demo):
    source = "print(sys.argv[0], sorted(set(sys.path))[:1], __name__, 'sitecustomize' in os.listdir('.'))\n"
    demo = write_demo(HEAD + source)
    traced = tracer.trace(demo).output
    plain = subprocess.run(
        [sys.executable, "demos/99z_sample.py"],
        cwd=demo.path.parent.parent,
        capture_output=True,
        text=True,
    )
    assert traced == plain.stdout


# --- a part is better than nothing


@pytest.mark.parametrize(
    "source, reason",
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
    result = timeline.timeline(demo)
    assert (result.complete, result.reason) == (False, reason)
    assert result.lanes and reason in result.text(80).plain and "a part" in result.svg()
    assert timeline.cached(demo) is None


def test_what_is_left_running_is_ended(write_demo):
    source = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nif os.fork() == 0:\n    time.sleep(60)\n"
    demo = write_demo(HEAD + source + "print(os.getpid(), flush=True)\n")
    run = tracer.trace(demo)
    for pid in run.output.split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


def test_ctrl_c_while_tracing_leaves_nothing_behind(write_demo, checkout, tmp_path):
    import signal
    import time

    demo = write_demo(
        HEAD + f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n"
    )
    code = f"from demos.catalogue import Demo; from demos import tracer; from pathlib import Path; tracer.trace(Demo('99z_sample', Path({str(demo.path)!r})))"
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
    assert process.wait(10) != 0
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    assert not list(tmp_path.glob("talk-trace-*"))


def test_a_demo_that_is_gone(write_demo):
    demo = write_demo("")
    demo.path.unlink()
    assert tracer.trace(demo).reason == "demos/99z_sample.py is not there any more"


# --- pictures


def test_the_picture_is_sound_small_and_speaks(run):
    svg = run.svg()
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert len(root.find(f"{SVG}title").text) > 10
    description = root.find(f"{SVG}desc").text
    assert "main" in description and f"{run.seconds:.1f} s" in description
    assert {int(size) for size in re.findall(r'font-size="(\d+)"', svg)} <= {24, 26}
    width, height = (int(root.get(name)) for name in ("width", "height"))
    assert width == 1150 and height <= 480
    assert len(svg) < 16_000
    if len(run.rows) <= 3 and not any(
        span.state == "turns" for lane in run.lanes for span in lane.spans
    ):
        assert height <= 222


def test_all_pictures_together_stay_small(runs):
    sizes = {name: len(run.svg()) for name, run in runs.items()}
    assert sum(sizes.values()) <= 150_000, sizes


def test_no_text_leaves_the_picture(runs, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    for name, run in runs.items():
        page.set_content(f"<body style='margin:0;font-family:sans-serif'>{run.svg()}")
        outside = page.evaluate(
            """() => { const box = document.querySelector("svg").getBoundingClientRect();
            return [...document.querySelectorAll("svg text")].filter(text => { const one = text.getBoundingClientRect();
            return one.left < box.left - 1 || one.right > box.right + 1 || one.bottom > box.bottom + 2; }).map(text => text.textContent) }"""
        )
        assert outside == [], name
    page.close()


def test_beside_each_other_two_pictures_have_one_scale(runs):
    one, two = runs["01a"], runs["01b"]
    first, second = timeline._Picture(one, 1150, [two]), timeline._Picture(two, 1150, [one])
    assert [first.x(at) for at in (0, 0.5, 1)] == [second.x(at) for at in (0, 0.5, 1)]


@linux
@pytest.mark.alone
def test_threads_with_a_gil_never_look_as_if_they_worked_at_once(write_demo):
    """However coarse the picture is: what is drawn as work adds up to one processor at most."""
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
    run = timeline._measure(write_demo(HEAD + source))
    for width in (1150, 700, 400):
        picture = timeline._Picture(run, width)
        works = sum(
            (end - start) * (0.5 if span.state == "turns" else 1)
            for lane in run.lanes[1:]
            for start, end, span in picture.simple(lane)
            if span.state in ("work", "turns")
        )
        assert works < 1.2 * (picture.right - picture.left)


def test_the_file_needs_no_stylesheet(runs, tmp_path):
    svg = timeline.standalone(next(iter(runs.values())).svg())
    assert "var(" not in svg and "<rect" in svg
    ElementTree.fromstring(svg)


# --- the command


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setattr(timeline, "CACHE", tmp_path / "timelines")


QUICK = (
    HEAD
    + "luke = threading.Thread(target=time.sleep, args=(0.2,), name='luke')\nluke.start()\nluke.join()\n"
)


def test_drawn_in_the_terminal(write_demo, kept, capsys):
    assert timeline.draw_here(write_demo(QUICK)) == 0
    output = capsys.readouterr().out
    assert output.splitlines()[0].startswith("main ") and "luke" in output and "sleeps" in output
    assert "\x1b" not in output and max(map(len, output.splitlines())) <= 80


def test_drawn_where_the_letters_are_few(write_demo, kept):
    text = timeline.timeline(write_demo(QUICK)).text(80, ascii_only=True).plain
    text.encode("ascii")


@pytest.mark.parametrize("ending", ["svg", "json"])
def test_written_to_a_file(write_demo, kept, tmp_path, ending):
    path = tmp_path / f"picture.{ending}"
    assert timeline.draw_here(write_demo(QUICK), path) == 0
    if ending == "svg":
        ElementTree.parse(path)
    else:
        events = json.loads(path.read_text())["traceEvents"]
        assert {"M", "X", "s", "f"} == {event["ph"] for event in events}
        assert any(
            event["name"] == "sleeps" and abs(event["dur"] - 200_000) < 60_000 for event in events
        )


@pytest.mark.parametrize("name", ["x.png", "x", "no/such/folder/x.svg", ".", "/proc/x.svg"])
def test_a_file_that_cant_be_is_said_before_anything_runs(write_demo, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tracer, "trace", lambda *args: pytest.fail("it ran the demo"))
    with pytest.raises(WrongUse) as error:
        timeline.draw_here(write_demo(QUICK), timeline.Path(name))
    assert "\n" not in str(error.value) and error.value.status == 2


def test_a_demo_that_fails_is_drawn_and_said(write_demo, kept, capsys):
    with pytest.raises(TalkError) as error:
        timeline.draw_here(write_demo(QUICK + "1 / 0\n"))
    assert "ZeroDivisionError" in str(error.value) and error.value.status == 1
    assert "luke" in capsys.readouterr().out


def test_measured_once_and_again_when_the_demo_changes(write_demo, kept):
    demo = write_demo(QUICK)
    first = timeline.timeline(demo)
    assert timeline.cached(demo) == first == timeline.timeline(demo)
    demo.path.write_text(QUICK + "time.sleep(0)\n")
    assert timeline.cached(demo) is None
    timeline.timeline(demo)
    assert len(list(timeline.CACHE.iterdir())) == 1


def test_without_a_place_to_keep_it_is_drawn_all_the_same(write_demo, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(timeline, "CACHE", tmp_path / "file" / "timelines")
    assert timeline.timeline(write_demo(QUICK)).complete
