"""The speaker view: the presenter's window shows what the audience sees, and says what comes."""

import json
import re
from contextlib import suppress

import pytest
from driving import TEXT, Slides
from helping import PATIENCE
from playwright.sync_api import TimeoutError

WIDTH, HEIGHT = 1280, 800
"""CSS pixels of a small laptop."""


class View:
    """A deck, and the speaker view that it has opened."""

    def __init__(self, slides):
        self.slides = slides
        with slides.page.expect_popup() as opened:
            slides.press("s")
        self.window = opened.value
        self.window.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        self.errors = []
        self.window.on("pageerror", lambda error: self.errors.append(str(error)))
        self.says("press", ".")

    def frame(self, name="current"):
        """The frame of this slide, or of the one that comes."""
        element = self.window.wait_for_selector(f"#{name}-slide iframe")
        frame = element.content_frame()
        frame.wait_for_selector("html.talk-ready", state="attached")
        return frame

    def says(self, place, pattern, again=None):
        """Waits until the text of a part of the view matches; gives the text.

        What is true for a second only may be missed, then the key `again` makes it so once more.
        """
        for _ in range(5):
            with suppress(TimeoutError):
                self.window.wait_for_function(
                    "([place, pattern]) => new RegExp(pattern).test("
                    "document.getElementById(place)?.textContent || '')",
                    arg=[place, pattern],
                    timeout=PATIENCE / 5,
                )
                return self.window.text_content(f"#{place}")
            if again:
                self.slides.press(again)
        pytest.fail(f"{place} does not say {pattern}: {self.window.text_content(f'#{place}')}")

    def shows(self, demo, text, name="current"):
        """Waits until the terminal in the frame has `text`; gives all that it shows."""
        frame, stage = self.frame(name), f'.stage[data-demo="{demo}"]'
        frame.wait_for_function(
            f"([stage, text]) => ({TEXT})(stage).includes(text)",
            arg=[stage, text],
            timeout=PATIENCE,
        )
        return frame.evaluate(TEXT, stage)

    def same(self, demo):
        """Waits until the terminal of the frame shows exactly what the deck's does."""
        stage = f'.stage[data-demo="{demo}"]'
        look = f"""stage => JSON.stringify([({TEXT})(stage),
            document.querySelector(`${{stage}} .said`).textContent,
            document.querySelector(`${{stage}} .command`).textContent,
            document.querySelector(`${{stage}} .sign`).className,
            document.querySelector(stage).className])"""
        for _ in range(60):  # the deck itself may still be changing: the run comes to its end
            deck = self.slides.ask(look, stage)
            with suppress(TimeoutError):
                self.frame().wait_for_function(
                    f"([stage, deck]) => ({look})(stage) === deck", arg=[stage, deck], timeout=1000
                )
                return json.loads(deck)
        pytest.fail(f"the deck shows {deck}, the view {self.frame().evaluate(look, stage)}")


@pytest.fixture
def view(context, served):
    slides = Slides(context.new_page()).open(f"{served.url}?token={served.token}")
    view = View(slides)
    yield view
    assert not slides.errors and not view.errors
    served.reset()
    served.settle()


# -- the same as the audience sees -----------------------------------------------------------------


def test_a_run_a_stop_and_a_recording_are_the_same_in_both_windows(view):
    view.slides.go("01b_slow")
    view.frame()
    for key in ("PageDown", *"rrrr"):  # a busy machine may come to X when it has ended
        view.slides.press(key)
        view.shows("01b_slow", "starts")
        view.slides.press("x")
        view.slides.wait_until_idle('.stage[data-demo="01b_slow"]')
        if view.same("01b_slow")[1] == "stopped":
            break
    assert view.same("01b_slow")[1] == "stopped"
    view.slides.press("t")
    view.shows("01b_slow", "=> it took")
    view.slides.wait_until_idle('.stage[data-demo="01b_slow"]')
    shown = view.same("01b_slow")
    assert shown[3] == "sign tape" and "running" not in shown[4]


