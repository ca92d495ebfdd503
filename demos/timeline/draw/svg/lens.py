"""A magnified strip below the axis: a few turns at the lock that is fought for."""

from dataclasses import dataclass
from itertools import pairwise

from demos.timeline.draw.svg.layout import Layout
from demos.timeline.draw.svg.paint import colour, strokes

FEWEST = 9
MOST = 41
"""Turns that fill a line well."""


@dataclass(frozen=True)
class Lens:
    """Who had the fought-for lock from when to when."""

    HEIGHT = 66

    layout: Layout
    turns: list[tuple[float, float, int]]
    """Seconds of its start and end, and the lane."""

    @classmethod
    def of(cls, layout: Layout) -> "Lens | None":
        """The strip of this picture; None where nobody fights, or too few turns are known."""
        lanes = layout.lanes
        if not any(span.state == "turns" for lane in lanes for span in lane.spans):
            return None
        every = layout.timeline.turns
        turns = [turn for turn in every if turn.lock == every[0].lock][:MOST]
        roles = layout.roles
        if len(turns) < FEWEST or any(turn.lane not in roles for turn in turns):
            return None
        return cls(layout, [(turn.at, after.at, turn.lane) for turn, after in pairwise(turns)])

    def svg(self, top: float) -> str:
        """The strip, each flow at its own height, and the moment of the axis that it magnifies."""
        left, right = self.layout.left, self.layout.right
        start, end = self.turns[0][0], self.turns[-1][1]
        scale = (right - left) / (end - start)
        flows = sorted({lane for *_, lane in self.turns})
        size = (self.HEIGHT - 14) / len(flows)
        parts = ""
        for place, lane in enumerate(flows):
            pieces = [
                (left + (since - start) * scale, max((until - since) * scale, 2))
                for since, until, who in self.turns
                if who == lane
            ]
            bars = strokes(pieces, top + 12 + size * (place + 0.5), round(size))
            parts += f'<g color="{colour(self.layout.roles[lane])}">{bars}</g>'
        x, bottom = self.layout.x(start), self.layout.bottom
        beam = f"M{x:g} {bottom}L{left} {top + 10}H{right}L{x + 2:g} {bottom}"
        milliseconds = (end - start) * 1000
        says = f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"
        return (
            f'{parts}<path d="{beam}" fill-opacity=".12"/><text y="{top + 28}">has the lock</text>'
            f'<text y="{top + 56}">in {says}</text>'
        )
