"""M on a slide: the run that has just been seen, measured and drawn."""

import json
import time

import pytest
from coding import CODE, LEAF, edit, nothing_is_left, to_code, write
from driving import TEXT

from demos.catalogue import find


def measure(slides):
    slides.press("m")
    slides.page.wait_for_selector(f"{LEAF} .this-run svg", timeout=60_000)
    return slides.page.text_content(f"{LEAF} .this-run desc")


WAITS = "waits for the lock darthvader has", "waits for the lock luke has"


def measured_deadlock(slides):
    """What the picture of 07c says, once the two have met; a busy machine may let one come late."""
    for _ in range(5):
        words = measure(slides)
        if all(wait in words for wait in WAITS):
            break
        slides.press("m")
    return words


def test_m_draws_this_very_run_and_puts_it_back(slides, whole_talk):
    to_code(slides, "07c")
    words = measured_deadlock(slides)
    assert all(wait in words for wait in WAITS)
    slides.press("m")
    assert slides.page.locator(f"{LEAF} .this-run").count() == 0
    edit(slides)
    text = slides.page.evaluate(CODE)
    write(slides, text.replace("first, second = locks", "first, second = sorted(locks)"))
    slides.press("Escape")
    words = measure(slides)
    assert "circle" not in words
    assert not all(wait in words for wait in WAITS)
    assert slides.page.inner_text(f"{LEAF} .this-run .tag") == "this run"
    slides.press("Escape")
    assert slides.page.locator(f"{LEAF} .this-run").count() == 0
    assert nothing_is_left(whole_talk.scratch)


@pytest.mark.parametrize("steps", [-1, 99], ids=["before-its-step", "after-it"])
def test_m_takes_the_place_of_the_picture_that_is_there(slides, steps):
    name = find("07c").name
    slides.ask(
        """([name, steps]) => {
                     const figure = document.querySelector(`figure[data-demo="${name}"]`);
                     const at = Reveal.getIndices(figure.closest("section"));
                     Reveal.slide(at.h, at.v, steps); }""",
        [name, steps],
    )
    its_own = slides.page.locator(f"{LEAF} figure[data-demo] > :not(.this-run)").first
    slides.page.wait_for_timeout(500)  # a fragment fades
    before = its_own.is_visible()
    assert before == (steps > 0)
    measured_deadlock(slides)
    assert its_own.is_hidden()
    slides.wait_for(f"{LEAF} .stage", "=> deadlock")  # the output shows as with R
    slides.press("Escape")
    slides.page.wait_for_timeout(500)
    assert its_own.is_visible() == before


def test_the_picture_comes_soon_after_the_end(slides):
    """A bound on the slowest machine: not a speed, but that nothing waits for a time-out."""
    to_code(slides, "07c")
    slides.press("m")
    slides.page.wait_for_function(
        f"(({TEXT})('{LEAF} .stage')).includes('main       =>')", timeout=60_000
    )
    began = time.monotonic()
    slides.page.wait_for_selector(f"{LEAF} .this-run svg", timeout=60_000)
    print(json.dumps({"seconds from the last line to the picture": time.monotonic() - began}))
