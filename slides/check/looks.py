"""All looks in their order, and what happens when one of them fails."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from demos.errors import TalkError
from slides.check import (
    demos,
    machine,
    notes,
    onstage,
    packages,
    power,
    recordings,
    server,
)
from slides.check.report import Of, Report, Verdict
from slides.check.setting import Look, Setting

ALL: tuple[tuple[str, Look], ...] = (
    ("machine", machine.look),
    ("power", power.look),
    ("packages", packages.look),
    ("notes", notes.look),
    ("demos", demos.look),
    ("recordings", recordings.look),
    ("server", server.look),
    ("deck", onstage.look),
)
"""What others need comes before them: a demo before its recording, the notes before the deck."""


def check(
    setting: Setting,
    looks: Sequence[tuple[str, Look]] = ALL,
    on_kind: Callable[[str], object] = lambda kind: None,
) -> Report:
    """The report of all `looks`; `on_kind` is told of each before it begins."""
    report = Report(datetime.now().astimezone().isoformat(timespec="seconds"), setting.quick)
    for kind, look in looks:
        on_kind(kind)
        try:
            report.lines += look(setting)
        except TalkError as error:
            if setting.left() < 1:
                report.lines.append(Of(kind).unseen(kind, *str(error).split("; ", 1)))
            else:
                line = Of(kind).error(kind, error)
                if any((one.said, one.mend) == (line.said, line.mend) for one in report.lines):
                    line = Of(kind).unseen(kind, "what is said above has to be mended first")
                report.lines.append(line)
    report.seconds = time.monotonic() - setting.began
    return report


def said_of(report: Report) -> str:
    """In a sentence, what a report comes to."""
    counts = [
        f"{len(found)} {name}{'s' if len(found) != 1 and name != Verdict.UNSEEN else ''}"
        for name in (Verdict.FAILURE, Verdict.WARNING, Verdict.UNSEEN)
        if (found := report.of(name))
    ]
    can = "can" if report.can_be_given else "can't"
    return f"The talk {can} be given here" + (f": {', '.join(counts)}." if counts else ".")
