"""Tasks of asyncio: flows that run in steps."""

from __future__ import annotations

import _thread
import itertools
import weakref

from .log import flow, log, now, running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

numbers: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
named: set[str] = set()
births = itertools.count(1)


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
            log.write("N", number, owner.get_name(), "is")
        log.write("R", number)
        try:
            return run(self)
        finally:
            running.pop(ident, None)
            if owner.done():
                log.write("r", number, "end", "")
            else:
                log.write("r", number, *_awaits(owner))

    handle._run = traced


def _number(task: Any) -> str | None:
    try:
        return numbers.get(task)
    except TypeError:
        return None


def _awaits(task: Any) -> tuple[str, str]:
    """What a task waits for: the state, and the name of the innermost coroutine it awaits."""
    coroutine, name = task.get_coro(), ""
    while (inner := getattr(coroutine, "cr_await", None)) is not None:
        coroutine = inner
        name = getattr(inner, "__name__", name)
    return ("sleep", "") if name == "sleep" else ("wait", name)


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
        log.write("K", number, parent, task.get_name(), int(root), at=at)
        return task

    loop.create_task = traced
