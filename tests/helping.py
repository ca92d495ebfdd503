"""What tests of any kind call: threads, environments, copies of the talk, demos to work with."""

import asyncio
import json
import os
import shutil
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
PATIENCE = 90_000
"""Milliseconds that a page may take for what a calm machine does in one or two seconds."""


def material(name: str):
    """A demo of our talk that a test of the kit takes to work with; another talk skips the test."""
    from demos.catalogue import demos

    for demo in demos():
        if demo.name == name:
            return demo
    pytest.skip(f"demos/{name}.py is not in this talk")


def terminals() -> Counter[str]:
    """How many the slides of our talk have for each demo: two where two Pythons run it."""
    from demos.catalogue import demos
    from slides.deck import used_demos
    from slides.sections import sections

    run, _ = used_demos(sections())
    return Counter(demo.name for demo in demos()) | Counter(demo.name for demo in run)


def play_small(monkeypatch):
    """In this process the cast is that of the small talk, until `monkeypatch` is undone."""
    from demos import about, cast

    roles = about.roles(["main", "luke", "darthvader"])
    monkeypatch.setattr(cast.Cast, "_roles", {role.name: role for role in roles})


def in_a_thread(act):
    """What `act()` gives, in a thread of its own: Playwright keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result()


def finish(coroutine):
    """What `coroutine` gives in the end, as from `asyncio.run`, wherever Playwright is running."""
    return in_a_thread(lambda: asyncio.run(coroutine))


def build(*arguments, **options) -> str:
    """What `Builder(…).html()` gives."""
    from slides.export import Builder

    return in_a_thread(lambda: Builder(*arguments, **options).html())


def alive(pid: int) -> bool:
    """Whether there is such a process, which has not only its exit status left; it may go now."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def gone(pid: int, within=20.0) -> bool:
    """Whether it ends within so many seconds; there is no need to wait for one that does."""
    until = time.monotonic() + within
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(pid)


def with_enough_time(act, seen):
    """What `act(seconds)` gives with the first of a few limits in which it was `seen` to get there.

    A busy machine needs longer for what has to come before the limit does. Gives both.
    """
    for seconds in (0.7, 5, 30):
        found = act(seconds)
        if seen(found):
            break
    return seconds, found


def surroundings(top: Path, **more: str) -> dict[str, str]:
    """The environment in which a process finds the talk in `top`, with a build/ of its own."""
    environment = {**os.environ, "PYTHONPATH": str(top), **more}
    for name in ("PYTHONUNBUFFERED", "TALK_BUILD"):
        environment.pop(name, None)
    return environment


def copy_of_the_talk(top: Path) -> Path:
    """A copy of this checkout in `top`, where nobody edits it, with what was measured already."""
    from demos.files import BUILD

    ignored = shutil.ignore_patterns("__pycache__", "*.html", ".*")

    def copy(path, to):
        with suppress(FileNotFoundError):  # other tests write there, and take away what is old
            shutil.copy2(path, to)

    for name in ("demos", "slides", "speaker_notes"):
        shutil.copytree(CHECKOUT / name, top / name, ignore=ignored)
    shutil.copytree(BUILD, top / "build", ignore=ignored, copy_function=copy)
    shutil.copy(CHECKOUT / "pyproject.toml", top)
    return top


def take_for_good(build: Path):
    """What was kept in `build` until a second core is free counts as if one had been.

    Otherwise a server makes it again, and then every page reloads, in the midst of a test.
    """
    from slides.exhibits.measured import AGAIN

    for path in (build / "outputs").glob("*.json"):
        outputs = json.loads(path.read_text("utf-8"))
        for output in outputs:
            for said in output.get("metadata", {}).values():
                if isinstance(said, dict):
                    said.pop(AGAIN, None)
        path.write_text(json.dumps(outputs), encoding="utf-8")


def sources(top):
    """The files of the talk in `top`, each with its content; an sdist is no git repository."""
    return {
        path: path.read_bytes()
        for folder in ("demos", "slides", "speaker_notes")
        for path in (top / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


EXPORT = """
from pathlib import Path
from slides import export

Path("threading.html").write_text(export.Builder().html(), "utf-8")
"""
"""A program that exports the talk of the folder it is run in."""
