"""How large the terminal of a run is on its slide: so that what is printed live fits as well.

Live output is longer than what was recorded: process numbers have more digits on a machine that has
been up for weeks, and a line may wrap that did not.
"""

import re

from demos.runs.record import lines_on_screen
from demos.runs.run import COLUMNS, ROWS

MIN_COLUMNS = 56
"""A terminal is as wide as its longest line, but at least this; as wide as a run's at most."""
WIDTHS = MIN_COLUMNS, COLUMNS
"""The least and the most columns of a terminal."""
TWIN = 43, 44
"""The same for one of two that stand side by side."""
RESERVE = 1
"""Rows that stay empty below what was recorded."""
MIN_ROWS = 4
"""A terminal on a slide that leaves it no room; what is printed scrolls up in it."""
HEIGHT = 569
"""Pixels below the title of a slide."""
CODE, TERMINAL = (30, 44), (27.5, 78)
"""Pixels of a line in the smallest type, and of what is around all of them."""
PICTURE, LINE = 230, 58
"""Pixels of a picture, and of a line of text or a table's row."""
NUMBER = re.compile(r"(?<![\d.,:])\d{3,6}(?![\d.,:]*\d)|(?<=process )\d+")
LARGEST = "4194304"
"""The largest number that Linux gives a process."""


def at_its_longest(transcript: str) -> str:
    """What a run printed, with each number that may be a process's as long as one can be."""
    return NUMBER.sub(LARGEST, transcript)


def size(transcripts: list[str], most: int, widths: tuple[int, int] = WIDTHS) -> tuple[int, int]:
    """Rows, with the last one where only the cursor waits, and columns for runs like these.

    There is room for `most` rows on the slide; where nothing was recorded yet it is large.
    `widths` are the least and the most columns.
    """
    least, full = widths
    if not transcripts:
        return max(MIN_ROWS, min(ROWS, most)), full
    longest = [at_its_longest(text) for text in transcripts]
    widest = max((len(line) for text in longest for line in text.splitlines()), default=0)
    columns = min(max(least, widest) + 1, full)
    rows = max(lines_on_screen(text, columns) for text in longest) + 1
    return max(MIN_ROWS, min(rows + RESERVE, most)), columns


def room(code: list[int], pictures: int, lines: int, terminals: int) -> int:
    """Rows that each of the terminals on a slide may have.

    Beside them it has code of so many lines each, so many pictures and so many lines of text.
    """
    line, around = CODE
    taken = sum(count * line + around for count in code) + pictures * PICTURE + lines * LINE
    row, beside = TERMINAL
    return int(((HEIGHT - taken) / terminals - beside) / row) + 1


def is_cut(transcript: str, columns: int, rows: int) -> bool:
    """Whether the first line of what was recorded scrolls out of such a terminal."""
    return lines_on_screen(transcript, columns) + 1 > rows
