"""What of a lane can be seen at all: pieces in pixels, without those too small for the eye."""

from itertools import groupby
from typing import NamedTuple

from demos.timeline.draw.svg.layout import Layout
from demos.timeline.model import Lane, Span

SEEN = 1.2
"""Pixels of the shortest piece that is drawn as such."""
CROWD = 12
"""Pixels of a bit of a crowd of short waits."""
MOST = 160
"""With more pieces than this in a lane, they are made twice as long."""


class Piece(NamedTuple):
    """A stretch of a lane in pixels, and what it shows."""

    start: float
    end: float
    span: Span


def simple(layout: Layout, lane: Lane, least: float = SEEN) -> list[Piece]:
    """The spans of a lane in pixels; what is shorter than `least` joins its neighbour.

    A moment of work stays a tick, unless `least` is so large that no tick is wanted.
    """
    shown, _ = layout.timeline.drawn(lane)
    spans = [Piece(layout.x(span.start), layout.x(span.end), span) for span in shown]
    found: list[Piece] = []
    for piece in _by_most(_by_turns(spans, 2 * least), 2 * least):
        last = found[-1] if found else None
        if piece.end - piece.start < least and (least > 2 or piece.span.state != "work"):
            if last:
                found[-1] = last._replace(end=max(last.end, piece.end))
        elif last and last.span[2:] == piece.span[2:]:
            found[-1] = last._replace(end=piece.end)
        else:
            found.append(piece)
    if len(found) > MOST and least < 2:
        return simple(layout, lane, 2 * SEEN)
    return found


def _by_turns(pieces: list[Piece], least: float) -> list[Piece]:
    """Turns that are too short to be told apart, as one stretch of turns.

    Drawn alone they would look like work throughout.
    """
    joined: list[Piece] = []
    run: list[Piece] = []
    for piece in pieces:
        if piece.span.state in ("work", "turn", "turns") and piece.end - piece.start < least:
            run.append(piece)
        else:
            joined += [*_as_turns(run), piece]
            run = []
    return joined + _as_turns(run)


def _as_turns(run: list[Piece]) -> list[Piece]:
    """Short pieces one after the other: one stretch of turns where there are enough of both."""
    work, turn = (
        sum(piece.end - piece.start for piece in run if piece.span.state == state)
        for state in ("work", "turn")
    )
    if len(run) > 3 and min(work, turn) > 0.02 * (work + turn):
        return [Piece(run[0].start, run[-1].end, run[0].span._replace(state="turns", what=""))]
    return run


def _by_most(pieces: list[Piece], least: float) -> list[Piece]:
    """Short waits in a crowd, with what is between them, as what there is most, bit by bit.

    Each for itself they would all be ticks of work.
    """
    joined: list[Piece] = []
    for short, group in groupby(pieces, lambda piece: piece.end - piece.start < least):
        run = list(group)
        waits = any(piece.span.state not in ("work", "turn", "turns") for piece in run)
        if short and waits and run[-1].end - run[0].start > CROWD:
            for _, bit in groupby(run, lambda piece: piece.start // CROWD):
                joined.append(_most(list(bit)))
        else:
            joined += run
    return joined


def _most(run: list[Piece]) -> Piece:
    """Pieces one after the other as the one that they are most of the time."""
    spent: dict[tuple[str, str], float] = {}
    for piece in run:
        spent[piece.span[2:]] = spent.get(piece.span[2:], 0.0) + piece.span.end - piece.span.start
    state, what = max(spent, key=lambda key: spent[key])
    return Piece(run[0].start, run[-1].end, run[0].span._replace(state=state, what=what))


def bridged(
    pieces: list[tuple[float, float]], taller: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Pieces of a line (start, length) in one where only `taller` bars are between them.

    What is hidden needs no drawing twice.
    """
    covers = {round(start, 1): start + width for start, width in taller}
    joined: list[tuple[float, float]] = []
    for start, width in pieces:
        if joined:
            first = joined[-1][0]
            at = round(first + joined[-1][1], 1)
            while at in covers and at < start and covers[at] > at:
                at = round(covers[at], 1)
            if at >= round(start, 1):
                joined[-1] = first, start + width - first
                continue
        joined.append((start, width))
    return joined
