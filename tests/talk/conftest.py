"""What tests of our talk ask for: its pages, served."""

import pytest
from driving import Slides


@pytest.fixture(scope="module")
def page_of(browser, whole_talk):
    """A page of the served talk, in a browser context of its own: its edits go with it."""
    contexts = []

    def open_(width=1280, height=720, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        return Slides(context.new_page()).open(whole_talk.url)

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def slides(page_of):
    """The deck of the real talk, in a page; nothing may go wrong in it."""
    slides = page_of()
    yield slides
    assert not slides.errors
    slides.page.close()
