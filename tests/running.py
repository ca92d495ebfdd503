"""A demo that runs in a terminal's place: its lines as they come, Ctrl-C, what it leaves."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

SETTLE = 30  # seconds in which helper processes of the standard library may follow their parent


@dataclass
class Run:
    """One run of a demo: in a session and an empty folder of its own, its output in pipes."""

    command: list
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    lines: list = field(default_factory=list)
    stderr: str = ""
    status: int | None = None
    seconds: float = 0.0  # until it ended
    left: list = field(default_factory=list)  # processes that outlived it
    files: list = field(default_factory=list)  # that it left in its folders

    def __post_init__(self):
        self.spoke = threading.Event()
        # short: sockets of multiprocessing live in TMPDIR, and their paths may have 107 bytes
        self.folder = Path(tempfile.mkdtemp(prefix="talk-"))
        (self.folder / "cwd").mkdir()
        (self.folder / "tmp").mkdir()
        env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "DEMO_"))
        }
        env |= {
            "DEMO_TEST_RUN": self.mark,
            "TMPDIR": str(self.folder / "tmp"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.start = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            cwd=self.folder / "cwd",
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self.readers = [
            threading.Thread(target=read, daemon=True)
            for read in (self.read_output, self.read_errors)
        ]
        for reader in self.readers:
            reader.start()

    def read_output(self):
        for line in self.process.stdout:
            self.lines.append(line.removesuffix("\n"))
            self.spoke.set()
        self.spoke.set()

    def read_errors(self):
        self.stderr = self.process.stderr.read()

    def concluded(self):
        """Whether it has said its last line."""
        return any(" => " in line for line in self.lines)

    def interrupt(self):
        """Ctrl-C, as a terminal does it: a SIGINT for each process of the group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)

    def finish(self, within):
        """Wait for the end, see what is left of it, and take that away.

        False when it had to be killed.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.status = self.process.wait(max(0.1, within))
        ended = self.status is not None
        self.seconds = time.monotonic() - self.start
        if ended:
            until = time.monotonic() + SETTLE
            while self.alive() and time.monotonic() < until:
                time.sleep(0.05)
            self.left = self.alive()
        for pid, _ in self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        for reader in self.readers:
            reader.join(SETTLE)
        self.process.stdout.close()
        self.process.stderr.close()
        found = [path for path in self.folder.glob("*/**/*") if path.name != "__pycache__"]
        self.files = sorted(str(path.relative_to(self.folder)) for path in found)
        shutil.rmtree(self.folder, ignore_errors=True)
        return ended

    def alive(self):
        """(pid, command) of each process of this run still there: by its mark or its session."""
        return sorted(self._processes())

    def _processes(self):
        proc = Path("/proc")
        if not (proc / "self/environ").exists():  # not Linux
            import psutil

            for one in psutil.process_iter(["pid", "status", "name"]):
                try:
                    if (
                        os.getsid(one.pid) == self.process.pid
                        and one.info["status"] != psutil.STATUS_ZOMBIE
                    ):
                        yield one.pid, one.info["name"]
                except OSError:
                    pass
            return
        for folder in proc.glob("[0-9]*"):
            try:
                _, _, stat = (folder / "stat").read_text(errors="replace").rpartition(")")
                state, _, _, session = stat.split()[:4]
                marked = (
                    int(session) == self.process.pid
                    or self.mark.encode() in (folder / "environ").read_bytes()
                )
                if marked and state not in "ZX":
                    command = (
                        (folder / "cmdline")
                        .read_bytes()
                        .replace(b"\0", b" ")
                        .decode(errors="replace")
                    )
                    yield int(folder.name), command.strip()
            except (OSError, ValueError):
                pass  # it has just ended

    def what(self):
        """Everything it said, for the message of a failed test."""
        text = "\n".join(self.lines) + f"\n--- exit status {self.status} after {self.seconds:.1f} s"
        return f"\n{text}\n--- stderr:\n{self.stderr}" if self.stderr else f"\n{text}"


def python(*arguments):
    return [sys.executable, *map(str, arguments)]
