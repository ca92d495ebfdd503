"""Where everything of an SVG picture is: x of a second, y of a lane, the size of its bar."""

from collections.abc import Sequence

from demos.timeline.draw.svg.paint import FONT, LETTER
from demos.timeline.model import Timeline
from demos.timeline.words import name_of

PITCH = {1: 56, 2: 56, 3: 50, 4: 52, 5: 52, 6: 52}
"""Pixels per row, by number of rows: two pictures of three rows fit on one slide."""
TALLEST = 440
"""Pixels of the tallest picture: thin lines share what the rows with names leave."""
CLOSE = 50
"""Pixels per row of a script with more rows than a slide has."""
ROOM = 140, 360
"""Pixels of the thin lines of a script, at least and about at most: their number stands beside."""


class Layout:
    """The places of one picture, in pixels.

    `left` and `right` bound the axis of time, `bottom` ends the lanes, `bar` is the height of a
    bar; `y` and `size` say for each lane its middle and its height, `many` which lanes are thin,
    `roles` whose colour those with one have.
    With timelines `beside` it, it has the longest name and the scale of them all.
    """

    def __init__(self, timeline: Timeline, width: int, beside: Sequence[Timeline] = ()) -> None:
        self.timeline, self.lanes, self.width = timeline, timeline.lanes, width
        self.id = "t" + timeline.name.partition("_")[0] if timeline.cast else "t"
        all_of_them = (timeline, *beside)
        self.seconds = max(0.001, *(one.seconds for one in all_of_them))
        self.many = {lane for row in timeline.rows if row.thin for lane in row.lanes}
        self.roles = {lane: row.role for row in timeline.rows if row.role for lane in row.lanes}
        names = [name_of(row, one) for one in all_of_them for row in one.rows if not row.thin]
        letters = max([len(name) for name in names] + [11 if self.many else 4])
        self.left = round(letters * FONT * 1.08 * (LETTER + 0.06) + 34)
        self.right = width - 28
        named = sum(not row.thin for row in timeline.rows)
        pitch = PITCH.get(named, 52 if timeline.cast else CLOSE)
        self.bar = pitch - 16
        self.y: dict[int, float] = {}
        self.size: dict[int, int] = {}
        self.bottom = 0
        self._place(pitch, named)

    def _place(self, wide: int, named: int) -> None:
        thin = len(self.timeline.rows) - named
        narrow = self._narrow(thin, TALLEST - 76 - named * wide) if thin else 0
        for row in self.timeline.rows:
            pitch = narrow if row.thin else wide
            for lane in row.lanes:
                self.y[lane] = self.bottom + pitch / 2
                self.size[lane] = max(min(pitch - 3, 28), 2) if row.thin else self.bar
            self.bottom += pitch

    def _narrow(self, thin: int, left: int) -> int:
        """The pixels of a thin line, of which there are so many, where so many pixels are left."""
        if self.timeline.cast:
            return min(44, max(4, left // thin))
        least, most = ROOM
        return max(-(-least // thin), min(14, max(3, most // thin)))

    def x(self, second: float) -> float:
        """Where this moment is, in tenths of a pixel."""
        return round(self.left + (self.right - self.left) * second / self.seconds, 1)
