"""Inside a traced demo: notes when its flows begin, wait, and end.

`demos.tracer` puts this into every Python of the demo before the demo itself runs; the demo's source
stays untouched. It wraps the calls in which a flow can wait (`time.sleep`, locks, `join`, queues,
`select`, sockets, child processes) and the births of threads, processes and tasks. What a flow does
between two waits is not recorded here: the system knows that better, and `demos.tracer` asks it.

Each process appends lines to a file of its own: nanoseconds of the monotonic clock, the system's
number of the thread, a kind, and fields, separated by tabs. A line is written at once, so that a
process that is killed loses nothing. Only modules that a demo imports are touched, when it does.
"""

import _thread
import atexit
import builtins
import itertools
import os
import re
import sys
import time
import weakref

PATIENCE = 0.001
"""Seconds: a lock that comes within them, or a shorter sleep, is not written down."""
LINES = 30_000
"""How many lines a process may write."""
TURNS = 400
"""How often it is written down that another flow has a lock now, once a flow had to wait for it."""
SAYS = re.compile(r" *\d+\.\d\d ([\w-]+)")

now = time.perf_counter_ns
me = _thread.get_native_id
_sleep = time.sleep
_exit = os._exit
_allocate = _thread.allocate_lock


class _Log:
    """This process's file."""

    def __init__(self, folder):
        self.folder = folder
        self.forked = (0, 0)
        self.open()

    def open(self):
        self.lines = LINES
        self.fd = os.open(
            f"{self.folder}/{os.getpid()}",
            os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC,
            0o600,
        )
        self.waiting = set()
        self.said = set()
        self.locks = []

    def write(self, kind, *fields, at=None, tid=None):
        self.lines -= 1
        if self.lines < 0 and kind in "BDRr":
            if self.lines == -1:
                self.line(now(), me(), "!", ())
            return
        self.line(now() if at is None else at, me() if tid is None else tid, kind, fields)

    def line(self, at, tid, kind, fields):
        text = "\t".join(
            str(field).replace("\t", " ").replace("\n", " ") for field in (at, tid, kind, *fields)
        )
        try:
            os.write(self.fd, text.encode("utf-8", "replace") + b"\n")
        except OSError:
            pass  # the folder is gone: nobody reads this any more


log = None


def install(folder):
    """Begin to note what this process does. In a subinterpreter only its waits are noted."""
    global log
    log = _Log(folder)
    if os.environ.get("TALK_TRACED") != str(os.getpid()):
        os.environ["TALK_TRACED"] = str(os.getpid())
        log.write("P", os.getppid(), 0, " ".join(sys.orig_argv)[:300])
        atexit.register(_ends)
    if hasattr(os, "fork"):
        os.register_at_fork(before=_before_fork, after_in_child=_in_child)
    time.sleep = sleep
    builtins.print = print_
    os._exit = exit_
    for name in ("wait", "waitpid", "wait3", "wait4", "waitid"):
        if hasattr(os, name):
            setattr(os, name, waits("join", lambda *args: "child")(_reaps(getattr(os, name))))
    os.read = waits("io", lambda *args: "read")(os.read)
    sys.meta_path.insert(0, _Finder())
    for name in PATCHES:
        if name in sys.modules:
            PATCHES[name](sys.modules[name])


def _before_fork():
    log.forked = (me(), now())


def _in_child():
    log.open()
    os.environ["TALK_TRACED"] = str(os.getpid())
    tid, at = log.forked
    log.write("P", os.getppid(), tid, "", at=at)


def _ends():
    """The process has done its work."""
    _zero()
    for lock in log.locks:
        for at, tid in lock.turns:
            log.write("H", _name_of(lock), at=at, tid=tid)
    log.write("X")


def _zero():
    """Where this demo's own clock began."""
    start = getattr(sys.modules.get("__main__"), "START", None)
    if isinstance(start, float) and "zero" not in log.said:
        log.said.add("zero")
        log.write("0", int(start * 1e9))


def _flow():
    """The task that runs now in this thread, or the thread."""
    return running.get(_thread.get_ident()) or me()


# --- waiting


def begin(state, what):
    """This thread waits from now on; False where it already does, in an outer call."""
    tid = me()
    if tid in log.waiting:
        return False
    log.waiting.add(tid)
    log.write("B", state, what)
    return True


def done():
    log.waiting.discard(me())
    log.write("D")


def waits(state, what):
    """Make a function note that its caller waits in it."""

    def wrap(function):
        def wrapper(*args, **kwargs):
            if not begin(state, what(*args)):
                return function(*args, **kwargs)
            try:
                return function(*args, **kwargs)
            finally:
                done()

        wrapper.__name__ = getattr(function, "__name__", "wrapper")
        wrapper.__qualname__ = getattr(function, "__qualname__", "wrapper")
        wrapper.__doc__ = function.__doc__
        wrapper.__wrapped__ = function
        return wrapper

    return wrap


