"""One run of a demo: in a pseudo-terminal for the slides and the recordings, or in this terminal.

A run can't outlive its caller: it has a session and a process group of its own, is bounded in time
and output, and whatever is left of the group is killed at its end. Should this process be killed, the
closed terminal hangs up on the demo.
"""

import asyncio
import codecs
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from demos.cast import ansi
from demos.catalogue import Demo

COLUMNS = 80
ROWS = 18
SECONDS = 60.0
"""How long a run may take."""
LIMIT = 64 * 1024
"""How many bytes a run may print."""

TICK = 0.05
"""Seconds without a byte after which the beginning of a line is passed on."""
PATIENCE = 0.3
"""Seconds between asking a demo to end (Ctrl-C) and killing it."""

ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|.)")


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
    on_text: Callable[[str], None],
    *,
    seconds: float = SECONDS,
    limit: int = LIMIT,
    columns: int = COLUMNS,
    rows: int = ROWS,
) -> Outcome:
    """Run `demo` in a pseudo-terminal and hand what it prints to `on_text`, coloured, while it runs.

    The text is meant for a terminal: lines end in CR LF. A run that takes longer than `seconds` or
    prints more than `limit` bytes is ended, and so is one whose task is cancelled.
    """
    from ptyprocess import PtyProcess

    if problem := cant_start(demo):
        return Outcome(None, problem, "", 0.0)
    began = time.perf_counter()
    terminal = PtyProcess.spawn(
        command(demo), cwd=str(top(demo)), env=environment(), echo=False, dimensions=(rows, columns)
    )
    process = _Process(terminal)
    text = _Text(on_text, limit)
    reason = None
    try:
        async with asyncio.timeout(seconds):
            await _follow(process, text)
    except TimeoutError:
        reason = f"stopped: it took longer than {seconds:g} s"
        await process.ask_to_end()
    except _TooMuch:
        reason = f"stopped: it printed more than {limit // 1024} KiB"
    except asyncio.CancelledError:
        await process.ask_to_end()
        raise
    finally:
        process.end()
    text.done()
    status = process.status
    if reason:
        status = None
    elif status < 0:
        reason, status = f"killed by {_signal_name(-status)}", None
    elif status:
        reason = syntax_error(demo) or f"ended with exit status {status}"
    return Outcome(status, reason, text.plain(), time.perf_counter() - began, process.cpu)


def run_here(demo: Demo) -> int:
    """Run `demo` in this terminal, its flows coloured unless NO_COLOR is set or this is no terminal.

    Returns its exit status: 128 + n where signal n ended it, as a shell counts, so 130 after Ctrl-C.
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
    """What is started: this Python and the demo's file, nothing else."""
    return [sys.executable, f"{demo.path.parent.name}/{demo.path.name}"]


def top(demo: Demo):
    """The folder a demo is run from, so that its tracebacks show the path people type."""
    return demo.path.parent.parent


def environment() -> dict[str, str]:
    """The environment of a run on a slide: plain text, no tricks of this shell, none of Jupyter's secrets."""
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
    return None


