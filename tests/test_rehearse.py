"""`talk rehearse`: how long each slide took, planned against actual, and what to leave out."""

import io
import re
import signal
import subprocess
import sys
import time

import pytest
from driving import Slides
from helping import surroundings
from rich.console import Console
from small import Talk

from demos.errors import TalkError
from slides.check import onstage, runs
from slides.check.notes import look as look_at_notes
from slides.check.setting import Setting
from slides.rehearse import plan, record, table
from slides.rehearse.record import Planned, Rehearsal
from slides.rehearse.watch import PAUSE, Watch
from slides.rehearse.words import clock, gap
from slides.sections import read_notes

SLOT = 600.0


def rehearsal(times, *, optional=(), slot=SLOT, **more):
    """Of five slides in two sections, each planned for two minutes; `times` of the first ones."""
    names = ["a", "b", "c", "d", "e"]
    slides = [
        Planned(name, name.upper(), "01 One" if name < "c" else "02 Two", 120.0, name in optional)
        for name in names
    ]
    seconds = dict(zip(names, times, strict=False))
    return Rehearsal("2026-11-24T18:30:00+00:00", slot, slides, seconds, **more)


def printed(group, width=100):
    out = io.StringIO()
    Console(file=out, width=width, highlight=False).print(group)
    return out.getvalue()


def seconds_of(text):
    """A time as the table has it."""
    minutes, seconds = text.lstrip("+-").split(":")
    return (int(minutes) * 60 + int(seconds)) * (-1 if text.startswith("-") else 1)


def rows(text):
    """Planned and actual seconds by the first word of each row of the table."""
    found = re.findall(r"^ (\w+).*? (\d+:\d\d) +(\d+:\d\d|-)(?: +([+-]?\d+:\d\d))? *$", text, re.M)
    return {
        name: (seconds_of(planned), 0 if actual == "-" else seconds_of(actual), against)
        for name, planned, actual, against in found
    }


# -- the clock -------------------------------------------------------------------------------------


@pytest.fixture
def now():
    """A time that passes when it is told to: `now.time += 60`."""

    class Now:
        time = 1000.0

        def __call__(self):
            return self.time

    return Now()


@pytest.fixture
def watch(now):
    return Watch(now)


def test_each_slide_has_the_time_that_it_stood(watch, now):
    for slide, seconds in (("a", 10), ("b", 20), ("a", 5)):
        watch.shows("page", slide)
        now.time += seconds
    watch.alive()
    assert watch.seconds == {"a": 15.0, "b": 20.0} and not watch.breaks


def test_a_deck_left_open_over_lunch_is_a_break_and_no_hour_on_one_slide(watch, now):
    watch.shows("page", "a")
    now.time += 40
    watch.alive()  # the last key before lunch
    now.time += 3600
    watch.shows("page", "b")
    now.time += 30
    watch.alive()
    assert watch.seconds == {"a": 40.0, "b": 30.0}
    assert watch.breaks == [("a", 3600.0)]


def test_who_talks_for_long_and_moves_now_and_then_is_no_break(watch, now):
    watch.shows("page", "a")
    for _ in range(4):
        now.time += PAUSE - 1
        watch.alive()
    assert watch.seconds == {"a": 4 * (PAUSE - 1)} and not watch.breaks


def test_the_end_of_the_server_after_a_long_time_is_a_break_too(watch, now):
    watch.shows("page", "a")
    now.time += PAUSE + 1
    watch.alive()
    assert watch.seconds == {"a": 0.0} and watch.breaks == [("a", PAUSE + 1)]


def test_a_page_that_goes_and_comes_back_loses_nothing(watch, now):
    watch.shows("page", "a")
    now.time += 10
    watch.gone("page")  # it is loaded anew, or RISE is in its place
    now.time += 60
    watch.shows("another page", "a")
    now.time += 5
    watch.alive()
    assert watch.seconds == {"a": 75.0} and not watch.breaks


