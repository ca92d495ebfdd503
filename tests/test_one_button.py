"""One button gives the talk: *next* alone starts each run, shows each picture, turns the pages."""

import json
from collections import Counter

import pytest
from driving import WATCH, Slides
from helping import terminals

from demos.catalogue import demos

LEAF = "section.leaf.present"
IDLE = "() => !document.querySelector('.stage.running, .code.typing')"
AT_THE_END = "Reveal.isLastSlide() && !Reveal.availableFragments().next"
PRESSES = 400
"""More than all steps and slides of the talk are."""


def walk(slides, wait):
    """PageDown alone, from the first slide to the last; `wait` lets a run come to its end."""
    slides.page.evaluate(WATCH)
    for _ in range(PRESSES):
        if slides.ask("!window.starts"):  # a deck that is being measured loads itself anew
            slides.ready()
            slides.page.evaluate(WATCH)
        if slides.page.evaluate(AT_THE_END):
            break
        slides.press("PageDown")
        wait()
    ids = slides.page.evaluate(
        "[...document.querySelectorAll('section.leaf')].map(slide => slide.id)"
    )
    assert slides.page.evaluate("visited") == ids
    assert Counter(slides.page.evaluate("starts")) == terminals()
    assert not slides.errors


def test_next_alone_leads_through_the_served_talk_and_runs_every_demo_once(context, whole_talk):
    slides = Slides(context.new_page()).open(whole_talk.url)
    walk(slides, lambda: slides.page.wait_for_function(IDLE, timeout=90_000))
    assert set(slides.page.evaluate("signs")) == {"live"}


def test_next_alone_leads_through_the_file_and_plays_every_recording_once(context, deck):
    context.set_offline(True)
    page = context.new_page()
    page.clock.install()
    slides = Slides(page).open(deck.as_uri())

    def wait():
        while not page.evaluate(IDLE):
            page.clock.run_for(10_000)
        page.clock.run_for(10)

    walk(slides, wait)
    assert page.locator(".stage:not(.started)").count() == 0
    for stage in page.query_selector_all(".stage"):
        if lacks := stage.get_attribute("data-lacks"):  # its Python is not on this machine
            assert stage.query_selector(".said").text_content() == lacks
            continue
        last = stage.query_selector(".transcript").text_content().rstrip().splitlines()[-1].strip()
        shown = "".join(line.text_content() for line in stage.query_selector_all(".ap-line"))
        assert last[:60] in shown


# -- a run among the steps -------------------------------------------------------------------------


def presses(slides, *keys):
    for key in keys:
        slides.press(key)


def test_after_the_steps_of_the_code_the_next_press_runs_it_and_one_more_goes_on(slides):
    stage = slides.go("01a_quick")
    presses(slides, "PageDown", "PageDown")
    assert slides.page.locator(f"{LEAF} .line.on").count() > 0
    assert slides.page.locator(f"{stage}.started").count() == 0
    slides.press("PageDown")
    slides.wait_for(stage, "=> it took 0.6 s")
    assert slides.sign(stage) == "live"
    slides.press("PageDown")
    slides.page.wait_for_selector("#small-slow.present")


def test_a_press_during_a_run_goes_on_and_what_it_has_shown_is_there_when_one_comes_back(slides):
    stage = slides.go("01b_slow")
    slides.press("PageDown")
    slides.wait_for(stage, "starts")
    slides.press("PageDown")
    slides.page.wait_for_selector("#small-last.present")
    text = slides.text(stage)
    slides.press("PageUp")
    slides.page.wait_for_selector("#small-slow.present")
    assert slides.text(stage) == text
    assert slides.page.locator(f"{stage}.running").count() == 0, "going back starts nothing"


def test_back_takes_a_run_back_and_next_runs_it_again(slides):
    for _ in range(5):  # it may have ended before
        stage = slides.go("01b_slow")
        slides.press("PageDown")
        slides.wait_for(stage, "starts")
        slides.press("PageUp")
        slides.page.wait_for_selector(f"{stage}:not(.running)")
        if slides.said(stage) == "stopped":
            break
    assert slides.said(stage) == "stopped"
    slides.press("PageDown")
    slides.wait_for(stage, "=> it took")
    assert slides.said(stage) == ""


