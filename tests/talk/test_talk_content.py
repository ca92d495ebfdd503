"""What this talk promises: it follows its document, in the size that was asked for.

Tests of this talk, not of the kit: they go with its slides.
"""

import re
from difflib import SequenceMatcher

import pytest

from demos import catalogue
from slides import deck
from slides.sections import TOP, sections, slot

README = (TOP / "README.md").read_text("utf-8")


def slides() -> list[deck.Slide]:
    return [
        slide for section in sections() for slide in deck.slides_of(section, deck.read(section))
    ]


DOCUMENT = (
    # the headings of the document that the talk follows, as they are written there
    "Getting started",
    "Existing solutions",
    "At the very beginning, there was os.fork",
    "A much simple way",
    "Tricks",
    "Say my name",
    "Hidden multi threading",
    "Deadlock, race conditions and other nice behaviours...",
)


def test_sections_are_those_of_the_document():
    numbers = [section.number for section in sections()]
    assert numbers == [f"{number:02d}" for number in range(1, 9)]


def test_deck_follows_the_document():
    ours = [slide.title for slide in slides() if slide.layout in ("chapter", "section")]

    def alike(one: str, other: str) -> bool:
        one, other = deck.slug(one), deck.slug(other)
        return SequenceMatcher(None, one, other).ratio() > 0.7

    places = [
        next((place for place, title in enumerate(ours) if alike(heading, title)), heading)
        for heading in DOCUMENT
    ]
    assert places == list(range(len(DOCUMENT))), ours


def test_first_and_last_slide():
    first, *_, last = slides()
    assert first.layout == "title" and last.layout == "closing"


@pytest.mark.parametrize(("number", "library"), [("06", "Flask"), ("08", "Dask")])
def test_library_that_a_demo_is_about_is_named_in_its_section(number, library):
    """In words, not in code alone: so that whoever saw it can look it up."""
    (section,) = [section for section in sections() if section.number == number]
    words = [cell.source for cell in deck.read(section).cells if cell.cell_type == "markdown"]
    assert re.search(rf"\b{library}\b", "\n".join(words))


def test_size_that_was_asked_for():
    assert 35 <= len(slides()) <= 50
    assert 30 <= sum(section.notes.minutes for section in sections()) <= slot() <= 45


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"demos/(\d\d[a-z]_\w+)\.py", README)) - {"01a_name", "09a_name"})
)
def test_demos_named_in_the_readme_exist(name):
    assert catalogue.find(name).name == name
