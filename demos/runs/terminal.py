"""A demo's processes behind a pseudo-terminal of their own. Not on Windows, which has none."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from ptyprocess import PtyProcess  # type: ignore[import-untyped]

from demos.runs import processes

PATIENCE = 0.3
"""Seconds between asking a demo to end (Ctrl-C) and killing it."""


class Terminal:
    """A pseudo-terminal, the demo that was started in it, and whatever that starts."""

    def __init__(
        self,
        command: list[str],
        folder: Path,
        environment: Mapping[str, str],
        size: tuple[int, int],
    ):
        """Start `command` in `folder`; `size` is in rows and columns."""
        self.mark = processes.mark()
        self._pty = PtyProcess.spawn(
            command,
            cwd=str(folder),
            env=dict(environment),
            echo=False,
            preexec_fn=partial(processes.enter, self.mark),
            dimensions=size,
        )
        self.pid: int = self._pty.pid
        self.fd: int = self._pty.fd
        self.status: int | None = None
        """How it ended: the exit status, or minus the signal that killed it."""
        self.cpu = 0.0
        """Seconds of CPU it used, together with the processes it waited for."""
        os.set_blocking(self.fd, False)
        self._guard = processes.Guard(self.mark)

    def read(self) -> bytes | None:
        """What is there to read: empty where nothing is, None at the end."""
        try:
            return os.read(self.fd, 4096) or None
        except BlockingIOError:
            return b""
        except OSError:  # Linux: nobody has this terminal open any more
            return None

    def has_ended(self) -> bool:
        """Whether the demo itself has.

        It stays a zombie where the system lets us look without reaping, so that its number can't be
        given to another process before the group is killed.
        """
        if self.status is not None:
            return True
        if hasattr(os, "waitid"):
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        return self._reap(os.WNOHANG)

    def was_crowded(self) -> bool:
        """Whether there were more processes than a run may have, which are being ended."""
        return self._guard.has_ended_it()

    async def ask_to_end(self) -> None:
        """Ctrl-C for the whole group, and a moment to tidy up."""
        self._signal(signal.SIGINT)
        until = time.monotonic() + PATIENCE
        while not self.has_ended() and time.monotonic() < until:
            while self.read():
                pass
            await asyncio.sleep(0.01)

    def kill(self) -> None:
        """Kill the group, and what left it."""
        self._signal(signal.SIGKILL)
        processes.kill(self.mark)

    async def end(self) -> None:
        """Kill whatever is left, wait until it is gone, reap the demo, close the terminal."""
        self._guard.close()
        self._signal(signal.SIGKILL)
        try:
            await processes.end_all_soon(self.mark)
        finally:
            self._reap(0)
            if not self._pty.closed:
                self._pty.fileobj.close()
                self._pty.fd = -1
                self._pty.closed = True

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):  # nobody left, as Linux and macOS say
            os.killpg(self.pid, number)

    def _reap(self, how: int) -> bool:
        if self.status is None:
            pid, status, usage = os.wait4(self.pid, how)
            if not pid:
                return False
            self.status = os.waitstatus_to_exitcode(status)
            self.cpu = usage.ru_utime + usage.ru_stime
        return True
