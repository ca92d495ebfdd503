"""The machine: its Python, its processors, the room in its memory and on its disk."""

import os
import platform
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.specifiers import SpecifierSet

from demos.runs import pythons
from slides.check.report import Line, Of
from slides.check.setting import Setting

MEMINFO = Path("/proc/meminfo")
MEMORY = 0.5, 2.0
"""GiB of free memory below which the talk can't be given, and below which it may be slow."""
DISK = 0.1, 1.0
"""GiB of room below which nothing can be recorded, and below which it may end during the talk."""
GIB = 1024**3
SAMPLE = 1_000_000
"""Bytes that are written to see that they can be."""
CROWD = 2.0
"""Processes that want each processor from which on other programs are in the way."""

of = Of("machine")


def look(setting: Setting) -> Iterator[Line]:
    """Python and the GIL, processors, memory, disk."""
    yield _python(setting)
    yield _processors()
    yield _memory()
    yield _disk(setting.build)


def _python(setting: Setting) -> Line:
    found = pythons.this().name
    gil = "" if "without the GIL" in found else " with the GIL"
    said = f"{found}{gil} on {platform.system()} ({sys.executable})"
    wanted = tomllib.loads((setting.top / "pyproject.toml").read_text("utf-8"))["project"]
    if not SpecifierSet(wanted["requires-python"]).contains(platform.python_version(), True):
        return of.failure(
            "Python", said, f"use a Python {wanted['requires-python']}, such as `uv run talk`"
        )
    if sys.platform == "win32":
        return of.failure("Python", said, "give the talk on Linux: the live terminal needs a pty")
    return of.fine("Python", said)


def _processors() -> Line:
    count = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    load = os.getloadavg()[0]
    said = f"{count}, load {load:.1f}"
    if count < 2:
        return of.warning(
            "processors",
            said,
            "nothing can be shown that computes side by side: play the recordings of 02f and 08a",
        )
    if load > CROWD * count:
        return of.warning("processors", said, "something else keeps them busy: end it")
    return of.fine("processors", said)


def _memory() -> Line:
    try:
        lines = MEMINFO.read_text("utf-8").splitlines()
        free = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return of.unseen("memory", f"{platform.system()} does not tell it in {MEMINFO}")
    return _room("memory", free * 1024 / GIB, MEMORY, "end other programs")


def _disk(build: Path) -> Line:
    place = next(path for path in (build, *build.absolute().parents) if path.exists())
    room = _room("disk", shutil.disk_usage(place).free / GIB, DISK, f"make room for {build}")
    for folder in (place, Path(tempfile.gettempdir())):
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(bytes(SAMPLE))
        except OSError as error:
            said = f"nothing can be written in {folder}: {(error.strerror or str(error)).lower()}"
            return of.failure("disk", said, "make room there, or let it be written")
    return room


def _room(what: str, free: float, least: tuple[float, float], mend: str) -> Line:
    said = f"{free:.1f} GiB free"
    if free < least[0]:
        return of.failure(what, said, mend)
    if free < least[1]:
        return of.warning(what, said, mend)
    return of.fine(what, said)
