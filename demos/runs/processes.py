"""The processes of one run: marked at its start, counted, and ended to the last.

A process can leave its group (`setsid`), its parents (a double fork) and its environment (`execve`
with another one). What it can't leave on Linux are its resource limits: every child has them, and
no limit can be raised again without privileges. So a run's mark is a number that no other run has,
set as the limit of the resident set (RLIMIT_RSS), which Linux has ignored since 2.4.30. Any
process's limits can be asked for, so who belongs to a run is found in one look at /proc, 0.3 ms for
a hundred processes, without a process that watches. A subreaper was the other way: the server has
kernels and their children besides the runs, and as their reaper it would have to know whose orphan
it gets; one more process for each run would have cost its start.

Elsewhere than on Linux there are no marks, and a run's process group is all that can be ended.
"""

import asyncio
import itertools
import os
import resource
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MOST = 200
"""How many processes a run may have at once; 03b starts 32."""
MEMORY = 4 * 1024**3
"""Bytes that each process of a run may have for itself; the stack of a thread counts 8 MiB."""
ROOM = 1000
"""How many more processes and threads than now the user may have; the system does not bind root.

It stops what would outrun `kill`; so many that it stops no demo while a browser starts, too.
"""
COUNT = 0.1
"""Seconds between two counts of a run's processes."""
SECONDS = 5.0
"""How long the processes of a run are waited for while none of them dies.

A killed one needs milliseconds, but has to get a turn for it: of thousands each waits for many.
"""
PAUSE = 0.002
"""Seconds between two looks for whoever has not died yet, or more where they are many."""
SLICE = 0.1
"""Seconds for which an event loop may have to wait, because there are ever new ones."""

LINUX = sys.platform == "linux"
SIGN = 0x2C0DE
"""The upper bits of every mark; then 22 bits for the owner's process id and 20 for the run."""
OWNER, RUN = 22, 20
_runs = itertools.count(secrets.randbits(RUN))


def mark() -> int:
    """A mark for one run that this process starts."""
    return (SIGN << OWNER | os.getpid()) << RUN | next(_runs) % (1 << RUN)


def enter(mark: int, bounded: bool = True) -> None:
    """To be called in the run's first process, between fork and exec: from here on it is marked.

    Signals that its starter ignores or blocks do what they always do, for under `nohup` a closed
    terminal would not end the run. Its memory is bounded, and should the system run out of memory,
    it is this run's processes that have to go, not the server. Somebody's own program, in their own
    terminal, is not `bounded`: it may have the memory that it needs.
    """
    for number in signal.valid_signals():
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    if not LINUX:
        return
    limits = {resource.RLIMIT_RSS: mark}
    if bounded:
        limits[resource.RLIMIT_DATA] = MEMORY
    if bounded and os.geteuid():
        limits[resource.RLIMIT_NPROC] = _tasks() + ROOM
    for kind, value in limits.items():
        with suppress(OSError, ValueError):  # a lower limit is set already
            resource.setrlimit(kind, (value, value))
    with suppress(OSError):  # a sandbox
        Path("/proc/self/oom_score_adj").write_text("1000")


def members(mark: int) -> Iterator[int]:
    """The ids of the run's processes, each as it is found; also of those that have just ended."""
    for pid, number in _marks():
        if number == mark:
            yield pid


def living(mark: int) -> list[int]:
    """The ids of the run's processes that have not ended; the others wait for init to reap them."""
    return [pid for pid in members(mark) if _lives(pid)]


def too_many(mark: int) -> bool:
    """Whether the run has more than MOST processes; a bomb may be adding some all the while."""
    with _ahead_of_all():
        return len(list(itertools.islice(members(mark), MOST + 1))) > MOST


