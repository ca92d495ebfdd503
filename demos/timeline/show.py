"""`talk demo NAME --timeline [-o FILE]`: one demo, traced and drawn here or into a file."""

import os
import sys
from pathlib import Path

from rich.console import Console

from demos.catalogue import Demo
from demos.errors import TalkError, WrongUse
from demos.timeline import kept
from demos.timeline.draw import perfetto, svg, terminal
from demos.timeline.model import Timeline

WIDEST = 120
"""Columns beyond which a picture in the terminal does not grow."""


def draw_here(demo: Demo, output: Path | None = None) -> int:
    """Trace the demo and draw it in this terminal, or into `output` (.svg or .json).

    Returns 0. Raises WrongUse when `output` can't be written, TalkError when the demo failed: the
    part until then is drawn all the same.
    """
    if output is not None:
        _check(output)
    result = kept.timeline(demo)
    if output is not None:
        _write(result, output)
    elif result.lanes:
        _print(result)
    if not result.complete:
        shown = "; the timeline shows the part until then" if result.lanes else ""
        raise TalkError(f"demos/{demo.path.name}: {result.reason}{shown}")
    return 0


def _check(output: Path) -> None:
    """Whether the file could be written, before a run is spent on it."""
    if output.suffix not in (".svg", ".json"):
        raise WrongUse(
            f"{output}: a timeline is written as .svg or .json; choose one of these endings"
        )
    if output.is_dir():
        raise WrongUse(f"{output} is a folder; name a file in it")
    there = output.exists()
    try:
        with output.open("a"):
            pass
    except OSError as error:
        raise WrongUse(f"{output} can't be written ({error.strerror}); name another file") from None
    if not there:
        output.unlink()


def _write(result: Timeline, output: Path) -> None:
    if output.suffix == ".json":
        text = perfetto.picture(result)
    else:
        text = svg.standalone(svg.picture(result))
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise WrongUse(f"{output}: {error.strerror}; name a file that can be written") from None
    print(f"wrote {output}: {len(result.lanes)} flows in {result.seconds:.1f} s")


def _print(result: Timeline) -> None:
    plain = not sys.stdout.isatty() or bool(os.environ.get("NO_COLOR"))
    console = Console(no_color=plain, highlight=False, soft_wrap=True)
    try:
        "█▄·▒─…".encode(sys.stdout.encoding or "ascii")
        ascii_only = False
    except (UnicodeEncodeError, LookupError):
        ascii_only = True
    width = min(console.width if sys.stdout.isatty() else 80, WIDEST)
    text = terminal.picture(result, width, ascii_only)
    if plain:
        print(text.plain, end="")
    else:
        console.print(text, end="")
