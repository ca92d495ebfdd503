"""Starts a demo with the probe inside, watches it from outside, and ends what is left of it."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from demos.catalogue import Demo
from demos.run import cant_start, command, environment, syntax_error, top
from demos.timeline.measure.assemble import PYTHON, Watched, assemble
from demos.timeline.measure.sampler import Sampler
from demos.timeline.model import Timeline

SECONDS = 60.0
"""How long a traced run may take."""
LIMIT = 64 * 1024
"""How many bytes it may print."""
GRACE = 3.0
"""Seconds that processes may outlive the demo, then they are ended."""

PROBE = Path(__file__).with_name("probe")
BOOT = """import importlib.machinery, importlib.util, sys
sys.path[:] = [entry for entry in sys.path if entry != {boot!r}]
spec = importlib.util.spec_from_file_location(
    "talk_probe", {probe!r} + "/__init__.py", submodule_search_locations=[{probe!r}])
sys.modules["talk_probe"] = probe = importlib.util.module_from_spec(spec)
spec.loader.exec_module(probe)
probe.install({events!r})
if spec := importlib.machinery.PathFinder.find_spec("sitecustomize", sys.path):
    sys.modules["sitecustomize"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
"""
"""Python imports `sitecustomize` before anything else: ours, then the one it hides."""


def trace(demo: Demo, seconds: float = SECONDS) -> Timeline:
    """Run `demo` and say what its flows did; whatever happens to it, what was seen until then."""
    if problem := cant_start(demo):
        return Timeline(demo.name, "", PYTHON, [], 0.0, 0.0, 0.0, "", problem)
    with tempfile.TemporaryDirectory(prefix="talk-trace-") as folder:
        return assemble(_Run(demo, Path(folder), seconds).watch())


class _Run:
    """The demo's process group while it is traced."""

    def __init__(self, demo: Demo, folder: Path, seconds: float) -> None:
        self.demo = demo
        self.folder = folder
        self.seconds = seconds
        self.events = folder / "events"
        self.output = folder / "output"
        self.began = 0.0
        self.ended: float | None = None

    def watch(self) -> Watched:
        """Run it to its end, or to a limit."""
        variables = self._prepare()
        with self.output.open("wb") as output:
            self.began = time.perf_counter()
            process = subprocess.Popen(
                command(self.demo),
                cwd=top(self.demo),
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        sampler = Sampler(process.pid, self.events)
        try:
            reason = self._follow(process, sampler)
        finally:
            stopped = time.perf_counter()
            _kill(process)
            sampler.close()
        text = self.output.read_text("utf-8", "replace")[:LIMIT]
        if not reason and process.returncode:
            reason = syntax_error(self.demo) or _why(process.returncode, text)
        return Watched(
            self.demo,
            process.pid,
            self.events,
            sampler,
            self.began,
            self.ended or stopped,
            stopped,
            text,
            reason,
        )

    def _prepare(self) -> dict[str, str]:
        """Put the probe's start in a folder, and that folder into the environment of the demo."""
        boot = self.folder / "boot"
        for path in (boot, self.events):
            path.mkdir()
        code = BOOT.format(boot=str(boot), probe=str(PROBE), events=str(self.events))
        (boot / "sitecustomize.py").write_text(code, "utf-8")
        variables = environment()
        paths = [str(boot), *filter(None, [variables.get("PYTHONPATH")])]
        return variables | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}

    def _follow(self, process: subprocess.Popen[bytes], sampler: Sampler) -> str | None:
        """Look at the demo until it and its processes have ended; why they were not awaited."""
        while True:
            sampler.look()
            at = time.perf_counter()
            if self.ended is None and _has_ended(process):
                self.ended = at
                sampler.ended.setdefault(process.pid, at)
            if self.ended is not None and (not sampler.alive() or at - self.ended > GRACE):
                return None
            if self.ended is None and at - self.began > self.seconds:
                return f"stopped: it ran for longer than {self.seconds:g} s"
            if self.output.stat().st_size > LIMIT:
                return f"stopped: it printed more than {LIMIT // 1024} KiB"
            sampler.rest()


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether the demo has.

    It stays a zombie, so that its number can't be another's before the group is killed.
    """
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return process.poll() is not None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the group, and reap the demo."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _why(status: int, text: str) -> str:
    last = text.strip().rpartition("\n")[2][:200]
    how = f"killed by signal {-status}" if status < 0 else f"ended with exit status {status}"
    return f"{how}: {last}" if last else how
