"""A change that types itself, press by press, on stage and in the exported file."""

import pytest
from coding import CODE, LEAF, run, to_code
from driving import Slides
from helping import PATIENCE

from demos.catalogue import find
from demos.programs.change import change
from demos.programs.source import shown

CHANGES = {
    "02e": ("02d", "main"),
    "04b": ("04a", "main"),
    "07b": ("07a", "deposit"),
    "07d": ("07c", "fly"),
}
CLICKER = {"next": "PageDown", "previous": "PageUp"}


def run_well(slides, stage):
    """What a run shows that came to its point, for which a busy machine may need more than one."""
    for _ in range(3):
        if "not shown" not in (text := run(slides, stage)):
            break
    return text


@pytest.mark.parametrize("later", CHANGES)
def test_a_change_types_itself_and_back(slides, later):
    earlier, name = CHANGES[later]
    way = change(find(earlier), find(later), [name])
    stage = to_code(slides, later)
    has_stage = slides.page.locator(stage).count() > 0
    assert slides.page.evaluate(CODE) == way.states[0]
    if has_stage:
        assert find(earlier).name in slides.page.inner_text(f"{stage} .command")
    for state in way.states[1:]:
        slides.press(CLICKER["next"])
        slides.page.wait_for_function(f"text => {CODE} === text", arg=state, timeout=PATIENCE)
        slides.page.wait_for_selector(f"{LEAF} .code:not(.typing)")
    assert slides.page.locator(f"{LEAF} .code .line.changed").count() > 0
    text = run_well(slides, stage)
    assert find(later).name in slides.page.inner_text(f"{stage} .command")
    assert "main       =>" in text and "not shown" not in text
    slides.press("Escape")
    slides.page.wait_for_timeout(300)
    for state in reversed(way.states[:-1]):
        slides.press(CLICKER["previous"])
        slides.page.wait_for_function(f"text => {CODE} === text", arg=state, timeout=PATIENCE)
    text = run_well(slides, stage)
    assert find(earlier).name in slides.page.inner_text(f"{stage} .command")
    assert "main       =>" in text and "not shown" not in text


@pytest.fixture
def moving(page_of):
    """The talk for somebody who likes to see things move."""
    slides = page_of(reduced_motion="no-preference")
    yield slides
    assert not slides.errors
    slides.page.close()


def stop_the_clock(slides):
    """What is typed stays in the middle, as long as nobody moves the clock of the page."""
    slides.page.clock.install()
    slides.page.clock.pause_at(slides.ask("Date.now()") + 1000)


def test_one_more_press_completes_it_at_once(moving):
    slides = moving
    to_code(slides, "04b")
    stop_the_clock(slides)
    slides.press("PageDown")
    slides.page.wait_for_selector(f"{LEAF} .code.typing")
    slides.press("PageDown")
    slides.page.wait_for_selector(f"{LEAF} .code:not(.typing)")
    assert slides.page.evaluate(CODE) == shown(find("04b"), ["main"])
    assert slides.page.locator(f"{LEAF} .code.stepping").count() == 0, "it was no step of its own"
    slides.press("PageDown")
    slides.page.wait_for_selector(f"{LEAF} .code.stepping")


def test_an_edit_in_the_middle_of_it_completes_it_and_no_press_is_lost(moving):
    to_code(moving, "04b")
    stop_the_clock(moving)
    moving.press("PageDown")
    moving.page.wait_for_selector(f"{LEAF} .code.typing")
    moving.press("e")
    moving.page.clock.resume()
    moving.page.wait_for_selector(f"{LEAF} .code.editing .ace_focus")
    moving.press("Escape")
    moving.page.wait_for_selector(f"{LEAF} [data-kind=typed].visible", state="attached")


def test_it_is_typed_character_by_character(moving):
    slides = moving
    to_code(slides, "07b")
    stop_the_clock(slides)
    slides.press("PageDown")
    slides.page.wait_for_selector(f"{LEAF} .code.typing")
    seen = {slides.page.evaluate(CODE)}
    for _ in range(100):
        slides.page.clock.run_for(20)
        seen.add(slides.page.evaluate(CODE))
    begun = {"with lock:"[:length] for length in range(1, len("with lock:"))}
    between = [text.removesuffix("\n        balance = add(balance, 1)") for text in seen]
    assert {text.rpartition("        ")[2] for text in between} >= begun, seen


def test_reduced_motion_shows_it_at_once(page_of):
    slides = page_of()
    to_code(slides, "07b")
    slides.press("PageDown")
    slides.page.wait_for_function("!location.hash.endsWith('flow-at-a-time')")
    assert slides.page.evaluate(CODE) == shown(find("07b"), ["deposit"])
    slides.page.close()


def test_the_exported_file_types_and_plays_what_belongs_to_it(browser, deck):
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page = context.new_page()
    page.clock.install()
    slides = Slides(page).open(deck.as_uri())
    for later, (earlier, name) in CHANGES.items():
        way = change(find(earlier), find(later), [name])
        stage = to_code(slides, later)
        for demo, text in ((earlier, way.states[0]), (later, way.states[-1])):
            page.clock.run_for(3000)
            assert page.evaluate(CODE) == text
            slides.press("t")
            page.wait_for_timeout(100)
            page.clock.run_for(30_000)
            assert find(demo).name in page.inner_text(f"{stage} .command")
            recorded = page.evaluate(
                "name => document.querySelector(`[data-demo='${name}'] .transcript`).textContent",
                find(demo).name,
            )
            slides.wait_for(stage, recorded.rstrip().splitlines()[-1].strip()[:60], 10)
            slides.press("Escape")
            page.wait_for_timeout(100)
            if demo == earlier:
                slides.press("PageDown")
                page.wait_for_timeout(100)
    assert page.evaluate("typeof ace") == "undefined", "the editor costs the exported file nothing"
    assert not slides.errors
    context.close()


def test_paper_and_phone_show_the_end_with_its_marks(browser, deck):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.goto(deck.as_uri() + "?print-pdf")
    page.wait_for_selector(".pdf-page")
    code = '.code[data-demo="07b_lost_update_locked"] code'
    assert page.locator(code).inner_text().rstrip() == shown(find("07b"), ["deposit"])
    assert page.locator(f"{code} .changed").count() == 2
    page.goto(deck.as_uri())
    page.wait_for_selector("html.talk-ready", state="attached")
    before = page.evaluate(f"document.querySelector('{code}').textContent")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert "with lock" in page.evaluate(f"document.querySelector('{code}').textContent")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(f"document.querySelector('{code}').textContent") == before
    context.close()
