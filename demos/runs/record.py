"""Recordings of the demos: asciicast v2 from real runs, kept under build/recordings.

A recording belongs to the exact source of its demo and to the Python it ran on. Where this machine
has no Python for a demo, recording it raises `pythons.Missing`.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from demos import cast, files
from demos.catalogue import Demo
from demos.errors import TalkError, in_one_line
from demos.files import BUILD
from demos.runs import pythons
from demos.runs.output import missed
from demos.runs.run import COLUMNS, SECONDS, Outcome, run

FOLDER = BUILD / "recordings"
AT_A_TIME = 3
"""How many demos that sleep are recorded at once."""
BUSY = 0.3
"""Share of a run's time on the CPU from which a demo is recorded while nothing else runs."""
LAST_LINES = 3
"""How many of the last lines of a failed demo its error shows."""
LAST_LETTERS = 120
"""How many letters of each of them."""
_had: dict[Path, "Recording"] = {}
"""What `at_hand` has given."""
HIDE_CURSOR = "\x1b[?25l"

Progress = Callable[[Demo, bool], None]
"""Told of each demo whose recording has been made, and whether it had to be alone for it."""


@dataclass
class Recording:
    """What a demo printed, and when."""

    name: str
    python: str
    """The Python it ran on, such as `CPython 3.11.7`."""
    seconds: float
    rows: int
    """Height of the terminal that shows all of it."""
    cast: str
    """The asciicast v2."""
    transcript: str
    """The whole output as plain text."""


def cached(demo: Demo, folder: Path = FOLDER) -> Recording | None:
    """The recording of `demo` as it is now; None where it has to be made, or can't be."""
    return None if pythons.missing(demo) else _read(_file(demo, folder))


def at_hand(demo: Demo, folder: Path = FOLDER) -> Recording | None:
    """As `cached`; this process gives one that it has had again, when build/ is gone on stage."""
    if pythons.missing(demo):
        return None
    path = _file(demo, folder)
    if found := _read(path):
        _had[path] = found
    return _had.get(path)


def latest(demo: Demo, folder: Path = FOLDER) -> Recording | None:
    """The newest recording of `demo` on its Python, be it of an earlier version of its file."""
    if pythons.missing(demo):
        return None
    for path in files.kept_in(folder, f"{demo.name}@{_tag(demo)}@*.json"):
        if recording := _read(path):
            return recording
    return None


def record(
    demos: list[Demo],
    progress: Progress = lambda demo, alone: None,
    folder: Path = FOLDER,
    *,
    before_alone: Callable[[], Awaitable[None]] | None = None,
    fresh: bool = False,
) -> dict[str, Recording]:
    """The recordings of `demos` by their keys; those that are missing, all if `fresh`, are made.

    Sleeping demos share the time. One that turns out to need the CPU, or that does not do well in
    company, is recorded once more while nothing else runs; `before_alone` is awaited before.
    """
    return asyncio.run(_record(demos, progress, folder, before_alone, fresh))


async def record_alone(demo: Demo, folder: Path = FOLDER) -> Recording:
    """The recording of one demo, made now unless it is there; let nothing else run meanwhile."""
    if found := cached(demo, folder):
        return found
    return _keep(demo, await _take(demo), folder)


async def _record(
    demos: list[Demo],
    progress: Progress,
    folder: Path,
    before_alone: Callable[[], Awaitable[None]] | None,
    fresh: bool,
) -> dict[str, Recording]:
    stored = {demo.key: None if fresh else cached(demo, folder) for demo in demos}
    found = {key: recording for key, recording in stored.items() if recording}
    missing = [demo for demo in demos if demo.key not in found]
    in_company = True

    async def calm() -> None:
        nonlocal in_company
        in_company = False
        if before_alone:
            await before_alone()

    def keep(demo: Demo, take: Take) -> None:
        found[demo.key] = _keep(demo, take, folder)
        progress(demo, not in_company)

    await film(missing, keep, before_alone=calm)
    return found