def test_each_piece_of_a_run_is_there_a_moment_later(view):
    """What a second page needs to show a line after the first one has it, measured in the pages."""
    view.slides.go("01b_slow")
    frame = view.frame()
    stamp = f"""text => new Promise(done => {{
        const look = () => ({TEXT})('.stage[data-demo="01b_slow"]').includes(text)
            ? done(performance.timeOrigin + performance.now()) : setTimeout(look, 2);
        look();
    }})"""
    for _ in range(5):  # a machine with other work may stop one of the two for longer than a line
        view.slides.press("r")
        view.slides.wait_for('.stage[data-demo="01b_slow"]', "starts")
        for page in (view.slides.page, frame):
            page.evaluate(f"void (window.seen = Promise.all(['works', '=> it'].map({stamp})))")
        deck, mirror = (page.evaluate("window.seen") for page in (view.slides.page, frame))
        delays = [round(there - here) for here, there in zip(deck, mirror, strict=True)]
        print(json.dumps({"milliseconds from the deck to the speaker view": delays}))
        if delays[0] < deck[1] - deck[0]:
            return
    pytest.fail("no line is there before the next line is")


def test_a_view_that_is_opened_or_loaded_late_shows_what_stands_there(context, served):
    slides = Slides(context.new_page()).open(f"{served.url}?token={served.token}")
    stage = slides.go("01a_quick")
    slides.press("r")
    slides.wait_for(stage, "=> it took")
    slides.wait_until_idle(stage)
    view = View(slides)
    assert view.same("01a_quick")[0]
    view.frame().evaluate(
        "() => { window.before = true; setTimeout(() => location.reload(), 50); }"
    )
    view.frame().wait_for_function("!window.before")
    assert view.same("01a_quick")[0]
    assert not slides.errors


def test_the_deck_reloads_and_the_view_keeps_its_place_and_follows(view, served):
    slides = view.slides
    stage = slides.go("01a_quick")
    slides.press("PageDown")
    slides.press("r")
    slides.wait_for(stage, "=> it took")
    slides.wait_until_idle(stage)
    gone = view.says("gone", r"0:0[1-9]|0:\d\d")
    slides.page.evaluate("window.before = true")
    notes = served.top / "speaker_notes/01_small.md"
    notes.write_text(notes.read_text().replace("Say Quick.", "Say it in other words."))
    slides.page.wait_for_function("!window.before", timeout=30_000)
    slides.ready()
    assert view.same("01a_quick")[0], "the last frame, too"
    view.window.wait_for_selector(".speaker-controls-notes :text('in other words')")
    assert view.says("slide", "slide 2 of 4") and view.says("press", "step 2 of 2")
    slides.press("PageDown")
    view.says("press", "next slide: Slow")
    slides.press("PageDown")
    slides.press("PageDown")
    view.shows("01b_slow", "starts")
    assert view.says("gone", r"\d:\d\d") >= gone, "the clock has gone on"


def test_an_edit_and_the_line_that_failed_are_there_too(view):
    slides = view.slides
    slides.go("01a_quick")
    slides.press("e")
    slides.page.wait_for_selector(".code.editing .ace_focus")
    slides.page.evaluate(
        "ace.edit(document.querySelector('.code.editing .editor')).setValue("
        "'def main():\\n    1 / 0', 1)"
    )
    frame = view.frame()
    frame.wait_for_selector(".present .code.edited .line:has-text('1 / 0')")
    slides.press("Control+Enter")
    frame.wait_for_selector(".present .code .line.wrong:has-text('1 / 0')")
    alarm = view.says("alarm", "T plays the recording")
    assert "exit status 1" in alarm
    assert "edited" in view.same("01a_quick")[2]
    slides.press("Escape")
    slides.press("t")
    view.says("alarm", "^$")
    slides.press("z")
    frame.wait_for_selector(".present .code:not(.edited)")


