"""A timeline in the letters of a terminal, as a Rich text."""

from collections.abc import Iterator

from rich.text import Text

from demos.about import Role
from demos.timeline.draw.marks import marks
from demos.timeline.model import STATES, Lane, Row, Span, Timeline
from demos.timeline.words import LONGEST, crowd, footnotes, labels, name_of

GLYPHS = dict(zip(STATES, "█▄░·▒─=~-˙╌", strict=True))
ASCII = dict(zip(STATES, "#%:.x_=~-',", strict=True))


def picture(timeline: Timeline, width: int = 80, ascii_only: bool = False) -> Text:
    """The picture for a terminal of `width` columns, as a Rich renderable."""
    glyphs = ASCII if ascii_only else GLYPHS
    names = [_name(row, timeline, width // 3) for row in timeline.rows]
    left = max([len(name) for name in names] + [4]) + 2
    columns = max(width - left - 1, 20)
    seconds = max(timeline.seconds, 0.001)
    text = Text(no_wrap=True, overflow="crop")
    used: set[str] = set()
    for row, name in zip(timeline.rows, names, strict=True):
        if row.thin and not timeline.cast:
            continue
        style = _style(row.role)
        if ascii_only:
            name = name.replace("…", "~")
        text.append(name.ljust(left), style=f"bold {style}")
        cells = [" "] * columns
        for number in row.lanes:
            spans, _ = timeline.drawn(timeline.lanes[number])
            for column, state in _cells(spans, columns, seconds):
                cells[column] = glyphs[state]
                used.add(state)
            _say(timeline.lanes[number], cells, columns / seconds)
        text.append("".join(cells).rstrip() + "\n", style=style)
    if not timeline.cast and timeline.unnamed:
        text.append(f"besides {', '.join(crowd(timeline))}\n")
    text.append(_scale(left, columns, seconds) + "\n", style="dim")
    text.append(_legend(used, glyphs, left, width) + "\n", style="dim")
    for note in footnotes(timeline):
        text.append(f"{note}\n", style="bold")
    return text


def _name(row: Row, timeline: Timeline, most: int) -> str:
    """The name of a row, cut where it would leave no room for the bars."""
    name = name_of(row, timeline)
    return name if len(name) <= max(most, LONGEST) else f"{name[: max(most, LONGEST) - 1]}…"


def _say(lane: Lane, cells: list[str], scale: float) -> None:
    """Write into a long wait what it waits for."""
    for span in lane.spans:
        first, last = int(span.start * scale) + 1, min(int(span.end * scale), len(cells))
        if (
            span.state in ("work", "turn", "turns", "lent", "exit")
            or len(set(cells[first:last])) > 1
        ):
            continue
        for words in labels(span, lane.kind):
            if len(words) + 6 <= last - first:
                start = (first + last - len(words) - 2) // 2
                cells[start : start + len(words) + 2] = f" {words.replace('…', '~')} "
                break


def _cells(spans: list[Span], columns: int, seconds: float) -> Iterator[tuple[int, str]]:
    """For each column the state that fills most of it; a moment of work is not lost."""
    scale = columns / seconds
    share: dict[int, dict[str, float]] = {}
    for span in spans:
        first, last = int(span.start * scale), min(int(span.end * scale), columns - 1)
        for column in range(first, last + 1):
            part = min(span.end * scale, column + 1) - max(span.start * scale, column)
            states = share.setdefault(min(column, columns - 1), {})
            states[span.state] = states.get(span.state, 0.0) + part
    for column, states in share.items():
        works, turns = states.get("work", 0), states.get("turn", 0)
        if min(works, turns) > 0.2:
            yield column, "turns"
        else:
            yield column, "work" if works > 0.3 else max(states, key=lambda state: states[state])


def _scale(left: int, columns: int, seconds: float) -> str:
    """The axis: a number at each mark, as far as there is room."""
    line = ""
    for second in marks(seconds, max(columns // 8, 1)):
        mark, place = f"{second:g}", left + int(second / seconds * columns)
        if place + len(mark) + 2 > left + columns:
            break
        line = line.ljust(place) + mark
    return line + " s"


def _legend(used: set[str], glyphs: dict[str, str], left: int, width: int) -> str:
    """What the letters mean, in lines that begin under the bars."""
    lines, line = "", " " * left
    for state in STATES:
        if state in used:
            word = f"{glyphs[state]} {STATES[state]}   "
            if len(line) + len(word) > width + 3:
                lines, line = lines + line.rstrip() + "\n", " " * left
            line += word
    return lines + line.rstrip()


def _style(role: Role | None) -> str:
    return role.terminal if role else "default"  # Rich has the same names
