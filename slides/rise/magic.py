"""`%demo 07a_lost_update`: an IPython extension that runs a demo as the cells above have it.

The kernels of slides/rise/kernels load it. What is run is a program of its own, in a process of its
own, as on the slides; the kernel gives it the text of its functions and nothing else.
"""

import asyncio
import queue
import re
import threading
from dataclasses import replace
from typing import Any

from IPython.core.magic import Magics, line_magic, magics_class
from IPython.display import HTML, display

from demos.catalogue import Demo, find
from demos.errors import TalkError
from demos.runs.run import run
from demos.timeline import kept
from demos.timeline.draw import svg
from demos.timeline.measure.tracer import trace
from slides.rise.cells import Cells

ASKED = re.compile(r"(?P<name>[^\s-]\S*)(?: +--python +(?P<python>\S+))?(?P<picture> +--timeline)?")
"""What may stand behind `%demo`."""
FAINT, WARNING, PLAIN = "\x1b[90m", "\x1b[33m", "\x1b[0m"


def load_ipython_extension(shell: Any) -> None:
    """Called by IPython: adds the magic, and from now on remembers what functions cells define."""
    magic = DemoMagics(shell)
    shell.register_magics(magic)
    shell.events.register("post_run_cell", magic.remember)


@magics_class
class DemoMagics(Magics):
    """The line magic `%demo`."""

    def __init__(self, shell: Any):
        super().__init__(shell)
        self.cells = Cells()

    def remember(self, result: Any) -> None:
        """A cell was run: keep the text of the functions it defined."""
        self.cells.ran(result.info.raw_cell, result.info.cell_id)

    @line_magic
    def demo(self, line: str) -> None:
        """Run a demo with the functions of this kernel; `--timeline` draws its run instead."""
        match = ASKED.fullmatch(line.strip())
        if not match:
            print("%demo takes the name of one demo: %demo 07a, or %demo 07a --timeline")
            return
        try:
            demo = replace(find(match["name"]), python=match["python"] or "")
            self._show(demo, bool(match["picture"]))
        except TalkError as error:
            _say(str(error))

    def _show(self, original: Demo, picture: bool) -> None:
        if problem := self.cells.problem(original):
            _say(f"not run: {problem}")
            return
        with self.cells.program(original) as (demo, changed):
            if changed:
                print(f"{FAINT}with {', '.join(changed)} as above{PLAIN}", flush=True)
            if picture:
                _draw(demo, edited=bool(changed))
            else:
                _run(demo)


def _draw(demo: Demo, *, edited: bool) -> None:
    """Draw the run of `demo`: the one that is kept, or of an edited one a run made now."""
    try:
        measured = trace(demo) if edited else kept.timeline(demo)
    except KeyboardInterrupt:
        _say("stopped")
        return
    display(HTML(f'<figure class="timeline">{svg.picture(measured)}</figure>'))  # type: ignore[no-untyped-call]
    if measured.reason:
        _say(measured.reason)


def _run(demo: Demo) -> None:
    """Run `demo` and print what it says while it runs; the kernel's interrupt ends it."""
    texts: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    loop = asyncio.new_event_loop()
    task = loop.create_task(run(demo, texts.put))

    def work() -> None:
        try:
            loop.run_until_complete(asyncio.wait([task]))
        finally:
            texts.put(None)
            loop.close()

    # the kernel's own event loop is busy with this very cell, so the run gets one beside it
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        _print_all(texts)
    except KeyboardInterrupt:
        loop.call_soon_threadsafe(task.cancel)
        _print_all(texts)
    thread.join()
    if task.cancelled():
        _say("stopped")
    elif error := task.exception():
        _say(f"{type(error).__name__}: {error}")
    elif reason := task.result().reason:
        _say(reason)


def _print_all(texts: "queue.SimpleQueue[str | None]") -> None:
    while (text := texts.get()) is not None:
        print(text.replace("\r\n", "\n"), end="", flush=True)


def _say(text: str) -> None:
    print(f"{WARNING}{text}{PLAIN}", flush=True)
