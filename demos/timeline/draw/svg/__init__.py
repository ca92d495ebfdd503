"""A timeline as SVG: inline on a slide, in the colours of the page, or a file of its own.

What is drawn in SVG belongs here, one file per part of the picture: where things are (`layout`),
what is too small to be seen (`simplify`), bars, births, axis, legend, footnotes, the magnified
strip (`lens`) and the strokes they are made of (`paint`). Parts import `layout` and
`paint` and not each other, save that bars tell the legend what they drew. The deck and `show`
import `picture` and `standalone`, and no part.
"""

import re
from collections.abc import Sequence
from html import escape

from demos.timeline.draw.svg.axis import axis
from demos.timeline.draw.svg.bars import Bars
from demos.timeline.draw.svg.births import births
from demos.timeline.draw.svg.footnotes import FOOTNOTE, footnotes
from demos.timeline.draw.svg.layout import Layout
from demos.timeline.draw.svg.legend import Legend
from demos.timeline.draw.svg.lens import Lens
from demos.timeline.draw.svg.paint import FONT, PAPER, TEXT, patterns
from demos.timeline.model import Timeline
from demos.timeline.words import describe

WIDTH = 1150
"""Pixels of a picture that fills a slide."""
MARGIN = 16
"""Pixels around a picture that is a file of its own."""
BELOW = 36
"""Pixels of the axis below the lanes."""


def picture(timeline: Timeline, width: int = WIDTH, beside: Sequence[Timeline] = ()) -> str:
    """The picture for a slide: inline SVG that takes the colours of the page it is in.

    With the timelines that stand `beside` it on the slide it gets the same scale as theirs.
    """
    layout, legend = Layout(timeline, width, beside), Legend()
    body = Bars(layout, legend).svg() + births(layout)
    height = layout.bottom + BELOW
    if lens := Lens.of(layout):
        body += lens.svg(height)
        height += lens.HEIGHT
    explained, more = legend.svg(layout, height)
    height += more
    said = "" if timeline.cast else footnotes(layout, height)
    height += FOOTNOTE * said.count("<text")
    parts = patterns(layout.id) + axis(layout) + body + explained + said
    return _framed(timeline, layout, height, parts)


def _framed(timeline: Timeline, layout: Layout, height: int, parts: str) -> str:
    title = f"Timeline of {timeline.name}{'' if timeline.complete else ', a part'}"
    name, size = layout.id, f'width="{layout.width}" height="{height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="timeline" '
        f'viewBox="0 0 {layout.width} {height}" {size} '
        f'role="img" aria-labelledby="{name}-t {name}-d" '
        f'font-size="{FONT}" font-family="inherit" fill="{TEXT}" color="{TEXT}">'
        f'<title id="{name}-t">{escape(title)}</title>'
        f'<desc id="{name}-d">{escape(describe(timeline))}</desc>{parts}</svg>'
    )


def standalone(svg: str) -> str:
    """The same picture as a file of its own: on paper, in colours that need no stylesheet."""
    size = re.search(r'viewBox="0 0 (\d+) (\d+)" width="\d+" height="\d+"', svg)
    assert size
    width, height = int(size[1]) + 2 * MARGIN, int(size[2]) + 2 * MARGIN
    place = f'x="{-MARGIN}" y="{-MARGIN}" width="{width}" height="{height}"'
    paper = f'viewBox="{-MARGIN} {-MARGIN} {width} {height}" width="{width}" height="{height}"'
    svg = svg.replace(size[0], paper, 1)
    svg = svg.replace("<defs>", f'<rect {place} fill="{PAPER}"/><defs>', 1)
    svg = svg.replace('font-family="inherit"', 'font-family="sans-serif"')
    return re.sub(r"var\(--[\w-]+,(#[0-9A-Fa-f]+)\)", r"\1", svg) + "\n"
