"""Which Python runs a demo: this one, or another on this machine where the demo needs another.

A demo says what it needs in its PEP 723 block (`requires-python = ">=3.14"`), as uv reads it, and
whoever starts it may ask for a Python by name (`3.13`, `3.14t`). Looked for are the names
`python3.N` on PATH, what pyenv has, and what uv has installed. Nothing is ever downloaded here.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from demos.catalogue import Demo
from demos.errors import TalkError, WrongUse

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

BLOCK = re.compile(r"(?m)^# /// script\n(?P<lines>(?:#(?:| .*)\n)+?)# ///$")
NAME = re.compile(r"python3\.(?P<minor>\d+)(?P<free>t?)")
ASKED = re.compile(r"(?:python)?(?P<version>3\.\d+(?:\.\d+)?)(?P<free>t?)")
"""How a Python is asked for: `3.13`, `python3.13`, `3.13.2`, or `3.14t` for one without the GIL."""
SAYS = """import platform, sys, sysconfig
free = sysconfig.get_config_var("Py_GIL_DISABLED")
gil = getattr(sys, "_is_gil_enabled", lambda: True)()
print(platform.python_implementation(), platform.python_version(), int(bool(free)), int(gil))"""
PATIENCE = 20.0
"""Seconds that a Python may take to say which one it is; they matter on a busy machine alone."""
OLDEST, NEWEST = 11, 40
"""Minor versions of which one is named where none is there; the kit itself needs the oldest."""


class Missing(TalkError):
    """The Python that a demo needs is not on this machine."""

    def __init__(self, path: str, needs: str, mend: str):
        self.what = f"{path} needs {needs}, which is not on this machine"
        super().__init__(f"{self.what}; get it: {mend}")
        self.anywhere = f"This demo needs {needs}; get it: {mend}"
        """The same for those who may read it on another machine, in a line below its command."""
        self.mend = mend
        """The command that gets it."""


@dataclass(frozen=True)
class Python:
    """A Python on this machine."""

    path: str
    """What is started."""
    implementation: str
    version: str
    """Such as `3.14.2` or `3.15.0b1`."""
    free: bool
    """Whether it is a free-threaded build."""
    gil: bool
    """Whether the GIL is on when it starts; some environments turn it on in a free build."""

    @property
    def name(self) -> str:
        """For people: `CPython 3.14.2`, `CPython 3.14.2 without the GIL`."""
        name = f"{self.implementation} {self.version}"
        return name if self.gil else f"{name} without the GIL"

    @property
    def short(self) -> str:
        """How it is asked for: `3.14`, or `3.14t`."""
        return ".".join(self.version.split(".")[:2]) + "t" * self.free

    @property
    def command(self) -> str:
        """What somebody types to start it: `python3.14`."""
        return f"python{self.short}"

    @cached_property
    def rank(self) -> tuple[bool, bool, list[int]]:
        """Smaller is preferred: with the GIL, no trial version, a new one."""
        numbers = [int(number) for number in re.findall(r"\d+", self.version)]
        trial = re.fullmatch(r"[\d.]+", self.version) is None
        return not self.gil, trial, [-number for number in numbers]


@cache
def this() -> Python:
    """The Python that runs the kit."""
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        # what the kit imports may have turned the GIL on here; a demo starts anew
        if found := _ask(sys.executable, 0):
            return found
        raise TalkError(f"{sys.executable} can't be started any more; install the kit again")
    name, version = platform.python_implementation(), platform.python_version()
    return Python(sys.executable, name, version, free=False, gil=True)


def of(demo: Demo) -> Python:
    """The Python that runs `demo`: the one it is asked to run on, or else one that it fits.

    Raises Missing where there is none, and TalkError for a PEP 723 block that can't be read.
    """
    if demo.python:
        return find(demo.python)
    needed = needs(demo)
    if needed is None or _fits(needed, this().version):
        return this()
    fitting = [one for one in _on_this_machine(needed) if _fits(needed, one.version)]
    if not fitting:
        raise Missing(
            f"demos/{demo.path.name}",
            _in_words(needed),
            f"uv python install {_example(needed)}",
        )
    return min(fitting, key=lambda one: one.rank)


def missing(demo: Demo) -> Missing | None:
    """Which Python `demo` lacks here, and how to get it; None where it has it.

    Raises TalkError for a PEP 723 block that can't be read.
    """
    try:
        of(demo)
    except Missing as error:
        return error
    return None


def command_line(demo: Demo) -> str:
    """What somebody types to run `demo`, from the top folder of the checkout.

    It is `python`, and where the Python matters, the one that runs it.
    """
    if not demo.python and needs(demo) is None:
        return demo.command
    try:
        command = of(demo).command
    except TalkError:
        needed = needs(demo)
        command = f"python{demo.python or (_example(needed) if needed else '')}"
    return f"{command} demos/{demo.path.name}"


def find(asked: str) -> Python:
    """The Python that is called `3.13`, `3.14t` or `python3.13`, or stands at this path.

    Raises WrongUse where there is none.
    """
    match = ASKED.fullmatch(asked)
    if not match:
        path = shutil.which(asked)
        if path and (found := _look_at(Path(path).absolute())):
            return found
        raise WrongUse(f"{asked}: no Python; name a version such as 3.13 or 3.14t, or a path")
    free = bool(match["free"])
    if found := _named(match["version"], free):
        return found
    raise WrongUse(
        f"Python {match['version']}{match['free']} is not on this machine; "
        f"get it: uv python install {match['version']}{match['free']}"
    )


def beside(asked: str) -> Python | None:
    """The Python for a terminal that is on its slide for the sake of another Python.

    `3.13` is that one. `3.14t` is any without the GIL, that version before others: what it shows
    is the same. None where there is none, or an unknown name.
    """
    match = ASKED.fullmatch(asked)
    if match is None:
        return None
    found = _named(match["version"], bool(match["free"]))
    if found is None and match["free"]:
        free = [one for one in on_this_machine() if one.free and not one.gil]
        found = min(free, key=lambda one: one.rank, default=None)
    return found


def together(demos: list[Demo]) -> list[Demo | None]:
    """Whatever one slide runs, each on a Python of this machine; None for what can't be had here.

    A demo that runs on several Pythons side by side is asked to run on each of them by name, and
    beside one without the GIL there is one with it.
    """
    found: list[Demo | None] = []
    for demo in demos:
        python = beside(demo.python)
        found.append(replace(demo, python=python.short) if python else None)
    for number, demo in enumerate(demos):
        if demo.python:
            continue
        others = [one for one in found if one and one.name == demo.name]
        python = with_gil() if any(one.python.endswith("t") for one in others) else None
        python = python or (None if missing(demo) else of(demo))
        for one in others:
            if python and one.python == python.short:  # it would be the same twice
                found[found.index(one)] = None
                others.remove(one)
        found[number] = replace(demo, python=python.short) if python and others else demo
    return found


def with_gil() -> Python | None:
    """A Python with the GIL: the one of the kit where it has it; None where there is none."""
    if this().gil:
        return this()
    return min(
        (one for one in on_this_machine() if one.gil), key=lambda one: one.rank, default=None
    )


def on_this_machine() -> list[Python]:
    """Every CPython that can be found and started, this one first; one file under one name."""
    return list(_on_this_machine())


def needs(demo: Demo) -> "SpecifierSet | None":
    """The Pythons that `demo` says it needs; None where any will do.

    Raises TalkError where its PEP 723 block can't be read.
    """
    try:
        source = demo.source
    except (OSError, UnicodeDecodeError):
        return None  # the run will say so
    match = BLOCK.search(source)
    if match is None:
        return None
    lines = [line[2:] for line in match["lines"].splitlines()]
    try:
        needed = tomllib.loads("\n".join(lines)).get("requires-python")
        return None if needed is None else _specifier(str(needed))
    except ValueError as error:
        raise TalkError(f"demos/{demo.path.name}: its `# /// script` block: {error}") from None


@cache
def _specifier(text: str) -> "SpecifierSet":
    """ValueError for what is none."""
    from packaging.specifiers import SpecifierSet  # only where a demo asks for it

    return SpecifierSet(text)


def _fits(needed: "SpecifierSet", version: str) -> bool:
    return needed.contains(version, prereleases=True)


def _named(version: str, free: bool) -> Python | None:
    """The Python of this version, `3.13` or `3.13.2`; this one before others."""
    for one in _on_this_machine(minor=int(version.split(".")[1]), free=free):
        if one.free == free and f"{one.version}.".startswith(f"{version}."):
            return one
    return None


def _example(needed: "SpecifierSet") -> str:
    """A version to install, `3.14`: the oldest that fits."""
    for minor in range(OLDEST, NEWEST):
        if _fits(needed, f"3.{minor}.0") or _fits(needed, f"3.{minor}.99"):
            return f"3.{minor}"
    return str(needed)


def _in_words(needed: "SpecifierSet") -> str:
    match = re.fullmatch(r">=(?P<version>[\d.]+)", str(needed))
    return f"Python {match['version']} or newer" if match else f"Python {needed}"


def _on_this_machine(
    needed: "SpecifierSet | None" = None, *, minor: int | None = None, free: bool | None = None
) -> Iterator[Python]:
    """The Python of the kit, then others whose names say that they may fit, each file once."""
    seen = {Path(sys.executable).resolve()}
    yield this()
    for path in _candidates():
        match = NAME.fullmatch(path.name)
        assert match
        number, resolved = int(match["minor"]), path.resolve()
        if (
            resolved in seen
            or (minor is not None and number != minor)
            or (free is not None and free != resolved.name.endswith("t"))
            or (needed and not any(_fits(needed, f"3.{number}.{patch}") for patch in range(100)))
        ):
            continue
        seen.add(resolved)
        if (found := _look_at(path)) and found.implementation == "CPython":
            yield found


def _candidates() -> Iterator[Path]:
    """Files called `python3.N`: on PATH, then those of pyenv, then those of uv."""
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    share = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or share / "uv" / "python")
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    folders = [folder for folder in folders if folder != pyenv / "shims"]  # slow, and often dead
    for root, pattern in ((pyenv, "versions/*/bin"), (uv, "*/bin")):
        folders += sorted(root.glob(pattern), reverse=True)
    for folder in dict.fromkeys(folders):
        try:
            names = sorted(name for name in os.listdir(folder) if NAME.fullmatch(name))  # noqa: PTH208
        except OSError:
            continue
        yield from (folder / name for name in names)


def _look_at(path: Path) -> Python | None:
    try:
        return _ask(str(path), path.stat().st_mtime_ns)
    except OSError:
        return None


@cache
def _ask(path: str, changed: int) -> Python | None:
    """What the Python at `path` says it is; None for what can't be started, or is none."""
    try:
        done = subprocess.run(
            [path, "-c", SAYS],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=True,
        )
        implementation, version, free, gil = done.stdout.split()
        return Python(path, implementation, version, free == "1", gil == "1")
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
