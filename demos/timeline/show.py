"""`talk demo NAME --timeline [-o FILE]`: one demo or script, traced and drawn here or in a file."""

import os
import sys
from pathlib import Path

from rich.console import Console

from demos import files
from demos.catalogue import Demo
from demos.errors import TalkError, WrongUse
from demos.script import Script
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
    _draw(kept.timeline(demo), output, f"demos/{demo.path.name}")
    return 0


def draw_script(script: Script, output: Path | None = None) -> int:
    """Run somebody's script, pass on what it prints, and draw it as `draw_here` draws a demo.

    Returns 0, or 130 where Ctrl-C ended it; raises as `draw_here` does.
    """
    if output is not None:
        _check(output)
    if sys.stderr.isatty():
        print(f"talk: {script.path} runs; Ctrl-C ends it and draws it", file=sys.stderr)
    result = kept.trace(script, on_text=_say)
    print(flush=True)
    interrupted = result.reason == kept.INTERRUPTED
    try:
        _draw(result, output, str(script.path))
    except TalkError as error:
        if not interrupted:
            raise
        print(f"talk: {error}", file=sys.stderr)
    return 130 if interrupted else 0


def _say(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def _draw(result: Timeline, output: Path | None, label: str) -> None:
    if output is not None:
        _write(result, output)
    elif result.lanes:
        _print(result)
    if not result.complete:
        shown = "; the timeline shows the part until then" if result.lanes else ""
        raise TalkError(f"{label}: {result.reason}{shown}")


def _check(output: Path) -> None:
    """Whether the file could be written, before a run is spent on it."""
    if output.suffix not in (".svg", ".json"):
        raise WrongUse(
            f"{output}: a timeline is written as .svg or .json; choose one of these endings"
        )
    files.check_writable(output)


def _write(result: Timeline, output: Path) -> None:
    if output.suffix == ".json":
        text = perfetto.picture(result)
    else:
        text = svg.standalone(svg.picture(result))
    files.write(output, text)
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
        _say(text.plain)
    else:
        console.print(text, end="")
