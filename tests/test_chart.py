"""Who helps when: every figure on the chart is measured, and it says where."""

import json
import platform
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from demos.errors import TalkError
from slides.exhibits import chart, ways

SVG = "{http://www.w3.org/2000/svg}"


pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def measured():
    began = time.perf_counter()
    found = chart.Chart(chart.measure())
    found.measured["took"] = time.perf_counter() - began
    return found


def test_it_measures_the_five_solutions(measured):
    assert set(measured.measured["ratios"]) == set(ways.WAYS) == set(measured.measured["costs"])


def test_waiting_helps_with_all_of_them(measured):
    for way, (waiting, _) in measured.measured["ratios"].items():
        assert 1.3 < waiting <= ways.JOBS * 1.05, way
    assert abs(measured.measured["in_turn"]["waiting"] - ways.JOBS * ways.WAIT) < 0.3


def test_computing_helps_nobody_beyond_the_cores(measured):
    cores = measured.measured["machine"]["cores"]
    for way, (_, computing) in measured.measured["ratios"].items():
        assert 0 < computing < cores * 1.6, way


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
    assert where in measured._repr_svg_()


def test_every_figure_is_on_the_picture(measured):
    texts = [text.text for text in ElementTree.fromstring(measured._repr_svg_()).iter(f"{SVG}text")]
    for way, ratios in measured.measured["ratios"].items():
        assert way in texts and chart.seconds(measured.measured["costs"][way]) in texts
        for ratio in ratios:
            assert f"×{ratio:.1f}" in texts
    assert repr(measured).count("×") == 2 * len(ways.WAYS)


def test_the_picture_is_sound_small_and_speaks(measured):
    svg = measured._repr_svg_()
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img" and "threading: waiting" in root.find(f"{SVG}desc").text
    assert int(root.get("width")) == 1150 and int(root.get("height")) <= 480
    assert set(re.findall(r'font-size="(\d+)"', svg)) == {"24"} and len(svg) < 6000


def test_no_text_leaves_the_picture_or_meets_another(measured, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_content(f"<body style='margin:0;font-family:sans-serif'>{measured._repr_svg_()}")
    boxes = page.evaluate(
        """[...document.querySelectorAll('text')].map(text => {
        const box = text.getBoundingClientRect();
        return [box.left, box.top, box.right, box.bottom] })"""
    )
    page.close()
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
        "import json; from slides.exhibits import ways; ways.WAIT = ways.BUSY = 0.01; "
        "print(json.dumps(ways.measure()))"
    )
    here = Path(ways.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=here, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == "" and set(json.loads(done.stdout)) == {
        "ratios",
        "costs",
        "in_turn",
        "machine",
    }