def test_a_page_that_was_away_over_lunch_is_a_break(watch, now):
    watch.shows("page", "a")
    now.time += 10
    watch.gone("page")
    now.time += 3600
    watch.shows("another page", "b")
    assert watch.seconds == {"a": 10.0, "b": 0.0} and watch.breaks == [("a", 3600.0)]


def test_no_time_passes_after_the_last_page_has_gone(watch, now):
    watch.shows("page", "a")
    now.time += 10
    watch.gone("page")
    now.time += 60
    watch.alive()
    assert watch.seconds == {"a": 10.0} and not watch.breaks


def test_with_two_pages_the_slide_of_the_last_one_that_spoke_stands(watch, now):
    watch.shows("one", "a")
    watch.shows("two", "b")
    now.time += 10
    watch.gone("two")
    now.time += 20
    watch.gone("two")
    watch.gone("one")
    assert watch.seconds == {"a": 20.0, "b": 10.0}


# -- the plan --------------------------------------------------------------------------------------


def test_the_mark_stands_behind_the_title_and_is_no_part_of_it(tmp_path):
    path = tmp_path / "01_x.md"
    path.write_text("---\nminutes: 2\n---\n## One\nx\n## Two {optional}\ny\n## {Three}\nz\n")
    notes = read_notes(path)
    assert list(notes.slides) == ["One", "Two", "{Three}"] and notes.optional == {"Two"}
    path.write_text("---\nminutes: 2\n---\n## One\nx\n## One {optional}\ny\n")
    with pytest.raises(TalkError, match="two notes are called 'One'"):
        read_notes(path)


@pytest.mark.parametrize(
    ("times", "optional", "left_out", "leaves"),
    [
        ([100, 100, 100, 100, 100], "abcde", "", 500),
        ([200, 100, 130, 150, 120], "bcd", "b", 600),  # the shortest that is enough
        ([200, 150, 130, 150, 120], "bcd", "b", 600),  # of equals the first
        ([300, 90, 90, 90, 180], "bcd", "bc", 570),  # no single one is enough: two, not three
        ([300, 200, 200, 200, 200], "e", "e", 900),  # not enough
        ([700], "b", "b", 1060),  # b to e are still to come, as planned
        ([700], "bcde", "bcde", 700),
        ([300, 0, 300, 100, 100], "b", "", 800),  # what took no time saves none
    ],
)
def test_the_fewest_slides_that_bring_it_into_the_slot(times, optional, left_out, leaves):
    made = plan.cut(rehearsal(times, optional=optional), SLOT)
    assert "".join(one.id for one in made.slides) == left_out
    assert made.leaves == leaves and made.enough == (leaves <= SLOT)


def test_what_was_passed_over_is_not_taken_as_planned_and_the_rest_is():
    one = rehearsal([100.0])
    one.seconds["c"] = 50.0
    assert plan.expected(one) == 100 + 0 + 50 + 120 + 120


def test_advice_in_words():
    assert plan.advice(rehearsal([100] * 5), SLOT) == ""
    long = [200.0, 150.0, 130.0, 150.0, 120.0]
    assert plan.advice(rehearsal(long, optional="b"), SLOT) == (
        "leave out “B” (2:30): then it takes 10:00"
    )
    assert plan.advice(rehearsal(long), SLOT).startswith("shorten it by 2:30")
    assert plan.advice(rehearsal(long, optional="e"), SLOT) == (
        "leave out “E” (2:00) and shorten the rest by 0:30"
    )


# -- the tables ------------------------------------------------------------------------------------


def test_times_as_people_read_them():
    assert [clock(0.4), clock(59.6), clock(3725)] == ["0:00", "1:00", "62:05"]
    assert [gap(70), gap(-4.8), gap(0.3)] == ["+1:10", "-0:05", "0:00"]


