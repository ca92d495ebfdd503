"""A timeline is kept, drawn in the terminal or a file, and what fails is said."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from demos.errors import TalkError, WrongUse
from demos.timeline import kept, show
from demos.timeline.draw import terminal
from demos.timeline.measure import tracer

pytestmark = pytest.mark.usefixtures("small_cast")


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "CACHE", tmp_path / "timelines")


QUICK = """import threading, time
START = time.perf_counter()
luke = threading.Thread(target=time.sleep, args=(0.2,), name='luke')
luke.start()
luke.join()
"""


def test_drawn_in_the_terminal(write_demo, elsewhere, capsys):
    assert show.draw_here(write_demo(QUICK)) == 0
    output = capsys.readouterr().out
    assert output.splitlines()[0].startswith("main ") and "luke" in output and "sleeps" in output
    assert "\x1b" not in output and max(map(len, output.splitlines())) <= 80


def test_drawn_where_the_letters_are_few(write_demo, elsewhere):
    text = terminal.picture(kept.timeline(write_demo(QUICK)), 80, ascii_only=True)
    text.plain.encode("ascii")


@pytest.mark.parametrize("ending", ["svg", "json"])
def test_written_to_a_file(write_demo, elsewhere, tmp_path, ending):
    path = tmp_path / f"picture.{ending}"
    assert show.draw_here(write_demo(QUICK), path) == 0
    if ending == "svg":
        ElementTree.parse(path)
    else:
        events = json.loads(path.read_text())["traceEvents"]
        assert {"M", "X", "s", "f"} == {event["ph"] for event in events}
        assert any(
            event["name"] == "sleeps" and 199_000 <= event["dur"] < 60_000_000 for event in events
        )


@pytest.mark.parametrize("name", ["x.png", "x", "demos/99z_sample.py/x.svg", ".", "/proc/x.svg"])
def test_a_file_that_cant_be_is_said_before_anything_runs(write_demo, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tracer, "trace", lambda *args: pytest.fail("it ran the demo"))
    with pytest.raises(WrongUse) as error:
        show.draw_here(write_demo(QUICK), Path(name))
    assert "\n" not in str(error.value) and error.value.status == 2


def test_a_demo_that_fails_is_drawn_and_said(write_demo, elsewhere, capsys):
    with pytest.raises(TalkError) as error:
        show.draw_here(write_demo(QUICK + "1 / 0\n"))
    assert "ZeroDivisionError" in str(error.value) and error.value.status == 1
    assert "luke" in capsys.readouterr().out


def test_measured_once_and_again_when_the_demo_changes(write_demo, elsewhere):
    demo = write_demo(QUICK)
    first = kept.timeline(demo)
    assert kept.cached(demo) == first == kept.timeline(demo)
    demo.path.write_text(QUICK + "time.sleep(0)\n")
    assert kept.cached(demo) is None
    kept.timeline(demo)
    assert len(list(kept.CACHE.iterdir())) == 1


def test_without_a_place_to_keep_it_is_drawn_all_the_same(write_demo, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(kept, "CACHE", tmp_path / "file" / "timelines")
    assert kept.timeline(write_demo(QUICK)).complete