class Guard:
    """Ends a run that has more than MOST processes.

    A thread counts them, ahead of all others where the system allows that: where every process of a
    bomb is a session of its own, an event loop may have no turn for a minute, and then they are
    thirty thousand.
    """

    def __init__(self, mark: int):
        """Watch the run from now on until `close`."""
        self.mark = mark
        self._crowded = threading.Event()
        self._over = threading.Event()
        if LINUX:
            threading.Thread(target=self._watch, name="guard of a run", daemon=True).start()

    def has_ended_it(self) -> bool:
        """Whether there were too many, so that they are being ended."""
        return self._crowded.is_set()

    def close(self) -> None:
        """The run is over."""
        self._over.set()

    def _watch(self) -> None:
        with _ahead_of_all():
            while not self._over.wait(COUNT):
                if too_many(self.mark):
                    self._crowded.set()
                    end_all(self.mark)
                    return


def kill(mark: int) -> set[int]:
    """Kill the run's processes, and those that these have started meanwhile.

    Gives those that still live, or may have started others. A killed process can't fork any more,
    so even a fork bomb is looked through in a few rounds. It is done before the bomb gets its next
    turn, where the system allows that.
    """
    killed: set[int] = set()
    until = time.monotonic() + SLICE
    with _ahead_of_all():
        while True:
            new = set()
            for pid in members(mark):
                if pid not in killed:
                    _kill(pid)
                    new.add(pid)
            killed |= new
            if not new or time.monotonic() > until:
                return new | set(filter(_lives, killed))


def end_all(mark: int) -> bool:
    """Kill the run's processes and wait until they are gone; False if one does not go."""
    for pause in (rounds := _Rounds(mark)):
        time.sleep(pause)
    return not rounds.left


async def end_all_soon(mark: int) -> bool:
    """As `end_all`, while the event loop goes on; cancelling it takes effect when it is done."""
    cancelled = None
    for pause in (rounds := _Rounds(mark)):
        try:
            await asyncio.sleep(pause)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled:
        raise cancelled
    return not rounds.left


def sweep() -> int:
    """Kill what is left of the runs of processes that are gone, and say how many it was."""
    ended = 0
    here = _namespace("self")
    for pid, number in _marks():
        owner = number >> RUN & (1 << OWNER) - 1
        if number >> RUN + OWNER == SIGN and _namespace(str(pid)) == here and not _lives(owner):
            ended += _lives(pid)
            _kill(pid)
    return ended


class _Rounds:
    """Iterates for as long as there is something left to kill; gives the seconds to the next round.

    A round looks at them all before those that are dying get a turn, so it leaves them as long as
    it took.
    """

    def __init__(self, mark: int):
        self.mark = mark
        self.left: set[int] = set()

    def __iter__(self) -> Iterator[float]:
        until = 0.0
        while True:
            began = time.monotonic()
            left = kill(self.mark)
            now = time.monotonic()
            if left != self.left:
                self.left, until = left, now + SECONDS
            if not left or now > until:
                return
            yield max(PAUSE, now - began)


def _marks() -> Iterator[tuple[int, int]]:
    """Every process that we may ask, with the number where a mark would stand."""
    if not LINUX:
        return
    with os.scandir("/proc") as entries:
        for entry in entries:
            if entry.name.isdigit():
                pid = int(entry.name)
                with suppress(OSError):  # gone, or another user's
                    yield pid, resource.prlimit(pid, resource.RLIMIT_RSS)[1]


def _tasks() -> int:
    """How many threads all processes of this user have together."""
    count, me = 0, os.getuid()
    with os.scandir("/proc") as entries:
        for entry in entries:
            if entry.name.isdigit():
                with suppress(OSError):
                    if entry.stat().st_uid == me:
                        count += Path(entry.path, "task").stat().st_nlink - 2
    return count


def _lives(pid: int) -> bool:
    """Whether there is such a process, and not only its exit status waiting to be read."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return text.rpartition(b")")[2].split()[0] not in (b"Z", b"X")


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


@contextmanager
def _ahead_of_all() -> Iterator[None]:
    """Let no other thread run before this one, where the system allows it: it takes privileges."""
    try:
        usual, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except (AttributeError, OSError):
        yield
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, usual, parameters)


def _namespace(pid: str) -> str | None:
    """In which world of process ids it is: a container's owner can't be looked for here."""
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return None
