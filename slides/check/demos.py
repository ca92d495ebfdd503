"""Every demo, run once: how it ends, how long it takes, whether its claim is shown here."""

import asyncio
from collections.abc import Iterator

from demos import catalogue
from demos.catalogue import Demo
from demos.runs import pythons, record
from demos.runs.output import conclusion, missed
from demos.runs.run import syntax_error
from slides.check.report import Line, Of
from slides.check.setting import Setting

SECONDS = 30.0
"""How long a demo may take that was never recorded."""
SLOWER = 2.0, 1.5
"""How many times the seconds of its recording, and how many more, a run may take unremarked."""
HANGS = 4.0, 8.0
"""The same for a run that is ended: nobody waits so long on stage."""

of = Of("demos")


def look(setting: Setting) -> Iterator[Line]:
    """Each demo in the order of the stage; a quick check reads them, and runs none."""
    every = catalogue.demos(setting.top / "demos")
    if setting.quick:
        yield from _read(every)
        return
    talk = [demo for demo in every if not pythons.missing(demo)]
    taken: dict[str, record.Take] = {}
    before = {demo.name: record.latest(demo, setting.build / "recordings") for demo in talk}

    def keep(demo: Demo, take: record.Take) -> None:
        taken[demo.name] = take
        if len(taken) < len(talk):
            setting.progress(f"running {talk[len(taken)].name}", len(taken), len(talk))

    def most(demo: Demo) -> float:
        tape = before[demo.name]
        return min(HANGS[0] * tape.seconds + HANGS[1], SECONDS) if tape else SECONDS

    setting.progress(f"running {talk[0].name}", 0, len(talk))
    asyncio.run(record.film(talk, keep, most))
    for demo in every:
        if demo.name in taken:
            yield _line(demo, taken[demo.name], before[demo.name])
        else:
            yield of.unseen(demo.name, "the Python that it needs is not here")


def _read(talk: list[Demo]) -> Iterator[Line]:
    wrong = [(demo, said) for demo in talk if (said := syntax_error(demo))]
    for demo, said in wrong:
        yield of.failure(demo.name, said, f"mend demos/{demo.path.name}")
    if not wrong:
        yield of.fine("demos", f"Python can read all {len(talk)}")
    yield of.unseen("runs", "a quick check runs none", "`talk check`")


def _line(demo: Demo, take: record.Take, tape: record.Recording | None) -> Line:
    outcome = take.outcome
    file = f"demos/{demo.path.name}"
    if outcome.reason:
        last = outcome.output.strip().rpartition("\n")[2].strip()
        said = outcome.reason + (f": {last}" if last else "")
        return of.failure(demo.name, said, f"`python {file}` shows it; T plays its recording")
    before = f", recorded {tape.seconds:.1f} s" if tape else ""
    said = f"{outcome.seconds:.1f} s{before}: {conclusion(outcome.output)}"
    if not conclusion(outcome.output):
        return of.warning(
            demo.name,
            f"{outcome.seconds:.1f} s{before}: it ended without its `=>` line",
            f"mend {file}: its last line says what it showed",
        )
    if missed(outcome.output):
        return of.warning(demo.name, said, "say so on stage, or press T where a recording shows it")
    if tape and outcome.seconds > SLOWER[0] * tape.seconds + SLOWER[1]:
        return of.warning(demo.name, said, "something slows this machine down: end it")
    return of.fine(demo.name, said)
