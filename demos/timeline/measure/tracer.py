"""Starts a program with the probe inside, watches it from outside, and ends what is left of it."""

import codecs
import contextlib
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from demos.catalogue import Demo
from demos.runs import processes
from demos.runs.output import Text, plain
from demos.script import Script
from demos.timeline.measure.assemble import Watched, assemble
from demos.timeline.measure.sampler import Sampler
from demos.timeline.measure.subject import LIMIT, Subject, problem, subject
from demos.timeline.model import Timeline

SECONDS = 60.0
"""How long a traced run may take."""
GRACE = 3.0
"""Seconds that processes may outlive the demo, or Ctrl-C, then they are ended."""
LAST = 20
"""How many of the last lines of its output are searched for why it failed."""
ERROR = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Interrupt)\b")
"""How the last line of a traceback begins; warnings may follow it."""
INTERRUPTED = "stopped with Ctrl-C"
"""Why a script's run is a part only, where somebody had seen enough."""

PROBE = Path(__file__).with_name("probe")
BOOT = """import importlib.machinery, importlib.util, sys
sys.path[:] = [entry for entry in sys.path if entry != {boot!r}]
spec = importlib.util.spec_from_file_location(
    "talk_probe", {probe!r} + "/__init__.py", submodule_search_locations=[{probe!r}])
sys.modules["talk_probe"] = probe = importlib.util.module_from_spec(spec)
spec.loader.exec_module(probe)
probe.install({events!r}, {ours!r})
if spec := importlib.machinery.PathFinder.find_spec("sitecustomize", sys.path):
    sys.modules["sitecustomize"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
"""
"""Python imports `sitecustomize` before anything else: ours, then the one it hides."""


def trace(
    program: Demo | Script,
    seconds: float = SECONDS,
    on_text: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
) -> Timeline:
    """Run it and say what its flows did; whatever happens to it, what was seen until then.

    What it prints is handed to `on_text` while it runs, coloured and with the ends of line of a
    terminal where it is a demo, as it is where it is a script; a `stop` that is set ends it. Ctrl-C
    reaches a script, and what it did until then is told. On Linux none of its processes is left.
    """
    if why := problem(program):
        return Timeline(program.name, "", "", [], 0.0, 0.0, 0.0, "", why)
    with tempfile.TemporaryDirectory(prefix="talk-trace-") as folder:
        return assemble(_Run(subject(program), Path(folder), seconds, on_text, stop).watch())


