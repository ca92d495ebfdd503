"""How a run is spread over workers, where it keeps its measurements, and who watches the checkout.

A whole run has WORKERS workers on however few processors, because most of its tests wait. What one
touched gets fewer: each worker takes a second to start. `-n 0` or `-p no:xdist` does without.
"""

import gc
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest
from sharing import ALONE, COMPANY, Machine, Shared

import slides  # noqa: F401 - before a test imports nbformat: it spares each worker two seconds

CHECKOUT = Path(__file__).resolve().parent.parent
GROUPS = "groups.json"
"""The file in the shared folder that says which test is of which group: the workers know it."""
WORKERS, FEW = 5, 3
SHARED = pytest.StashKey[Path]()
MACHINE = pytest.StashKey[Machine]()
BEFORE = pytest.StashKey[dict]()
CHANGED = pytest.StashKey[list]()
NOT_OURS = {".git", ".venv", ".pytest_cache", ".ruff_cache", ".mypy_cache", "__pycache__"}
"""What git, uv, pytest, the linters and Python itself keep in the checkout."""
FIRST = (
    # what takes longest, so that it does not begin when all the rest is done; by fixture or by test
    "served",
    "test_no_run_outlives_its_client",
    "test_notebook_runs_in_jupyter",
    "bad_findings",
    "whole_talk",  # by now the deck is there, and what was measured for it
)
SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
"""Chromium without all that belongs to windows: the same pages for less than half the work."""


def is_worker(config: pytest.Config) -> bool:
    """Whether this process was started by xdist to run a part of the tests."""
    return hasattr(config, "workerinput")


def marked_stress(item: pytest.Item) -> list[tuple]:
    """The arguments of its marks of this name."""
    return [mark.args for mark in item.iter_markers("stress")]


# -- workers ---------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Choose the number of workers before xdist looks at it; none to debug, or without xdist."""
    option = config.option
    if is_worker(config) or not hasattr(option, "numprocesses"):
        return
    if option.numprocesses is None and not (option.usepdb or option.collectonly):
        option.numprocesses = FEW if option.keyword or option.file_or_dir else WORKERS
    if option.numprocesses:
        option.loadscopereorder = False  # the order is chosen below


def pytest_configure(config):
    """One folder for what is shared, and one that lasts for what was measured."""
    if is_worker(config):
        shared = Path(config.workerinput["shared"])
    else:
        config.stash[BEFORE] = files()
        shared = Path(tempfile.mkdtemp(prefix="talk-tests-"))
        os.environ["TALK_BUILD"] = str(_build(config))
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(config.cache.mkdir("hypothesis"))
        if shell := next(filter(shutil.which, SHELLS), None):
            os.environ.setdefault("TALK_CHROMIUM", shell)
        # otherwise each of some hundred processes compiles all that it imports
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so a shell starts what ends in &
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.stash[SHARED] = shared
    config.stash[MACHINE] = Machine(shared)


