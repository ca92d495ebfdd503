"""A timeline tells the truth: compared with what the demo itself printed in the same run.

What a demo prints and what is traced are two measures of one run: the demo's own clock, read where
it speaks, against calls and threads seen from inside Python and from the system. And every demo's
picture is one that can be shown.
"""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec

import pytest
from helping import material

from demos.cast import CAST, first
from demos.catalogue import demos
from demos.runs import pythons
from demos.timeline import kept
from demos.timeline.draw import svg
from demos.timeline.draw.svg.layout import Layout
from demos.timeline.model import STATES, Timeline
from demos.timeline.words import short

LINE = re.compile(r" *(?P<at>\d+\.\d\d) (?P<name>\S+)(?: \([\w-]+\))? ")
TOLERANCE = 0.06
"""Seconds: a demo prints hundredths, and a busy machine may stop a flow between two clocks."""
SAME = {
    ("03a_who_am_i", "darthvader"): "main",  # the process that forked says who it is now
    ("05a_names", "Thread-1"): "darthvader",  # takes its own name later
}
"""Names a demo prints that are another flow's second name."""
BUSY = {"02d", "02f", "03b", "07a", "07b", "07f", "08a", "08c", "08d"}
"""Demos that need processors, or start many processes: traced while nothing else runs.

The others are traced beside each other. The tests themselves compare what is traced already.
"""
LIBRARY = {"06a": "flask", "08d": "dask"}
SVG = "{http://www.w3.org/2000/svg}"


def measured(demo) -> Timeline:
    if library := LIBRARY.get(demo.id):
        pytest.importorskip(library)
    if pythons.missing(demo):  # this one will do: the demo says what it lacks
        demo = replace(demo, python=pythons.this().short)
    result = kept.timeline(demo)
    if not result.complete and "not shown" not in (result.reason or ""):
        pytest.fail(f"{result.reason}\n{result.output}")
    return result


class Runs(Mapping):
    """One traced run of each demo by its number, for all tests here: the one that the deck shows.

    It is traced where none is kept of the demo, the tracer and the Python as they are.
    """

    def __init__(self, shared):
        self.shared = shared
        self.demos = {
            demo.id: demo
            for demo in demos()
            if demo.id not in LIBRARY or find_spec(LIBRARY[demo.id])
        }

    def __getitem__(self, number):
        def make(folder):
            return measured(self.demos[number])

        kind = "alone" if number in BUSY else "calm"
        return self.shared(
            f"trace-{number}", make, None if kept.cached(self.demos[number]) else kind
        )

    def __iter__(self):
        return iter(self.demos)

    def __len__(self):
        return len(self.demos)


@pytest.fixture(scope="module")
def runs(shared, deck):
    return Runs(shared)


ONE_EACH = [pytest.param(demo, id=demo.id) for demo in demos()]


@pytest.fixture(params=ONE_EACH)
def run(request, runs):
    """One traced run of each demo, for all tests here."""
    if request.param.id not in runs:
        pytest.skip(f"{LIBRARY[request.param.id]} is not installed")
    return runs[request.param.id]


def spoken(run: Timeline) -> dict[str, list[float]]:
    """When each flow spoke, after the demo's own words."""
    said: dict[str, list[float]] = {}
    for line in run.output.splitlines():
        if match := LINE.match(line + " "):
            name = SAME.get((run.name, match["name"]), match["name"])
            said.setdefault(name, []).append(float(match["at"]))
    return said


def lanes_called(run: Timeline, name: str):
    return [lane for lane in run.lanes if lane.name == name or short(lane.name) == name]


# --- two measures of one run


def test_every_flow_that_speaks_has_a_lane(run):
    for name in spoken(run):
        assert lanes_called(run, name), (
            f"{name} speaks, and the lanes are {[lane.name for lane in run.lanes]}"
        )


def test_every_lane_of_the_cast_is_named_by_the_demo(run):
    if run.name == "02f_who_helps":
        return  # main alone speaks, of "two threads" and "two processes"
    for name in {lane.name for lane in run.lanes} & set(CAST):
        assert name in run.output


