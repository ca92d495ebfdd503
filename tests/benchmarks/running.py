"""Demos in a terminal: the first line, and waiting in parallel."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.timing import Row, Talk, importing, in_turn


def demos(talk: Talk, times: int) -> Iterator[Row]:
    """The first line of a demo; how long waiting in parallel takes."""

    def first_line() -> float:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "demos/04a_four_steps.py"], cwd=talk.top, stdout=subprocess.PIPE
        )
        assert process.stdout
        process.stdout.readline()
        took = time.perf_counter() - began
        process.communicate()
        return took

    first, other = in_turn(times, first_line, importing(talk, "threading"))
    yield Row("first line of demo `04a`", first, "`import threading`", other, "≤ 1.5")

    def parallel() -> float:
        demo = [sys.executable, "demos/01b_parallel.py"]
        said = subprocess.run(demo, cwd=talk.top, capture_output=True, text=True).stdout
        return max(map(float, re.findall(r"^ *(\d+\.\d+) ", said, re.MULTILINE)))

    (took,) = in_turn(times, parallel)
    yield Row("`01b` waits for two in parallel", took, "the longer of the two", 1.2, "≤ 1.1")
