"""Asks the system what each thread of a run does, again and again, from outside (Linux)."""

import os
import time
from bisect import bisect_left, bisect_right
from pathlib import Path
from typing import NamedTuple

from demos.timeline.measure.flows import Key

TICK = 0.0012
"""Seconds between two looks at the threads."""
SCAN = 0.005
"""Seconds between two searches for new threads and processes."""
IDLE = 0.005
"""Seconds between two looks at the demo where the system can't be asked about threads."""
RAN = 0.08
"""Of the time around a look, the part that a thread has to have run to be called running."""
READY = 0.2
"""Of the looks at a thread, the part at which it was ready, that makes it a rival."""
FEW = 3
"""With fewer looks in a stretch than this, those beside it are asked, too."""
OWN = 0.75
"""Of a stretch, the part that a thread ran which had the processor to itself."""


class Sample(NamedTuple):
    """One look at a thread."""

    at: float
    """Seconds of the monotonic clock."""
    ready: bool
    """Whether it ran or could have."""
    used: int
    """Nanoseconds of CPU until then."""


class Sampler:
    """Looks at the threads of a group of processes."""

    def __init__(self, pid: int, events: Path) -> None:
        self.events = events
        self.system = Path("/proc/self/task").is_dir()
        self.pids = {pid}
        self.seen: dict[int, float] = {}
        self.ended: dict[int, float] = {}
        self.names: dict[int, bytes] = {}
        """What the system calls a process: its program, cut at 15 bytes."""
        self.samples: dict[Key, list[Sample]] = {}
        self._files: dict[tuple[int, int], tuple[int, int]] = {}
        self._ran: dict[Key, tuple[list[float], list[bool]]] = {}
        self._scanned = 0.0
        self._cost = 0.0

    def look(self) -> None:
        """Note what every thread does now."""
        began, spent = time.perf_counter(), time.thread_time()
        if not self.system:
            return
        if began - self._scanned > SCAN:
            self._scanned = began
            self._scan(began)
        for key, (state, cpu) in list(self._files.items()):
            try:
                what = os.pread(state, 512, 0)
                at = time.perf_counter()
                used = int(os.pread(cpu, 64, 0).split()[0])
            except (OSError, IndexError):
                self._close(key)
                if key[0] == key[1]:
                    self.ended.setdefault(key[0], time.perf_counter())
                continue
            if key[0] == key[1]:
                self.names[key[0]] = what[what.index(b"(") + 1 : what.rindex(b")")]
            letter = what[what.rindex(b")") + 2 :][:1]
            if letter in b"ZX" and key[0] == key[1]:
                self.ended.setdefault(key[0], time.perf_counter())
                self._close(key)
                continue
            self.samples[key].append(Sample(at, letter == b"R", used))
        # not how long it took: on a busy machine most of that is waiting
        self._cost = time.thread_time() - spent

    def rest(self) -> None:
        """At most a quarter of a processor is spent on looking."""
        time.sleep(max(TICK, 3 * self._cost) if self.system else IDLE)

    def alive(self) -> bool:
        """Whether a process of the run still lives, as far as can be seen."""
        return any(pid not in self.ended for pid in self.pids) if self.system else False

    def close(self) -> None:
        """Look no more."""
        for key in list(self._files):
            self._close(key)

    def _scan(self, at: float) -> None:
        """Search for new processes, in the probe's folder and among children, and new threads."""
        names = os.listdir(self.events)  # noqa: PTH208 - 200 times a second, without Path objects
        self.pids.update(int(name) for name in names if name.isdigit())
        todo = [pid for pid in self.pids if pid not in self.ended]
        while todo:
            pid = todo.pop()
            try:
                tids = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - as above
            except OSError:
                self.ended.setdefault(pid, at)
                continue
            self.seen.setdefault(pid, at)
            for tid in map(int, tids):
                self._open(pid, tid)
                children = _children(pid, tid) - self.pids
                self.pids |= children
                todo += children

    def _open(self, pid: int, tid: int) -> None:
        if (pid, tid) in self.samples:
            return
        folder = f"/proc/{pid}/task/{tid}"
        try:
            state = os.open(f"{folder}/stat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return
        try:
            cpu = os.open(f"{folder}/schedstat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            os.close(state)
            return
        self._files[pid, tid] = state, cpu
        self.samples[pid, tid] = []

    def _close(self, key: tuple[int, int]) -> None:
        for file in self._files.pop(key, ()):
            os.close(file)

    def runs(self, key: Key) -> tuple[list[float], list[bool]]:
        """For each look at a thread, when it was, and whether the thread really ran.

        It did where it was ready and its CPU time moved. The system counts that time in steps of up
        to 4 ms (`states.TICKS`), so the looks around it are asked too.
        """
        if key not in self._ran:
            samples = self.samples.get(key, [])
            runs = []
            for number, sample in enumerate(samples):
                first = samples[max(number - 1, 0)]
                last = samples[min(number + 3, len(samples) - 1)]
                moved = last.used - first.used > RAN * 1e9 * (last.at - first.at)
                runs.append(sample.ready and moved)
            self._ran[key] = [sample.at for sample in samples], runs
        return self._ran[key]

    def looks(self, key: Key, start: float, end: float) -> list[Sample]:
        """The looks at a thread in this stretch; where there are few, the next ones beside it."""
        times = self.runs(key)[0]
        first, last = bisect_left(times, start), bisect_right(times, end)
        if last - first < FEW:
            first, last = max(first - 1, 0), last + 1
        return self.samples.get(key, [])[first:last]

    def used(self, key: Key, start: float, end: float) -> float:
        """Seconds of CPU a thread used in this stretch, about; 0 where nobody looked at it."""
        looks = self.looks(key, start, end)
        if len(looks) == 1 and looks[0].at > start:
            looks.insert(0, Sample(start, ready=True, used=0))  # it counts from its birth on
        if len(looks) < 2:
            return 0.0
        one, other = looks[0], looks[-1]
        share = (other.used - one.used) / 1e9 / (other.at - one.at)
        return share * (end - start)

    def rivals(self, key: Key, start: float, end: float) -> bool:
        """Whether somebody else had the processor or the GIL in this stretch, as far as was seen.

        Another thread of the same process ran or could have, or this one was ready and did not run.
        """
        for other in self.samples:
            if other[0] != key[0]:
                continue
            looks = self.looks(other, start, end)
            ready = sum(look.ready for look in looks)
            if other == key:
                could = ready > len(looks) / 2
                if could and self.used(key, start, end) < OWN * (end - start):
                    return True
            elif ready > READY * len(looks):
                return True
        return False


def _children(pid: int, tid: int) -> set[int]:
    """The processes that this thread has started and that still are its children."""
    try:
        return set(map(int, Path(f"/proc/{pid}/task/{tid}/children").read_bytes().split()))
    except OSError:
        return set()
