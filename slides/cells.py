"""The code cells that show no demo: run in one kernel for the deck, their outputs kept."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from demos.shelf import Shelf
from slides.depends import keys
from slides.exhibits.measured import AGAIN, FRESH

CELL_SECONDS = 120
_tried: set[str] = set()
"""The keys of the cells that this process has run."""

Progress = Callable[[str, int, int], None]
"""Told what is being done now, how many of these are done, and how many there are."""


@dataclass
class _Live:
    """A code cell that is run for the deck."""

    notebook: str
    """The name of its file."""
    cell: NotebookNode
    key: str
    """What its output is kept under."""

    @property
    def where(self) -> str:
        """The cell as an error names it."""
        first_line = self.cell.source.partition("\n")[0][:50]
        return f"slides/{self.notebook}, cell {self.cell.id!r} (`{first_line}`)"


def execute(
    notebooks: list[NotebookNode],
    top: Path,
    progress: Progress,
    *,
    only_kept: bool = False,
    fresh: bool = False,
) -> None:
    """Gives the code cells that show no demo their outputs: those that are kept, or by running.

    One that says it should be made `AGAIN` is, once in each process. Where one has to be run, so
    are all of its notebook before it, for they may have made what it needs. With `fresh` none is
    taken from what is kept; with `only_kept` none is run, and a place that waits stands for what is
    missing. Raises TalkError with the notebook, the cell and the reason when one fails.
    """
    shelf = Shelf("outputs", ".json")
    to_run: list[list[_Live]] = []
    for notebook in notebooks:
        cells = _live(notebook, top)
        kept = [None if fresh else shelf.find(one.key) for one in cells]
        for one, outputs in zip(cells, kept, strict=True):
            one.cell.outputs = _outputs(outputs) if outputs else [_waiting()]
        missing = [
            number
            for number, (one, outputs) in enumerate(zip(cells, kept, strict=True))
            if outputs is None or (_is_provisional(outputs) and one.key not in _tried)
        ]
        if missing and not only_kept:
            to_run.append(cells[: max(missing) + 1])
    if not to_run:
        return
    _run_cells(to_run, top, progress, fresh)
    for one in chain.from_iterable(to_run):
        _tried.add(one.key)
        shelf.keep(one.key, json.dumps(one.cell.outputs))


def _live(notebook: NotebookNode, top: Path) -> list[_Live]:
    """The cells of a notebook that nothing of the deck has taken the place of."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and not cell.outputs]
    found = keys([cell.source for cell in cells], top)
    name = notebook.metadata.section
    return [_Live(name, cell, key) for cell, key in zip(cells, found, strict=True)]


def _is_provisional(kept: str) -> bool:
    """Whether one of the outputs asks to be made again, as the exhibits do in their metadata."""
    return any(
        isinstance(said, dict) and said.get(AGAIN)
        for output in json.loads(kept)
        for said in output.get("metadata", {}).values()
    )


def _outputs(kept: str) -> list[NotebookNode]:
    return [nbformat.from_dict(output) for output in json.loads(kept)]


def _waiting() -> NotebookNode:
    html = '<p class="waiting">This is being measured.</p>'
    output: NotebookNode = nbformat.v4.new_output("display_data", {"text/html": html})
    return output


def _run_cells(notebooks: list[list[_Live]], top: Path, progress: Progress, fresh: bool) -> None:
    """Runs them in one kernel, in which no notebook finds what another has named."""
    from slides.kernel import TEXT, Kernel  # half a second that only a cell to run is worth

    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        **({FRESH: "1"} if fresh else {}),
    }
    cells = [one for notebook in notebooks for one in (*notebook, None)]
    with Kernel(str(top / "slides"), environment, CELL_SECONDS) as kernel:
        for number, one in enumerate(cells):
            if one is None:
                kernel.run(nbformat.v4.new_code_cell("%reset -f"), "between two notebooks")
                continue
            progress(f"running the cells of {one.notebook}", number, len(cells))
            if cut := kernel.run(one.cell, one.where):
                print(
                    f"talk: {one.where}: it printed {cut + TEXT:,} letters;"
                    f" the slide has the first {TEXT:,}",
                    file=sys.stderr,
                    flush=True,
                )
