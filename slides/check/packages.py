"""What is installed: the packages of the talk, the libraries of the demos, their other Pythons."""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from demos.catalogue import Demo, demos
from demos.errors import TalkError
from demos.runs import pythons
from slides.check.report import Line, Of
from slides.check.setting import Setting

SYNC = "run `uv sync`, or `pip install -r requirements.txt`"
NAMED = 3
"""How many packages a line names."""

of = Of("packages")


def look(setting: Setting) -> Iterator[Line]:
    """What the talk is given from, then what single demos ask for."""
    yield _needed(setting.top)
    yield _tested(setting.top / "requirements.txt")
    for demo in demos(setting.top / "demos"):
        yield from _of_a_demo(demo)


def _needed(top: Path) -> Line:
    """What pyproject.toml asks for."""
    project = tomllib.loads((top / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [Requirement(text) for text in project["dependencies"]]
    wrong = [said for one in wanted if (said := _lack(one))]
    if wrong:
        return of.failure("packages", _some(wrong), SYNC)
    return of.fine("packages", f"all {len(wanted)} that pyproject.toml asks for")


def _tested(path: Path) -> Line:
    """The exact set this was last tested with."""
    what = "as tested"
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError:
        return of.unseen(what, f"there is no {path.name} to compare with")
    others, count = [], 0
    for line in lines:
        text = line.removesuffix("\\").strip()
        if not text or line.startswith((" ", "#", "-")):
            continue
        try:
            wanted = Requirement(text)
        except InvalidRequirement:
            continue
        found = _installed(wanted.name)
        if found and _applies(wanted):
            count += 1
            if not wanted.specifier.contains(found, True):
                others.append(f"{wanted.name} {found} instead of {wanted.specifier}")
    if others:
        return of.warning(what, _some(others), "`pip install -r requirements.txt`, or rehearse")
    return of.fine(what, f"all {count} are those of requirements.txt")


def _of_a_demo(demo: Demo) -> Iterator[Line]:
    """What its PEP 723 block asks for: libraries, and a Python."""
    wanted = _libraries(demo)
    wrong = [said for one in wanted if (said := _lack(one))]
    if wrong:
        yield of.failure(demo.name, _some(wrong), SYNC)
    elif wanted:
        yield of.fine(demo.name, f"its {', '.join(map(_with_version, wanted))} is here")
    if lacks := pythons.missing(demo):
        yield of.warning(demo.name, lacks.what, lacks.mend)
    elif pythons.needs(demo) is not None:
        yield of.fine(demo.name, f"its {pythons.of(demo).name} is here")


def _libraries(demo: Demo) -> list[Requirement]:
    match = pythons.BLOCK.search(demo.source)
    if match is None:
        return []
    text = "\n".join(line[2:] for line in match["lines"].splitlines())
    try:
        return [Requirement(text) for text in tomllib.loads(text).get("dependencies", [])]
    except (ValueError, TypeError) as error:
        raise TalkError(
            f"demos/{demo.path.name}: its `# /// script` block: {error}; mend the block"
        ) from None


def _applies(wanted: Requirement) -> bool:
    return wanted.marker is None or wanted.marker.evaluate()


def _lack(wanted: Requirement) -> str | None:
    """What is wrong with an installed package; None where it serves."""
    if not _applies(wanted):
        return None
    found = _installed(wanted.name)
    if found is None:
        return f"{wanted.name} is not installed"
    if not wanted.specifier.contains(found, True):
        return f"{wanted.name} {found} is installed, {wanted.specifier} is asked for"
    return None


@cache
def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _with_version(wanted: Requirement) -> str:
    return f"{wanted.name} {_installed(wanted.name)}"


def _some(words: list[str]) -> str:
    """The first few, and how many more there are."""
    more = f" and {len(words) - NAMED} more" if len(words) > NAMED else ""
    return ", ".join(words[:NAMED]) + more
