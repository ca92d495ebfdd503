"""The code cells that show no demo: run in one kernel for the deck, their outputs kept."""

import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from demos.errors import TalkError
from demos.files import write_whole

CELL_SECONDS = 120

Progress = Callable[[str, int, int], None]
"""Told what is being done now, how many of these are done, and how many there are."""


def execute(
    notebooks: list[NotebookNode],
    top: Path,
    progress: Progress,
    *,
    keep: bool = False,
    only_kept: bool = False,
) -> None:
    """Runs the code cells that show no demo, all in one kernel; the notebooks get their outputs.

    `keep` leaves the outputs in build/ for later; `only_kept` takes them from there and runs
    nothing. Raises TalkError with the notebook, the cell and the reason when one fails.
    """
    cells = [
        (notebook.metadata.section, index, cell)
        for notebook in notebooks
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and not cell.outputs
    ]
    if not cells:
        return
    machinery = [path.read_text("utf-8") for path in _importable(top)]
    code = json.dumps([cell.source for _, _, cell in cells] + machinery + [sys.version])
    place = top / "build" / "outputs" / f"{hashlib.sha256(code.encode()).hexdigest()[:16]}.json"
    if place.exists() and (only_kept or keep):
        for (_, _, cell), outputs in zip(cells, json.loads(place.read_text("utf-8")), strict=True):
            cell.outputs = [nbformat.from_dict(output) for output in outputs]
    elif only_kept:
        waiting = '<p class="waiting">This is being measured.</p>'
        for _, _, cell in cells:
            cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": waiting})]
    else:
        _run_cells(cells, top, progress)
        if keep:
            write_whole(place, json.dumps([cell.outputs for _, _, cell in cells]))


def _importable(top: Path) -> list[Path]:
    """What a cell may import of ours: what is backstage in demos/, and the exhibits."""
    rooms = (top / "demos", top / "slides" / "exhibits")
    return [path for room in rooms for path in sorted(room.rglob("[!0-9]*.py"))]


def _run_cells(cells: list[tuple[str, int, NotebookNode]], top: Path, progress: Progress) -> None:
    from nbclient import NotebookClient  # a third of a second that only a cell to run is worth
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    scratch = nbformat.v4.new_notebook(cells=[cell for _, _, cell in cells])
    client = NotebookClient(
        scratch,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(top / "slides")}},
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    with client.setup_kernel(env=environment):
        for number, (notebook, _, cell) in enumerate(cells):
            progress(f"running the cells of {notebook}", number, len(cells))
            where = (
                f"slides/{notebook}, cell {cell.id!r} (`{cell.source.partition(chr(10))[0][:50]}`)"
            )
            try:
                client.execute_cell(cell, number)
            except CellExecutionError as error:
                raise TalkError(
                    f"{where}: {error.ename}: {error.evalue.partition(chr(10))[0]}"
                ) from None
            except CellTimeoutError:
                raise TalkError(
                    f"{where}: still running after {CELL_SECONDS} s; make it shorter"
                ) from None
            except DeadKernelError:
                raise TalkError(
                    f"{where}: it ended the kernel; run it in JupyterLab to see why"
                ) from None
