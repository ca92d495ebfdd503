"""A timeline of anybody's program: `talk demo path/to/script.py --timeline`, no demo of ours.

The program runs as its owner runs it, and whatever it does, there is one line and the picture of
what ran.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from helping import with_enough_time

from demos.about import PALETTE
from demos.catalogue import demos
from demos.errors import WrongUse
from demos.script import Script, find
from demos.timeline import show
from demos.timeline.draw import svg, terminal
from demos.timeline.measure import tracer
from demos.timeline.measure.probe.log import LINES
from slides import cli

TOLERANCE = 0.06
"""Seconds: a busy machine may stop a flow between two clocks."""


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Writes a script into an empty folder, in which the test then stands."""
    monkeypatch.chdir(tmp_path)

    def write(source: str, *arguments: str, name: str = "theirs.py") -> Script:
        Path(name).write_text(source, "utf-8")
        return Script(Path(name), arguments)

    return write


def lanes(run):
    return {lane.name: lane for lane in run.lanes}


# --- as its owner runs it


def test_it_runs_as_python_runs_it(script, tmp_path):
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "__init__.py").write_text("WHERE = __file__")
    (tmp_path / "data.txt").write_text("data")
    source = """
import sys
from pathlib import Path
import beside
print(sys.argv, sys.path, __name__, __file__, beside.WHERE, Path("data.txt").read_text())
print(Path.cwd(), sys.flags, input.__module__, print.__module__, "sitecustomize" in sys.modules)
START = 0.5  # a demo's clock, but this is none
print(f"{START:5.2f} seconds are no flow's name")
"""
    theirs = script(source, "one", "--two", "drei vier")
    said = []
    run = tracer.trace(theirs, on_text=said.append)
    plain = subprocess.run(
        [sys.executable, "theirs.py", *theirs.arguments], capture_output=True, text=True
    )
    assert run.complete and "".join(said).splitlines()[:1] == plain.stdout.splitlines()[:1]
    assert "".join(said) == plain.stdout.replace("False\n", "True\n")  # the probe's only trace
    assert [lane.name for lane in run.lanes] == ["main"] and run.seconds < run.wall < 30


def test_its_lines_come_when_they_are_printed(script):
    """As in a terminal: a line at a time, and none twice after a fork."""
    source = "import os\nprint('one')\nif os.fork() == 0:\n    os._exit(0)\nos.wait()\n"
    source += "while not os.path.exists('heard'): pass\nprint('two')\n"
    said = []

    def hear(text):
        said.append(text)
        Path("heard").touch()

    tracer.trace(script(source), on_text=hear)
    assert said == ["one\n", "two\n"]


def test_a_file_is_handed_on_as_its_input(script, tmp_path):
    script("print(input().upper())")
    (tmp_path / "input.txt").write_text("hello\n")
    command = [sys.executable, "-m", "slides.cli", "demo", "theirs.py", "--timeline"]
    code = f"import sys; from slides import cli; sys.exit(cli.main({command[3:]}))"
    with (tmp_path / "input.txt").open() as file:
        done = subprocess.run([sys.executable, "-c", code], stdin=file, capture_output=True)
    assert done.returncode == 0 and done.stdout.startswith(b"HELLO\n\nmain ")


# --- flows


def test_flows_have_colours_in_the_order_of_their_birth(script):
    source = """
import threading, time
for name in "abcdefg":
    threading.Thread(target=time.sleep, args=(0.2,), name=name).start()
    time.sleep(0.01)
"""
    run = tracer.trace(script(source))
    assert [row.name for row in run.rows] == ["main", *"abcdefg"]
    colours = [row.role.light for row in run.rows]
    assert colours[:6] == [light for _, light, _ in PALETTE]
    assert colours[6:] == [light for _, light, _ in PALETTE[1:3]]  # main's is nobody else's
    drawn = svg.standalone(svg.picture(run))
    assert all(colour in drawn for colour in colours) and "var(" not in drawn


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_every_kind_are_there(script, method):
    if method not in __import__("multiprocessing").get_all_start_methods():
        pytest.skip(f"no {method} here")
    source = f"""
import multiprocessing, time
def work(seconds):
    time.sleep(seconds)
if __name__ == "__main__":
    context = multiprocessing.get_context("{method}")
    one = context.Process(target=work, args=(0.3,))
    one.start()
    one.join()
"""
    run = tracer.trace(script(source))
    (process,) = [lane for lane in run.lanes if re.fullmatch(r"\w*Process-1", lane.name)]
    assert process.kind == "process" and run.lanes[process.parent].name == "main"
    assert any(span.state == "sleep" and span.end - span.start > 0.24 for span in process.spans)


