"""Exports: nothing changed, one slide changed, and everything measured anew."""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.timing import Row, Talk, importing, in_turn


def exports(talk: Talk, times: int) -> Iterator[Row]:
    """Nothing changed; one slide's text changed."""
    talk.export()
    words = iter(range(10**6))

    def changed() -> float:
        talk.edit(f"bench{next(words)}")
        return talk.export()

    imports = importing(talk, "nbconvert")
    warm, other = in_turn(times, talk.export, imports)
    yield Row("`talk export`, nothing changed", warm, "`import nbconvert`", other, "≤ 1.3")
    text, other = in_turn(times, changed, imports)
    yield Row("`talk export`, one slide's text changed", text, "`import nbconvert`", other, "")


COLD = """
import json, sys, threading, time
from demos.timeline import kept
from slides import export, measuring
from slides.measuring import record

alone, seconds, main = [], {}, threading.main_thread()
recorded, drawn, cells = record.record, kept.timeline, export.execute

def recording(run, progress, **options):
    def told(demo, was_alone):
        alone.append(demo.key) if was_alone else None
        progress(demo, was_alone)
    made = recorded(run, told, **options)
    seconds.update({key: tape.seconds for key, tape in made.items()})
    return made

def timed(act, name):
    def called(*arguments, **options):
        began = time.perf_counter()
        result = act(*arguments, **options)
        if threading.current_thread() is main:
            seconds[name] = seconds.get(name, 0) + time.perf_counter() - began
        return result
    return called

record.record = recording
kept.timeline = timed(drawn, "pictures drawn alone")
export.execute = timed(cells, "cells")
began = time.perf_counter()
export.Builder(fresh=True).html()
total = time.perf_counter() - began
chain = sum(seconds[key] for key in {*alone, "pictures drawn alone", "cells"} if key in seconds)
print(json.dumps([total, max([chain, *seconds.values()])]))
"""


def cold(talk: Talk, times: int) -> Iterator[Row]:
    """Everything measured anew, against what can't overlap; and nbconvert on the same notebooks."""

    def ours() -> tuple[float, float]:
        done = subprocess.run(
            [sys.executable, "-c", COLD], cwd=talk.top, env=talk.environment, stdout=-1, check=True
        )
        total, bound = json.loads(done.stdout.splitlines()[-1])
        return total, bound

    def nbconvert() -> float:
        out = talk.top / "stock"
        notebooks = map(str, sorted((talk.top / "slides").glob("[0-9]*.ipynb")))
        options = ("--execute", "--output-dir", str(out), "--ExecutePreprocessor.timeout=300")
        return talk.run("-m", "nbconvert", "--to", "slides", *options, *notebooks)

    rounds = [(*ours(), nbconvert()) for _ in range(times)]
    total, bound, stock = (statistics.median(column) for column in zip(*rounds, strict=True))
    yield Row("export with nothing kept", total, "what can't overlap, in turn", bound, "≤ 1.3")
    yield Row(
        "the same",
        total,
        "`nbconvert --to slides --execute`, 8 notebooks, nothing drawn",
        stock,
        "",
    )
