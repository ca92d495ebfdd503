"""Every demo on every CPython of this machine: what each shows there, and the table of the README.

    uv run python tests/talk/every_python.py

runs them all, some minutes, and writes the table with what they said. The tests that hold the
demos to it are in test_every_python.py.
"""

import platform
import re
import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "tests")]

from test_demos import DEMOS, RUN, Run, dependencies  # noqa: E402 - the path comes first

from demos.runs import pythons  # noqa: E402
from demos.runs.output import conclusion  # noqa: E402
from demos.runs.pythons import Python  # noqa: E402

OLDEST = (3, 11)
README = CHECKOUT / "README.md"
BEGIN, END = "<!-- every Python -->\n", "<!-- /every Python -->\n"
TRIES = 3
"""Runs in which a loaded machine has to show a claim once."""
SIDE_BY_SIDE = 4
COMPUTING = ("02f", "07a", "07b", "08c")
"""The demos that compare what processors do: one at a time, and nothing beside them."""


class Showed(NamedTuple):
    """What a demo did on a Python."""

    status: int | None
    said: str
    """Its conclusion; where it came to none, the last line that it wrote."""
    stderr: str

    @property
    def missed(self) -> bool:
        """Whether the machine was too busy, or can't show it."""
        return self.said.startswith("not shown")


def all_pythons() -> list[Python]:
    """One CPython for each version from OLDEST on, the oldest first; this one before others."""
    found: dict[str, Python] = {}
    for one in pythons.on_this_machine():
        if one.implementation == "CPython" and numbers(one) >= OLDEST:
            found.setdefault(one.short, one)
    return sorted(found.values(), key=lambda one: (numbers(one), one.free))


def numbers(python: Python) -> tuple[int, ...]:
    """`3.14.2` as numbers that can be compared: (3, 14)."""
    return tuple(int(number) for number in re.findall(r"\d+", python.version)[:2])


def command(python: Python, demo: Path) -> list[str]:
    """How the demo is started there; uv brings what it needs beyond Python, as for anybody."""
    libraries = dependencies(demo)
    uv = shutil.which("uv")
    if libraries and uv and python != pythons.this():
        bring = [word for library in libraries for word in ("--with", library)]
        start = [uv, "run", "--quiet", "--no-project", "--python", python.path, *bring]
        return [*start, "python", str(demo)]
    return [python.path, str(demo)]


def show(python: Python, demo: Path) -> Showed:
    """Run it, again where the machine was too busy for it."""
    for _ in range(TRIES):
        run = Run(command(python, demo))
        run.finish(RUN)
        output = "\n".join(run.lines)
        last = next(iter(run.stderr.strip().splitlines()[-1:]), "")
        showed = Showed(run.status, conclusion(output) or last, run.stderr)
        if not showed.missed:
            break
    return showed


def show_all(
    found: list[Python], demos: list[Path], progress=lambda python, demo: None
) -> dict[tuple[str, str], Showed]:
    """What each of these demos shows on each of these Pythons, by the two names."""
    results: dict[tuple[str, str], Showed] = {}
    lock = threading.Lock()

    def one(python: Python, demo: Path) -> None:
        showed = show(python, demo)
        with lock:
            results[python.short, demo.stem] = showed
            progress(python, demo)

    cases = [(python, demo) for demo in demos for python in found]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(lambda case: one(*case), [c for c in cases if not computes(c[1])]))
    for case in cases:
        if computes(case[1]):
            one(*case)
    return results


def computes(demo: Path) -> bool:
    """Whether it needs the machine for itself."""
    return demo.stem[:3] in COMPUTING


def cell(demo: Path, showed: Showed) -> str:
    """What stands in the table: a tick for what it claims, the words where they are the point."""
    if demo.stem[:3] in TELLING:
        return TELLING[demo.stem[:3]](showed.said)
    if showed.status == 0 and not showed.missed:
        return "✓"
    if showed.missed:
        return "not shown"
    return "–" if dependencies(demo) else showed.said


TELLING = {
    "05a": lambda said: f"{said.partition(' known')[0].rpartition(' ')[2]} of 3 names",
    "08b": lambda said: "✓" if "more interpreters" in said else "needs 3.14",
    "08c": lambda said: said.partition(":")[0],
}
"""Demos that show different things on different Pythons, and how that is said in few words."""


def table(found: list[Python], results: dict[tuple[str, str], Showed]) -> str:
    """The table of the README."""
    heads = [one.name.removeprefix("CPython ") for one in found]
    rows = [["Demo", *heads], ["---"] * (len(found) + 1)]
    rows += [
        [f"`{demo.stem}`", *(cell(demo, results[one.short, demo.stem]) for one in found)]
        for demo in DEMOS
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def write(text: str) -> None:
    """Put it into the README, with the day and the system it is from."""
    before, _, rest = README.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    where = f"Run on {platform.system()} on {date.today():%d %B %Y}, by the command below.\n\n"
    README.write_text(f"{before}{BEGIN}{where}{text}{END}{after}", "utf-8")


if __name__ == "__main__":
    everything = all_pythons()
    print("on", ", ".join(one.name for one in everything), file=sys.stderr)
    done = show_all(
        everything, DEMOS, lambda one, demo: print(one.short, demo.stem, file=sys.stderr)
    )
    write(table(everything, done))
