"""The deck as it is now: built anew when one of its files has changed, and its pages told."""

import asyncio
import hashlib
import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

from demos.catalogue import Demo
from demos.programs.program import Program, edited
from slides import deck
from slides.export import Builder
from slides.rehearse import plan
from slides.sections import slot
from slides.server.tasks import complain, in_a_line, in_thread

WATCHED = (
    "slides/[0-9]*.ipynb", "slides/theme/*", "slides/theme/*/*", "speaker_notes/*.md",
    "demos/[0-9]*.py", "pyproject.toml",
)  # fmt: skip
LOOK_EVERY = 0.1
"""Seconds between two looks at the watched files."""
LOOK_AGAIN = 0.05
"""Seconds between two looks once there was a change, which counts as soon as they agree."""

Listener = Callable[[dict[str, Any]], None]


class CurrentDeck:
    """The page, and who wants to hear when it is another."""

    def __init__(self, builder: Builder, top: Path, *, rehearsal: bool = False):
        self.builder = builder
        self.top = top
        self.page: str | None = None
        self.problem: str | None = None
        self.version: str | None = None
        """The version of the deck as it is now."""
        self.versions: set[str] = set()
        """The versions of the deck that a page may still show."""
        self.listeners: set[Listener] = set()
        self.server = secrets.token_hex(8)
        """What pages know this server by: edits on slides are of one server."""
        self.rehearsal = rehearsal
        """Whether pages tell which slide stands."""
        self._built = asyncio.Event()
        self._building = asyncio.Lock()
        self._seen = self._files()
        """The watched files as they were before the deck was built from them."""
        self._shown: dict[tuple[str, str], list[str]] = {}

    async def html(self) -> str:
        """The deck, or a page that says why there is none; waits for the first one to be built."""
        await self._built.wait()
        return self.page or no_deck(self.problem or "")

    def hear(self, listener: Listener, version: str) -> None:
        """Tell `listener` of changes from now on, and now where its page is an old one already."""
        self.listeners.add(listener)
        if self.page and version not in self.versions:
            listener({"reload": "now"})
            return
        if self.page and version != self.version:
            listener({"reload": "calm"})
        if self.problem:
            listener({"problem": self.problem})

    def program(self, demo: Demo, slide: str, text: str) -> Program:
        """The demo with what stands on a slide in place of the functions which that slide shows.

        Raises LookupError where the slide shows no code of the demo, and what
        `demos.programs.program.edited` raises.
        """
        return edited(demo, self._shown[slide, demo.name], text)

    async def build(self, when: str) -> None:
        """Build the deck anew and have the pages reload: `now`, or when it is `calm` there.

        One at a time: of two the slower may be the one that read the older files.
        """
        async with self._building:
            await self._build(when)

    async def _build(self, when: str) -> None:
        try:
            page = await in_thread(self.builder.html)
            self._shown = await in_thread(lambda: deck.shown_code(self.builder.sections()))
            planned = await in_thread(
                lambda: plan.for_page(self.builder.sections(), 60 * slot(self.top))
            )
        except Exception as error:
            self._say_problem(in_a_line(error))
            self._built.set()
            return
        self._say_problem(None)
        version = hashlib.sha256(page.encode()).hexdigest()[:12]
        another = version not in self.versions
        if another and when == "now":
            self.versions.clear()
        self.versions.add(version)
        self.version = version
        here = {
            "version": version,
            "server": self.server,
            "rehearsal": self.rehearsal,
            "plan": planned,
        }
        ours = json.dumps(here).removesuffix("}").replace("<", "\\u003c")
        self.page = page.replace("window.TALK = {", f"window.TALK = {ours}, ", 1)
        self._built.set()
        if another:
            self._tell(reload=when)

    async def next_change(self) -> None:
        """Returns when a watched file has changed and nobody is writing any more.

        What is saved while the deck is being built counts, too: the build may have read it before.
        """
        while (now := self._files()) == self._seen:
            await asyncio.sleep(LOOK_EVERY)
        before = self._seen
        while now != before:
            await asyncio.sleep(LOOK_AGAIN)
            before, now = now, self._files()
        self._seen = now

    def _tell(self, **message: str | None) -> None:
        for listener in list(self.listeners):
            listener(message)

    def _say_problem(self, problem: str | None) -> None:
        if problem != self.problem:
            self.problem = problem
            self._tell(problem=problem)
            if problem:
                complain(problem)

    def _files(self) -> dict[str, tuple[int, int]]:
        """Each watched file with what changes when it is saved."""
        found = {}
        for pattern in WATCHED:
            with suppress(OSError):  # a folder may go while it is looked into
                for path in self.top.glob(pattern):
                    with suppress(OSError):
                        status = path.stat()
                        found[str(path)] = (status.st_mtime_ns, status.st_size)
        return found


def no_deck(problem: str) -> str:
    """A page that stands in for the deck, says why there is none and reloads when there is one."""
    return (
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>No slides yet</title>'
        "<style>body{background:#0E1420;color:#F2F4F8;"
        "font:24px/1.5 sans-serif;margin:15vh 10vw}</style>"
        f"<h1>No slides yet</h1><p>{escape(problem)}</p>"
        "<p>This page shows the deck once that is mended.</p>"
        "<script>const s = new WebSocket(location.href.replace(/^http/, 'ws')"
        ".replace(/[?#].*/, '') + 'changes');"
        "s.onmessage = m => JSON.parse(m.data).reload && location.reload()</script>"
    )
