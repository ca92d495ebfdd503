"""What a run starts ends with it, wherever it went, and nothing else does."""

import asyncio

import pytest
from helping import alive, finish, gone, material, with_enough_time
from test_run import go, linux, owner_of

from demos.runs import processes
from demos.runs.run import clear_up, run
from demos.timeline.kept import trace

ESCAPED = """
import os, time
spoken, speaks = os.pipe()
if not os.fork():
    os.setsid()
    if not os.fork():
        print(os.getpid(), flush=True)
        {what}
        os.close(speaks)
        time.sleep(99)
    os._exit(0)
os.close(speaks)
os.wait()
os.read(spoken, 1)
time.sleep({seconds})
"""
"""The pipe, which `execve` closes too, is at its end once the one that has left has spoken."""


BOMB = """
import os, signal, time
ignore = lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)
until = time.monotonic() + 20
while time.monotonic() < until:
    {}
"""


@linux
@pytest.mark.parametrize("what", ["", "os.execve('/bin/sleep', ['sleep', '99'], {})"])
@pytest.mark.parametrize("seconds", [0.2, 99])
def test_what_left_its_group_is_killed_at_the_end(write_demo, what, seconds):
    demo = write_demo(ESCAPED.format(what=what, seconds=seconds))
    limit, outcome = with_enough_time(
        lambda limit: go(demo, seconds=limit)[0],
        lambda outcome: outcome.output and (seconds > 1 or not outcome.reason),
    )
    reason = None if seconds < 1 else f"stopped: it took longer than {limit} s"
    assert outcome.reason == reason and not alive(int(outcome.output))


@linux
def test_a_run_ends_its_own_processes_and_no_others(write_demo):
    quick = write_demo(ESCAPED.format(what="", seconds=0.1), "99a_quick")
    slow = write_demo(ESCAPED.format(what="", seconds=99), "99b_slow")

    async def both():
        texts = []
        task = asyncio.create_task(run(slow, texts.append))
        while not texts:
            await asyncio.sleep(0.02)
        outcome = await run(quick, lambda text: None)
        seen = alive(int(outcome.output)), alive(int(texts[0]))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return *seen, alive(int(texts[0]))

    assert finish(both()) == (False, True, False)


@linux
@pytest.mark.alone  # until it is stopped nothing can be started, least of all another bomb
@pytest.mark.parametrize("body", ["os.fork()", "os.fork() or os.setsid()", "ignore(); os.fork()"])
def test_a_fork_bomb_is_stopped(write_demo, monkeypatch, body):
    mark = processes.mark()
    monkeypatch.setattr(processes, "mark", lambda: mark)
    outcome, _ = go(write_demo(BOMB.format(body)))
    assert outcome.reason == f"stopped: it started more than {processes.MOST} processes"
    assert not processes.living(mark)


@linux
@pytest.mark.alone
def test_a_fork_bomb_is_stopped_while_it_is_measured(write_demo, monkeypatch):
    mark = processes.mark()
    monkeypatch.setattr(processes, "mark", lambda: mark)
    seen = trace(write_demo(BOMB.format("os.fork() or os.setsid()")))
    assert seen.reason == f"stopped: it started more than {processes.MOST} processes"
    assert not processes.living(mark)


@linux
@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")  # it is not
def test_ctrl_c_while_a_measured_run_is_being_started_ends_it(write_demo, monkeypatch):
    mark = processes.mark()

    def interrupted(mark):
        assert processes.living(mark)
        raise KeyboardInterrupt

    monkeypatch.setattr(processes, "mark", lambda: mark)
    monkeypatch.setattr(processes, "Guard", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trace(write_demo("while True: pass"))
    assert not processes.living(mark)


@linux
def test_as_many_processes_as_03b_starts_are_welcome(write_demo):
    outcome, _ = go(material("03b_two_to_the_n"))
    assert outcome.reason is None and "32 processes" in outcome.output


def test_a_hog_gets_no_more_memory_than_there_is_for_a_run(write_demo):
    outcome, _ = go(write_demo("x = bytearray(64 * 1024**3)"))
    if processes.LINUX:
        assert outcome.reason == "ended with exit status 1" and "MemoryError" in outcome.output


@linux
def test_cleaning_up_is_done_even_when_cancelled_twice(write_demo):
    demo = write_demo(
        "import os\nos.setsid() if not os.fork() else print('x', flush=True)\nwhile 1: 0"
    )
    mark = processes.mark()

    async def impatient():
        texts = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(processes, "mark", lambda: mark)
            task = asyncio.create_task(run(demo, texts.append))
            while not texts:
                await asyncio.sleep(0.02)
        while not task.done():
            task.cancel()
            await asyncio.sleep(0)
        return task.cancelled()

    assert finish(impatient())
    assert not processes.living(mark)


@linux
def test_processes_of_a_killed_owner_are_swept(write_demo, checkout):
    demo = write_demo(ESCAPED.format(what="", seconds=99))
    owner = owner_of(demo, checkout)
    pid = int(owner.stdout.readline())
    owner.kill()
    owner.communicate()
    assert alive(pid)  # it has left the group and the terminal
    clear_up()
    assert gone(pid)
