"""The axis of time below the lanes, and its grid."""

from demos.timeline.draw.marks import marks
from demos.timeline.draw.svg.layout import Layout
from demos.timeline.draw.svg.paint import FONT, LETTER

MARKS = 8
"""At most so many steps between the marks."""


def axis(layout: Layout) -> str:
    """A line and a figure for each mark; the last one says that they are seconds."""
    ticks, figures = "", ""
    seconds = marks(layout.seconds, MARKS)
    for second in seconds:
        x = layout.x(second)
        ticks += f"M{x:g} 0V{layout.bottom + 4}"
        unit = " s" if second == seconds[-1] else ""
        figure = f"{second:g}{unit}"
        middle = min(x, layout.width - len(figure) * FONT * LETTER / 2 - 4)
        place = f'x="{middle:g}" y="{layout.bottom + 28}" text-anchor="middle"'
        figures += f"<text {place}>{figure}</text>"
    return (
        f'<path d="{ticks}" stroke="currentColor" stroke-opacity=".25"/>'
        f'<g fill-opacity=".85">{figures}</g>'
    )
