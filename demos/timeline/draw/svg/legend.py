"""What the shapes mean, for those that no words explain in place."""

from demos.timeline.draw.svg.layout import Layout
from demos.timeline.draw.svg.paint import FONT, LETTER, outline
from demos.timeline.model import STATES

THICKNESS = {"work": 22, "turns": 12, "turn": 4, "lent": 4}
"""Pixels of the sample line; the other states are outlines."""
SAMPLE = 36
"""Pixels of the length of a sample."""


class Legend:
    """Learns while the bars are drawn which states there are, and which ones words explain."""

    HEIGHT = 34

    def __init__(self) -> None:
        self.used: dict[str, bool] = {}

    def drawn(self, state: str) -> None:
        """A bar shows this state."""
        self.used.setdefault(state, False)

    def said(self, state: str, words: str) -> None:
        """A bar says its state in these words; three letters explain nothing."""
        self.used[state] = self.used.get(state, False) or len(words) > 3

    def svg(self, layout: Layout, top: float) -> str:
        """As many samples as fit in a line; empty where nothing needs one."""
        x, y, parts = float(layout.left), top + 26, ""
        for state, words in STATES.items():
            if state not in self.used or (self.used[state] and state != "work"):
                continue
            if x + 56 + len(words) * FONT * LETTER > layout.width:
                break
            if thick := THICKNESS.get(state):
                line = f"M{x:g} {y - 8}h{SAMPLE}"
                parts += f'<path d="{line}" stroke="currentColor" stroke-width="{thick}"/>'
            else:
                parts += outline(layout.id, x, x + SAMPLE, y - 8, 22, state)
            parts += f'<text x="{x + 46:g}" y="{y}">{words}</text>'
            x += 46 + len(words) * FONT * (LETTER - 0.04) + 30
        return f"<g>{parts}</g>" if parts else ""
