"""Sizes of type: as large as the slide has room for."""

Block = tuple[int, int]
"""Lines and columns of code or of a terminal."""
TYPE_SIZES = range(28, 21, -1)
"""Pixels that code and terminals can be set in, the best first."""
ROOM = 1074, 560
"""Pixels, across and down, that a slide of 1280 x 720 leaves for code and terminal."""


def type_size(blocks: list[Block]) -> int:
    """The largest size in which blocks of (lines, columns) fit on a slide, in pixels."""
    across, down = ROOM
    for size in TYPE_SIZES:
        height = sum(lines * size * 1.36 + 50 for lines, _ in blocks)
        if height <= down and all(columns * size * 0.6 <= across for _, columns in blocks):
            break
    return size


def title_size(title: str) -> int:
    """Pixels of the type in which a talk's title has room on its slide, a long one in two lines."""
    across, letter = 1152, 0.56  # pixels of the slide; width of a letter, in heights of the type
    return max(68, min(132, round(across / max(len(title), 1) / letter)))
