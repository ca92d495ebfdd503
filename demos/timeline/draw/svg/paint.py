"""The strokes and colours that an SVG picture is made of."""

from demos.about import Role

FONT = 24
"""Pixels of the smallest text, at slide size."""
LETTER = 0.48
"""Width of a letter, in heights of the font, on average."""
TEXT = "var(--text,#14181F)"
PAPER = "var(--background,#FBFAF6)"
"""What a picture falls back to where no stylesheet gives it colours: the light theme, for print."""
MANY = 60
"""With more pieces than this in a line, whole pixels are fine enough."""


def colour(role: Role | None) -> str:
    """The colour of a flow that has one; that of text for the others."""
    return f"var(--flow-{role.number},{role.light})" if role else TEXT


def strokes(pieces: list[tuple[float, float]], y: float, size: int) -> str:
    """Pieces of one line, each with its start and its length in pixels, as one path."""
    if not pieces:
        return ""
    if len(pieces) > MANY:
        pieces = [
            (round(start), max(round(start + width) - round(start), 1)) for start, width in pieces
        ]
    path, at = f"M{pieces[0][0]:g} {y:g}", pieces[0][0]
    for start, width in pieces:
        path += (f"m{start - at:.4g} 0" if start > at else "") + f"h{width:.4g}"
        at = max(start, at) + width
    return f'<path d="{path}" stroke="currentColor" stroke-width="{size}" fill="none"/>'


def outline(picture: str, start: float, end: float, y: float, size: int, state: str) -> str:
    """The frame of a wait, filled by its state; where words go, no line of the grid runs through.

    `picture` is the id that its patterns begin with.
    """
    shape = f'x="{start + 1:g}" y="{y - size / 2:g}" width="{end - start - 2:.4g}" height="{size}"'
    fills = {"lock": f"url(#{picture}-lock)", "sleep": PAPER, "join": PAPER}
    fill = fills.get(state, f"url(#{picture}-dots)")
    dash = ' stroke-dasharray="9 6"' if state == "join" else ""
    return f'<rect {shape} fill="{fill}" stroke="currentColor" stroke-width="2"{dash}/>'


def patterns(picture: str) -> str:
    """What outlines are filled with, under ids that begin with that of the picture."""
    line = 'stroke="currentColor" stroke-width="2"'
    shapes = {
        "lock": (9, f'<path d="M-2 11L11-2M-2 2L2-2M7 11L11 7" {line}/>'),
        "dots": (8, '<circle cx="4" cy="4" r="1.3"/>'),
    }
    found = "".join(
        f'<pattern id="{picture}-{name}" width="{size}" height="{size}" '
        f'patternUnits="userSpaceOnUse">{shape}</pattern>'
        for name, (size, shape) in shapes.items()
    )
    return f"<defs>{found}</defs>"