def _reaps(function):
    """A wait for a child that notes which one has ended."""

    def wrapper(*args):
        ended = function(*args)
        pid = ended[0] if isinstance(ended, tuple) else getattr(ended, "si_pid", 0)
        if pid:
            log.write("c", pid)
        return ended

    return wrapper


def sleep(seconds):
    if seconds < PATIENCE or not begin("sleep", ""):
        return _sleep(seconds)
    try:
        return _sleep(seconds)
    finally:
        done()


def print_(*args, **kwargs):
    _print(*args, **kwargs)
    flow = _flow()
    if flow not in log.said:
        log.said.add(flow)
        _zero()
        if match := SAYS.match(str(args[0]) if args else ""):
            log.write("N", flow, match[1], "says")


_print = builtins.print


def exit_(status):
    if os.environ.get("TALK_TRACED") == str(os.getpid()):
        _ends()
    _exit(status)


def _name_of(lock):
    """What the demo calls this lock."""
    for name, value in list(vars(sys.modules.get("__main__")).items()):
        if value is lock:
            return name
    return ""


class Lock:
    """A `threading.Lock` that notes who waits for it, and who has it meanwhile.

    A wait is written down as soon as it takes longer than PATIENCE.
    """

    __slots__ = ("__weakref__", "lock", "owner", "turns")

    def __init__(self):
        self.lock = _allocate()
        self.owner = 0
        self.turns = None

    def acquire(self, blocking=True, timeout=-1):
        if not self.lock.acquire(False):
            if not blocking:
                return False
            if not self._wait(timeout):
                return False
        tid = me()
        if self.turns is not None and self.owner != tid and len(self.turns) < TURNS:
            self.turns.append((now(), tid))
        self.owner = tid
        return True

    __enter__ = acquire

    def _wait(self, timeout):
        if (timeout != -1 and timeout < 0) or timeout > _thread.TIMEOUT_MAX:
            return self.lock.acquire(True, timeout)  # raises
        if self.turns is None:
            self.turns = []
            log.locks.append(self)
        tid = me()
        if tid in log.waiting:
            return self.lock.acquire(True, timeout)
        began = now()
        first = PATIENCE if timeout < 0 else min(timeout, PATIENCE)
        if self.lock.acquire(True, first):
            return True
        if timeout >= 0:
            timeout -= first
            if timeout <= 0:
                return False
        log.waiting.add(tid)
        log.write("B", "lock", _name_of(self), self.owner, at=began)
        try:
            return self.lock.acquire(True, timeout)
        finally:
            done()

    def release(self):
        self.lock.release()

    def __exit__(self, *error):
        self.lock.release()

    def locked(self):
        return self.lock.locked()

    def _at_fork_reinit(self):
        self.lock = _allocate()

    acquire_lock, release_lock, locked_lock = acquire, release, locked

    def __repr__(self):
        return repr(self.lock)


class RLock(_thread.RLock):
    """The same for a `threading.RLock`."""

    def acquire(self, blocking=True, timeout=-1):
        if super().acquire(False):
            self.owner = me()
            return True
        if not blocking:
            return False
        if not begin("lock", _name_of(self)):
            return super().acquire(True, timeout)
        try:
            return super().acquire(True, timeout)
        finally:
            self.owner = me()
            done()

    __enter__ = acquire


# --- modules, each when it is imported


def _threading(module):
    module.Lock = Lock
    module.RLock = RLock
    module._RLock = module._CRLock = RLock
    thread = module.Thread
    start, inner = thread.start, thread._bootstrap_inner

    def traced_start(self):
        self._talk = (_flow(), now())
        _zero()
        return start(self)

    def traced_inner(self):
        parent, at = getattr(self, "_talk", (0, now()))
        log.write("T", parent, self.name, int(self.daemon), at=at, tid=me())
        try:
            return inner(self)
        finally:
            log.write("N", me(), self.name, "is")
            log.write("E")

    thread.start, thread._bootstrap_inner = (
        waits("wait", lambda *args: "start")(traced_start),
        traced_inner,
    )
    thread.join = waits("join", lambda self, *rest: self.name)(thread.join)
    module._shutdown = waits("join", lambda: "at the end")(module._shutdown)
    module.Condition.wait = waits("wait", lambda *args: "condition")(module.Condition.wait)
    module.Barrier.wait = waits("wait", lambda *args: "barrier")(module.Barrier.wait)
    module.Semaphore.acquire = waits("wait", lambda *args: "semaphore")(module.Semaphore.acquire)
    module.Semaphore.__enter__ = module.Semaphore.acquire
    event_wait = waits("wait", lambda *args: "event")(module.Event.wait)
    quick = module.Event.wait
    module.Event.wait = lambda self, timeout=None: (quick if self.is_set() else event_wait)(
        self, timeout
    )