def test_the_table_adds_up_to_the_second():
    one = rehearsal([100.4, 100.4, 100.4, 130.4, 3.3], breaks=[("b", 3605.0)])
    text = printed(table.of_one(one))
    found = rows(text)
    assert found["all"] == (600, 435, "-2:45")
    assert found["01"][1] + found["02"][1] == 435 and found["01"][0] + found["02"][0] == 600
    assert "Ran over:\n  +0:10  D (02), planned 2:00\n" in text
    assert "Not counted: 60:05" in text and "“B”" in text
    assert "7:15 of 10:00: it fits." in text


def test_the_table_of_a_rehearsal_that_broke_off_says_so():
    text = printed(table.of_one(rehearsal([200.0, 100.0])))
    assert rows(text)["02"][1] == 0
    assert "11:00 of 10:00, the last 3 slides, which were not shown, as planned: +1:00" in text


def test_the_last_ones_beside_each_other():
    many = [rehearsal([20.0 * number] * 5) for number in range(1, 7)]
    for number, one in enumerate(many, 1):
        one.began = f"2026-11-2{number}T18:30:00+00:00"
    text = printed(table.compared(many), 120)
    assert re.findall(r"2\d Nov", text) == ["23 Nov", "24 Nov", "25 Nov", "26 Nov"]
    (whole,) = re.findall(r"^ all.*$", text, re.M)
    assert whole.split()[1:] == ["10:00", "5:00", "6:40", "8:20", "10:00"]


def test_what_cannot_be_read_is_passed_over(tmp_path):
    kept = rehearsal([100.0, 20.5], breaks=[("a", 400.0)])
    path = record.keep(kept, tmp_path)
    assert record.kept(tmp_path) == [kept] and record.latest(tmp_path) == kept
    path.with_name("2026-11-25.json").write_text("{")
    path.with_name("2026-11-26.json").write_text('{"began": "2026", "slides": []}')
    assert record.kept(tmp_path) == [kept]


# -- a rehearsal -----------------------------------------------------------------------------------

REHEARSE = "import sys; from slides.cli import main; sys.exit(main(sys.argv[1:]))"
NOTES = """---
minutes: 1
---
## Small
Say Small.
## Quick
Say Quick.
## Slow {optional}
Say Slow.
## Last
Say Last.
"""
STAYS = {"small": 1.5, "small-quick": 2.5, "small-slow": 1.0, "small-last": 1.5}
"""Seconds; each is planned for fifteen: about ten times the pace."""


