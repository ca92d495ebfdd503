"""One run of a demo: in a pseudo-terminal for the slides and the recordings, or in this terminal.

A run can't outlive its caller: it is bounded in time, output, processes and memory, and at its end
whatever it has started is killed, in its process group or out of it; files that it made in the
folder for temporary ones go too. Should this process be killed, the closed terminal hangs up on the
demo, and `clear_up` ends at the next start what did not hear that.
"""

import asyncio
import codecs
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from demos import files
from demos.catalogue import Demo
from demos.errors import TalkError
from demos.runs import pythons
from demos.runs.output import Painter, Text, TooMuch

if TYPE_CHECKING:
    from demos.runs.terminal import Terminal

COLUMNS = 80
ROWS = 18
SECONDS = 60.0
"""How long a run may take.

On Linux and macOS the clock stands still while the machine sleeps, so a run goes on after that; one
that was halted otherwise, for longer than this, is ended as it wakes.
"""
LIMIT = 64 * 1024
"""How many bytes a run may print."""

TICK = 0.05
"""Seconds without a byte after which the beginning of a line is passed on."""
PATIENCE = 0.3
"""Seconds between Ctrl-C in this terminal and the next thing that is tried."""


@dataclass
class Outcome:
    """How a run ended."""

    status: int | None
    """Exit status; None where it did not end by itself."""
    reason: str | None
    """One line for people where it went otherwise than it should; None where all is well."""
    output: str
    """What it printed, as plain text."""
    seconds: float
    """How long it took."""
    cpu: float = 0.0
    """Seconds of CPU it used, together with the processes it waited for."""


async def run(
    demo: Demo,
    on_text: Callable[[str], object],
    *,
    seconds: float = SECONDS,
    limit: int = LIMIT,
    columns: int = COLUMNS,
    rows: int = ROWS,
) -> Outcome:
    """Run `demo` in a pseudo-terminal and hand what it prints, coloured, to `on_text` at once.

    The text is meant for a terminal: lines end in CR LF. A run that takes longer than `seconds`,
    prints more than `limit` bytes or has more than `processes.MOST` processes is ended, and so is
    one whose task is cancelled. When this returns, on Linux, none of its processes is left.
    """
    from demos.programs import (
        scratch,  # here, so that `run_here` works on Windows, which lacks what they need
    )

    if problem := cant_start(demo):
        return Outcome(None, problem, "", 0.0)
    try:
        with scratch.folder() as folder:
            variables = environment() | {"TMPDIR": str(folder)}
            return await _run(demo, variables, Text(on_text, limit), seconds, (rows, columns))
    except TalkError as error:
        return Outcome(None, str(error), "", 0.0)


async def _run(
    demo: Demo, variables: dict[str, str], text: Text, seconds: float, size: tuple[int, int]
) -> Outcome:
    from demos.runs import processes
    from demos.runs.terminal import Terminal

    began = time.perf_counter()
    terminal = Terminal(command(demo), top(demo), variables, size)
    reason = None
    try:
        async with asyncio.timeout(seconds):
            await _follow(terminal, text)
    except TimeoutError:
        reason = f"stopped: it took longer than {seconds:g} s"
        await terminal.ask_to_end()
    except TooMuch:
        reason = f"stopped: it printed more than {text.limit // 1024} KiB"
    except _TooMany:
        reason = f"stopped: it started more than {processes.MOST} processes"
    except asyncio.CancelledError:
        await terminal.ask_to_end()
        raise
    finally:
        await terminal.end()
    text.pause()
    status = terminal.status
    if reason:
        status = None
    elif status is not None and status < 0:
        reason, status = f"killed by {_signal_name(-status)}", None
    elif status:
        reason = syntax_error(demo) or f"ended with exit status {status}"
    return Outcome(status, reason, text.plain(), time.perf_counter() - began, terminal.cpu)


def clear_up() -> None:
    """End the processes and remove the folders that runs of a killed process left, at a start."""
    from demos.programs import scratch
    from demos.runs import processes

    processes.sweep()
    scratch.sweep()


