"""What the shapes mean: all that are drawn, and no other."""

from demos.timeline.draw.svg.layout import Layout
from demos.timeline.draw.svg.paint import FONT, LETTER, outline
from demos.timeline.model import STATES

LINES = "turn", "lent", "exit"
"""States that are a thin line: others work."""
DOTS = "queue", "io", "wait"
"""States that are a frame full of dots; its words say which."""
THICKNESS = {"work": 22, "turns": 12, **dict.fromkeys(LINES, 4)}
"""Pixels of the sample line; the other states are outlines."""
SAMPLE = 36
"""Pixels of the length of a sample."""


class Legend:
    """Learns while the bars are drawn which states there are."""

    LINE = 34
    """Pixels of a line of samples."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    def drawn(self, state: str) -> None:
        """A bar shows this state, wide enough to be seen."""
        self.used.add(state)

    def entries(self) -> dict[str, str]:
        """A state of each shape that is drawn, and what the shape means."""
        found: dict[str, str] = {}
        for state in STATES:
            alike = LINES if state in LINES else DOTS if state in DOTS else (state,)
            used = [one for one in alike if one in self.used]
            if used and state == used[0]:
                words = " or ".join(STATES[one] for one in used)
                found[state] = STATES["wait"] if state in DOTS else words
        return found

    def svg(self, layout: Layout, top: float) -> tuple[str, int]:
        """The samples, in as many lines as they need, and the pixels that these take."""
        x, y, parts = float(layout.left), top + 26, ""
        for state, words in self.entries().items():
            if x > layout.left and x + 46 + len(words) * FONT * LETTER > layout.width:
                x, y = float(layout.left), y + self.LINE
            parts += self._sample(layout, state, x, y)
            parts += f'<text x="{x + 46:g}" y="{y}">{words}</text>'
            x += 46 + len(words) * FONT * (LETTER - 0.04) + 30
        return (f'<g class="legend">{parts}</g>', round(y + 8 - top)) if parts else ("", 0)

    def _sample(self, layout: Layout, state: str, x: float, y: float) -> str:
        if thick := THICKNESS.get(state):
            line = f"M{x:g} {y - 8}h{SAMPLE}"
            return f'<path d="{line}" stroke="currentColor" stroke-width="{thick}"/>'
        return outline(layout.id, x, x + SAMPLE, y - 8, 22, state)
