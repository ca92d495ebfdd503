"""The house stays in order: files and functions one can see whole, imports that run one way."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
PACKAGES = ("demos", "slides")
FILE_LINES, FUNCTION_LINES = 400, 40

LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}
"""Path, or path::function, and why it reads better whole."""
ORDER = (
    # in slides/, a line may import the lines above it; those of one line don't know each other
    ("assets", "depends", "sections"),
    ("listing", "terminals"),
    ("deck",),
    ("rise",),
    ("cells", "converter", "measuring", "output"),
    ("page",),
    ("export",),
    ("browser", "exporter", "readme"),
    ("lint", "rehearse"),
    ("server",),
    ("check",),
    ("cli",),
)


def is_demo(path: Path) -> bool:
    """A file name that starts with a digit is on stage."""
    return path.name[0].isdigit()


def name_of(path: Path) -> str:
    """The path as it is said: from the checkout on."""
    return path.relative_to(CHECKOUT).as_posix()


def found(*patterns: str) -> list[Path]:
    """Files of ours that are not on stage."""
    paths = {path for pattern in patterns for path in CHECKOUT.glob(pattern)}
    return sorted(path for path in paths if not is_demo(path))


PYTHON = found("demos/**/*.py", "slides/**/*.py", "tests/**/*.py")
SCRIPTS = found("slides/**/*.js", "demos/**/*.js")
MODULES = {
    ".".join(path.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in found(*(f"{package}/**/*.py" for package in PACKAGES))
}


@cache
def tree(path: Path) -> ast.Module:
    """The file, parsed once."""
    return ast.parse(path.read_text("utf-8"), str(path))


# -- seen whole -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*PYTHON, *SCRIPTS], ids=name_of)
def test_a_file_can_be_seen_whole(path):
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= FILE_LINES or name_of(path) in LONG_FILES, (
        f"{name_of(path)}: {lines} lines, at most {FILE_LINES}; make it a package with a file for "
        "each thing it does, or say in LONG_FILES why it reads better whole"
    )


def functions(path: Path) -> Iterator[tuple[str, int, int]]:
    """Each function with the line it is in and how many it has, those around others included."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_a_function_can_be_seen_whole(path):
    for name, at, lines in functions(path):
        assert lines <= FUNCTION_LINES or f"{name_of(path)}::{name}" in LONG_FUNCTIONS, (
            f"{name_of(path)}:{at}: {name}() has {lines} lines, at most {FUNCTION_LINES}; give its "
            "parts names, or say in LONG_FUNCTIONS why it reads better whole"
        )


def test_no_exception_is_left_over():
    long_files = {
        name_of(path)
        for path in (*PYTHON, *SCRIPTS)
        if len(path.read_text("utf-8").splitlines()) > FILE_LINES
    }
    long_functions = {
        f"{name_of(path)}::{name}"
        for path in PYTHON
        for name, _, lines in functions(path)
        if lines > FUNCTION_LINES
    }
    named = (LONG_FILES.keys() - long_files) | (LONG_FUNCTIONS.keys() - long_functions)
    left_over = [name for name in named if (CHECKOUT / name.partition("::")[0]).exists()]
    assert not left_over, f"short enough now, take them out of the lists: {sorted(left_over)}"


# -- imports run one way --------------------------------------------------------------------------


def executed(node: ast.AST) -> Iterator[ast.AST]:
    """Everything in the tree but what only a type checker reads."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING")):
            yield from executed(child)


def imports(module: str, path: Path) -> Iterator[tuple[str, int]]:
    """Modules of ours that it imports, wherever in the file, each with the line."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in executed(tree(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, node.module or ""]).strip(".") if node.level else node.module
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            while name and name not in MODULES:  # what is imported may be a name in a module
                name = name.rpartition(".")[0]
            if name and name != module:
                yield name, node.lineno


@cache
def graph() -> dict[str, list[tuple[str, int]]]:
    """What each module of ours imports of ours."""
    return {module: list(imports(module, path)) for module, path in MODULES.items()}


def complaint(module: str, line: int, other: str, mend: str) -> str:
    """What, where and the mend."""
    return f"{name_of(MODULES[module])}:{line}: imports {other}; {mend}"


def test_the_demos_know_nothing_of_the_slides():
    wrong = [
        complaint(module, line, other, "what both need belongs in demos/")
        for module, others in graph().items()
        for other, line in others
        if module.startswith("demos") and other.startswith("slides")
    ]
    assert not wrong, "\n".join(wrong)


MEASURING = "demos.timeline.measure"
CLOSED = {
    MEASURING: ("demos.timeline.draw", "demos.timeline.kept", "demos.timeline.show"),
    "demos.timeline.draw": (MEASURING, "demos.timeline.kept", "demos.runs.run"),
}


@pytest.mark.parametrize("package", CLOSED)
def test_measuring_knows_no_drawing_and_a_drawing_no_measuring(package):
    within = {module: others for module, others in graph().items() if module.startswith(package)}
    assert len(within) > 3
    wrong = [
        complaint(module, line, other, "a timeline is all that they share: demos/timeline/model.py")
        for module, others in within.items()
        for other, line in others
        if other.startswith(CLOSED[package])
    ]
    assert not wrong, "\n".join(wrong)


def test_the_probe_needs_nothing_but_the_standard_library():
    """It is imported into whatever runs."""
    paths = [path for module, path in MODULES.items() if module.startswith(f"{MEASURING}.probe")]
    names = {name for path in paths for name, _ in imported_names(path)}
    foreign = {name for name in names if not name.startswith(".")} - sys.stdlib_module_names
    assert len(paths) > 3 and not foreign


def imported_names(path: Path) -> Iterator[tuple[str, int]]:
    """The first word of everything the file imports; `.` for what is beside it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "").partition(".")[0], node.lineno


DEMOS = sorted(path for path in (CHECKOUT / "demos").glob("*.py") if is_demo(path))


@pytest.mark.parametrize("path", DEMOS, ids=lambda path: path.stem)
def test_what_is_on_stage_imports_nothing_of_ours(path):
    ours = {*PACKAGES, "tests", *(module.rpartition(".")[2] for module in MODULES)}
    for name, line in imported_names(path):
        assert name not in ours and not name.startswith("."), (
            f"{name_of(path)}:{line}: imports {name}, which is ours; a demo runs on a bare clone: "
            "write in it what it needs"
        )


def place(module: str) -> int | None:
    """How far down in ORDER a module of slides/ stands."""
    room = module.split(".")[1] if module.startswith("slides.") else None
    return next((number for number, rooms in enumerate(ORDER) if room in rooms), None)


def room(module: str) -> str:
    """The package or single module directly in demos/ or slides/ that it belongs to."""
    return ".".join(module.split(".")[:2])


def test_the_slides_import_one_way():
    wrong = []
    for module, others in graph().items():
        for other, line in others:
            here, there = place(module), place(other)
            if None not in (here, there) and room(module) != room(other) and there >= here:
                mend = "imports run cli → server, check → export → deck → sections"
                wrong.append(complaint(module, line, other, mend))
    assert not wrong, "\n".join(wrong)


def circle_from(start: str) -> list[str]:
    """A way along the imports from a module back to itself; empty where there is none."""
    ways, seen = [[start]], set()
    while ways:
        way = ways.pop(0)
        for other, _ in graph()[way[-1]]:
            if other == start:
                return [*way, start]
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return []


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_import_comes_back(module):
    circle = circle_from(module)
    assert not circle, (
        f"{' → '.join(circle)}: a circle; move what both need into a module that neither imports"
    )
