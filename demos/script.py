"""A script that is no demo of ours: a file that somebody wants to see drawn, and its arguments."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from demos import catalogue
from demos.catalogue import Demo
from demos.errors import WrongUse


@dataclass(frozen=True)
class Script:
    """Anybody's program: `path` as it was typed, which is what its tracebacks show."""

    path: Path
    arguments: tuple[str, ...] = ()
    python: str = ""
    """The Python to run it on, as `pythons.find` takes it; empty: the talk's own."""

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem


def find(query: str, arguments: Sequence[str] = (), python: str = "") -> Demo | Script:
    """The demo that `query` names, or the script whose path it is.

    A path has a separator in it or ends with `.py`; one that leads to a demo is that demo. Raises
    WrongUse where there is no such demo, no such file, or none that Python can read.
    """
    path = Path(query)
    if os.sep not in query and not (query.endswith(".py") and path.exists()):
        try:
            return catalogue.find(query)
        except WrongUse as error:
            here = f"there is no file {query} here, and " if query.endswith(".py") else ""
            raise WrongUse(f"{here}{error}") from None
    if not path.exists():
        raise WrongUse(f"there is no file {query}; name a script, or a demo such as 07a")
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "no plain file"
        raise WrongUse(f"{query} is {kind}; name a Python script")
    for demo in catalogue.demos():
        if demo.path == path.resolve():
            return demo
    if not python:  # to another one it may be no error
        _check(path)
    return Script(path, tuple(arguments), python)


def _check(path: Path) -> None:
    """Whether Python can read the file, before anything of it runs."""
    from demos.programs.program import problem  # it needs what Windows lacks

    try:
        found = problem(path.read_bytes())
    except OSError as error:
        raise WrongUse(f"{path}: {error.strerror or error}; name a file you may read") from None
    if found:
        line, reason = found
        if path.suffix in (".py", ".pyw"):
            raise WrongUse(f"{path}, line {line}: {reason}; mend it first")
        raise WrongUse(f"{path} is no Python file (line {line}: {reason}); name a script")