def run_here(demo: Demo) -> int:
    """Run `demo` in this terminal, its flows coloured unless NO_COLOR is set or this is none.

    Returns its exit status: 128 + n where signal n ended it, as a shell counts, so 130 after
    Ctrl-C.
    """
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    sys.stdout.flush()
    process = subprocess.Popen(
        command(demo),
        cwd=top(demo),
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        stdout=subprocess.PIPE if coloured else None,
    )
    try:
        if coloured:
            _paint_here(process)
        status = process.wait()
    except KeyboardInterrupt:
        _end_here(process)
        if coloured:
            print("\x1b[0m", flush=True)
        return 130
    return status if status >= 0 else 128 - status


def command(demo: Demo) -> list[str]:
    """What is started: the demo's Python and its file, nothing else; raises as `pythons.of`."""
    return [pythons.of(demo).path, f"{demo.path.parent.name}/{demo.path.name}"]


def top(demo: Demo) -> Path:
    """The folder a demo is run from, so that its tracebacks show the path people type."""
    return demo.path.parent.parent


def environment() -> dict[str, str]:
    """The environment of a run on a slide: plain text, no tricks of this shell, no secrets."""
    dropped = {
        "PYTHONUNBUFFERED",
        "FORCE_COLOR",
        "COLUMNS",
        "LINES",
        "PYTHONSTARTUP",
        "PYTHONINSPECT",
    }
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in dropped and not name.startswith(("JUPYTER_", "JPY_"))
    }
    return kept | {"TERM": "dumb", "NO_COLOR": "1", "PYTHON_COLORS": "0"}


def cant_start(demo: Demo) -> str | None:
    """Why `demo` can't be started, in one line; None where it can."""
    if not demo.path.is_file():
        return f"demos/{demo.path.name} is not there any more"
    try:
        pythons.of(demo)
    except TalkError as error:
        return str(error)
    return None


def syntax_error(demo: Demo) -> str | None:
    """The syntax error in the demo's file in one line; None where this Python can read it."""
    if pythons.missing(demo) or pythons.of(demo) != pythons.this():
        return None  # its syntax may be another's
    try:
        compile(demo.path.read_bytes(), demo.path.name, "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"syntax error in line {error.lineno}: {error.msg}"
    except OSError as error:
        return files.reason(error)
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or "nested too deeply"
    return None


class _TooMany(Exception):
    """The run started more processes than it may."""


async def _follow(terminal: "Terminal", text: Text) -> None:
    """Pass on what the demo prints until it has ended."""
    loop = asyncio.get_running_loop()
    news = asyncio.Event()  # no asyncio.wait_for: in Python 3.11 that can lose a cancellation
    loop.add_reader(terminal.fd, news.set)
    tick = TICK
    heard = loop.time()
    try:
        while not terminal.has_ended():
            alarm = loop.call_later(tick, news.set)
            await news.wait()
            alarm.cancel()
            news.clear()
            data = terminal.read()
            if data is None:
                tick = TICK / 10
                loop.remove_reader(terminal.fd)
            elif data:
                text.feed(data)
                heard = loop.time()
            elif loop.time() - heard > 0.9 * TICK:  # the reader tells once more of what was read
                text.pause()
    finally:
        loop.remove_reader(terminal.fd)
    if terminal.was_crowded():
        raise _TooMany
    terminal.kill()  # what it left behind may still print
    while data := terminal.read():
        text.feed(data)


def _paint_here(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    painter = Painter(sys.stdout.write)
    while data := os.read(process.stdout.fileno(), 4096):
        painter.feed(decoder.decode(data))
        painter.pause()
        sys.stdout.flush()
    process.stdout.close()


def _end_here(process: subprocess.Popen[bytes]) -> None:
    """After Ctrl-C, which reached the demo too: wait for it, and insist where it does not end."""
    steps = [lambda: None, lambda: process.send_signal(signal.SIGINT), process.kill]
    for step, patience in zip(steps, (PATIENCE, 1.0, None), strict=True):
        step()
        try:
            process.wait(patience)
            return
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            pass


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
