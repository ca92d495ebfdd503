"""What was made once, kept under build/ by what it was made from.

A key is a digest of everything that the thing depends on, so nothing is ever out of date: what has
changed has another key. Removing a folder of build/, or all of it, only means to make it again.
"""

import contextlib
import hashlib
import os
import platform
import sys
from functools import cache
from pathlib import Path

from demos import files
from demos.files import BUILD

MOST = 64
"""How many things of a kind are kept; those not used for the longest time go first."""


class Shelf:
    """The kept things of one kind: files in a folder, each named after its key."""

    def __init__(self, name: str, ending: str, most: int = MOST):
        self.folder = BUILD / name
        self.ending = ending
        self.most = most

    def find(self, key: str) -> str | None:
        """What is kept under this key; None where it has to be made."""
        path = self._path(key)
        text = files.kept(path)
        with contextlib.suppress(OSError):  # one that can only be read serves as well
            os.utime(path)
        return text

    def keep(self, key: str, text: str) -> None:
        """Keep it; where nothing can be written, as long as this process lives."""
        files.keep(self._path(key), text)
        with contextlib.suppress(OSError):
            self._make_room()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{self.ending}"

    def _make_room(self) -> None:
        kept = sorted(
            self.folder.glob(f"*{self.ending}"), key=lambda path: path.stat().st_mtime, reverse=True
        )
        for path in kept[self.most :]:
            path.unlink(missing_ok=True)


def digest(*parts: str | bytes) -> str:
    """A key for what is made from these parts and nothing else."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        whole.update(b"%d:" % len(data) + data)
    return whole.hexdigest()[:20]


@cache
def here() -> str:
    """The Python and the machine that something measured belongs to."""
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    machine = f"{platform.system()} {platform.machine()} {_processor()}"
    return f"{sys.version} {sys.executable} gil={gil} on {machine} cores={_cores()}"


def _cores() -> int | None:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _processor() -> str:
    """The model of the processor, where the system says it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if "model name" in line), "")