class _Run:
    """The program's process group while it is traced."""

    def __init__(
        self,
        what: Subject,
        folder: Path,
        seconds: float,
        on_text: Callable[[str], None] | None,
        stop: threading.Event | None,
    ) -> None:
        self.mark = processes.mark()
        self.told = Told(on_text, what) if on_text else None
        self.stop = stop or threading.Event()
        self.what = what
        self.folder = folder
        self.seconds = seconds
        self.events = folder / "events"
        self.output = folder / "output"
        self.began = 0.0
        self.ended: float | None = None

    def watch(self) -> Watched:
        """Run it to its end, or to a limit."""
        process, guard, sampler = self._begin()
        try:
            reason = self._follow(process, sampler, guard)
            if reason and not self.what.ours:
                self._ask_to_end(process, sampler, guard)
        except KeyboardInterrupt:
            if self.what.ours:
                raise
            reason = INTERRUPTED
            self._ask_to_end(process, sampler, guard)
        finally:
            stopped = time.perf_counter()
            guard.close()
            _kill(process, self.mark)
            sampler.close()
        if guard.has_ended_it():
            reason = f"stopped: it started more than {processes.MOST} processes"
        if self.told:
            self.told.look(self.output)
        text = self._printed()
        if not reason and process.returncode:
            reason = self.what.syntax_error() or _why(process.returncode, text)
            if "EOFError" in reason and not self.what.ours:
                reason += " (its input is empty here; give it a file with <)"
        return Watched(
            self.what,
            process.pid,
            self.events,
            sampler,
            self.began,
            self.ended or stopped,
            stopped,
            text,
            reason,
        )

    def _begin(self) -> tuple[subprocess.Popen[bytes], processes.Guard, Sampler]:
        """Start the program and those who watch it; Ctrl-C meanwhile leaves nothing of it."""
        try:
            process = self._start()
            return process, processes.Guard(self.mark), Sampler(process.pid, self.events)
        except BaseException:
            processes.end_all(self.mark)
            raise

    def _start(self) -> subprocess.Popen[bytes]:
        """The program's own process, in a session of its own and marked."""
        variables = self._prepare()
        with self.output.open("wb") as output:
            self.began = time.perf_counter()
            return subprocess.Popen(
                self.what.command,
                cwd=self.what.folder,
                env=variables,
                stdin=self.what.stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(processes.enter, self.mark, bounded=self.what.ours),
            )

    def _prepare(self) -> dict[str, str]:
        """Put the probe's start in a folder, and that folder into the environment of the demo."""
        boot = self.folder / "boot"
        for path in (boot, self.events):
            path.mkdir()
        code = BOOT.format(
            boot=str(boot), probe=str(PROBE), events=str(self.events), ours=self.what.ours
        )
        (boot / "sitecustomize.py").write_text(code, "utf-8")
        variables = dict(self.what.variables)
        paths = [str(boot), *filter(None, [variables.get("PYTHONPATH")])]
        return variables | {"PYTHONPATH": os.pathsep.join(paths)}

    def _printed(self) -> str:
        """The last that it printed, a page at most; of a demo all."""
        with self.output.open("rb") as file:
            if not self.what.ours:
                file.seek(max(0, self.output.stat().st_size - LIMIT))
            return file.read(LIMIT).decode("utf-8", "replace")

    def _ask_to_end(
        self, process: subprocess.Popen[bytes], sampler: Sampler, guard: processes.Guard
    ) -> None:
        """Ctrl-C for the whole group, and a while to tidy up; another Ctrl-C ends that."""
        with contextlib.suppress(ProcessLookupError, PermissionError, KeyboardInterrupt):
            os.killpg(process.pid, signal.SIGINT)
            self.seconds, self.stop = time.perf_counter() - self.began + GRACE, threading.Event()
            self._follow(process, sampler, guard)

    def _follow(
        self, process: subprocess.Popen[bytes], sampler: Sampler, guard: processes.Guard
    ) -> str | None:
        """Look at the demo until it and its processes have ended; why they were not awaited."""
        while True:
            sampler.look()
            if guard.has_ended_it():
                return None
            at = time.perf_counter()
            if self.ended is None and _has_ended(process):
                self.ended = at
                sampler.ended.setdefault(process.pid, at)
            if self.ended is not None and (not sampler.alive() or at - self.ended > GRACE):
                return None
            if self.ended is None and at - self.began > self.seconds:
                return f"stopped: it ran for longer than {self.seconds:g} s"
            if self.stop.is_set():
                return "stopped"
            if self.told:
                self.told.look(self.output)
            if self.output.stat().st_size > self.what.limit:
                return f"stopped: it printed more than {self.what.limit // 1024} KiB"
            sampler.rest()


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether the demo has.

    It stays a zombie, so that its number can't be another's before the group is killed.
    """
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return process.poll() is not None


class Told:
    """What of a run's output somebody has been told already."""

    def __init__(self, on_text: Callable[[str], None], what: Subject) -> None:
        if what.ours:
            self.text = Text(lambda text: on_text(text.replace("\n", "\r\n")), what.limit)
            self.feed, self.pause = self.text.feed, self.text.pause
        else:
            decoder = codecs.getincrementaldecoder("utf-8")("replace")
            self.feed, self.pause = lambda data: on_text(decoder.decode(data)), lambda: None
        self.limit = what.limit
        self.bytes = 0

    def look(self, output: Path) -> None:
        """Pass on what is new in the file."""
        with output.open("rb") as file:
            file.seek(self.bytes)
            data = file.read(self.limit - self.bytes)
        if data:
            self.bytes += len(data)
            self.feed(data)
            self.pause()


def _kill(process: subprocess.Popen[bytes], mark: int) -> None:
    """End what is left of the group and of the run, and reap the demo."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left
        os.killpg(process.pid, signal.SIGKILL)
    processes.end_all(mark)
    process.wait()


def _why(status: int, text: str) -> str:
    lines = plain(text).strip().splitlines()[-LAST:] or [""]
    last = next((line for line in reversed(lines) if ERROR.match(line)), lines[-1])[:200]
    how = f"killed by signal {-status}" if status < 0 else f"ended with exit status {status}"
    return f"{how}: {last}" if last else how
