"""The file of what this process's flows do, and what is needed to write a line of it.

Each process appends lines to a file of its own: nanoseconds of the monotonic clock, the system's
number of the thread, a kind, and fields, separated by tabs. A line is written at once, so that a
process that is killed loses nothing.
"""

from __future__ import annotations

import _thread
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .locks import Lock

LINES = 30_000
"""How many waits and steps a process writes down before it gets coarser, and again each time."""
COARSE = 10_000_000
"""Nanoseconds of the shortest wait that is then still told from its neighbours; then twice them."""

now = time.perf_counter_ns
me = _thread.get_native_id

running: dict[int, str] = {}
"""The task that runs now, by Python's number of its thread."""


class Wait:
    """A wait of a thread, in nanoseconds of the monotonic clock."""

    __slots__ = ("end", "start", "what", "written")

    def __init__(self, start: int, what: tuple[object, ...]) -> None:
        self.start, self.end, self.what, self.written = start, 0, what, False


class Log:
    """The file of this process, and what has been written to it already."""

    def __init__(self) -> None:
        self.folder = ""
        self.ours = True
        """Whether the program is a demo, with a clock START and flows that say their names."""
        self.fd = -1
        self.lines = LINES
        """How many more until it gets coarser."""
        self.coarse = 0
        """Nanoseconds: what is shorter is joined with what is beside it."""
        self.forked = (0, 0)
        """Who forks, and when."""
        self.waiting: dict[int, Wait] = {}
        """What threads wait for now."""
        self.joined: dict[int, Wait] = {}
        """Waits of threads that may be joined with the next, when it gets coarse."""
        self.said: set[int | str] = set()
        """Flows that have spoken, and "zero" once the demo's START is known."""
        self.locks: list[Lock] = []
        """Locks that somebody had to wait for."""

    def begin(self, folder: str, ours: bool) -> None:
        """Write to `folder` from now on."""
        self.folder, self.ours = folder, ours
        self.open()

    def open(self) -> None:
        """A new file, for a process that has written nothing yet."""
        self.lines, self.coarse = LINES, 0
        self.fd = os.open(
            f"{self.folder}/{os.getpid()}",
            os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC,
            0o600,
        )
        self.waiting, self.joined = {}, {}
        self.said = set()
        self.locks = []

    def write(
        self, kind: str, *fields: object, at: int | None = None, tid: int | None = None
    ) -> None:
        """A line, of this thread and of now unless it says otherwise."""
        line = now() if at is None else at, me() if tid is None else tid, kind, *fields
        text = "\t".join(str(field).replace("\t", " ").replace("\n", " ") for field in line)
        try:  # noqa: SIM105 - contextlib would be one more import in every Python of the demo
            os.write(self.fd, text.encode("utf-8", "replace") + b"\n")
        except OSError:
            pass  # the folder is gone: nobody reads this any more

    def spend(self) -> None:
        """One wait or step more; the more there are, the coarser they are told."""
        self.lines -= 1
        if self.lines < 0:
            self.lines = LINES
            self.coarse = 2 * self.coarse or COARSE
            self.write("!", self.coarse)


log = Log()


def flow() -> int | str:
    """The task that runs now in this thread, or the thread."""
    return running.get(_thread.get_ident()) or me()


def zero() -> None:
    """Note where this demo's own clock began, as soon as it did."""
    start = getattr(sys.modules.get("__main__"), "START", None) if log.ours else None
    if isinstance(start, float) and "zero" not in log.said:
        log.said.add("zero")
        log.write("0", int(start * 1e9))


def name_of(lock: object) -> str:
    """What the demo calls this lock."""
    for name, value in list(vars(sys.modules["__main__"]).items()):
        if value is lock:
            return name
    return ""
