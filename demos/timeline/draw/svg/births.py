"""Who started whom: lines from a parent's lane to a child's first moment; a name for thin lines."""

from demos.timeline.draw.svg.layout import Layout
from demos.timeline.words import crowd

NEAR = 4
"""Pixels: thin lines that are born so near to each other share the line to their parent."""


def births(layout: Layout) -> str:
    """All births, and beside the thin lines what they are."""
    lines, heads = "", ""
    shared: dict[tuple[int, float], float] = {}
    for number, lane in enumerate(layout.lanes):
        if lane.parent is None or not {number, lane.parent} <= layout.y.keys():
            continue
        if layout.y[lane.parent] == layout.y[number]:
            continue
        x, start, end = layout.x(lane.born) - 9, layout.y[lane.parent], layout.y[number]
        if number in layout.many:
            place = round((x + 9) / NEAR) * NEAR, start
            shared[place] = max(shared.get(place, 0), end)
        else:
            lines += f"M{x:g} {start:g}V{end:g}h2"
            heads += f"M{x + 9:g} {end:g}l-9-6v12z"
    parts = ""
    if lines:
        parts += f'<path d="{lines}" stroke="currentColor" stroke-width="2" fill="none"/>'
        parts += f'<path d="{heads}"/>'
    if shared:
        down = "".join(f"M{x} {start:g}V{end:g}" for (x, start), end in shared.items())
        parts += f'<path d="{down}" stroke="currentColor" fill="none"/>'
    return parts + _group(layout)


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
