"""What a picture alone can't show, in words below it: why it is a part, and what was not seen."""

from html import escape

from demos.timeline.draw.svg.layout import Layout
from demos.timeline.draw.svg.paint import FONT, LETTER
from demos.timeline.words import footnotes as words

FOOTNOTE = 34
"""Pixels of a line."""


def footnotes(layout: Layout, top: float) -> str:
    """A line for each, cut where the picture ends."""
    letters = int((layout.width - 20) / (FONT * (LETTER + 0.04)))
    parts = ""
    for number, text in enumerate(words(layout.timeline)):
        line = text if len(text) <= letters else f"{text[: letters - 1]}…"
        parts += f'<text x="0" y="{top + 26 + FOOTNOTE * number:g}">{escape(line)}</text>'
    return parts
