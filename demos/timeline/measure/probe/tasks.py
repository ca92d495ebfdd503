"""Tasks of asyncio: flows that run in steps."""

from __future__ import annotations

import _thread
import itertools
import os
import weakref

from .log import flow, log, now, running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

numbers: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
named: set[str] = set()
rests: dict[str, int] = {}
"""When a task's last step was over, in nanoseconds."""
births = itertools.count(1)
ASYNCIO = f"{os.sep}asyncio{os.sep}"
"""What the files of asyncio have in their paths."""


def events(module: Any) -> None:
    """Each step of a task is a run of its handle."""
    handle = module.Handle
    run = handle._run

    def traced(self: Any) -> Any:
        owner: Any = getattr(self._callback, "__self__", None)
        number = _number(owner)
        if not number or owner.done() or getattr(self._callback, "__name__", "") == "cancel":
            return run(self)
        ident = _thread.get_ident()
        running[ident] = number
        if number not in named:  # it gets its name after its birth
            named.add(number)
            log.write("N", number, _called(owner), "is")
        at = now()
        told = not log.coarse
        if told:
            log.write("R", number)
        try:
            return run(self)
        finally:
            running.pop(ident, None)
            _rests(owner, number, at, told)

    handle._run = traced


def _number(task: Any) -> str | None:
    try:
        return numbers.get(task)
    except TypeError:
        return None


def _rests(task: Any, number: str, start: int, told: bool) -> None:
    """A step is over; when it gets coarse, only a long one, or one after a long rest, is told."""
    here, at = now(), rests.get(number, 0)
    rests[number] = here
    if task.done():
        rests.pop(number)
    elif not told and max(start - at, here - start) < log.coarse:
        return
    if not told:
        log.write("R", number, at=start)
    log.write("r", number, *(("end", "") if task.done() else _awaits(task)), at=here)
    log.spend()


def _called(task: Any) -> str:
    """The name of a task; one that nobody has named says what it does, as threads do."""
    name = str(task.get_name())
    if not (name.startswith("Task-") and name[5:].isdigit()):
        return name
    return f"{name} ({getattr(task.get_coro(), '__name__', 'task')})"


def _awaits(task: Any) -> tuple[str, str]:
    """What a task waits for: the state, and the name of the innermost coroutine it awaits.

    Of those that asyncio itself is made of the first counts: `Queue.join`, not the `wait` in it.
    """
    coroutine, name, found = task.get_coro(), "", ""
    while (inner := getattr(coroutine, "cr_await", None)) is not None:
        coroutine = inner
        name = getattr(inner, "__name__", name)
        if not found and ASYNCIO in getattr(getattr(inner, "cr_code", None), "co_filename", ""):
            found = getattr(inner, "__qualname__", name)
    return ("sleep", "") if name == "sleep" else ("wait", found or name)


def base_events(module: Any) -> None:
    """A task is born where a loop creates it."""
    loop = module.BaseEventLoop
    create = loop.create_task

    def traced(self: Any, coro: Any, **options: Any) -> Any:
        at, parent = now(), flow()
        task = create(self, coro, **options)
        number = f"task{next(births)}"
        numbers[task] = number
        root = running.get(_thread.get_ident()) is None
        log.write("K", number, parent, _called(task), int(root), at=at)
        return task

    loop.create_task = traced
