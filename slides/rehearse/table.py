"""Planned against actual, in the terminal: one rehearsal, or the last ones beside each other."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from slides.rehearse import plan
from slides.rehearse.record import Rehearsal
from slides.rehearse.words import clock, gap

OVER = 10.0
"""Seconds beyond its plan from which a slide is named."""
MOST = 6
"""How many of them are named."""
BESIDE = 4
"""How many rehearsals stand beside each other."""


def of_one(rehearsal: Rehearsal) -> Group:
    """What is printed at the end of a rehearsal."""
    table = _table(f"Rehearsal of {rehearsal.day}")
    for name in ("planned", "actual", ""):
        table.add_column(name, justify="right")
    for section, planned in by_section(rehearsal, planned=True).items():
        actual = by_section(rehearsal)[section]
        table.add_row(section, clock(planned), *_against(actual, planned))
    table.add_section()
    whole = sum(one.seconds for one in rehearsal.slides)
    table.add_row("all", clock(whole), *_against(rehearsal.total, whole), style="bold")
    return Group(table, *_words(rehearsal))


def compared(rehearsals: list[Rehearsal]) -> Group:
    """The last ones beside the plan of the last, and what the last one comes to."""
    shown = rehearsals[-BESIDE:]
    last = shown[-1]
    table = _table("Rehearsals")
    table.add_column("planned", justify="right")
    for one in shown:
        table.add_column(one.day, justify="right")
    actual = [by_section(one) for one in shown]
    for section, planned in by_section(last, planned=True).items():
        times = [clock(one[section]) if one.get(section) else "-" for one in actual]
        table.add_row(section, clock(planned), *times)
    table.add_section()
    whole = sum(one.seconds for one in last.slides)
    table.add_row("all", clock(whole), *(clock(one.total) for one in shown), style="bold")
    return Group(table, *_words(last))


def by_section(rehearsal: Rehearsal, *, planned: bool = False) -> dict[str, int]:
    """Whole seconds by section, as they were planned or as they were.

    Rounded so that they add up to the whole, which is rounded once.
    """
    seconds: dict[str, int] = {}
    until = 0.0
    for slide in rehearsal.slides:
        before = until
        until += slide.seconds if planned else rehearsal.seconds.get(slide.id, 0.0)
        seconds[slide.section] = seconds.get(slide.section, 0) + round(until) - round(before)
    return seconds


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    table.add_column("section")
    return table


def _against(actual: float, planned: float) -> tuple[str | Text, str | Text]:
    if not actual:
        return "-", ""
    return clock(actual), Text(gap(actual - planned), "red" if actual > planned else "green")


def _ran_over(rehearsal: Rehearsal) -> Iterator[RenderableType]:
    """The slides that took longest beyond their plan."""
    over = [
        (seconds, one)
        for one in rehearsal.slides
        if (seconds := rehearsal.seconds.get(one.id, 0.0) - one.seconds) >= OVER
    ]
    if over:
        yield Text("\nRan over:", "bold")
    for seconds, one in sorted(over, key=lambda pair: -pair[0])[:MOST]:
        yield f"  {gap(seconds)}  {one.title} ({one.section[:2]}), planned {clock(one.seconds)}"
    if len(over) > MOST:
        yield f"  and {len(over) - MOST} more"


def _words(rehearsal: Rehearsal) -> Iterator[RenderableType]:
    """What the table does not say by itself."""
    names = {one.id: one for one in rehearsal.slides}
    yield from _ran_over(rehearsal)
    for slide, seconds in rehearsal.breaks:
        title = names[slide].title if slide in names else slide
        yield f"\nNot counted: {clock(seconds)} without a key or a move on “{title}”, as a break."
    seen = [number for number, one in enumerate(rehearsal.slides) if one.id in rehearsal.seconds]
    whole = plan.expected(rehearsal)
    said = f"\n{clock(whole)} of {clock(rehearsal.slot)}"
    if seen and seen[-1] + 1 < len(rehearsal.slides):
        missing = len(rehearsal.slides) - seen[-1] - 1
        said += f", the last {missing} slides, which were not shown, as planned"
    if advice := plan.advice(rehearsal, rehearsal.slot):
        yield Text(f"{said}: {gap(whole - rehearsal.slot)}", "bold red")
        yield f"{advice[0].upper()}{advice[1:]}."
    else:
        yield Text(f"{said}: it fits.", "bold green")