def test_nameless_flows_are_called_by_what_they_do(script):
    source = """
import asyncio, os, subprocess, sys, threading, time
def work(): time.sleep(0.1)
async def fetch(): await asyncio.sleep(0.1)
async def main(): await asyncio.gather(fetch(), fetch())
threading.Thread(target=work).start()
asyncio.run(main())
pid = os.fork()
if not pid:
    time.sleep(0.1)
    os._exit(0)
print(pid)
os.wait()
subprocess.run([sys.executable, "-c", "pass"])
subprocess.run(["sleep", "0.1"])
"""
    said = []
    run = tracer.trace(script(source), on_text=said.append)
    names = [lane.name for lane in run.lanes]
    child = f"process {''.join(said).strip()}"
    assert names[:2] == ["main", "Thread-1 (work)"] and names[-3:] == [child, "python -c", "sleep"]
    assert [re.sub(r"\d+", "N", name) for name in names[2:4]] == ["Task-N (fetch)"] * 2


def test_a_pool_of_many_threads_stays_readable(script):
    source = """
import threading, time
from concurrent.futures import ThreadPoolExecutor
together = threading.Barrier(60)
with ThreadPoolExecutor(60) as pool:
    list(pool.map(lambda _: (together.wait(), time.sleep(0.3)), range(60)))
"""
    run = tracer.trace(script(source))
    drawn = svg.picture(run)
    texts = [
        text.text for text in ElementTree.fromstring(drawn).iter() if text.tag.endswith("text")
    ]
    assert "ThreadPoolExecutor-0_0" in texts and "45 threads" in texts and "45 at once" in texts
    assert len(texts) < 80 and int(re.search(r'height="(\d+)"', drawn)[1]) < 1400
    assert len(terminal.picture(run, 80).plain.splitlines()) < 50


def test_more_tasks_than_lines_are_counted(script):
    source = """
import asyncio
async def main(): await asyncio.gather(*(asyncio.sleep(0.3) for _ in range(500)))
asyncio.run(main())
"""
    run = tracer.trace(script(source))
    assert len(run.lanes) == 501 and run.hidden > 300
    drawn = svg.picture(run)
    assert "485 tasks" in drawn and f"{485 - run.hidden} drawn" in drawn


# --- short, long, much


def test_a_moment_has_a_picture(script):
    run = tracer.trace(script("pass\n"))
    assert run.complete and 0 < run.seconds < 5
    ElementTree.fromstring(svg.standalone(svg.picture(run)))
    assert terminal.picture(run).plain.startswith("main")


def test_so_many_waits_that_they_are_joined_still_fill_the_run(script):
    """More than the probe writes down one by one: the rest is coarser, but not missing."""
    source = f"""
import queue, threading, time
def work():
    items = queue.Queue()
    for number in range({LINES}):
        items.put(number)
        items.get()
    time.sleep(0.5)
threads = [threading.Thread(target=work) for _ in range(2)]
for one in threads: one.start()
for one in threads: one.join()
"""
    run = tracer.trace(script(source))
    assert run.complete and "joined where there are many" in run.remarks[0]
    for lane in run.lanes[1:]:
        last = [span for span in lane.spans if span.state == "sleep"][-1]
        assert last.end - last.start > 0.4 and lane.ended >= last.end
        filled = (lane.spans[0].start, lane.spans[-1].end)
        assert filled == pytest.approx((lane.born, lane.ended), abs=0.001)
    size = sum(len(lane.spans) for lane in run.lanes)
    assert size < 5 * LINES
    assert "joined where there are many" in svg.picture(run) + terminal.picture(run).plain
    assert len(svg.picture(run)) < 60_000