class Rehearsed(Talk):
    """The small talk, rehearsed with `talk rehearse`; the last rehearsal was too long."""

    def start(self):
        self.write("speaker_notes/01_small.md", NOTES)
        slides = [Planned(name, name, "01 Small", 15.0, name == "small-slow") for name in STAYS]
        seconds = dict.fromkeys(STAYS, 15.0) | {"small": 2600.0, "small-slow": 90.0}
        earlier = Rehearsal("2026-11-20T18:00:00+00:00", 2700.0, slides, seconds)
        record.keep(earlier, self.top / "build")
        self.process = subprocess.Popen(
            [sys.executable, "-c", REHEARSE, "rehearse", "--no-browser", "--port", "18431"],
            cwd=self.top,
            env=surroundings(self.top, COLUMNS="90"),
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        for line in self.process.stdout:
            if match := re.search(r"(http://\S+/talk/)\?token=(\w+)", line):
                self.url, self.token = match.groups()
            if line.startswith("Ctrl-C"):
                return self
        raise AssertionError("it did not start")

    def end(self):
        """What it prints after Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        text = self.process.stdout.read()
        assert self.process.wait(30) == 0
        self.process.stdout.close()
        return text


@pytest.fixture(scope="module")
def rehearsing(tmp_path_factory):
    talk = Rehearsed(tmp_path_factory.mktemp("rehearse") / "talk").start()
    yield talk
    if talk.process.poll() is None:
        talk.process.kill()
        talk.process.wait()
        talk.process.stdout.close()


def test_the_plan_of_the_page_is_the_shortened_one(rehearsing, browser):
    page = browser.new_page()
    slides = Slides(page).open(f"{rehearsing.url}?receiver&token={rehearsing.token}")
    assert slides.ask("TALK.plan") == {
        "slot": 2700,
        "planned": 60,
        "rehearsed": 2720,
        "leaveOut": ["small-slow"],
    }
    assert slides.ask("[...document.querySelectorAll('[data-optional]')].map(one => one.id)") == [
        "small-slow"
    ]
    timing = "[...document.querySelectorAll('section.leaf')].map(one => one.dataset.timing)"
    assert slides.ask(timing) == ["15", "15", "0", "15"]
    assert slides.ask("Reveal.getConfig().totalTime") == 45
    notes = "id => document.querySelector(`#${id} aside.notes`).textContent"
    assert slides.ask(notes, "small-slow").startswith("Left out: ")
    assert "Left out" not in slides.ask(notes, "small-quick")
    page.close()
    files = list((rehearsing.top / "build" / "rehearsals").iterdir())
    assert len(files) == 1, "the speaker view's frames are no rehearsal"


def test_check_starts_each_run_on_its_slide_and_says_which_does_not(rehearsing, browser):
    rehearsing.write("demos/01b_slow.py", "raise SystemExit(3)\n")
    page = onstage.new_page(browser)
    try:
        Slides(page).open(f"{rehearsing.url}?token={rehearsing.token}")
        lines = list(runs.look(page, Setting(rehearsing.top)))
    finally:
        page.close()
        rehearsing.write("demos/01b_slow.py", rehearsing.demos["01b_slow"])
        rehearsing.settle()
    assert [(line.what, line.verdict) for line in lines] == [("01b_slow", "failure")]
    assert "ended with exit status 3" in lines[0].said


def test_a_rehearsal_at_ten_times_the_pace_gives_a_table_that_adds_up(rehearsing, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    before = time.monotonic()
    slides = Slides(page).open(f"{rehearsing.url}?token={rehearsing.token}#/small")
    while not (begun := record.latest(rehearsing.top / "build")) or "small" not in begun.seconds:
        page.wait_for_timeout(50)
    ready = time.monotonic()
    for slide, seconds in STAYS.items():
        while slides.ask("Reveal.getCurrentSlide().id") != slide:
            slides.press("PageDown")
        page.wait_for_timeout(seconds * 1000)
    last = time.monotonic()
    text = rehearsing.end()
    after = time.monotonic()
    page.close()

    kept = record.latest(rehearsing.top / "build")
    assert list(kept.seconds) == list(STAYS) and not kept.breaks
    assert last - ready <= kept.total <= after - before, "none lost, none counted twice"
    found = rows(text)
    assert set(found) == {"01", "all"} and found["01"] == found["all"]
    planned, actual, against = found["all"]
    assert planned == 60 and actual == round(kept.total)
    assert seconds_of(against) == actual - planned
    assert f"{clock(kept.total)} of 45:00: it fits." in text

    shown = rehearsing.talk("rehearse", "--show").stdout
    (whole,) = re.findall(r"^ all.*$", shown, re.M)
    assert whole.split()[1:] == ["1:00", "45:20", clock(kept.total)]


def test_check_compares_the_minutes_with_the_last_rehearsal(small_talk):
    setting = Setting(small_talk.top, small_talk.top / "build")
    assert [line.verdict for line in look_at_notes(setting)][-1] == "not looked at"
    record.keep(rehearsal([2000, 300, 300, 200, 200], optional="e"), setting.build)
    line = list(look_at_notes(setting))[-1]
    assert line.verdict == "warning" and line.said == "50:00 of 45:00 on 24 Nov 18:30"
    assert "leave out “E” (3:20)" in line.mend


def test_without_a_rehearsal_there_is_nothing_to_show(small_talk):
    done = small_talk.talk("rehearse", "--show")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "`talk rehearse` makes one" in done.stderr
