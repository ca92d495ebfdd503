"""Inside a traced demo: notes when its flows begin, wait, and end.

What runs in the demo's own Pythons belongs here, and only the standard library may be imported, as
little of it as can be: the folder is loaded by its path, before the demo, in whatever Python the
demo starts. Nothing else imports it: `measure.tracer` names its folder, and `measure.reader` reads
what it wrote.

The demo's source stays untouched. It wraps the calls in which a flow can wait (`time.sleep`, locks,
`join`, queues, `select`, sockets, child processes) and the births of threads, processes and tasks.
What a flow does between two waits is not recorded here: the system knows that better, and the
sampler asks it. Only modules that a demo imports are touched, when it does.
"""

from __future__ import annotations

import atexit
import builtins
import os
import sys
import time

from .finder import Finder, patch_loaded
from .log import log, me, name_of, now, zero
from .waits import print_said, reaps, sleep, tell, waits

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from typing import NoReturn

_os_exit = os._exit

RUNS = "TALK_TRACED"
"""The variable with the number of the process that has announced itself already."""


def install(folder: str, ours: bool) -> None:
    """Begin to note what this process does. In a subinterpreter only its waits are noted.

    What is not `ours`, a demo, has no clock START and no name column.
    """
    log.begin(folder, ours)
    if os.environ.get(RUNS) != str(os.getpid()):
        os.environ[RUNS] = str(os.getpid())
        log.write("P", os.getppid(), 0, " ".join(getattr(sys, "orig_argv", sys.argv))[:300])
        atexit.register(_ends)
    if hasattr(os, "fork"):
        os.register_at_fork(before=_before_fork, after_in_child=_in_child)
    _patch()
    sys.meta_path.insert(0, Finder())
    patch_loaded()
    if ours:
        builtins.print = print_said
    else:
        log.write("0", now())
        _print_line_by_line()


def _print_line_by_line() -> None:
    """As in a terminal, which the file that takes the program's output stands for."""
    try:
        if os.path.samestat(os.fstat(1), os.stat(f"{log.folder}/../output")):  # noqa: PTH116
            sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    except (OSError, AttributeError):  # closed, or another's
        pass


def _patch() -> None:
    """Wrap what is there before any import."""
    time.sleep = sleep
    os._exit = _exit
    for name in ("wait", "waitpid", "wait3", "wait4", "waitid"):
        if hasattr(os, name):
            setattr(os, name, waits("join", lambda *args: "child")(reaps(getattr(os, name))))
    os.read = waits("io", lambda *args: "read")(os.read)


def _exit(status: int) -> NoReturn:
    if os.environ.get(RUNS) == str(os.getpid()):
        _ends()
    _os_exit(status)


def _before_fork() -> None:
    log.forked = (me(), now())


def _in_child() -> None:
    log.open()
    os.environ[RUNS] = str(os.getpid())
    tid, at = log.forked
    log.write("P", os.getppid(), tid, "", at=at)


def _ends() -> None:
    """The process has done its work."""
    zero()
    for lock in log.locks:
        for at, tid in lock.turns or ():
            log.write("H", name_of(lock), at=at, tid=tid)
    for tid, wait in [*log.joined.items(), *log.waiting.items()]:
        if not wait.written:
            tell(tid, wait)
    log.write("X")
