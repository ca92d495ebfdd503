"""What is timed, and how: two things in turn, in one run, as a ratio."""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parent.parent.parent
NOTEBOOK = "slides/04_threading.ipynb"


class Row(NamedTuple):
    """One line of the table."""

    what: str
    seconds: float
    against: str
    other: float
    aim: str

    def __str__(self) -> str:
        ratio = f"{self.seconds / self.other:.2f}" if self.other else "–"
        return (
            f"| {self.what} | {self.seconds:.2f} s | {self.against} | {self.other:.2f} s"
            f" | {ratio} | {self.aim} |"
        )


class Talk:
    """A copy of the checkout, with what it has measured, and commands run in it."""

    def __init__(self, top: Path):
        self.top = top
        for name in ("demos", "slides", "speaker_notes", "build"):
            if (CHECKOUT / name).exists():
                ignored = shutil.ignore_patterns("__pycache__", "*.html")
                shutil.copytree(CHECKOUT / name, top / name, ignore=ignored)
        shutil.copy(CHECKOUT / "pyproject.toml", top)
        self.environment = {**os.environ, "PYTHONPATH": str(top)}
        self.environment.pop("TALK_BUILD", None)

    def run(self, *command: str) -> float:
        """Seconds of a command; its Python is this one."""
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *command], cwd=self.top, env=self.environment, capture_output=True
        )
        took = time.perf_counter() - began
        if done.returncode:
            raise SystemExit(done.stderr.decode()[-2000:])
        return took

    def export(self) -> float:
        """Seconds of `talk export`."""
        return self.run("-c", "import sys; from slides.cli import main; sys.exit(main(['export']))")

    def edit(self, word: str) -> None:
        """Change the text of one slide."""
        path = self.top / NOTEBOOK
        notebook = json.loads(path.read_text("utf-8"))
        cell = [one for one in notebook["cells"] if one["cell_type"] == "markdown"][-1]
        source = "".join(cell["source"])
        cell["source"] = re.sub(r"\n*bench\w*$", "", source) + f"\n\n{word}"
        path.write_text(json.dumps(notebook, indent=1), "utf-8")


def in_turn(times: int, *acts: Callable[[], float]) -> list[float]:
    """The medians of what these return, called one after the other, again and again."""
    rounds = [[act() for act in acts] for _ in range(times)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def importing(talk: Talk, module: str) -> Callable[[], float]:
    """Times `python -c "import …"` in the same environment."""
    return lambda: talk.run("-c", f"import {module}")
