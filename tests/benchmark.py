"""How long it takes, against what it has to be measured by: `uv run python tests/benchmark.py`.

Each row is a ratio of two things timed in turn in this one run, the median of `--times` rounds. It
works on a copy of the checkout. `--cold TIMES` adds what takes minutes, `--others DIR` other tools
that npm has installed in DIR (`npm install @marp-team/marp-cli reveal-md @slidev/cli`), and
`--write` puts the table into README.md. Let nothing else run meanwhile.
"""

import argparse
import os
import sys
import tempfile
from datetime import date
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT))

from benchmarks import exporting, others, pages, presenting, running  # noqa: E402 - beside this file
from benchmarks.timing import Row, Talk  # noqa: E402

from demos.shelf import here  # noqa: E402 - from the checkout
from slides.browser import open_browser  # noqa: E402

BEGIN, END = "<!-- benchmark -->\n", "<!-- end of benchmark -->\n"


def table(rows: list[Row], times: int, size: int) -> str:
    """The table for people, with the machine and the day; `size` is the file's, in bytes."""
    head = "| What | takes | against | takes | ratio | aim |\n|---|---|---|---|---|---|\n"
    python, _, machine = here().partition(" on ")
    where = f"CPython {python.split()[0]}, {machine.replace('cores=', 'cores: ')}"
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    note = (
        f"\nThe exported file has {size / 1000:.0f} KB (aim: at most 600).\n"
        f"{date.today():%d %B %Y}; {where}; medians of {times}; load {load}.\n"
    )
    return head + "".join(f"{row}\n" for row in rows) + note


def main() -> None:
    """Runs it all and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--cold", type=int, metavar="TIMES", default=0)
    parser.add_argument("--others", type=Path, metavar="DIR")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="talk-bench-") as folder, open_browser() as browser:
        talk = Talk(Path(folder, "talk"))
        for part in (
            exporting.exports(talk, asked.times),
            pages.pages(talk, browser, asked.times),
            presenting.presenting(talk, browser, asked.times),
            running.demos(talk, asked.times),
            others.others(talk, browser, asked.times, asked.others) if asked.others else (),
            exporting.cold(talk, asked.cold) if asked.cold else (),
        ):
            for row in part:
                rows.append(row)
                print(row, file=sys.stderr, flush=True)
        size = (talk.top / "build" / "threading.html").stat().st_size
    text = table(rows, asked.times, size)
    print(text)
    if asked.write:
        readme = CHECKOUT / "README.md"
        before, _, rest = readme.read_text("utf-8").partition(BEGIN)
        readme.write_text(f"{before}{BEGIN}{text}{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