def test_a_flow_speaks_while_it_lives(run):
    for name, times in spoken(run).items():
        lanes = lanes_called(run, name)
        for at in times:
            assert any(lane.born - TOLERANCE <= at <= lane.ended + TOLERANCE for lane in lanes), (
                f"{name} at {at}: {lanes}"
            )


def test_a_flow_that_sleeps_or_waits_is_silent(run):
    """Nobody speaks in the middle of a wait."""
    for name, times in spoken(run).items():
        lanes = lanes_called(run, name)
        if len(lanes) > 1 or (name == "main" and run.name == "06b_right_thread"):
            continue
        for span in lanes[0].spans:
            if span.state in ("sleep", "join", "lock", "queue"):
                for at in times:
                    assert not span.start + TOLERANCE < at < span.end - TOLERANCE, (
                        f"{name} spoke at {at} in {span}"
                    )


def test_the_total_is_the_wall_time(run):
    assert abs(run.startup + run.lanes[0].ended - run.wall) < TOLERANCE
    assert run.seconds >= max(max(times) for times in spoken(run).values()) - TOLERANCE


def test_states_fill_a_life_without_gap_or_overlap(run):
    for lane in run.lanes:
        at = lane.born
        for span in lane.spans:
            assert span.state in STATES
            assert abs(span.start - at) < 0.005 and span.end >= span.start, (
                f"{lane.name} {span} after {at}"
            )
            at = span.end
        if lane.spans:
            assert abs(at - lane.ended) < 0.005


def test_a_flow_is_born_while_its_parent_lives(run):
    assert run.lanes[0].parent is None and run.lanes[0].name == first()
    for lane in run.lanes[1:]:
        parent = run.lanes[lane.parent]
        assert parent.born - TOLERANCE <= lane.born <= parent.ended + TOLERANCE


def test_the_four_steps(runs):
    run = runs[material("04a_four_steps").id]
    assert [(lane.name, lane.kind) for lane in run.lanes] == [
        ("main", "process"),
        ("luke", "thread"),
        ("darthvader", "thread"),
    ]
    starts = {name: min(times) for name, times in spoken(run).items()}
    dies = {name: max(times) for name, times in spoken(run).items()}
    for lane in run.lanes[1:]:
        assert abs(lane.born - starts[lane.name]) < TOLERANCE
        assert abs(lane.ended - dies[lane.name]) < TOLERANCE
        sleeping = sum(span.end - span.start for span in lane.spans if span.state == "sleep")
        assert abs(sleeping - (dies[lane.name] - starts[lane.name])) < TOLERANCE
    joins = sum(span.end - span.start for span in run.lanes[0].spans if span.state == "join")
    assert (
        abs(joins - max(dies.values())) < 2 * TOLERANCE
    )  # main waits for both, one way or the other


# --- pictures


def test_the_picture_is_sound_small_and_speaks(run):
    drawn = svg.picture(run)
    root = ElementTree.fromstring(drawn)
    assert root.get("role") == "img"
    assert len(root.find(f"{SVG}title").text) > 10
    description = root.find(f"{SVG}desc").text
    assert first() in description and f"{run.seconds:.1f} s" in description
    assert {int(size) for size in re.findall(r'font-size="(\d+)"', drawn)} <= {24, 26}
    width, height = (int(root.get(name)) for name in ("width", "height"))
    assert width == 1150 and height <= 480
    assert len(drawn) < 16_000
    if len(run.rows) <= 3 and not any(
        span.state == "turns" for lane in run.lanes for span in lane.spans
    ):
        legend = root.find(f"{SVG}g[@class='legend']")
        lines = {text.get("y") for text in legend.iter(f"{SVG}text")}
        assert height <= 222 + 34 * (len(lines) - 1)


