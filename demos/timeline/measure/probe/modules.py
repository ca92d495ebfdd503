"""What is wrapped in each module of the standard library, when a demo imports it."""

from __future__ import annotations

import os

from .locks import Lock, RLock
from .log import flow, log, me, now, zero
from .tasks import base_events, events
from .waits import waits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SELECTORS = (
    "SelectSelector",
    "_PollLikeSelector",
    "EpollSelector",
    "DevpollSelector",
    "KqueueSelector",
)


def _threading(module: Any) -> None:
    module.Lock = Lock
    module.RLock = module._RLock = module._CRLock = RLock
    _threads(module)
    thread = module.Thread
    thread.join = waits("join", lambda self, *rest: str(self.name))(thread.join)
    module._shutdown = waits("join", lambda: "at the end")(module._shutdown)
    module.Condition.wait = waits("wait", lambda *args: "condition")(module.Condition.wait)
    module.Barrier.wait = waits("wait", lambda *args: "barrier")(module.Barrier.wait)
    module.Semaphore.acquire = waits("wait", lambda *args: "semaphore")(module.Semaphore.acquire)
    module.Semaphore.__enter__ = module.Semaphore.acquire
    quick = module.Event.wait
    slow = waits("wait", lambda *args: "event")(quick)
    module.Event.wait = lambda self, timeout=None: (quick if self.is_set() else slow)(self, timeout)


def _threads(module: Any) -> None:
    """The births and the ends of threads."""
    thread = module.Thread
    start, inner = thread.start, thread._bootstrap_inner

    def traced_start(self: Any) -> Any:
        self._talk = (flow(), now())
        zero()
        return start(self)

    def traced_inner(self: Any) -> Any:
        parent, at = getattr(self, "_talk", (0, now()))
        log.write("T", parent, self.name, int(self.daemon), at=at, tid=me())
        try:
            return inner(self)
        finally:
            log.write("N", me(), self.name, "is")
            log.write("E")

    thread.start = waits("wait", lambda *args: "start")(traced_start)
    thread._bootstrap_inner = traced_inner


def _queue(module: Any) -> None:
    queue, simple = module.Queue, module.SimpleQueue
    queue.get = waits("queue", lambda *args: "get")(queue.get)
    queue.put = waits("queue", lambda *args: "put")(queue.put)
    get = waits("queue", lambda *args: "get")(simple.get)
    module.SimpleQueue = type("SimpleQueue", (simple,), {"get": get})


def _selectors(module: Any) -> None:
    for name in SELECTORS:
        selector = getattr(module, name, None)
        if selector and "select" in vars(selector):
            selector.select = waits("io", lambda *args: "events")(selector.select)


def _socket(module: Any) -> None:
    for name in ("accept", "connect", "recv", "recv_into", "recvfrom", "sendall"):
        method = getattr(module.socket, name)
        setattr(module.socket, name, waits("io", lambda *args, name=name: str(name))(method))


def _subprocess(module: Any) -> None:
    popen = module.Popen
    create = popen.__init__

    def traced(self: Any, args: Any, *rest: Any, **options: Any) -> None:
        at = now()
        create(self, args, *rest, **options)
        words = [args] if isinstance(args, (str, bytes, os.PathLike)) else list(args)
        log.write("C", flow(), self.pid, " ".join(map(os.fsdecode, words))[:300], at=at)

    popen.__init__ = traced
    popen.wait = waits("join", lambda *args: "child")(popen.wait)
    popen.communicate = waits("join", lambda *args: "child")(popen.communicate)


def _process(module: Any) -> None:
    process = module.BaseProcess
    start, bootstrap = process.start, process._bootstrap

    def traced_start(self: Any) -> None:
        at, parent = now(), flow()
        zero()
        start(self)
        log.write("C", parent, self.pid, f"process {self.name}", at=at)

    def traced_bootstrap(self: Any, *args: Any, **options: Any) -> Any:
        log.write("N", me(), self.name, "is")
        return bootstrap(self, *args, **options)

    process.start, process._bootstrap = traced_start, traced_bootstrap
    process.join = waits("join", lambda self, *rest: str(self.name))(process.join)


def _connection(module: Any) -> None:
    module.Connection._recv = waits("io", lambda *args: "pipe")(module.Connection._recv)
    module.wait = waits("io", lambda *args: "pipe")(module.wait)


def _synchronize(module: Any) -> None:
    lock = module.SemLock
    make = lock._make_methods
    enter = waits("lock", lambda *args: "")(lock.__enter__)

    def traced(self: Any) -> None:
        make(self)
        self.acquire = waits("lock", lambda *args: "")(self.acquire)

    lock._make_methods, lock.__enter__ = traced, enter


def _futures(module: Any) -> None:
    module.Future.result = waits("join", lambda *args: "result")(module.Future.result)
    module.wait = waits("join", lambda *args: "results")(module.wait)


PATCHES: dict[str, Callable[[Any], None]] = {
    "threading": _threading,
    "queue": _queue,
    "selectors": _selectors,
    "socket": _socket,
    "subprocess": _subprocess,
    "multiprocessing.process": _process,
    "multiprocessing.connection": _connection,
    "multiprocessing.synchronize": _synchronize,
    "concurrent.futures._base": _futures,
    "asyncio.events": events,
    "asyncio.base_events": base_events,
}
