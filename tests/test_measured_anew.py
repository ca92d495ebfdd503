"""Runs are recorded and drawn once, beside each other; a change is measured anew, and no more."""

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from helping import in_a_thread

from demos.catalogue import Demo
from demos.runs import record
from demos.runs.run import Outcome
from demos.timeline import kept
from demos.timeline.model import Lane, Span, Timeline
from slides import measuring

SLEEPS, WORKS, DRAWN = "01a_sleeps", "01b_works", "01c_drawn"


class Runs:
    """Stands in for runs of demos: what ran, and what ran beside what."""

    def __init__(self):
        self.made = []
        self.now = []
        self.beside = set()
        self.crowded = False
        self.lock = threading.Lock()

    def begin(self, what):
        with self.lock:
            self.made.append(what)
            self.beside.update((other, what) for other in self.now)
            self.now.append(what)

    def end(self, what):
        with self.lock:
            self.now.remove(what)

    async def run(self, demo, on_text, **options):
        self.begin(("recording", demo.name))
        await asyncio.sleep(0.05)
        self.end(("recording", demo.name))
        on_text("0.00 main => done\r\n")
        return Outcome(0, None, "0.00 main => done\n", 1.0, 0.9 if demo.name == WORKS else 0.0)

    def trace(self, demo, stop=None):
        self.begin(("drawing", demo.name))
        threading.Event().wait(0.05)
        self.end(("drawing", demo.name))
        state = "turn" if self.crowded else "sleep"
        lane = Lane("main", "process", None, 0.0, 1.0, [Span(0.0, 1.0, state, "")])
        return Timeline(demo.name, "", "CPython", [lane], 1.0, 0.0, 1.0, "", None)

    def since(self) -> list:
        made, self.made = self.made, []
        return sorted(made)


@pytest.fixture
def runs(monkeypatch, tmp_path) -> Runs:
    runs = Runs()
    monkeypatch.setattr(record, "run", runs.run)
    monkeypatch.setattr(kept.tracer, "trace", runs.trace)
    monkeypatch.setattr(kept, "CACHE", tmp_path / "timelines")
    one, cached = record.record, record.cached
    monkeypatch.setattr(
        record,
        "record",
        lambda demos, progress, **options: one(demos, progress, tmp_path / "tapes", **options),
    )
    monkeypatch.setattr(
        record, "cached", lambda demo, folder=tmp_path / "tapes": cached(demo, folder)
    )
    return runs


@pytest.fixture
def demos(tmp_path) -> list[Demo]:
    found = []
    for name in (SLEEPS, WORKS, DRAWN):
        path = tmp_path / f"{name}.py"
        path.write_text(f'"""{name}."""\n', "utf-8")
        found.append(Demo(name, path))
    return found


def measure(demos, progress=lambda *step: None, **options):
    """What is measured for three demos that run on slides, of which the last is drawn, too."""
    return in_a_thread(lambda: measuring.measure(demos, demos[1:], progress, **options))


TAPES = [("recording", name) for name in (SLEEPS, WORKS, WORKS, DRAWN)]
"""What needs the processor runs once more, alone."""
ALL = [("drawing", WORKS), ("drawing", DRAWN), *TAPES]


def test_a_changed_demo_a_deleted_cache_and_fresh_measure_what_depends_on_them(
    runs, demos, tmp_path
):
    first = measure(demos)
    assert runs.since() == ALL
    assert set(first.recordings) == {SLEEPS, WORKS, DRAWN} and set(first.pictures) == {WORKS, DRAWN}
    again = measure(demos)
    assert runs.since() == [] and again == first

    demos[2].path.write_text("# changed\n", "utf-8")
    measure(demos)
    assert runs.since() == [("drawing", DRAWN), ("recording", DRAWN)]

    for path in (tmp_path / "timelines").iterdir():
        path.unlink()
    measure(demos)
    assert runs.since() == [("drawing", WORKS), ("drawing", DRAWN)]
    for path in (tmp_path / "tapes").iterdir():
        path.unlink()
    measure(demos)
    assert runs.since() == TAPES

    measure(demos, fresh=True)
    assert runs.since() == ALL


def test_another_python_measures_all_of_it(runs, demos, monkeypatch):
    measure(demos)
    runs.since()
    python = type("Python", (), {"name": "CPython 9.9.9", "path": "/9", "short": "9.9"})()
    monkeypatch.setattr("demos.runs.pythons.of", lambda demo: python)
    measure(demos)
    assert runs.since() == ALL


def test_what_needs_the_processor_runs_beside_nothing(runs, demos):
    measure(demos)
    company = [pair for pair in runs.beside if ("drawing", WORKS) in pair]
    assert company == [], "its picture"
    assert any(kind == "drawing" for kind, _ in runs.made)
    last = max(number for number, made in enumerate(runs.made) if made == ("recording", WORKS))
    assert ("drawing", DRAWN) in runs.made[:last], "drawn while others were recorded"


def test_a_picture_that_others_were_in_is_made_once_more(runs, demos):
    runs.crowded = True
    measure(demos)
    assert runs.since().count(("drawing", DRAWN)) == 2


def test_it_says_what_is_done_and_how_long_it_will_take(runs, demos):
    told = []
    measure(demos, lambda *step: told.append(step))
    assert [done for _, done, _ in told] == [0, 1, 2, 3, 4] and {total for *_, total in told} == {5}
    for what, _, _ in told:
        kind, rest = what.split(" ", 1)
        name, left = rest.split(", ")
        assert kind in ("recording", "drawing") and name in (SLEEPS, WORKS, DRAWN)
        assert left.startswith("about ") and left.endswith(" s left")
    told.clear()
    measure(demos, lambda *step: told.append(step))
    assert told == []


def test_each_step_is_told_once_and_in_order_however_many_threads_end_them():
    names = [f"drawing {number}" for number in range(400)]
    told = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        steps = measuring._Steps(names, lambda what, done, total: told.append(done))
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(steps.done, names))
    finally:
        sys.setswitchinterval(interval)
    assert told == list(range(len(names))), "and nothing is told of the last: all is there"
