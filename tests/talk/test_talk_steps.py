"""Runs and pictures among the steps of slides of this talk: 07b, whose code is typed, and 07c."""

from driving import WATCH, Slides

LEAF = "section.leaf.present"


def test_the_picture_of_a_run_comes_after_the_run(context, deck):
    page = context.new_page()
    page.clock.install()  # no machine is so slow that the recording ends before the next press
    slides = Slides(page).open(deck.as_uri())
    stage = slides.go("07c_deadlock")
    figure = slides.page.locator(f"{LEAF} figure")
    assert figure.is_hidden()
    page.clock.pause_at("2100-01-01")
    slides.press("PageDown")
    slides.page.wait_for_selector(f"{stage}.running")
    assert figure.is_hidden()
    slides.press("PageDown")
    slides.page.wait_for_selector(f"{LEAF} figure")
    assert slides.page.locator(f"{stage}.running").count() == 1, "the run goes on"
    slides.press("PageUp")
    slides.page.wait_for_selector(f"{LEAF} figure", state="hidden")


def test_where_code_is_typed_the_run_is_of_what_stands_there(context, deck):
    page = context.new_page()
    page.clock.install()
    slides = Slides(page).open(deck.as_uri())
    slides.page.evaluate(WATCH)
    stage = slides.go("07b_lost_update_locked")
    slides.press("r")
    page.clock.run_for(30_000)
    page.wait_for_selector(f"{stage}:not(.running)")
    steps = page.locator(f"{LEAF} .fragment[data-kind=mark]").count()
    slides.press("PageDown")
    page.clock.run_for(10_000)
    for _ in range(steps + 1):
        slides.press("PageDown")
        page.clock.run_for(100)
    assert page.evaluate("starts") == ["07a_lost_update", "07b_lost_update_locked"]
