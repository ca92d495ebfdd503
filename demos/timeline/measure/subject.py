"""What is measured, and how it is started: a demo as on a slide, or a script as by its owner."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from demos.catalogue import Demo
from demos.runs import pythons
from demos.runs.run import cant_start, command, environment, syntax_error, top
from demos.script import Script

LIMIT = 64 * 1024
"""How many bytes a demo may print."""
MUCH = 16 * 1024 * 1024
"""How many bytes a script may print."""


@dataclass(frozen=True)
class Subject:
    """A program, and the surroundings that it is started in."""

    program: Demo | Script
    python: str
    """The Python that runs it, for people."""
    command: list[str]
    folder: Path | None
    """Where it runs; None: here."""
    variables: Mapping[str, str]
    stdin: int | None
    """What it reads: as for `subprocess.Popen`."""
    limit: int
    """How many bytes it may print."""

    @property
    def ours(self) -> bool:
        """Whether it keeps the rules of a demo: its own clock START, flows that say their names."""
        return isinstance(self.program, Demo)

    @property
    def name(self) -> str:
        """What its picture is called."""
        return self.program.name

    @property
    def claim(self) -> str:
        """What a demo shows."""
        return self.program.claim if isinstance(self.program, Demo) else ""

    def syntax_error(self) -> str | None:
        """The syntax error in its file in one line; None where its Python can read it."""
        return syntax_error(Demo(self.name, self.program.path, self.program.python))


def problem(program: Demo | Script) -> str | None:
    """Why it can't be started, in one line; None where it can."""
    return cant_start(program) if isinstance(program, Demo) else None


def subject(program: Demo | Script) -> Subject:
    """How a program that can be started is started to be measured."""
    return _demo(program) if isinstance(program, Demo) else _script(program)


def _demo(demo: Demo) -> Subject:
    return Subject(
        demo,
        pythons.of(demo).name,
        command(demo),
        top(demo),
        environment() | {"PYTHONDONTWRITEBYTECODE": "1"},
        subprocess.DEVNULL,
        LIMIT,
    )


def _script(script: Script) -> Subject:
    """From where its owner stands, in the owner's environment.

    A keyboard can't be shared with what measures it, so then its input is empty; a file or a pipe
    is handed on.
    """
    python = pythons.find(script.python) if script.python else pythons.this()
    return Subject(
        script,
        python.name,
        [python.path, str(script.path), *script.arguments],
        None,
        os.environ,
        None if _has_input() else subprocess.DEVNULL,
        MUCH,
    )


def _has_input() -> bool:
    try:
        return not os.isatty(0)
    except OSError:
        return False
