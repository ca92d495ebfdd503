"""What the output of a cell depends on: its code, what ran before it, and all that they import."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from demos.shelf import digest, here

ROOMS = ("demos", "slides")
"""The packages of ours that a cell may import from."""


def keys(sources: list[str], top: Path) -> list[str]:
    """A key for the output of each of a notebook's cells, which are run in this order.

    It holds as long as the cell and those above it, the files of ours and the versions of packages
    that they import, the Python and the machine stay what they are.
    """
    found, above = [], [here()]
    for source in sources:
        above = [*above, source, *_imported(source, top)]
        found.append(digest(*above))
    return found


def _imported(source: str, top: Path) -> Iterator[str]:
    """What a cell imports, each with what tells one version of it from another."""
    names: set[str] = set()
    if tree := _parse(source):
        names = _names(tree, "")
        files = _files(names, top)
    else:  # a line for IPython can import, run or print any file
        files = {path for room in ROOMS for path in (top / room).rglob("*.py")}
    if top / "demos" / "about.py" in files:  # it says what stands in there
        files.add(top / "pyproject.toml")
    for path in sorted(files):
        yield path.relative_to(top).as_posix()
        yield path.read_text("utf-8", "replace")
    for name in sorted({name.partition(".")[0] for name in names} - sys.stdlib_module_names):
        try:
            yield f"{name} {version(name)}"
        except (PackageNotFoundError, ValueError):
            continue  # one of ours, or called otherwise than its package


def _parse(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def _names(tree: ast.Module, package: str) -> set[str]:
    """Everything that the code imports, wherever in it; `package` is where it stands itself.

    `from a import b` gives `a` and `a.b`, for b may be a module.
    """
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, node.module or ""]).strip(".") if node.level else node.module
            names.update([base or "", *(f"{base}.{alias.name}" for alias in node.names)])
    return names


def _files(names: set[str], top: Path) -> set[Path]:
    """Our files behind these modules and behind what those import in turn."""
    found: set[Path] = set()
    waiting = list(names)
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        parts = name.split(".")
        waiting += [".".join(parts[:-1])] if parts[1:] else []  # a package is imported first
        for base in (top, top / "slides"):  # a kernel starts in slides/
            path = base.joinpath(*parts)
            for file in (path / "__init__.py", path.with_suffix(".py")):
                if file.is_file() and name:
                    found.add(file)
                    package = name if file.name == "__init__.py" else ".".join(parts[:-1])
                    waiting += _of_file(file, file.stat().st_mtime_ns, package)
    return found


@cache
def _of_file(path: Path, changed: int, package: str) -> frozenset[str]:
    """What a file of ours imports; `changed` is when, so that it is read once."""
    tree = _parse(path.read_text("utf-8", "replace"))
    return frozenset(_names(tree, package) if tree else ())