def test_where_no_python_fits_nobody_is_sent_to_a_recording(view, served):
    slides = view.slides
    slides.page.evaluate("window.before = true")
    block = '# /// script\n# requires-python = ">=3.30"\n# ///\n'
    served.write("demos/01a_quick.py", block + served.demos["01a_quick"])
    slides.page.wait_for_function("!window.before", timeout=30_000)
    slides.ready()
    slides.go("01a_quick")
    slides.press("r")
    assert "T plays" not in view.says("alarm", "needs Python 3.30")


def test_black_and_light_are_the_same_in_both(view):
    view.slides.go("01a_quick")
    view.slides.press("b")
    view.frame().wait_for_selector(".reveal.paused")
    assert "black" in view.says("press", "black")
    view.slides.press("b")
    view.frame().wait_for_selector(".reveal:not(.paused)")
    before = view.slides.page.evaluate("document.documentElement.dataset.theme")
    view.slides.press("d")
    after = {"dark": "light", "light": "dark"}[before]
    for page in (view.frame(), view.frame("upcoming"), view.window):
        page.wait_for_selector(f"html[data-theme={after}]", state="attached")


def test_keys_in_the_view_are_the_decks(view):
    stage = view.slides.go("01a_quick")
    view.frame()
    for key in ("PageDown", "PageDown", "PageDown"):
        view.window.keyboard.press(key)
    view.slides.wait_for(stage, "=> it took")
    view.window.keyboard.press("PageUp")
    view.slides.page.wait_for_selector(".present .line.on")
    view.window.keyboard.press("F5")
    view.window.keyboard.press("x")
    assert view.slides.page.evaluate("Reveal.getCurrentSlide().id") == "small-quick"
    assert view.window.locator("#press").is_visible(), "F5 has not loaded an empty window"


def test_an_editor_on_the_deck_does_not_keep_the_keys_of_the_view(view):
    page = view.slides.page
    stage = view.slides.go("01a_quick")
    view.frame()
    for key, then in (("Escape", ".reveal:not(.overview)"), ("PageDown", ".present .line.on")):
        view.window.keyboard.press("e")
        page.wait_for_selector(".code.editing .ace_focus", state="attached")
        view.window.keyboard.press(key)
        page.wait_for_selector(".code:not(.editing)")
        page.wait_for_selector(then)
    view.window.keyboard.press("e")
    page.wait_for_selector(".code.editing")
    view.window.keyboard.press("Control+Enter")
    view.slides.wait_for(stage, "=> it took")


def test_a_terminal_that_is_closed_on_the_deck_is_closed_here(context, served):
    served.add_code_without_a_terminal()
    served.settle()
    slides = Slides(context.new_page()).open(f"{served.url}?token={served.token}")
    view = View(slides)
    slides.ask("Reveal.slide(0, 4)")
    slides.page.wait_for_selector("#small-code.present")
    slides.press("r")
    slides.wait_for("#small-code .stage", "=> it took")
    slides.wait_until_idle("#small-code .stage")
    view.frame().wait_for_selector("#small-code .drawer.open")
    slides.press("PageUp")
    slides.page.wait_for_selector("#small-last.present")
    view.frame().wait_for_selector("#small-last.present")
    slides.ask("Reveal.slide(0, 4)")
    view.frame().wait_for_selector("#small-code.present")
    slides.page.wait_for_timeout(500)
    assert slides.page.locator(".drawer.open").count() == 0
    assert view.frame().locator(".drawer.open").count() == 0
    served.reset()
    served.settle()


# -- what it says ----------------------------------------------------------------------------------


def test_it_says_what_the_next_press_will_do(view):
    slides = view.slides
    assert view.says("press", "next slide: Quick")
    said = []
    for pattern in ("step 1 of 2", "step 2 of 2", "runs 01a", "stops the run.*next slide: Slow"):
        slides.press("PageDown")
        said.append(view.says("press", pattern, again="r"))
    slides.wait_until_idle('.stage[data-demo="01a_quick"]')
    view.says("press", "^next slide: Slow")
    assert view.frame("upcoming").wait_for_selector("#small-slow.present")
    slides.press("PageDown")
    slides.press("r")
    view.says("press", "stops the run, then next slide: Last", again="r")
    slides.press("PageDown")
    view.says("press", "^the end")
    view.window.wait_for_selector("#upcoming-slide iframe", state="hidden")
    assert len(set(said)) == 4


