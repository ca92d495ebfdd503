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
"""How many lines a process may write."""

now = time.perf_counter_ns
me = _thread.get_native_id

running: dict[int, str] = {}
"""The task that runs now, by Python's number of its thread."""


class Log:
    """The file of this process, and what has been written to it already."""

    def __init__(self) -> None:
        self.folder = ""
        self.fd = -1
        self.lines = 0
        self.forked = (0, 0)
        """Who forks, and when."""
        self.waiting: set[int] = set()
        """Threads that wait now."""
        self.said: set[int | str] = set()
        """Flows that have spoken, and "zero" once the demo's START is known."""
        self.locks: list[Lock] = []
        """Locks that somebody had to wait for."""

    def begin(self, folder: str) -> None:
        """Write to `folder` from now on."""
        self.folder = folder
        self.open()

    def open(self) -> None:
        """A new file, for a process that has written nothing yet."""
        self.lines = LINES
        self.fd = os.open(
            f"{self.folder}/{os.getpid()}",
            os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC,
            0o600,
        )
        self.waiting = set()
        self.said = set()
        self.locks = []

    def write(
        self, kind: str, *fields: object, at: int | None = None, tid: int | None = None
    ) -> None:
        """A line, of this thread and of now unless it says otherwise."""
        self.lines -= 1
        if self.lines < 0 and kind in "BDRr":
            if self.lines == -1:
                self._line(now(), me(), "!", ())
            return
        self._line(now() if at is None else at, me() if tid is None else tid, kind, fields)

    def _line(self, at: int, tid: int, kind: str, fields: tuple[object, ...]) -> None:
        text = "\t".join(
            str(field).replace("\t", " ").replace("\n", " ") for field in (at, tid, kind, *fields)
        )
        try:  # noqa: SIM105 - contextlib would be one more import in every Python of the demo
            os.write(self.fd, text.encode("utf-8", "replace") + b"\n")
        except OSError:
            pass  # the folder is gone: nobody reads this any more


log = Log()


def flow() -> int | str:
    """The task that runs now in this thread, or the thread."""
    return running.get(_thread.get_ident()) or me()


def zero() -> None:
    """Note where this demo's own clock began, as soon as it did."""
    start = getattr(sys.modules.get("__main__"), "START", None)
    if isinstance(start, float) and "zero" not in log.said:
        log.said.add("zero")
        log.write("0", int(start * 1e9))


def name_of(lock: object) -> str:
    """What the demo calls this lock."""
    for name, value in list(vars(sys.modules["__main__"]).items()):
        if value is lock:
            return name
    return ""
