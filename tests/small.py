"""A small talk of one section in a folder of its own, and the server that presents it."""

import hashlib
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from helping import CHECKOUT, PATIENCE, surroundings
from notebooks import cell, notebook
from second import project
from sharing import locked

ABOUT = """\
title = "Small"
description = "A small talk for the tests, with two demos that wait."
minutes = 45
cast = ["main", "luke", "darthvader"]
"""
QUICK = '''"""Luke waits while main waits for him.

    python demos/01a_quick.py

Watch.
"""

import time
import urllib.request

START = time.perf_counter()


def say(name, text):
    seconds = time.perf_counter() - START
    print(f"{seconds:5.2f} {name:<11}{text}\\n", end="", flush=True)


def main():
    say("main", "starts")  # (1)
    time.sleep(0.3)
    say("luke", "works")  # (2)
    time.sleep(0.3)
    say("main", "=> it took 0.6 s")


if __name__ == "__main__":
    main()
'''
SLOW = QUICK.replace("time.sleep(0.3)", "time.sleep(1.2)").replace("01a_quick", "01b_slow")


def small_notebook(*more):
    return notebook(
        [
            cell("markdown", "# Small", "slide", "title", layout="section"),
            cell("markdown", "## Quick", "subslide", "quick"),
            cell("code", "%load -s main ../demos/01a_quick.py", "-", "quick-code"),
            cell("code", "!python ../demos/01a_quick.py", "-", "quick-run"),
            cell("markdown", "## Slow", "subslide", "slow"),
            cell("code", "!python ../demos/01b_slow.py", "-", "slow-run"),
            cell("markdown", "## Last", "subslide", "last"),
            *more,
        ]
    )


def _cut_fonts() -> list[Path]:
    """The fonts of the deck; cutting them takes seconds, so that only one worker does it."""
    from demos.files import BUILD
    from slides import assets

    with locked(BUILD / "fonts.lock"):
        assets.fonts()
    return list(BUILD.glob("fonts-*.css"))


NO_TRANSCRIPT = re.compile(r'<pre class="transcript"[^>]*></pre>')
"""A terminal in a deck that was built before its demo was recorded."""