def test_the_clock_begins_with_the_first_press_and_a_click_begins_it_anew(context, served):
    page = context.new_page()
    page.clock.install()
    slides = Slides(page).open(f"{served.url}?token={served.token}")
    page.clock.run_for(600_000)
    view = View(slides)
    assert view.window.text_content("#gone") == "0:00"
    slides.press("PageDown")
    view.says("pace", "on time|ahead")
    page.clock.run_for(1000)
    times = "JSON.parse(sessionStorage.getItem('talk-clock'))"
    began = page.evaluate(times)["began"]
    page.clock.run_for(120_000)
    slides.press("PageDown")
    assert page.evaluate(times)["began"] == began
    view.window.click("#time")
    page.wait_for_function(f"{times}.began > {began}")


def test_notes_cannot_be_cut_off_and_nothing_lies_outside(context, deck_with_notes):
    """Every slide of the talk: the notes fit, in letters that can be read."""
    slides = Slides(context.new_page()).open(deck_with_notes)
    view = View(slides)
    ids = slides.ask("[...document.querySelectorAll('section.leaf')].map(s => s.id)")
    for name in ids:
        slides.ask(
            "id => { const {h, v} = Reveal.getIndices(document.getElementById(id));"
            " Reveal.slide(h, v, -1); }",
            name,
        )
        view.says("slide", f"slide {ids.index(name) + 1} of {len(ids)}")
        words = slides.ask(
            "Reveal.getCurrentSlide().querySelector('aside.notes').textContent.trim()"
        )
        view.window.wait_for_function(
            "words => document.querySelector('.speaker-controls-notes .value')"
            ".textContent.trim() === words",
            arg=words,
        )
        assert view.window.evaluate(CUT) == [], name
    assert not slides.errors and not view.errors


CUT = """() => {
    const wrong = [];
    for (const element of document.querySelectorAll(
        "#time p, #plan li, #press, #where p, .speaker-controls-notes p, iframe")) {
        const box = element.getBoundingClientRect();
        const size = parseFloat(getComputedStyle(element).fontSize);
        const name = element.id || element.className || element.textContent.slice(0, 30);
        const cut = element.scrollWidth > element.clientWidth + 1 && element.tagName !== "IFRAME";
        if (box.left < 0 || box.right > innerWidth || box.bottom > innerHeight || cut)
            wrong.push(`${name}: cut off`);
        if (element.tagName !== "IFRAME" && size < 22) wrong.push(`${name}: ${size} px`);
    }
    return wrong;
}"""


@pytest.fixture(scope="module")
def deck_with_notes(whole_talk):
    """The address of the whole talk with its notes."""
    return whole_talk.url


# -- from a file -----------------------------------------------------------------------------------


def test_a_file_with_notes_has_it_as_well(context, section_with_notes):
    slides = Slides(context.new_page()).open(section_with_notes.as_uri())
    view = View(slides)
    demo = slides.ask("document.querySelector('.stage').dataset.demo")
    stage = slides.go(demo)
    steps = slides.page.locator(f"section:has(> {stage}) .fragment[data-kind=mark]").count()
    for _ in range(steps):
        slides.press("PageDown")
    view.says("press", f"plays {demo[:3]}")
    slides.press("PageDown")
    slides.page.wait_for_selector(f"{stage}.started:not(.running)", timeout=60_000)
    assert view.same(demo)[0], "it has played, and the frame shows the same"
    view.says("press", "next slide|picture of the run")
    assert re.fullmatch(rf"{demo[:2]} .+", view.window.text_content("#section"))
    assert not slides.errors and not view.errors


def test_a_public_file_has_none_of_it(deck):
    page = deck.read_text("utf-8")
    for name in ("speaker view", "speaker.js", "clock.js"):
        assert f'<script data-of="{name}">' not in page
