"""Calls that wait, and calls that tell: wrapped, so that they note it."""

from __future__ import annotations

import builtins
import functools
import re
import time

from .log import Wait, flow, log, me, now, zero

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Function = Callable[..., Any]
    """What is wrapped, and stays what it is: any call of any module."""

PATIENCE = 0.001
"""Seconds: a lock that comes within them, or a shorter sleep, is not written down."""
SAYS = re.compile(r" *\d+\.\d\d ([\w-]+)")
"""How a line of a demo begins: seconds, and the name of the flow that speaks."""

_sleep = time.sleep
_print = builtins.print


def begin(*what: object, at: int | None = None) -> bool:
    """The caller's thread waits from now on; False where it already does, in an outer call.

    `what` is its state, what it waits for, and the owner of a lock.
    """
    tid = me()
    if tid in log.waiting:
        return False
    log.waiting[tid] = wait = Wait(now() if at is None else at, what)
    if not log.coarse:
        wait.written = True
        log.write("B", *what, at=wait.start)
        log.spend()
    return True


def done() -> None:
    """The caller's thread waits no more."""
    tid = me()
    if wait := log.waiting.pop(tid, None):
        if wait.written:
            log.write("D")
        else:
            _join(tid, wait)


def _join(tid: int, wait: Wait) -> None:
    """A wait like the one before, with next to nothing between them, is one with it."""
    wait.end = now()
    before = log.joined.get(tid)
    if before and before.what == wait.what and wait.start - before.end < log.coarse // 8:
        before.end = wait.end
        return
    if before:
        tell(tid, before)
    log.joined[tid] = wait


def tell(tid: int, wait: Wait) -> None:
    """Write down a wait after it, where it is long enough to be seen."""
    if not wait.end or wait.end - wait.start >= log.coarse:
        log.write("B", *wait.what, at=wait.start, tid=tid)
        if wait.end:
            log.write("D", at=wait.end, tid=tid)
        log.spend()


def waits(state: str, what: Callable[..., str]) -> Callable[[Function], Function]:
    """Make a function note that its caller waits in it; `what` gets its arguments."""

    def wrap(function: Function) -> Function:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if not begin(state, what(*args)):
                return function(*args, **kwargs)
            try:
                return function(*args, **kwargs)
            finally:
                done()

        return wrapper

    return wrap


def reaps(function: Function) -> Function:
    """A wait for a child that notes which one has ended."""

    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        ended = function(*args)
        pid = ended[0] if isinstance(ended, tuple) else getattr(ended, "si_pid", 0)
        if pid:
            log.write("c", pid)
        return ended

    return wrapper


def sleep(seconds: Any) -> None:
    """As `time.sleep`."""
    if seconds < PATIENCE or not begin("sleep", ""):
        _sleep(seconds)
        return
    try:
        _sleep(seconds)
    finally:
        done()


def print_said(*args: Any, **kwargs: Any) -> None:
    """As `print`; the first line that a flow prints says what it is called."""
    _print(*args, **kwargs)
    speaker = flow()
    if speaker not in log.said:
        log.said.add(speaker)
        zero()
        if match := SAYS.match(str(args[0]) if args else ""):
            log.write("N", speaker, match[1], "says")
