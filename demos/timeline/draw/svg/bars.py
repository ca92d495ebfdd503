"""The bars of the lanes: solid while a flow works, outlines while it waits, with words in them."""

from html import escape

from demos.timeline.draw.svg.layout import Layout
from demos.timeline.draw.svg.legend import LINES, Legend
from demos.timeline.draw.svg.paint import FONT, LETTER, PAPER, TEXT, colour, outline, strokes
from demos.timeline.draw.svg.simplify import Piece, bridged, simple
from demos.timeline.model import Lane, Row
from demos.timeline.words import labels, name_of

TICK = 2.5
"""Pixels of the shortest work."""
FRAME = 7
"""Pixels of the shortest wait that gets a frame; what is shorter, the legend does not explain."""
AGAIN = 4
"""Pixels between two looks of a loop that asks for input again and again: one wait, for the eye."""

Strokes = list[tuple[float, float]]
"""Where pieces of a line begin, and their lengths, in pixels."""


class Bars:
    """The bars of one picture; the legend is told what was drawn."""

    def __init__(self, layout: Layout, legend: Legend) -> None:
        self.layout, self.legend = layout, legend
        self.fine: dict[int, str] = {}
        """The paths of all thin lines, by width."""

    def svg(self) -> str:
        """All rows; thin lines, which have neither colour nor name, in one path per width."""
        rows = "".join(self._row(row) for row in self.layout.timeline.rows)
        return rows + "".join(
            f'<path class="fine" d="{path}" stroke="currentColor" stroke-width="{width}"/>'
            for width, path in self.fine.items()
        )

    def _row(self, row: Row) -> str:
        name, lanes = "", ""
        if row.thin:
            for number in row.lanes:
                self._hair(number)
        else:
            place = f'x="0" y="{self.layout.y[row.lanes[0]] + 9:g}"'
            look = f'font-size="{FONT + 2}" font-weight="700" fill="currentColor"'
            name = f"<text {place} {look}>{escape(name_of(row, self.layout.timeline))}</text>"
            lanes = "".join(self._lane(number) for number in row.lanes)
        return f'<g color="{colour(row.role)}">{name}{lanes}</g>'

    def _lane(self, number: int) -> str:
        """One life: solid where it works, a frame where it waits, a line where others work."""
        lane, y, size = self._place(number)
        thick: Strokes = []
        half: Strokes = []
        thin: Strokes = []
        brief: Strokes = []
        waits: list[Piece] = []
        lines: set[str] = set()
        for piece in simple(self.layout, lane):
            start, length, state = piece.start, piece.end - piece.start, piece.span.state
            if state == "work":
                thick.append((start, max(length, TICK)))
            elif state == "turns":
                half.append((start, length))
            elif state in LINES:
                thin.append((start, length))
                lines.add(state)
            elif length < FRAME:
                brief.append((start, length))
            elif waits and _again(waits[-1], piece):
                waits[-1] = waits[-1]._replace(end=piece.end)
            else:
                waits.append(piece)
        half = bridged(half, thick)
        thin = bridged(thin, thick + half)
        self._explain(thick, half, lines if _seen(thin) else set(), waits)
        frames = "".join(
            outline(self.layout.id, wait.start, wait.end, y, size - 6, wait.span.state)
            for wait in waits
        )
        bars = strokes(half, y, round(size * 0.4)) + strokes(thick, y, size)
        words = "".join(self._label(wait, y, lane.kind) for wait in waits)
        return strokes(thin, y, 4) + strokes(brief, y, 4) + frames + bars + words

    def _explain(self, thick: Strokes, half: Strokes, lines: set[str], waits: list[Piece]) -> None:
        """Tell the legend what of a lane is wide enough to be seen; a tick of work always is."""
        for state in lines | {wait.span.state for wait in waits}:
            self.legend.drawn(state)
        if thick:
            self.legend.drawn("work")
        if _seen(half):
            self.legend.drawn("turns")

    def _place(self, number: int) -> tuple[Lane, float, int]:
        return self.layout.lanes[number], self.layout.y[number], self.layout.size[number]

    def _label(self, wait: Piece, y: float, kind: str) -> str:
        """In the frame of a wait, as much of what it waits for as there is room for."""
        for words in labels(wait.span, kind):
            if len(words) * FONT * LETTER + 20 <= wait.end - wait.start:
                x, behind = (wait.start + wait.end) / 2, ""
                if wait.span.state not in ("sleep", "join"):
                    room = len(words) * FONT * LETTER + 12  # some words are wider than most
                    line = f"M{x - room / 2:.4g} {y:g}h{room:.4g}"
                    height = self.layout.bar - 10
                    behind = f'<path d="{line}" stroke-width="{height}" stroke="{PAPER}"/>'
                place = f'x="{x:.4g}" y="{y + 7.5:g}" text-anchor="middle" fill="{TEXT}"'
                return f"{behind}<text {place}>{escape(words)}</text>"
        return ""

    def _hair(self, number: int) -> None:
        """One of many lives: thick while it works, thin otherwise."""
        lane, y, size = self._place(number)
        thin = min(max(size // 3, 1), 4)
        _, ended = self.layout.timeline.drawn(lane)
        self._line(thin, round(self.layout.x(lane.born)), round(self.layout.x(ended)), y)
        for piece in simple(self.layout, lane, 3):
            start, end, state = round(piece.start), round(piece.end), piece.span.state
            if state in ("work", "turns") and end > start:
                thick = size if state == "work" else max(round(size * 0.4), thin + 1)
                self._line(thick, start, end, y)
                self.legend.drawn(state)

    def _line(self, width: int, start: int, end: int, y: float) -> None:
        self.fine[width] = self.fine.get(width, "") + f"M{start} {y:g}H{end}"


def _seen(drawn: Strokes) -> bool:
    return any(length >= FRAME for _, length in drawn)


def _again(before: Piece, piece: Piece) -> bool:
    return before.span.state == "io" == piece.span.state and piece.start - before.end < AGAIN
