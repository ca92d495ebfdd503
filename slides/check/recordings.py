"""What was measured for the deck: recordings and pictures, whether they are of today's files."""

from collections.abc import Iterator

from demos.catalogue import Demo
from demos.runs import pythons, record
from demos.timeline import kept
from slides import deck
from slides.check.report import Line, Of
from slides.check.setting import Setting

START = "start `talk` and give it two minutes: it makes them"

of = Of("recordings")


def look(setting: Setting) -> Iterator[Line]:
    """Of the demos that are run on a slide, and of those whose run is drawn on one."""
    run, drawn = deck.used_demos(setting.sections)
    folder = setting.build / "recordings"
    earlier: list[str] = []
    missing: list[str] = []
    run = [demo for demo in _once(run) if not pythons.missing(demo)]
    for demo in run:
        if not record.cached(demo, folder):
            (earlier if record.latest(demo, folder) else missing).append(demo.id)
    if earlier:
        said = f"older than the demos as they are: {_ids(earlier, run)}"
        yield of.warning("recordings", said, START)
    if missing:
        yield of.warning("recordings", f"not there yet: {_ids(missing, run)}", START)
    if not earlier and not missing:
        yield of.fine("recordings", f"{len(run)}, all of the files as they are")
    drawn = [demo for demo in _once(drawn) if not pythons.missing(demo)]
    lacking = [demo.id for demo in drawn if not kept.cached(demo)]
    if lacking:
        yield of.warning("pictures", f"not drawn yet: {_ids(lacking, drawn)}", START)
    else:
        yield of.fine("pictures", f"{len(drawn)}, all of the files as they are")


def _ids(some: list[str], every: list[Demo]) -> str:
    return f"all {len(every)}" if len(some) == len(every) > 1 else " ".join(some)


def _once(demos: list[Demo]) -> list[Demo]:
    return list({demo.key: demo for demo in demos}.values())