def syntax_error(demo: Demo) -> str | None:
    """The syntax error in the demo's file in one line; None where Python can read it."""
    try:
        compile(demo.path.read_bytes(), demo.path.name, "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"syntax error in line {error.lineno}: {error.msg}"
    except (OSError, ValueError) as error:
        return str(error)
    return None


def plain(text: str) -> str:
    """What a terminal shows of `text`: no escape sequences, lines that end in a newline alone."""
    return ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


class _TooMuch(Exception):
    """The run printed more than it may."""


class Painter:
    """Colours lines as they become complete; the beginning of a line can be passed on plain."""

    def __init__(self, on_text: Callable[[str], None]):
        self.on_text = on_text
        self.tail = ""
        self.begun = False

    def feed(self, text: str) -> None:
        *lines, self.tail = (self.tail + text).split("\n")
        for line in lines:
            line += "\n"
            self.on_text(line if self.begun else ansi(line))
            self.begun = False

    def pause(self) -> None:
        """Nothing more for now: pass on what there is of the line."""
        if self.tail:
            self.on_text(self.tail)
            self.tail, self.begun = "", True


class _Text:
    """What a run prints: decoded, counted, coloured and passed on."""

    def __init__(self, on_text: Callable[[str], None], limit: int):
        self.painter = Painter(on_text)
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.left = limit
        self.parts: list[str] = []

    def feed(self, data: bytes) -> None:
        part = self.decoder.decode(data[: self.left])
        self.parts.append(part)
        self.painter.feed(part)
        self.left -= len(data)
        if self.left < 0:
            raise _TooMuch

    def done(self) -> None:
        self.painter.pause()

    def plain(self) -> str:
        return plain("".join(self.parts))


class _Process:
    """The demo's process group behind its pseudo-terminal."""

    def __init__(self, terminal):
        self.terminal = terminal
        self.pid = terminal.pid
        self.fd = terminal.fd
        self.status: int | None = None
        self.cpu = 0.0
        os.set_blocking(self.fd, False)

    def read(self) -> bytes | None:
        """What is there to read: empty where nothing is, None at the end."""
        try:
            return os.read(self.fd, 4096) or None
        except BlockingIOError:
            return b""
        except OSError:  # Linux: nobody has this terminal open any more
            return None

    def has_ended(self) -> bool:
        """Whether the demo itself has; it stays a zombie where the system lets us look without reaping,
        so that its number can't be given to another process before the group is killed.
        """
        if self.status is not None:
            return True
        if hasattr(os, "waitid"):
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        return self._reap(os.WNOHANG)

    async def ask_to_end(self) -> None:
        """Ctrl-C for the whole group, and a moment to tidy up."""
        self._signal(signal.SIGINT)
        until = time.monotonic() + PATIENCE
        while not self.has_ended() and time.monotonic() < until:
            while self.read():
                pass
            await asyncio.sleep(0.01)

    def end(self) -> None:
        """Kill what is left of the group, reap the demo, close the terminal."""
        self._signal(signal.SIGKILL)
        self._reap(0)
        if not self.terminal.closed:
            self.terminal.fileobj.close()
            self.terminal.fd = -1
            self.terminal.closed = True

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):  # nobody left (macOS says it the second way)
            pass

    def _reap(self, how: int) -> bool:
        if self.status is None:
            pid, status, usage = os.wait4(self.pid, how)
            if not pid:
                return False
            self.status = os.waitstatus_to_exitcode(status)
            self.cpu = usage.ru_utime + usage.ru_stime
        return True


async def _follow(process: _Process, text: _Text) -> None:
    """Pass on what the demo prints until it has ended."""
    loop = asyncio.get_running_loop()
    news = (
        asyncio.Event()
    )  # no asyncio.wait_for around it: in Python 3.11 that can lose a cancellation
    loop.add_reader(process.fd, news.set)
    tick = TICK
    try:
        while not process.has_ended():
            alarm = loop.call_later(tick, news.set)
            await news.wait()
            alarm.cancel()
            news.clear()
            data = process.read()
            if data is None:
                tick = TICK / 10
                loop.remove_reader(process.fd)
            elif data:
                text.feed(data)
            else:
                text.painter.pause()
    finally:
        loop.remove_reader(process.fd)
    process._signal(signal.SIGKILL)  # what it left behind may still print
    while data := process.read():
        text.feed(data)


def _paint_here(process: subprocess.Popen) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    painter = Painter(sys.stdout.write)
    while data := os.read(process.stdout.fileno(), 4096):
        painter.feed(decoder.decode(data))
        painter.pause()
        sys.stdout.flush()
    process.stdout.close()


def _end_here(process: subprocess.Popen) -> None:
    """After Ctrl-C, which reached the demo too: wait for it, and insist where it does not end."""
    steps = [lambda: None, lambda: process.send_signal(signal.SIGINT), process.kill]
    for step, patience in zip(steps, (PATIENCE, 1.0, None)):
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