WORDS = {
    "work": {"works"},
    "half": {STATES["turns"]},
    "line": {STATES["turn"], STATES["lent"], f"{STATES['turn']} or {STATES['lent']}"},
    "sleep": {STATES["sleep"]},
    "dashes": {STATES["join"]},
    "hatching": {STATES["lock"]},
    "dots": {"waits"},
}
"""What the legend may call each shape."""


def looks(group, bar: int, least: float) -> set[str]:
    """The shapes in a part of the picture, of lines those with a piece of so many pixels."""
    found = set()
    for rect in group.iter(f"{SVG}rect"):
        fill = rect.get("fill")
        plain = "dashes" if rect.get("stroke-dasharray") else "sleep"
        found.add("hatching" if "-lock" in fill else "dots" if "-dots" in fill else plain)
    widths = {
        "22": "work",
        "12": "half",
        "4": "line",
        str(bar): "work",
        str(round(bar * 0.4)): "half",
    }
    for path in group.iter(f"{SVG}path"):
        if path.get("stroke") == "currentColor" and (look := widths.get(path.get("stroke-width"))):
            pieces = [float(length) for length in re.findall(r"h([\d.]+)", path.get("d"))]
            if look == "work" or max(pieces, default=0) >= least:
                found.add(look)
    return found


def test_the_legend_has_the_shapes_that_are_drawn_and_no_other(run):
    root = ElementTree.fromstring(svg.picture(run))
    legend = root.find(f"{SVG}g[@class='legend']")
    bar = Layout(run, 1150).bar
    lanes = [
        group for group in root.findall(f"{SVG}g[@color]") if group.find(f"{SVG}text") is not None
    ]
    clear, at_all = (set().union(*(looks(lane, bar, least) for lane in lanes)) for least in (8, 6))
    explained = looks(legend, bar, 8)
    if root.find(f"{SVG}path[@class='fine']") is not None:  # many lives, thin: they work, or turns
        at_all |= {"work", "half"}
    assert clear <= explained <= at_all, f"{explained} for {clear}"
    said = {text.text for text in legend.iter(f"{SVG}text")}
    assert all(said & WORDS[look] for look in explained) and len(said) == len(looks(legend, bar, 8))
    edges = [float(text.get("x")) for text in legend.iter(f"{SVG}text")]
    assert min(edges) > Layout(run, 1150).left and max(edges) < 1150


def test_an_arrow_stands_at_the_moment_of_a_birth(run):
    layout, root = Layout(run, 1150), ElementTree.fromstring(svg.picture(run))
    births = {layout.x(lane.born) for lane in run.lanes[1:]}
    for path in root.findall(f"{SVG}path[@class='births']"):
        at = [float(x) for x in re.findall(r"M([\d.]+) ", path.get("d"))]
        assert at and set(at) <= births and min(at) >= layout.left


def test_all_pictures_together_stay_small(runs):
    sizes = {name: len(svg.picture(run)) for name, run in runs.items()}
    assert sum(sizes.values()) <= 150_000, sizes


def test_no_text_leaves_the_picture(runs, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    for name, run in runs.items():
        page.set_content(f"<body style='margin:0;font-family:sans-serif'>{svg.picture(run)}")
        outside = page.evaluate(
            """() => { const box = document.querySelector("svg").getBoundingClientRect();
            return [...document.querySelectorAll("svg text")].filter(text => {
            const one = text.getBoundingClientRect();
            return one.left < box.left - 1 || one.right > box.right + 1
                || one.bottom > box.bottom + 2; }).map(text => text.textContent) }"""
        )
        assert outside == [], name
    page.close()


def test_beside_each_other_two_pictures_have_one_scale(runs):
    one, two = [runs[demo.id] for demo in demos()[:2]]
    first, second = Layout(one, 1150, [two]), Layout(two, 1150, [one])
    assert [first.x(at) for at in (0, 0.5, 1)] == [second.x(at) for at in (0, 0.5, 1)]


def test_the_file_needs_no_stylesheet(runs, tmp_path):
    alone = svg.standalone(svg.picture(next(iter(runs.values()))))
    assert "var(" not in alone and "<rect" in alone
    ElementTree.fromstring(alone)
