"""The deck while its files are saved, and what is measured for it while runs come in between."""

import asyncio
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from helping import finish, surroundings
from small import QUICK

from demos.catalogue import Demo
from demos.errors import TalkError
from demos.runs import record
from demos.timeline import kept
from demos.timeline.measure import tracer
from slides.exhibits import measured
from slides.measuring import Stopped
from slides.server import stage as stages
from slides.server.current import CurrentDeck
from slides.server.stage import Stage


class Notes:
    """A builder whose deck is the text of the notes; `then()` happens between reading and end."""

    def __init__(self, talk, then=lambda: None):
        self.path, self.then = talk.top / "speaker_notes/01_small.md", then

    def html(self):
        read = self.path.read_text()
        self.then()
        return read

    def sections(self):
        return []


def first_demo(talk):
    return Demo("01a_quick", talk.top / "demos/01a_quick.py")


# -- the deck is that of its files -----------------------------------------------------------------


def test_what_is_saved_while_the_deck_is_being_built_is_built_too(small_talk):
    saved = []

    def save():
        if len(saved) < 3:
            saved.append(f"{builder.path.read_text()} More.")
            builder.path.write_text(saved[-1])

    async def go():
        deck = CurrentDeck(builder, small_talk.top)
        await deck.build("now")
        while deck.page != saved[-1]:
            await asyncio.wait_for(deck.next_change(), 60)
            await deck.build("now")

    builder = Notes(small_talk, save)
    finish(go())
    assert len(saved) == 3


def test_a_slow_build_of_older_files_does_not_replace_a_newer_one(small_talk):
    read = threading.Event()
    delays = [0.5]

    def dawdle():
        read.set()
        time.sleep(delays.pop() if delays else 0)

    async def go():
        deck = CurrentDeck(builder, small_talk.top)
        slow = asyncio.create_task(deck.build("calm"))
        await asyncio.to_thread(read.wait)
        builder.path.write_text("Newer.")
        await deck.build("now")
        await slow
        return deck.page

    builder = Notes(small_talk, dawdle)
    assert finish(go()) == "Newer."


def test_a_page_that_comes_late_hears_of_every_newer_deck_and_of_what_is_wrong(small_talk):
    """It was loading, or its network was away, when the others were told."""
    builder = Notes(small_talk)

    async def go():
        deck = CurrentDeck(builder, small_talk.top)
        await deck.build("now")
        first = deck.version
        builder.path.write_text("Something has been measured.")
        await deck.build("calm")
        heard = []
        deck.hear(heard.append, first)
        builder.html = lambda: 1 / 0
        await deck.build("now")
        heard_later = []
        deck.hear(heard_later.append, first)
        return heard, heard_later

    heard, heard_later = finish(go())
    assert heard[0] == {"reload": "calm"}
    assert [set(one) for one in heard[1:]] == [{"problem"}]
    assert [set(one) for one in heard_later] == [{"reload"}, {"problem"}]


def test_no_folder_that_goes_and_no_terminal_that_is_gone_ends_the_watch(small_talk, monkeypatch):
    """`git checkout` takes folders away; `talk | tee` may lose its reader."""
    builder = Notes(small_talk)
    glob = Path.glob

    def vanishing(self, pattern):
        yield from glob(self, pattern)
        if "theme" in pattern:
            raise FileNotFoundError(pattern)

    class Gone:
        def write(self, text):
            raise BrokenPipeError

        def flush(self):
            pass

    monkeypatch.setattr(Path, "glob", vanishing)
    monkeypatch.setattr(sys, "stderr", Gone())
    built = []

    def fails_once():
        built.append(builder.path.read_text())
        return 1 / 0 if len(built) == 1 else built[-1]

    async def go():
        stage = Stage(builder, small_talk.top)
        stage.open()
        problem = await asyncio.wait_for(stage.deck.html(), 60)
        builder.path.write_text("Saved.")
        until = time.monotonic() + 60
        while stage.deck.page != "Saved." and time.monotonic() < until:
            await asyncio.sleep(0.05)
        await stage.close()
        return problem, stage.deck.page

    builder.html = fails_once
    builder.prepare = lambda stop: None
    problem, page = finish(go())
    assert "ZeroDivisionError" in problem and page == "Saved."


# -- what is measured makes room for a run ---------------------------------------------------------


@pytest.fixture
def soon(monkeypatch):
    """Calm comes sooner."""
    monkeypatch.setattr(stages, "CALM", 0.1)
    monkeypatch.setattr(stages, "ENDS", 60)