def _queue(module):
    for name, full in (("get", "get"), ("put", "put")):
        method = getattr(module.Queue, name)
        setattr(module.Queue, name, waits("queue", lambda *args, full=full: full)(method))

    class SimpleQueue(module.SimpleQueue):
        get = waits("queue", lambda *args: "get")(module.SimpleQueue.get)

    module.SimpleQueue = SimpleQueue


def _selectors(module):
    for name in (
        "SelectSelector",
        "_PollLikeSelector",
        "EpollSelector",
        "DevpollSelector",
        "KqueueSelector",
    ):
        selector = getattr(module, name, None)
        if selector and "select" in vars(selector):
            selector.select = waits("io", lambda *args: "events")(selector.select)


def _socket(module):
    for name in ("accept", "connect", "recv", "recv_into", "recvfrom", "sendall"):
        setattr(
            module.socket,
            name,
            waits("io", lambda *args, name=name: name)(getattr(module.socket, name)),
        )


def _subprocess(module):
    popen = module.Popen
    create = popen.__init__

    def traced(self, args, *rest, **options):
        at = now()
        create(self, args, *rest, **options)
        words = [args] if isinstance(args, (str, bytes, os.PathLike)) else list(args)
        log.write("C", _flow(), self.pid, " ".join(map(os.fsdecode, words))[:300], at=at)

    popen.__init__ = traced
    popen.wait = waits("join", lambda *args: "child")(popen.wait)
    popen.communicate = waits("join", lambda *args: "child")(popen.communicate)


def _process(module):
    process = module.BaseProcess
    start, bootstrap = process.start, process._bootstrap

    def traced_start(self):
        at, flow = now(), _flow()
        _zero()
        start(self)
        log.write("C", flow, self.pid, f"process {self.name}", at=at)

    def traced_bootstrap(self, *args, **options):
        log.write("N", me(), self.name, "is")
        return bootstrap(self, *args, **options)

    process.start, process._bootstrap = traced_start, traced_bootstrap
    process.join = waits("join", lambda self, *rest: self.name)(process.join)


def _connection(module):
    module.Connection._recv = waits("io", lambda *args: "pipe")(module.Connection._recv)
    module.wait = waits("io", lambda *args: "pipe")(module.wait)


def _synchronize(module):
    lock = module.SemLock
    make = lock._make_methods
    enter = waits("lock", lambda *args: "")(lock.__enter__)

    def traced(self):
        make(self)
        self.acquire = waits("lock", lambda *args: "")(self.acquire)

    lock._make_methods, lock.__enter__ = traced, enter


def _futures(module):
    module.Future.result = waits("join", lambda *args: "result")(module.Future.result)
    module.wait = waits("join", lambda *args: "results")(module.wait)


# --- asyncio: a task is a flow that runs in steps

numbers = weakref.WeakKeyDictionary()
running = {}
named = set()
births = itertools.count(1)


def _events(module):
    handle = module.Handle
    run = handle._run

    def traced(self):
        owner = getattr(self._callback, "__self__", None)
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


def _number(task):
    try:
        return numbers.get(task)
    except TypeError:
        return None


def _awaits(task):
    """What a task waits for: the state, and the name of the innermost coroutine it awaits."""
    coroutine, name = task.get_coro(), ""
    while (inner := getattr(coroutine, "cr_await", None)) is not None:
        coroutine = inner
        name = getattr(inner, "__name__", name)
    return ("sleep", "") if name == "sleep" else ("wait", name)


def _base_events(module):
    loop = module.BaseEventLoop
    create = loop.create_task

    def traced(self, coro, **options):
        at, parent = now(), _flow()
        task = create(self, coro, **options)
        number = f"task{next(births)}"
        numbers[task] = number
        root = running.get(_thread.get_ident()) is None
        log.write("K", number, parent, task.get_name(), int(root), at=at)
        return task

    loop.create_task = traced


PATCHES = {
    "threading": _threading,
    "queue": _queue,
    "selectors": _selectors,
    "socket": _socket,
    "subprocess": _subprocess,
    "multiprocessing.process": _process,
    "multiprocessing.connection": _connection,
    "multiprocessing.synchronize": _synchronize,
    "concurrent.futures._base": _futures,
    "asyncio.events": _events,
    "asyncio.base_events": _base_events,
}


class _Finder:
    """Finds the modules of PATCHES as Python does, and patches each as soon as it is loaded."""

    def find_spec(self, name, path, target=None):
        if name not in PATCHES or name in sys.modules:
            return None
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                if spec := finder.find_spec(name, path, target):
                    spec.loader = _Loader(spec.loader)
                    return spec
        return None


class _Loader:
    """Loads a module with its own loader, then patches it."""

    def __init__(self, loader):
        self.loader = loader

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.loader
        self.loader.exec_module(module)
        try:
            PATCHES[module.__name__](module)
        except AttributeError as error:  # a Python built otherwise: less is seen
            log.write("!", f"{module.__name__}: {error}")
