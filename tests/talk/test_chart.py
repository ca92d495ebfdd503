"""Who helps when: every figure on the chart is measured, and it says where."""

import json
import multiprocessing
import os
import platform
import re
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from nbformat import v4

from demos.errors import TalkError
from slides import cells
from slides.exhibits import chart, rounds, ways
from slides.exhibits import measured as exhibits

TOP = Path(ways.__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"


alone = pytest.mark.alone
"""For the measurement itself."""
LATE = 0.2
"""Seconds that starting a worker takes longer than usual."""


@pytest.fixture(scope="module")
def measured(shared, deck):
    """The chart of the deck; where other work hid something when that was built, measured anew."""
    found = exhibits.kept("chart", chart.FILES)
    if found is None or chart.unlucky(found):
        found = shared("chart", lambda folder: chart.who_helps_when().measured, "alone")
    return chart.Chart(found)


def ratios(found: chart.Chart, work: str) -> dict[str, float | None]:
    return found.measured["works"][work]["ratios"]


def a_chart(computing, why=None, cores=2) -> chart.Chart:
    """A chart that nobody measured."""
    works = {
        "waiting": {"ratios": dict.fromkeys(ways.WAYS, 3.9), "why": None},
        "computing": {"ratios": dict(zip(ways.WAYS, computing, strict=True)), "why": why},
    }
    return chart.Chart(
        {
            "works": works,
            "costs": dict.fromkeys(ways.WAYS, 0.01),
            "machine": rounds.machine() | {"cores": cores},
        }
    )


CHARTS = {
    "all": a_chart((1.9, 1.8, 1.0, 1.9, 1.0)),
    "one": a_chart((1.9, None, 1.0, 1.9, 1.0), rounds.IN_THE_WAY),
    "none": a_chart([None] * 5, rounds.NO_SECOND),
    "one core": a_chart([None] * 5, rounds.ONE_CORE, cores=1),
}
every_chart = pytest.mark.parametrize("found", CHARTS.values(), ids=list(CHARTS))


def test_it_measures_the_five_solutions(measured):
    for work in ("waiting", "computing"):
        assert set(ratios(measured, work)) == set(ways.WAYS) == set(measured.measured["costs"])


def test_waiting_helps_with_all_of_them(measured):
    for way, ratio in ratios(measured, "waiting").items():
        assert ratio is None or rounds.SECOND_CORE < ratio <= ways.JOBS * rounds.TOO_FAST, way


def test_what_is_shown_of_computing_contradicts_neither_the_cores_nor_the_gil(measured):
    """Whatever else this machine does meanwhile: what is not known is left out."""
    machine = measured.measured["machine"]
    found = {way: ratio for way, ratio in ratios(measured, "computing").items() if ratio}
    for way, ratio in found.items():
        assert ratio <= machine["cores"] * rounds.TOO_FAST, way
        if way in ways.PROCESSES:
            assert ratio >= rounds.SECOND_CORE * rounds.LAGGING
        elif way == "asyncio" or machine["gil"]:
            assert ratio <= rounds.TOO_FAST, way
    if found:
        assert set(found) & set(ways.PROCESSES), "that there was a second core is known by these"
    missing = len(found) < len(ways.WAYS)
    assert missing == (measured.measured["works"]["computing"]["why"] is not None)


class Clock:
    """A machine on which the ways take as long as they are told, and time passes only there."""

    def __init__(self, monkeypatch, in_turn, **ways_take):
        self.now, self.in_turn, self.take = 0.0, iter(in_turn), ways_take
        self.measured = []
        monkeypatch.setattr(rounds, "clock", lambda: self.now)
        monkeypatch.setattr(rounds.Work, "_in_turn", lambda work: self.spend(next(self.in_turn)))
        for way in ways_take:
            monkeypatch.setitem(rounds.BY, way, lambda job, argument, way=way: self.run(way))

    def spend(self, seconds):
        self.now += seconds
        return seconds

    def run(self, way):
        self.measured.append(way)
        take = self.take[way]
        return self.spend(take.pop(0) if len(take) > 1 else take[0])


def shown(clock, at_once=("fork", "spawn"), most=2):
    work = rounds.Work(ways.compute, 1, at_once, most)
    return rounds.rounds(work, list(clock.take))


def test_on_a_calm_machine_three_rounds_are_enough(monkeypatch):
    clock = Clock(monkeypatch, [1.0] * 3, fork=[0.5], spawn=[0.52], threads=[1.05])
    found = shown(clock)
    assert found.why is None and len(clock.measured) == 9
    assert found.ratios == {"fork": 2.0, "spawn": 1 / 0.52, "threads": 1 / 1.05}


def test_a_way_that_had_no_luck_is_measured_until_it_has_some(monkeypatch):
    unlucky = [1.0, 0.9, 1.1, 0.8, 0.9, 0.51]
    clock = Clock(monkeypatch, [1.0] * 9, fork=[0.5], spawn=unlucky, threads=[1.05])
    assert shown(clock) == rounds.Shown({"fork": 2.0, "spawn": 1 / 0.51, "threads": 1 / 1.05})
    assert clock.measured[9:] == ["spawn"] * 3, "and only that one"


def test_one_that_never_had_any_is_not_drawn(monkeypatch):
    clock = Clock(monkeypatch, [1.0] * 99, fork=[0.5], spawn=[0.9], threads=[1.05])
    found = shown(clock)
    assert found.ratios["spawn"] is None and found.why == rounds.IN_THE_WAY
    assert found.ratios["fork"] == 2.0 and found.ratios["threads"]
    assert clock.now < 2 * rounds.MOST


def test_without_a_free_second_core_nothing_follows(monkeypatch):
    clock = Clock(monkeypatch, [1.0] * 99, fork=[1.0], spawn=[1.0], threads=[1.0])
    assert shown(clock) == rounds.Shown(dict.fromkeys(clock.take), rounds.NO_SECOND)


def test_what_is_faster_than_possible_is_the_jobs_in_turn_slowed_down(monkeypatch):
    clock = Clock(monkeypatch, [2.0] * 3 + [1.0] * 9, fork=[0.5], spawn=[0.5], threads=[1.0])
    assert shown(clock).ratios == {"fork": 2.0, "spawn": 2.0, "threads": 1.0}
    clock = Clock(monkeypatch, [2.0] * 99, fork=[0.5], spawn=[0.5], threads=[1.0])
    assert shown(clock) == rounds.Shown(dict.fromkeys(clock.take), rounds.IN_THE_WAY)


def test_threads_without_a_gil_ought_to_be_as_fast_as_processes(monkeypatch):
    clock = Clock(monkeypatch, [1.0] * 99, fork=[0.5], threads=[0.9, 0.9, 0.9, 0.55])
    assert shown(clock, ("fork", "threads")).ratios["threads"] == 1 / 0.55


@alone
@pytest.mark.parametrize("way", [way for way in ways.WAYS if way != "asyncio"])
def test_what_starting_the_workers_takes_is_not_counted(way, monkeypatch):
    name, module, start = {
        "os.fork": ("fork", os, getattr(os, "fork", None)),
        "subprocess": ("Popen", subprocess, subprocess.Popen),
        "multiprocessing": ("start", multiprocessing.Process, multiprocessing.Process.start),
        "threading": ("start", threading.Thread, threading.Thread.start),
    }[way]
    started = []

    def start_slowly(*arguments, **options):
        time.sleep(LATE)
        started.append(way)
        return start(*arguments, **options)

    monkeypatch.setattr(module, name, start_slowly)
    took = ways.BY[way](time.sleep, 0)
    assert len(started) >= ways.JOBS and took < LATE * ways.JOBS


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no way to one core here")
@alone
def test_on_one_core_it_says_so():
    one = min(os.sched_getaffinity(0))
    code = (
        f"import json, os; os.sched_setaffinity(0, [{one}])\n"
        "from slides.exhibits import rounds; rounds.LEAST = 1; rounds.MOST = 0\n"
        "rounds.WAIT = 0.01; print(json.dumps(rounds.measure()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True, timeout=60
    )
    found = chart.Chart(json.loads(done.stdout))
    assert found.hidden()["computing"] == "there is one core"
    assert found.where().startswith("1 core, ")


def test_what_other_work_has_hidden_is_measured_again(monkeypatch, tmp_path):
    monkeypatch.setattr(exhibits.SHELF, "folder", tmp_path)
    results = [CHARTS["none"].measured, CHARTS["all"].measured]
    monkeypatch.setattr(chart, "measure", lambda: results.pop(0))
    assert chart.who_helps_when().hidden() == {"computing": "no second core was free"}
    assert not chart.who_helps_when().hidden()
    assert not chart.who_helps_when().hidden() and not results, "this one is kept"
    assert CHARTS["none"]._repr_svg_()[1] == {"again": True}, "and the deck tries again, too"
    assert CHARTS["all"]._repr_svg_()[1] == CHARTS["one core"]._repr_svg_()[1] == {}


def test_the_deck_tries_again_once_in_each_process(monkeypatch, tmp_path):
    runs = []

    def run(notebooks, top, progress, fresh):
        runs.append(len(notebooks))
        for one in notebooks[0]:
            data, metadata = CHARTS["none"]._repr_svg_()
            kind = "image/svg+xml"
            one.cell.outputs = [
                v4.new_output("display_data", {kind: data}, metadata={kind: metadata})
            ]

    def execute(**options):
        notebook = v4.new_notebook(cells=[v4.new_code_cell("1")], metadata={"section": "x.ipynb"})
        cells.execute([notebook], tmp_path, lambda *said: None, **options)
        return notebook.cells[0].outputs[0].data

    shelf = cells.Shelf("outputs", ".json")
    shelf.folder = tmp_path
    monkeypatch.setattr(cells, "Shelf", lambda *arguments: shelf)
    monkeypatch.setattr(cells, "_run_cells", run)
    assert "image/svg+xml" in execute() and "image/svg+xml" in execute(only_kept=True)
    execute()
    assert len(runs) == 1, "not again and again while somebody presents"
    monkeypatch.setattr(cells, "_tried", set())
    execute()
    assert len(runs) == 2


def test_a_task_costs_less_than_a_thread_and_a_thread_less_than_a_process(measured):
    costs = measured.measured["costs"]
    assert costs["asyncio"] < costs["threading"] < costs["subprocess"]
    assert costs["threading"] < costs["multiprocessing"]


def test_machine_python_and_gil_stand_under_it(measured):
    where = measured.where()
    assert (
        platform.python_version() in where
        and "GIL" in where
        and "cores" in where
        and platform.system() in where
    )
    assert where in measured.svg()


def texts(found: chart.Chart) -> list[str]:
    return [text.text for text in ElementTree.fromstring(found.svg()).iter(f"{SVG}text")]


@every_chart
def test_every_figure_is_on_the_picture(found):
    for way, (*pair, cost) in found.rows().items():
        assert way in texts(found) and cost in texts(found)
        for ratio in filter(None, pair):
            assert f"×{ratio:.1f}" in texts(found)
    figures = sum(ratio is not None for *pair, _ in found.rows().values() for ratio in pair)
    assert repr(found).count("×") == figures == sum(text[:1] == "×" for text in texts(found)) - 1


def test_what_could_not_be_shown_is_said_and_has_no_bar():
    bars = {name: found.svg().count("<path") for name, found in CHARTS.items()}
    assert bars == {"all": 6, "one": 5, "none": 1, "one core": 1}
    assert "no core was free for it" in texts(CHARTS["one"])
    assert {"not shown here:", "no second core was free"} <= set(texts(CHARTS["none"]))
    assert {"not shown here:", "there is one core"} <= set(texts(CHARTS["one core"]))
    assert "computing, not shown here: no second core was free" in CHARTS["none"].describe()
    assert "computing, not shown here: no second core was free" in repr(CHARTS["none"])


@every_chart
def test_the_picture_is_sound_small_and_speaks(found):
    root = ElementTree.fromstring(found.svg())
    assert root.get("role") == "img" and "threading: waiting" in root.find(f"{SVG}desc").text
    assert int(root.get("width")) == 1150 and int(root.get("height")) <= 480
    sizes = set(re.findall(r'font-size="(\d+)"', found.svg()))
    assert sizes == {"24"} and len(found.svg()) < 6000


def test_no_text_leaves_the_picture_or_meets_another(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    for found in CHARTS.values():
        page.set_content(f"<body style='margin:0;font-family:sans-serif'>{found.svg()}")
        boxes = page.evaluate(
            """[...document.querySelectorAll('text')].map(text => {
            const box = text.getBoundingClientRect();
            return [box.left, box.top, box.right, box.bottom] })"""
        )
        assert all(left >= -1 and right <= 1151 for left, _, right, _ in boxes)
        for number, one in enumerate(boxes):
            for other in boxes[number + 1 :]:
                apart = (
                    one[2] <= other[0]
                    or other[2] <= one[0]
                    or one[3] - 3 <= other[1]
                    or other[3] - 3 <= one[1]
                )
                assert apart, (one, other)
    page.close()


def test_where_nothing_can_be_measured_it_says_so_in_a_line(monkeypatch):
    def fail(*args, **options):
        raise subprocess.CalledProcessError(
            1, args[0], "", "Traceback ...\nOSError: no more processes\n"
        )

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(
        TalkError, match=r"^the chart could not be measured: OSError: no more processes$"
    ):
        chart.measure()


@pytest.mark.parametrize(
    ("value", "words"),
    [(9e-6, "9.0 µs"), (1.04e-4, "104 µs"), (0.0017, "1.7 ms"), (0.05, "50 ms"), (1.2, "1.2 s")],
)
def test_durations_have_the_figures_that_count(value, words):
    assert chart.seconds(value) == words


def test_it_leaves_no_process_behind():
    code = (
        "import json; from slides.exhibits import rounds; rounds.WAIT = rounds.BUSY = 0.01; "
        "rounds.LEAST = 1; rounds.MOST = 0; print(json.dumps(rounds.measure()))"
    )
    here = Path(ways.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=here, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == "" and json.loads(done.stdout)["works"]