@dataclass
class Take:
    """One run as it was filmed."""

    source: str
    events: list[tuple[float, str]]
    outcome: Outcome

    def does_well_in_company(self) -> bool:
        """Whether it would have gone as well with the machine to itself, as far as can be told."""
        outcome = self.outcome
        return not (
            outcome.reason or missed(outcome.output) or outcome.cpu > BUSY * outcome.seconds
        )


async def film(
    demos: list[Demo],
    on_take: Callable[[Demo, Take], None],
    seconds: Callable[[Demo], float] = lambda demo: SECONDS,
    before_alone: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Run each of `demos` for at most so many `seconds` and hand over its take as it is there.

    Sleeping demos share the time. One that turns out to need the CPU, or that does not do well in
    company, runs once more while nothing else runs, and that take counts.
    """
    alone = []
    waiting = iter(demos)

    async def take_turns() -> None:
        for demo in waiting:
            take = await _take(demo, seconds(demo))
            if take.does_well_in_company():
                on_take(demo, take)
            else:
                alone.append(demo)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_A_TIME):
            group.create_task(take_turns())
    if before_alone:
        await before_alone()
    for demo in sorted(alone, key=demos.index):
        on_take(demo, await _take(demo, seconds(demo)))


async def _take(demo: Demo, seconds: float = SECONDS) -> Take:
    source = demo.source
    began = time.perf_counter()
    events: list[tuple[float, str]] = []

    def on_text(text: str) -> None:
        events.append((time.perf_counter() - began, text))

    return Take(source, events, await run(demo, on_text, seconds=seconds))


def _keep(demo: Demo, take: Take, folder: Path) -> Recording:
    """Store what was filmed; raises TalkError where the demo failed."""
    outcome = take.outcome
    if outcome.reason:
        last = " / ".join(
            in_one_line(line, LAST_LETTERS)
            for line in outcome.output.splitlines()[-LAST_LINES:]
            if line.strip()
        )
        raise TalkError(
            f"demos/{demo.path.name} could not be recorded: {outcome.reason}"
            + (f": {last}" if last else "")
        )
    transcript = outcome.output.rstrip("\n")
    rows = lines_on_screen(transcript) + 1
    recording = Recording(
        demo.name,
        pythons.of(demo).name,
        round(outcome.seconds, 2),
        rows,
        _cast(demo, take.events, rows),
        transcript,
    )
    path = _file(demo, folder, take.source)
    files.keep(path, json.dumps(asdict(recording)))
    for other in files.kept_in(path.parent, f"{demo.name}@{_tag(demo)}@*.json"):
        if other != path:
            files.drop(other)
    return recording


def lines_on_screen(text: str, columns: int = COLUMNS) -> int:
    """How many rows of a terminal `text` takes; a line that is too wide goes on in the next."""
    return sum(max(1, -(-len(line) // columns)) for line in text.splitlines())


def _cast(demo: Demo, events: list[tuple[float, str]], rows: int) -> str:
    header = {"version": 2, "width": COLUMNS, "height": rows, "title": pythons.command_line(demo)}
    lines = [header, [0.0, "o", HIDE_CURSOR], *([round(at, 3), "o", text] for at, text in events)]
    return "".join(json.dumps(line) + "\n" for line in lines)


def _read(path: Path) -> Recording | None:
    try:
        return Recording(**json.loads(files.kept(path) or ""))
    except (ValueError, TypeError):
        return None


def _tag(demo: Demo) -> str:
    """The Python that runs it; raises as `pythons.of`."""
    return pythons.of(demo).name.replace(" ", "-")


def _file(demo: Demo, folder: Path, source: str | None = None) -> Path:
    source = demo.source if source is None else source
    painted = [
        cast.ansi(f" 0.00 {name} {words}") for name in cast.CAST for words in ("says", "=> so")
    ]
    digest = hashlib.sha256("\n".join([source, *painted]).encode()).hexdigest()[:16]
    return folder / f"{demo.name}@{_tag(demo)}@{digest}.json"
