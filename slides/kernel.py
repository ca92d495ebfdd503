"""The kernel that runs the code cells of a deck: bounded in output, told in a line what failed."""

import logging
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from demos.errors import TalkError
from demos.files import reason

TEXT = 64 * 1024
"""Letters that a cell may print, as many as a demo; the rest is cut."""
DATA = 4_000_000
"""Letters of all else that it may show, such as pictures: with more, the deck is not built."""
DRAIN = 60
"""Seconds in which what a cell printed may still arrive once it has ended."""

BEGIN = """\
def begin(shell, usual):
    class CommandFailed(Exception):
        pass
    def system(command):
        usual(command)
        if status := shell.user_ns.get("_exit_code"):
            raise CommandFailed(f"`!{command}` ended with exit status {status}")
    shell.system = system
begin(get_ipython(), get_ipython().system)
del begin
"""
"""What the kernel runs first: from then on a cell whose shell command fails has failed."""


class TooMuch(Exception):
    """The cell shows more than a page should carry."""


class Client(NotebookClient):
    """nbclient's, with a limit on what it takes from a cell."""

    cut = 0
    """Letters of what the last cell printed that were left out."""
    _printed = 0
    _shown = 0

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> NotebookNode | None:
        """One output of the running cell, or what there is room for of it."""
        if msg["msg_type"] == "stream":
            text: str = msg["content"]["text"]
            room = max(0, TEXT - self._printed)
            self._printed += len(text)
            self.cut += max(0, len(text) - room)
            if not room:
                return None
            msg = {**msg, "content": {**msg["content"], "text": text[:room]}}
        else:
            self._shown += sum(len(str(one)) for one in msg["content"].get("data", {}).values())
            if self._shown > DATA:
                return None
        return super().output(outs, msg, display_id, cell_index)

    def run(self, cell: NotebookNode, number: int) -> None:
        """Run it. Raises TooMuch, and what nbclient raises."""
        self.cut = self._printed = self._shown = 0
        self.execute_cell(cell, number)
        if self._shown > DATA:
            raise TooMuch
        if self.cut:
            note = f"\n[… {self.cut:,} more letters of output were cut]\n"
            cell.outputs.append(new_output("stream", name="stdout", text=note))


class Kernel:
    """A kernel for some cells, started and ended by a `with` block."""

    def __init__(self, folder: str, environment: dict[str, str], seconds: int):
        quiet = logging.Logger("cells")
        quiet.addHandler(logging.NullHandler())
        self.seconds = seconds
        self.client = Client(
            new_notebook(cells=[new_code_cell(BEGIN)]),
            timeout=seconds,
            iopub_timeout=DRAIN,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
            log=quiet,
        )
        self._setup = self.client.setup_kernel(env=environment)

    def __enter__(self) -> "Kernel":
        try:
            self._setup.__enter__()
        except (OSError, RuntimeError) as error:
            why = reason(error) if isinstance(error, OSError) else str(error)
            raise TalkError(
                f"the kernel for the code cells does not start ({why});"
                " run `uv sync` or `pip install -e .` again"
            ) from None
        self.run(self.client.nb.cells[0], "the kernel")
        return self

    def __exit__(self, *error: Any) -> None:
        if error[0]:  # whoever does not answer is not asked to end
            self.client.shutdown_kernel = "immediate"
        self._setup.__exit__(*error)

    def run(self, cell: NotebookNode, where: str) -> int:
        """Run a cell, which gets its outputs; how many letters of them were cut.

        Raises TalkError, which begins with `where`, when it fails.
        """
        self.client.nb.cells = [cell]
        try:
            self.client.run(cell, 0)
            return self.client.cut
        except CellExecutionError as error:
            why = f"{error.ename}: {error.evalue.partition(chr(10))[0]}"
            if error.ename == "CommandFailed":
                why = ": ".join([error.evalue, *_last_words(cell)])
        except CellTimeoutError:
            why = f"still running after {self.seconds} s; make it shorter"
        except DeadKernelError:
            why = "it ended the kernel; run it in JupyterLab to see why"
        except TooMuch:
            why = f"it shows more than {DATA // 1_000_000} MB; make its pictures smaller"
        raise TalkError(f"{where}: {why}")


def _last_words(cell: NotebookNode) -> list[str]:
    """The last line that a cell printed, if it did."""
    printed = "".join(one.text for one in cell.outputs if one.output_type == "stream")
    return printed.strip().splitlines()[-1:]
