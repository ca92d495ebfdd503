"""Calls that wait, and calls that tell: wrapped, so that they note it."""

from __future__ import annotations

import builtins
import functools
import re
import time

from .log import flow, log, me, zero

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


def begin(state: str, what: str) -> bool:
    """The caller's thread waits from now on; False where it already does, in an outer call."""
    tid = me()
    if tid in log.waiting:
        return False
    log.waiting.add(tid)
    log.write("B", state, what)
    return True


def done() -> None:
    """The caller's thread waits no more."""
    log.waiting.discard(me())
    log.write("D")


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
