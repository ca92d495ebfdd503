"""Recordings: from a real run, kept with the source they belong to."""

import json
import re
import sys
from dataclasses import replace
from functools import partial

import pytest
from helping import finish, in_a_thread

from demos.errors import TalkError
from demos.runs import pythons
from demos.runs import record as module
from demos.runs.record import cached, record, record_alone

SLEEPS = """
import time
START = time.perf_counter()
def say(text): print(f"{time.perf_counter() - START:5.2f} main       {text}\\n", end="", flush=True)
say("starts"); time.sleep(0.4); say("=> it slept")
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "build" / "recordings"


def recorded(*arguments, **options):
    """What `record` gives."""
    return in_a_thread(lambda: record(*arguments, **options))


def events(recording):
    header, *lines = recording.cast.splitlines()
    return json.loads(header), [json.loads(line) for line in lines]


LISTENED = "import pathlib; [*iter(pathlib.Path('heard').exists, True)];"
"""A demo goes on once its first line was heard."""


def tell(run, demo, on_text, **options):
    """Runs the demo and tells it what was heard."""

    def hear(text):
        on_text(text)
        if text.endswith("\n"):
            (demo.path.parent.parent / "heard").touch()

    return run(demo, hear, **options)


def test_a_recording_is_an_asciicast_with_its_timing(write_demo, folder, monkeypatch):
    demo = write_demo(SLEEPS.replace("time.sleep(0.4)", f"{LISTENED} time.sleep(0.4)"))
    monkeypatch.setattr(module, "run", partial(tell, module.run))
    recording = recorded([demo], folder=folder)[demo.name]
    header, shown = events(recording)
    assert (header["version"], header["width"], header["height"]) == (2, 80, 3)
    assert recording.rows == 3
    assert shown[0][2] == "\x1b[?25l"
    assert 0.399 < shown[2][0] - shown[1][0] < recording.seconds
    assert "\x1b[1;33mmain" in shown[1][2] and shown[1][2].endswith("\r\n")
    said = [re.sub(r" *\d+\.\d\d main +", "", line) for line in recording.transcript.splitlines()]
    assert said == ["starts", "=> it slept"]
    assert re.match(r"\w+ 3\.\d+\.\d+", recording.python) and recording.seconds > 0.4


def test_it_is_made_once_per_source(write_demo, folder):
    demo = write_demo(SLEEPS)
    assert cached(demo, folder) is None
    seen = []
    first = recorded([demo], lambda *step: seen.append(step), folder)[demo.name]
    assert cached(demo, folder) == first
    assert recorded([demo], lambda *step: seen.append(step), folder)[demo.name] == first
    assert [step[0] for step in seen] == [demo]

    changed = write_demo(SLEEPS + "say('=> more')")
    assert cached(changed, folder) is None
    recorded([changed], folder=folder)
    assert [path.name.startswith(demo.name) for path in folder.iterdir()] == [True], (
        "the old one is removed"
    )


def test_another_python_has_another_recording(write_demo, folder, monkeypatch):
    demo = write_demo(SLEEPS)
    recorded([demo], folder=folder)
    another = pythons.Python(sys.executable, "CPython", "3.99.0", free=False, gil=True)
    monkeypatch.setattr(pythons, "of", lambda demo: another)
    assert cached(demo, folder) is None
    recorded([demo], folder=folder)
    assert len(list(folder.iterdir())) == 2


def test_a_file_cut_short_is_made_anew(write_demo, folder):
    demo = write_demo(SLEEPS)
    recorded([demo], folder=folder)
    (path,) = folder.iterdir()
    path.write_text(path.read_text()[:50])
    assert cached(demo, folder) is None
    assert recorded([demo], folder=folder)[demo.name].transcript


def test_a_demo_that_fails_is_named_with_its_last_lines(write_demo, folder):
    good, bad = (
        write_demo(SLEEPS, "98a_good"),
        write_demo(SLEEPS + "raise ValueError('oh')", "98b_bad"),
    )
    with pytest.raises(
        TalkError,
        match=r"demos/98b_bad\.py could not be recorded: "
        r"ended with exit status 1: .*ValueError: oh",
    ):
        recorded([good, bad], folder=folder)
    assert cached(bad, folder) is None and cached(good, folder), "what was good is kept"
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_sleepers_share_the_time_and_workers_have_it_alone(write_demo, folder, monkeypatch):
    demos = [write_demo(SLEEPS, f"98{letter}_sleeps") for letter in "ab"] + [
        write_demo(SLEEPS, "98c_works")
    ]
    running, together = set(), []
    original = module.run

    async def watched(demo, on_text, **options):
        running.add(demo.name)
        together.append(frozenset(running))
        try:
            outcome = await original(demo, on_text, **options)
            # whatever else this machine does meanwhile
            return replace(outcome, cpu=outcome.seconds if demo.name == "98c_works" else 0.0)
        finally:
            running.discard(demo.name)

    monkeypatch.setattr(module, "run", watched)
    assert list(recorded(demos, folder=folder)) == [demo.name for demo in demos]
    assert frozenset({"98a_sleeps", "98b_sleeps"}) in together
    assert together[-1] == {"98c_works"}, "recorded once more, alone"
    assert max(map(len, together)) == module.AT_A_TIME


def test_one_alone_for_the_server(write_demo, folder):
    demo = write_demo(SLEEPS)
    made = finish(record_alone(demo, folder))
    assert made == cached(demo, folder) == finish(record_alone(demo, folder))


def test_a_line_that_is_too_wide_takes_two_rows():
    assert module.lines_on_screen("x" * 81 + "\n\nend\n") == 4
