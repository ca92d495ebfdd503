"""Who started whom: lines from a parent's lane to a child's first moment; a name for thin lines."""

from demos.timeline.draw.svg.layout import Layout
from demos.timeline.draw.svg.paint import colour
from demos.timeline.words import crowd

HEAD = 10
"""Pixels of the head of an arrow, which ends at the edge of the child's bar."""
NEAR = 4
"""Pixels: thin lines that are born so near to each other share the line to their parent."""


def births(layout: Layout) -> str:
    """All births, and beside the thin lines what they are."""
    arrows: dict[int, list[tuple[str, str]]] = {}
    shared: dict[tuple[int, float], float] = {}
    for number, lane in enumerate(layout.lanes):
        if lane.parent is None or not {number, lane.parent} <= layout.y.keys():
            continue
        if layout.y[lane.parent] == layout.y[number]:
            continue
        if number in layout.many:
            place = round(layout.x(lane.born) / NEAR) * NEAR, layout.y[lane.parent]
            shared[place] = max(shared.get(place, 0), layout.y[number])
        else:
            arrows.setdefault(lane.parent, []).append(_arrow(layout, number, lane.parent))
    parts = "".join(_painted(layout, parent, drawn) for parent, drawn in arrows.items())
    if shared:
        down = "".join(f"M{x} {start:g}V{end:g}" for (x, start), end in shared.items())
        parts += f'<path d="{down}" stroke="currentColor" fill="none"/>'
    return parts + _group(layout)


def _arrow(layout: Layout, child: int, parent: int) -> tuple[str, str]:
    """The line and the head, at the very moment of the birth."""
    x, start, end = layout.x(layout.lanes[child].born), layout.y[parent], layout.y[child]
    side = 1 if end > start else -1
    edge = end - side * layout.size[child] / 2
    return f"M{x:g} {start:g}V{edge - side * HEAD:g}", f"M{x:g} {edge:g}l-6 {-side * HEAD}h12z"


def _painted(layout: Layout, parent: int, arrows: list[tuple[str, str]]) -> str:
    """The arrows of one parent, in its colour: they may pass other lanes."""
    tone = colour(layout.roles.get(parent))
    lines, heads = ("".join(paths) for paths in zip(*arrows, strict=True))
    return (
        f'<path class="births" d="{lines}" stroke="{tone}" stroke-width="2" fill="none"/>'
        f'<path d="{heads}" fill="{tone}"/>'
    )


def _group(layout: Layout) -> str:
    """A name for the thin lines: how many of each kind, and how many at once."""
    thin = [row.lanes[0] for row in layout.timeline.rows if row.thin]
    if not thin:
        return ""
    y = (layout.y[thin[0]] + layout.y[thin[-1]]) / 2
    words = crowd(layout.timeline)
    if layout.timeline.hidden:
        words.append(f"{len(layout.timeline.unnamed) - layout.timeline.hidden} drawn")
    return "".join(
        f'<text y="{y + 8 + 28 * (place - (len(words) - 1) / 2):g}">{text}</text>'
        for place, text in enumerate(words)
    )