def _build(config) -> Path:
    """The tests' own build/, with what the checkout's has about the real talk.

    It is in pytest's cache, so that the next run does not measure all of it again.
    """
    folder = config.cache.mkdir("build")
    stems = {path.stem for path in (CHECKOUT / "demos").glob("[0-9]*.py")}
    for path in (CHECKOUT / "build").glob("*/*.json"):
        to = folder / path.relative_to(CHECKOUT / "build")
        of_the_talk = path.parent.name in ("exhibits", "outputs") or any(
            path.name.startswith((f"{stem}@", f"{stem}-")) for stem in stems
        )
        if of_the_talk and not to.exists():
            to.parent.mkdir(exist_ok=True)
            shutil.copy2(path, to)
    for path in (CHECKOUT / "build").glob("fonts-*.css"):
        shutil.copy2(path, folder)
    return folder


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Tell a worker where the shared folder is."""
    node.workerinput["shared"] = str(node.config.stash[SHARED])


def pytest_unconfigure(config):
    """Take the shared folder away again."""
    if not is_worker(config) and SHARED in config.stash:
        shutil.rmtree(config.stash[SHARED], ignore_errors=True)


# -- who runs where, when, and beside whom ---------------------------------------------------------


def kind_of(item) -> str:
    """How this test uses the machine, by its marker."""
    return ALONE if item.get_closest_marker(ALONE) else COMPANY


def group_of(item) -> str | None:
    """The name of the tests that go to one worker with this one, because they share a fixture."""
    kind, module = kind_of(item), item.path.stem
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    if kind == ALONE:
        return ALONE
    for fixture in ("whole_talk", "served", "bad_findings", "stage"):
        if fixture in item.fixturenames:
            return f"{module} {fixture}"
    if "demo" in parameters:
        return f"{module} {parameters['demo']}"
    return None


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Some ten thousand objects for the tests: none is garbage, and looking takes a second."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Long ones first, then the rest, then those that are alone.

    What is marked `stress("only")` has no short version, and waits until -m asks for it.
    """
    if "stress" not in config.option.markexpr:
        items[:] = [item for item in items if ("only",) not in marked_stress(item)]

    def rank(item):
        if kind_of(item) == ALONE:
            return 9
        names = (*item.fixturenames, getattr(item, "originalname", item.name))
        if found := [place for place, name in enumerate(FIRST) if name in names]:
            return min(found)
        return 6 if "deck" not in names else 7

    makers = [item for item in items if "deck" in item.fixturenames][:1]
    items.sort(key=lambda item: 0 if item in makers else rank(item))
    if is_worker(config):
        groups = {item.nodeid: group for item in items if (group := group_of(item))}
        aside = config.stash[SHARED] / f"groups of {os.getpid()}"
        aside.write_text(json.dumps(groups))
        aside.rename(aside.with_name(GROUPS))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Send the tests of a group to one worker; xdist's own groups do nothing from pytest 9.2 on."""
    if config.option.dist != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        """What xdist calls a scope is a group, or a single test."""

        def _split_scope(self, nodeid):
            if not hasattr(self, "groups"):
                self.groups = json.loads((config.stash[SHARED] / GROUPS).read_text())
            return self.groups.get(nodeid, nodeid)

    return ByGroup(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item, nextitem):
    """A test has its place on the machine from the first of its fixtures to the last.

    Lonely ones in a row keep it, so that they are not let in one by one.
    """
    machine, kind = item.config.stash[MACHINE], kind_of(item)
    if machine.kind != kind:
        machine.enter(kind)
    result = yield
    if kind == COMPANY or nextitem is None or kind_of(nextitem) != kind:
        machine.leave()
    return result


@pytest.fixture(scope="session")
def machine(pytestconfig) -> Machine:
    """The right to use the machine; `with machine.used("alone"):` inside of a test has it alone."""
    return pytestconfig.stash[MACHINE]


@pytest.fixture(scope="session")
def shared(pytestconfig, machine) -> Shared:
    """`shared("deck", make)` is what `make(folder)` gave to the first worker that asked."""
    return Shared(pytestconfig.stash[SHARED], machine)


# -- the checkout stays as it was ------------------------------------------------------------------


def files() -> dict[str, tuple[int, int]]:
    """Each file below the checkout, in git or not, with what changes when it is written."""
    found = {}
    for folder, folders, names in os.walk(CHECKOUT):
        folders[:] = [name for name in folders if name not in NOT_OURS]
        for name in names:
            path = Path(folder, name)
            status = path.lstat()
            found[str(path.relative_to(CHECKOUT))] = (status.st_size, status.st_mtime_ns)
    return found


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """The run fails when a test wrote into the checkout."""
    config = session.config
    if is_worker(config) or BEFORE not in config.stash:
        return
    before, after = config.stash[BEFORE], files()
    names = before.keys() | after.keys()
    config.stash[CHANGED] = sorted(name for name in names if before.get(name) != after.get(name))
    if config.stash[CHANGED] and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    """Say which files changed."""
    if changed := config.stash.get(CHANGED, []):
        terminalreporter.section("the checkout is not as it was", red=True)
        terminalreporter.line("A test wrote there, or you did meanwhile; tests take `tmp_path`:")
        for name in changed:
            terminalreporter.line(f"  {name}")
