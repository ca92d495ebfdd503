"""The timeline of a demo, measured once and kept under build/timelines.

It serves for as long as the demo, the Python and the way of measuring stay what they are.
"""

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path

from demos.catalogue import Demo
from demos.files import BUILD, drop, keep, kept, kept_in, read_bytes
from demos.runs import pythons
from demos.timeline.measure import tracer
from demos.timeline.measure.tracer import INTERRUPTED, trace
from demos.timeline.model import Lane, Span, Timeline, Turn

__all__ = ["INTERRUPTED", "cached", "load", "timeline", "trace"]

CACHE = BUILD / "timelines"


def timeline(
    demo: Demo,
    progress: Callable[[str], None] | None = None,
    *,
    fresh: bool = False,
    stop: threading.Event | None = None,
) -> Timeline:
    """The timeline of `demo`: measured now, or unless `fresh` earlier, of the same on this Python.

    A run that failed or did not end, as by a `stop` that is set, gives the part that was seen, with
    `complete` False and a `reason`; such a part is not kept. Raises what `pythons.of` does.
    """
    if not fresh and (found := cached(demo)):
        return found
    pythons.of(demo)
    if progress:
        progress(f"drawing demos/{demo.path.name}")
    place = _place(demo)
    result = tracer.trace(demo, stop=stop)
    if result.complete and place == _place(demo):  # nobody saved another demo meanwhile
        _keep(result, place)
    return result


def cached(demo: Demo) -> Timeline | None:
    """The timeline that is kept of `demo` as it is now; None where it has to be measured."""
    if pythons.missing(demo):
        return None
    try:
        return load(_place(demo))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def load(path: Path) -> Timeline:
    """The timeline that this file keeps; OSError, ValueError, TypeError or KeyError without one."""
    text = kept(path)
    if text is None:
        raise FileNotFoundError(path)
    values = json.loads(text)
    values["lanes"] = [
        Lane(**{**lane, "spans": [Span(*span) for span in lane["spans"]]})
        for lane in values["lanes"]
    ]
    values["turns"] = [Turn(*turn) for turn in values["turns"]]
    return Timeline(**values)


def _place(demo: Demo) -> Path:
    return CACHE / f"{demo.name}@{pythons.of(demo).short}-{_key(demo)}.json"


def _key(demo: Demo) -> str:
    python = pythons.of(demo)
    parts = [read_bytes(demo.path, demo.where), python.name.encode(), python.path.encode()]
    parts.append(_measuring())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:20]


@cache
def _measuring() -> bytes:
    """The way of measuring, as this process has it in memory."""
    files = sorted(Path(tracer.__file__).parent.rglob("*.py"))
    return b"\0".join(path.read_bytes() for path in files)


def _keep(result: Timeline, path: Path) -> None:
    keep(path, json.dumps(asdict(result)))
    for old in kept_in(path.parent, f"{path.name.rpartition('-')[0]}-*.json"):
        if old != path:
            drop(old)