@pytest.mark.parametrize("key", ["r", "t"])
def test_what_a_key_has_run_is_not_run_once_more(slides, key):
    stage = slides.go("01a_quick")
    slides.page.evaluate(WATCH)
    presses(slides, "PageDown", "PageDown", key)
    slides.wait_for(stage, "=> it took")
    slides.wait_until_idle(stage)
    slides.press("PageDown")
    slides.page.wait_for_selector("#small-slow.present")
    assert slides.page.evaluate("starts") == ["01a_quick"]


def test_an_address_and_a_reload_start_nothing(slides):
    slides.page.evaluate("location.hash = '#/small-slow/0'")
    slides.page.wait_for_selector("#small-slow.present")
    slides.page.evaluate(
        "location.hash = '#/small-quick/2'"
    )  # one step on a slide is all of a slide
    slides.page.wait_for_selector("#small-quick.present")
    slides.page.reload()
    slides.ready()
    slides.page.wait_for_timeout(300)
    assert slides.page.locator(".stage.started").count() == 0


def test_nothing_runs_in_the_overview_and_it_shows_what_steps_hide(context, deck):
    slides = Slides(context.new_page()).open(deck.as_uri())
    slides.press("Escape")
    pictures = slides.page.locator("figure[data-kind=picture]")
    if not pictures.count():
        pytest.skip("no slide of this talk has a picture after its run")
    look = "figure => { const s = getComputedStyle(figure); return s.visibility + s.opacity; }"
    assert pictures.first.evaluate(look) == "visible1"
    for _ in range(8):
        slides.press("PageDown")
    assert slides.page.locator(".stage.running").count() == 0


# -- keys of clickers ------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["F5", "Shift+F5"])
def test_the_start_button_of_a_clicker_does_no_harm(slides, key):
    slides.page.add_init_script(
        """window.prevented = []; addEventListener("keydown", (event) => /F5|Escape/.test(event.key)
            && setTimeout(() => prevented.push(event.defaultPrevented)), true)"""
    )
    slides.page.reload()
    slides.ready()
    slides.go("01a_quick")
    slides.press("PageDown")
    before = slides.page.evaluate("JSON.stringify(Reveal.getState())")
    slides.page.evaluate("prevented.length = 0")
    for pressed in (key, "Escape", key, "Escape"):
        slides.press(pressed)
    slides.page.wait_for_function("prevented.length === 4")
    assert json.loads(before) == slides.page.evaluate("Reveal.getState()")
    assert slides.page.evaluate("prevented") == [True] * 4, "the browser would load it anew"
    slides.press("Escape")
    assert slides.page.evaluate("Reveal.isOverview()"), "Esc alone is reveal.js's"
    slides.press(key)
    assert not slides.page.evaluate("Reveal.isOverview()")


@pytest.mark.parametrize("key", ["b", "."])
def test_black_and_back(slides, key):
    slides.go("01a_quick")
    slides.press(key)
    assert slides.page.evaluate("Reveal.isPaused()")
    slides.press("PageDown")
    assert slides.page.locator(f"{LEAF} .line.on").count() == 0, "nobody sees a step in the dark"
    slides.press(key)
    assert not slides.page.evaluate("Reveal.isPaused()")


# -- touched ---------------------------------------------------------------------------------------


def test_on_a_screen_that_is_touched_a_tap_plays_it(browser, deck):
    context = browser.new_context(
        viewport={"width": 1024, "height": 768}, is_mobile=True, has_touch=True
    )
    slides = Slides(context.new_page()).open(deck.as_uri())
    stage = slides.go(demos()[0].name)
    assert slides.page.inner_text(f"{stage} .hint") == "tap plays it"
    slides.page.tap(stage)
    slides.page.wait_for_selector(f"{stage}.running")
    assert not slides.errors
    context.close()
