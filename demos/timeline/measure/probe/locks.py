"""The locks of `threading`, which note who waits for them."""

from __future__ import annotations

import _thread

from .log import log, me, name_of, now
from .waits import PATIENCE, begin, done

TURNS = 400
"""How often it is written down that another flow has a lock now, once a flow had to wait for it."""


class Lock:
    """A `threading.Lock` that notes who waits for it, and who has it meanwhile.

    A wait is written down as soon as it takes longer than PATIENCE.
    """

    __slots__ = ("__weakref__", "lock", "owner", "turns")

    def __init__(self) -> None:
        self.lock = _thread.allocate_lock()
        self.owner = 0
        self.turns: list[tuple[int, int]] | None = None

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As that of a lock."""
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

    def _wait(self, timeout: float) -> bool:
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
        begin("lock", name_of(self), self.owner, at=began)
        try:
            return self.lock.acquire(True, timeout)
        finally:
            done()

    def release(self) -> None:
        """As that of a lock."""
        self.lock.release()

    def __exit__(self, *error: object) -> None:
        self.lock.release()

    def locked(self) -> bool:
        """As that of a lock."""
        return self.lock.locked()

    def _at_fork_reinit(self) -> None:
        self.lock = _thread.allocate_lock()

    acquire_lock, release_lock, locked_lock = acquire, release, locked

    def __repr__(self) -> str:
        return repr(self.lock)


class RLock(_thread.RLock):  # type: ignore[misc]  # final for typeshed; CPython lets it be a base
    """The same for a `threading.RLock`."""

    owner = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As that of a lock."""
        if super().acquire(False):
            self.owner = me()
            return True
        if not blocking:
            return False
        if not begin("lock", name_of(self)):
            return super().acquire(True, timeout)
        try:
            return super().acquire(True, timeout)
        finally:
            self.owner = me()
            done()

    __enter__ = acquire
