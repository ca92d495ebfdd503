"""`python demos/05a_names.py | head -1`: a demo whose output nobody reads ends, without a word."""

import signal
from dataclasses import dataclass

from test_demos import RUN, Run, every_demo, needs, posix, python

READ = (0, 1, 3)  # lines until the reader leaves; all flows of a demo speak within so many


@dataclass
class Cut(Run):
    """A run whose reader leaves after some lines, as `head` does."""

    wanted: int = 0

    def read_output(self):
        while len(self.lines) < self.wanted and (line := self.process.stdout.readline()):
            self.lines.append(line.removesuffix("\n"))
        self.process.stdout.close()
        self.spoke.set()


@posix
@every_demo
def test_closed_pipe_ends_it_without_a_word(demo):
    """As command-line tools do: by SIGPIPE, or with the status that a shell makes of it."""
    needs(demo)
    runs = [Cut(python(demo), wanted=wanted) for wanted in READ]
    for run in runs:
        where = f"{demo.name}: its reader left after {run.wanted} lines"
        assert run.finish(RUN), f"{where}: still running after {RUN} s{run.what()}"
        assert not run.stderr, f"{where}: something on stderr{run.what()}"
        assert run.status in (0, -signal.SIGPIPE, 128 + signal.SIGPIPE), f"{where}{run.what()}"
        assert not run.left, f"{where}: left {run.left}"
        assert not run.files, f"{where}: left files {run.files}"