@pytest.mark.usefixtures("soon")
def test_a_run_ends_what_is_drawn_which_begins_again_when_it_is_calm(small_talk):
    demo, builder, events = first_demo(small_talk), Notes(small_talk), []

    async def go():
        stage = Stage(builder, small_talk.top)
        begun = asyncio.Semaphore(0)
        loop = asyncio.get_running_loop()

        def prepare(stop):
            events.append(f"begins beside {len(stage.runs.tasks)}")
            loop.call_soon_threadsafe(begun.release)
            stop.wait()
            events.append("stopped")
            raise Stopped

        builder.prepare = prepare
        stage.open()
        await asyncio.wait_for(begun.acquire(), 60)
        await stage.start(demo, lambda text: None)
        await asyncio.wait_for(begun.acquire(), 60)
        assert events == ["begins beside 0", "stopped", "begins beside 0"]
        await stage.close()
        assert events[3:] == ["stopped"], "the server ends, and so does that"

    finish(go())


@pytest.mark.usefixtures("soon")
def test_a_recording_is_never_made_beside_a_run_and_ends_with_the_server(small_talk, monkeypatch):
    demo, beside, ended = first_demo(small_talk), [], []
    monkeypatch.setattr(record, "at_hand", lambda demo: None)
    monkeypatch.setattr(record, "latest", lambda demo: None)

    async def go():
        stage = Stage(Notes(small_talk), small_talk.top)
        begun = asyncio.Semaphore(0)

        async def record_alone(demo):
            beside.append(len(stage.runs.tasks))
            begun.release()
            try:
                await asyncio.sleep(0.5 if len(beside) == 2 else 99)
            except asyncio.CancelledError:
                ended.append(len(beside))
                raise
            return "the recording"

        monkeypatch.setattr(record, "record_alone", record_alone)
        taped = asyncio.create_task(stage.tape(demo, wait=True))
        await asyncio.wait_for(begun.acquire(), 60)
        await stage.start(demo, lambda text: None)
        assert await asyncio.wait_for(taped, 60) == ("the recording", True)
        assert beside == [0, 0] and ended == [1], "made anew once the run was over"
        begun = asyncio.Semaphore(0)
        taped = asyncio.create_task(stage.tape(demo, wait=True))
        await asyncio.wait_for(begun.acquire(), 60)
        await stage.close()
        with pytest.raises(TalkError):
            await asyncio.wait_for(taped, 60)
        assert ended == [1, 3] and len(beside) == 3

    finish(go())


# -- what is kept belongs to what it was made of ---------------------------------------------------

EDITS = """
from pathlib import Path
from slides.export import Builder
from slides.server.current import CurrentDeck
template = Path("slides/theme/index.html.j2")
builder = Builder(served=True, notes=True)
assert "<!--mine-->" not in builder.html()
template.write_text(template.read_text("utf-8").replace("<body", "<!--mine--><body", 1), "utf-8")
assert "<!--mine-->" in builder.html()
"""


def test_an_edited_template_is_in_the_page_without_a_restart(small_talk):
    command = [sys.executable, "-c", EDITS]
    subprocess.run(command, cwd=small_talk.top, env=surroundings(small_talk.top), check=True)


def test_the_picture_of_a_demo_that_was_saved_meanwhile_is_not_kept(write_demo, monkeypatch):
    demo = write_demo(QUICK)
    trace = tracer.trace

    def late(demo, **options):
        demo.path.write_text(QUICK + "# saved meanwhile\n")
        return trace(demo, **options)

    monkeypatch.setattr(kept, "CACHE", demo.path.parent / "timelines")
    monkeypatch.setattr(tracer, "trace", late)
    assert kept.timeline(demo).complete and kept.cached(demo) is None
    demo.path.write_text(QUICK)
    assert kept.cached(demo) is None, "nor as one of the demo that it was"


def test_nor_is_what_a_file_measured_that_was_saved_meanwhile(tmp_path, monkeypatch):
    file = tmp_path / "way.py"
    file.write_text("one way", "utf-8")

    def measure():
        file.write_text("another way", "utf-8")
        return {"way": "one"}

    monkeypatch.setattr(measured.SHELF, "folder", tmp_path / "exhibits")
    assert measured.measured("sample", [file], measure) == {"way": "one"}
    assert measured.kept("sample", [file]) is None
