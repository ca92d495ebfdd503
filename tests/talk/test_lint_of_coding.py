"""Each state of a slide that is coded on, seen as the deck itself is: editor, error, picture."""

import re

import pytest

from slides import browser as chromium_side
from slides.lint import SIZES, STATES, THEMES, lint
from slides.sections import sections

NAMES = "Object.keys(eval(source).states)"


@pytest.fixture(scope="module")
def coding(browser, whole_talk):
    """The served talk, in a page of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.route_web_socket(re.compile("/talk/changes"), lambda socket: None)  # it stays as it is
    page.goto(whole_talk.url)
    chromium_side.wait_until_ready(page)
    page.wait_for_function("window.ace")
    yield page
    context.close()


EACH_ONCE = {("dark", SIZES[0]), ("dark", SIZES[1]), ("light", SIZES[2])}
LOOKS = [
    pytest.param(
        theme,
        size,
        id=f"{theme}-{size[0]}x{size[1]}",
        marks=[] if (theme, size) in EACH_ONCE else pytest.mark.stress("only"),
    )
    for theme in THEMES
    for size in SIZES
]


@pytest.mark.parametrize(("theme", "size"), LOOKS)
def test_nothing_is_wrong_on_a_slide_that_is_coded_on(coding, checkout, theme, size):
    findings = lint(
        coding,
        sections(checkout),
        themes=(theme,),
        sizes=(size,),
        axe=False,
        play=False,
        coding=True,
    )
    assert not findings, "\n" + "\n".join(map(str, findings))
    known = coding.evaluate(f"source => {NAMES}", STATES.read_text("utf-8"))
    seen = coding.evaluate("window.lintSaw")
    assert set(seen) == set(known), "every state was looked at"
    assert seen["editor open"] >= 20
