"""The motif of the talk as a drawing: its cast as lanes, on the slides worth a photograph.

Decoration, and hidden from screen readers.
"""

from collections.abc import Callable

from demos.cast import CAST

HEIGHT = 280
TOP, BOTTOM = 50, 230
"""Pixels where the first lane lies, and the last one of a cast that fills the drawing."""
ROOMY = 90
"""Pixels between two lanes of few."""
FEW = 3
"""With more lanes than this they lie closer and are thinner."""
LEFT = 'x="64"'
"""Where text begins on a slide."""
RIGHT = 'x="888" text-anchor="end"'
"""Right of where lanes come down, left of where the first of them ends."""


def lanes() -> dict[str, str]:
    """The drawings by the layout of their slide: `title`, `chapter`, `closing`."""
    draw: dict[str, Callable[[int], str]] = {
        "title": _title,
        "chapter": _chapter,
        "closing": _closing,
    }
    return {layout: _drawing(make(len(CAST))) for layout, make in draw.items()}


def _drawing(shapes: str) -> str:
    many = " many" if len(CAST) > FEW else ""
    return (
        f'<svg class="lanes{many}" viewBox="0 0 1280 {HEIGHT}" width="1280" height="{HEIGHT}"'
        f' aria-hidden="true" focusable="false">{shapes}</svg>'
    )


def _height(flow: int, flows: int) -> int:
    """Where the lane of a flow lies; the first is 0."""
    return TOP + flow * (ROOMY if flows <= FEW else (BOTTOM - TOP) // (flows - 1))


def _line(flow: int, path: str, style: str = "") -> str:
    return f'<path class="{style or f"flow-{flow + 1}"}" d="{path}"/>'


def _end(flow: int, x: int, y: int) -> str:
    return f'<circle class="flow-{flow + 1}" cx="{x}" cy="{y}" r="13"/>'


def _names(flows: int, places: dict[int, str] | None = None) -> str:
    """All names, each above its lane; `places` are attributes of those that are not at the left."""
    up = 18 if flows <= FEW else 11
    return "".join(
        f'<text class="flow-{flow + 1}" {(places or {}).get(flow, LEFT)}'
        f' y="{_height(flow, flows) - up}">{name}</text>'
        for flow, name in enumerate(CAST)
    )


def _title(flows: int) -> str:
    """The first starts the others, one after the other; each ends later than the one before.

    A name stands where its lane begins; of many, where none comes down any more.
    """
    shapes, places = _line(0, f"M-20 {TOP}H1300"), {}
    for flow in range(1, flows):
        y = _height(flow, flows)
        start = 330 + 190 * (flow - 1) * 2 // max(flows - 1, 2)
        wide = 80 + 20 * flow * 2 // max(flows - 1, 2)
        stop = 905 + 245 * (flow - 1) // max(flows - 2, 1)
        bend = f"C{start + wide - 40} {TOP} {start + 40} {y} {start + wide} {y}"
        shapes += _line(flow, f"M{start} {TOP}{bend}H{stop}") + _end(flow, stop, y)
        places[flow] = f'x="{start + wide + 10}"' if flows <= FEW else RIGHT
    return shapes + _names(flows, places)


def _chapter(flows: int) -> str:
    """The first goes straight; of the others two and two cross, and cross back."""
    shapes = _line(0, f"M-20 {TOP}H1300")
    for flow in range(1, flows):
        other = flow + 1 if flow % 2 else flow - 1
        y = _height(flow, flows)
        there = _height(other if other < flows else flow, flows)
        path = f"M-20 {y}H330C430 {y} 430 {there} 530 {there}H800C900 {there} 900 {y} 1000 {y}H1300"
        if other < flow:  # over the one that it crosses
            shapes += _line(flow, path, "behind")
        shapes += _line(flow, path)
    return shapes + _names(flows)


def _closing(flows: int) -> str:
    """The first waits for all of them: each comes home."""
    shapes, homes = "", []
    for flow in range(1, flows):
        y = _height(flow, flows)
        home = 740 + 220 * (flow - 1) // max(flows - 2, 1)
        wide = 60 + 20 * (flow - 1) * 2 // max(flows - 1, 2)
        leave = home - wide - 40
        bend = f"C{leave + wide} {y} {home - wide} {TOP} {home} {TOP}"
        shapes += _line(flow, f"M-20 {y}H{leave}{bend}")
        homes.append(home)
    shapes += _line(0, f"M-20 {TOP}H1300") + "".join(_end(0, home, TOP) for home in homes)
    return shapes + _names(flows)