# --- bad input


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("broken.py", b"x = 1\ndef f(:\n", "broken.py, line 2: invalid syntax"),
        ("./notes.txt", b"Dear all,\n", "notes.txt is no Python file"),
        ("./picture.png", bytes(range(256)), "picture.png is no Python file"),
        ("nosuch.py", None, "there is no file nosuch.py here, and no demo is called"),
        ("no/such.py", None, "there is no file no/such.py"),
        ("./", None, "is a folder"),
        ("/dev/null", None, "no plain file"),
    ],
)
def test_what_is_no_script_is_said_before_anything_runs(
    tmp_path, monkeypatch, capsys, name, content, says
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(show, "draw_script", lambda *args: pytest.fail("it ran"))
    if content is not None:
        Path(name).write_bytes(content)
    assert cli.main(["demo", name, "--timeline"]) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1


def test_wrong_uses_are_said(script, capsys):
    script("pass")
    for arguments, says in [
        (["theirs.py"], "with --timeline"),
        (["01a", "--timeline", "--", "x"], "a demo takes no arguments"),
        (["theirs.py", "theirs.py", "--timeline"], "one script"),
        (["theirs.py", "--timeline", "-o", "x.png"], "choose one of these endings"),
    ]:
        assert cli.main(["demo", *arguments]) == 2
        assert says in capsys.readouterr().err


def test_the_path_of_a_demo_is_that_demo(checkout, monkeypatch):
    monkeypatch.chdir(checkout)
    one = demos()[0]
    assert find(f"demos/{one.name}.py") == one
    with pytest.raises(WrongUse):
        find("demos/99z_nothing.py")


FAILS = {
    "error": ("1 / 0", 1, "ended with exit status 1: ZeroDivisionError: division by zero"),
    "status": ("import sys; print('no luck'); sys.exit(3)", 1, "ended with exit status 3: no luck"),
    "input": ("input()", 1, "EOFError: EOF when reading a line (its input is empty here"),
    "deep": ("f = lambda: f()\nf()", 1, "RecursionError: maximum recursion depth exceeded"),
    "killed": ("import os; os.kill(os.getpid(), 9)", 1, "killed by signal 9"),
}


@pytest.mark.parametrize("kind", FAILS)
def test_one_that_fails_gives_a_line_and_the_picture_of_what_ran(script, capsys, monkeypatch, kind):
    source, status, says = FAILS[kind]
    monkeypatch.setattr("demos.timeline.measure.subject._has_input", lambda: False)
    script(f"import time\ntime.sleep(0.2)\n{source}\n")
    assert cli.main(["demo", "theirs.py", "--timeline", "-o", "x.svg"]) == status
    output, error = capsys.readouterr()
    assert says in error and error.count("\n") == 1 and "wrote x.svg: 1 flows" in output
    drawn = Path("x.svg").read_text("utf-8")
    ElementTree.fromstring(drawn)
    assert "only a part" in drawn and "sleeps" in drawn


def test_a_thread_that_fails_ends_alone(script):
    source = "import threading, time\ndef work():\n    time.sleep(0.1)\n    1 / 0\n"
    source += "one = threading.Thread(target=work)\none.start()\none.join()\ntime.sleep(0.3)\n"
    said = []
    run = tracer.trace(script(source), on_text=said.append)
    assert run.complete and "ZeroDivisionError" in "".join(said)
    thread = lanes(run)["Thread-1 (work)"]
    assert thread.ended < run.lanes[0].ended - 0.29


ENDLESS = """
import threading, time
def forever():
    while True:
        time.sleep(0.05)
threading.Thread(target=forever, name="never joined").start()
threading.Thread(target=forever, name="daemon", daemon=True).start()
try:
    print("runs", flush=True)
    time.sleep(600)
finally:
    print("tidies up", flush=True)
"""


def test_one_that_never_ends_is_stopped_and_drawn(script):
    endless = script(ENDLESS)

    def try_for(seconds):
        said = []
        return tracer.trace(endless, seconds=seconds, on_text=said.append), "".join(said)

    seconds, (run, said) = with_enough_time(try_for, lambda found: found[1].startswith("runs"))
    assert run.reason == f"stopped: it ran for longer than {seconds:g} s"
    assert said.startswith("runs\ntidies up\n")  # it was asked first
    assert [lane.name for lane in run.lanes] == ["main", "never joined", "daemon"]
    assert all("sleep" in {span.state for span in lane.spans} for lane in run.lanes)


# Ctrl-C may come where a file has just been opened and nobody holds it yet
@pytest.mark.filterwarnings("ignore:unclosed file <_io.BufferedReader name=:ResourceWarning")
def test_ctrl_c_ends_it_and_draws_it(script, capsys):
    script(ENDLESS)
    told, tidied = threading.Event(), threading.Event()

    def press():
        for event in (told, tidied):
            event.wait(60)
            os.kill(os.getpid(), signal.SIGINT)

    def say(text):
        sys.stdout.write(text)
        told.set()
        if "tidies up" in text:
            tidied.set()

    keyboard = threading.Thread(target=press)
    keyboard.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(show, "_say", say)
        patch.setattr(tracer, "GRACE", 60)  # the second press ends that
        assert cli.main(["demo", "theirs.py", "--timeline", "-o", "x.json"]) == 130
    keyboard.join()
    output, error = capsys.readouterr()
    assert "runs\ntidies up\n" in output and "stopped with Ctrl-C" in error
    names = {
        event["args"]["name"]
        for event in json.loads(Path("x.json").read_text())["traceEvents"]
        if event["name"] == "thread_name"
    }
    assert names == {"main", "never joined", "daemon"}