class Talk:
    """A small talk in a folder of its own, and the server that presents it."""

    def __init__(self, top: Path):
        self.top = top
        self.process = None
        top.mkdir(exist_ok=True)
        for folder in ("demos", "slides"):
            ignored = shutil.ignore_patterns("[0-9]*", "__pycache__")
            shutil.copytree(CHECKOUT / folder, top / folder, ignore=ignored)
        (top / "pyproject.toml").write_text(project(ABOUT), encoding="utf-8")
        (top / "speaker_notes").mkdir()
        (top / "build").mkdir()
        for fonts in _cut_fonts():
            shutil.copy(fonts, top / "build")
        self.demos = {"01a_quick": QUICK, "01b_slow": SLOW}
        self.reset()

    def reset(self):
        """The files as they were at first."""
        for name, source in self.demos.items():
            self.write(f"demos/{name}.py", source)
        self.write("slides/01_small.ipynb", json.dumps(small_notebook(), indent=1))
        notes = "".join(
            f"## {title}\nSay {title}.\n" for title in ("Small", "Quick", "Slow", "Last")
        )
        self.write("speaker_notes/01_small.md", f"---\nminutes: 1\n---\n{notes}")

    def add_code_without_a_terminal(self):
        """One more slide, `small-code`, which has code and nothing else."""
        code = (
            cell("markdown", "## Code", "subslide", "code"),
            cell("code", "%load -s main ../demos/01a_quick.py", "-", "code-code"),
        )
        notes = (self.top / "speaker_notes/01_small.md").read_text("utf-8")
        self.write("speaker_notes/01_small.md", f"{notes}## Code\nSay Code.\n")
        self.write("slides/01_small.ipynb", json.dumps(small_notebook(*code), indent=1))

    def add_cell(self, source: str):
        """One more cell of code on the last slide."""
        added = cell("code", source, "-", "sum")
        self.write("slides/01_small.ipynb", json.dumps(small_notebook(added)))

    def touch_notes(self):
        """A change that makes the deck another; returns once the server has built it."""
        word = f"More{time.monotonic_ns()}."
        path = self.top / "speaker_notes/01_small.md"
        path.write_text(f"{path.read_text('utf-8')}{word}\n", "utf-8")
        until = time.monotonic() + 60
        while word not in self._answer("")[1]:
            assert time.monotonic() < until, f"the deck is not built anew: {self.stderr()}"
            time.sleep(0.1)

    def write(self, name: str, text: str):
        path = self.top / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, encoding="utf-8")

    def talk(
        self, *arguments: str, environment=None, seconds=120, first=""
    ) -> subprocess.CompletedProcess:
        """Run `talk …` of this checkout; the lines `first` are run before it in its process."""
        environment = surroundings(self.top, **(environment or {}))
        code = f"import sys\n{first}\nfrom slides.cli import main\nsys.exit(main())"
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.run(
            command, cwd=self.top, env=environment, capture_output=True, text=True, timeout=seconds
        )

    def start(self, *, port=0, run_seconds=60, environment=None, wait=True, first=""):
        """Start the server; wait for its address and, unless told not to, for all recordings.

        The lines `first` are run before it in its process.
        """
        code = (
            f"import sys\n{first}\nfrom slides.server.app import present\n"
            f"sys.exit(present({port}, False, run_seconds={run_seconds}))\n"
        )
        environment = surroundings(self.top, **(environment or {}))
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - open as long as the server runs
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=self.top,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            start_new_session=True,
        )
        self.said = []
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("Ctrl-C"):
                break
        assert len(self.said) >= 3, f"it did not start: {self.said} {self.stderr()}"
        self.url, self.token = re.search(
            r"(http://\S+/talk/)\?token=(\w+)", "".join(self.said)
        ).groups()
        self.port = int(self.url.split(":")[2].split("/")[0])
        if wait:
            self.wait_for_recordings()
        return self

    def wait_for_recordings(self, seconds=60):
        """Until what the server does in the background after its start is done."""
        until = time.monotonic() + seconds
        folder = self.top / "build" / "recordings"
        while time.monotonic() < until:
            recorded = {path.name.partition("@")[0] for path in folder.glob("0*")}
            # the deck is built once more with them, and its pages reload
            if recorded == set(self.demos) and not NO_TRANSCRIPT.search(self._answer("")[1]):
                return
            time.sleep(0.1)
        raise AssertionError(f"no recordings after {seconds} s: {self.stderr()}")

    def settle(self, seconds=60):
        """Until the server has nothing left to do about the last change of a file."""
        until = time.monotonic() + seconds
        before = None
        while time.monotonic() < until:
            time.sleep(0.7)
            now = [self._ask(path) for path in ["", *(f"cast/{name}" for name in self.demos)]]
            if now == before and all(answer[0] != "earlier" for answer in now):
                return
            before = now
        raise AssertionError(f"still busy after {seconds} s: {self.stderr()}")

    def _ask(self, path: str) -> tuple[str | None, str]:
        recording, text = self._answer(path)
        return recording, hashlib.sha256(text.encode()).hexdigest()

    def _answer(self, path: str) -> tuple[str | None, str]:
        """Of which file it is a recording, and the text that this address has."""
        request = urllib.request.Request(
            f"{self.url}{path}", headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.headers["X-Recording"], answer.read().decode()

    def stderr(self) -> str:
        """What the server complained about so far, or did until its end."""
        if not self.errors.closed:
            self.errors.seek(0)
            self.complaints = self.errors.read()
        return self.complaints

    def stop(self, number=signal.SIGINT) -> int:
        """End the server as Ctrl-C does; gives its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(PATIENCE / 1000)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process.stdout.close()
            self.stderr()
            self.errors.close()
