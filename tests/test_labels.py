"""What a wait is for stands on plain ground, be its letters wider than most."""

import pytest

from demos.timeline.draw import svg
from demos.timeline.model import Lane, Span, Timeline
from slides import assets

WAITS = [
    Span(0.0, 0.25, "queue", "get"),
    Span(0.25, 0.5, "lock", ""),
    Span(0.5, 1.4, "lock", "one\tworker"),
    Span(1.4, 1.9, "io", "pipe"),
    Span(1.9, 2.6, "wait", "a moment"),
    Span(2.6, 3.0, "queue", "put"),
]


@pytest.mark.parametrize("name", ["main", "worker"])
def test_no_pattern_shows_through_a_word(browser, name):
    run = Timeline(
        "01a_x", "Waits.", "CPython", [Lane(name, "thread", None, 0, 3, WAITS)], 3, 0, 3, ""
    )
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_content(
        f"<style>{assets.fonts()}</style>"
        f"<body style='margin:0;font-family:\"Talk Sans\"'>{svg.picture(run)}"
    )
    page.evaluate("document.fonts.ready.then(() => true)")
    grounds = page.evaluate(
        """() => [...document.querySelectorAll("text[text-anchor=middle]")]
            .filter(text => text.previousElementSibling?.matches("path[stroke-width]"))
            .map(text => {
                const ground = text.previousElementSibling.getBoundingClientRect();
                const word = text.getBoundingClientRect();
                return [text.textContent, ground.left - word.left, word.right - ground.right];
            })"""
    )
    page.close()
    assert len(grounds) >= 4, grounds
    assert all(left <= 0 and right <= 0 for _, left, right in grounds), grounds
