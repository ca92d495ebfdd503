"""Folders for one run, in the system's folder for temporary files, gone when the run is over.

They are not under build/: there the path that a traceback shows would be too long for a slide, a
socket's path may have no more than about a hundred characters, and a checkout can be read-only.

Who uses a folder holds a lock on it, which ends with the process in whatever way that ends. So what
a killed server left is told from what another server is using, without a process number that may be
another's by now.
"""

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demos.errors import TalkError

PREFIX = "talk-run-"
YOUNG = 60.0
"""Seconds in which a folder without a lock is left alone: its owner may be about to lock it."""


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder, removed at the end with all that is in it; TalkError where none can be made."""
    try:
        path = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise TalkError(f"no folder for a run: {error.strerror or error}; make room") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield path
    finally:
        remove(path)
        os.close(lock)


def sweep() -> int:
    """Remove the folders that nobody uses any more, and say how many; for the start of a server."""
    removed = 0
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            seen = path.lstat()
            mine = stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.getuid()
            if not mine or time.time() - seen.st_ctime < YOUNG:
                continue
            lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(path)
            removed += 1
        except OSError:  # somebody uses it
            pass
        finally:
            os.close(lock)
    return removed


def remove(path: Path) -> None:
    """Remove a folder with everything in it, also what a program has locked against writing."""

    def unlock(function: Callable[..., Any], name: str, _: object) -> None:
        try:
            Path(name).parent.chmod(0o700)
            if not Path(name).is_symlink():
                Path(name).chmod(0o700)
            function(name)
        except OSError:
            pass

    shutil.rmtree(path, onerror=unlock)
    if path.exists():  # a folder that could not be looked into until it was unlocked
        shutil.rmtree(path, ignore_errors=True)
