"""The same demo on two Pythons: two terminals side by side, started by one press."""

import json
import os
import re
import sys
from dataclasses import replace

import pytest
from driving import Slides
from test_pythons import claims, free, make_python, nowhere

from demos.runs import pythons
from slides import deck
from slides.sections import sections

__all__ = ["free", "nowhere"]  # fixtures


def together(demo, *names):
    demos = [replace(demo, python=name) for name in names]
    return [one and one.python for one in pythons.together(demos)]


@pytest.fixture
def other(nowhere):
    """Another Python with a GIL, of which nothing is started."""
    return make_python(nowhere, "python3.30", claims("3.30.0"))


# -- which ones ------------------------------------------------------------------------------------


def test_where_there_is_no_other_python_there_is_one_terminal(write_demo, nowhere):
    demo = write_demo("")
    assert together(demo, "", "3.14t") == ["", None]
    assert together(demo, "", "3.30") == ["", None]


def test_with_and_without_the_gil_both_say_which_they_are(write_demo, free):
    demo = write_demo("")
    assert together(demo, "", "3.14t") == [pythons.this().short, "3.14t"]
    assert together(demo, "", "3.13t") == [pythons.this().short, "3.14t"], "or the like"


def test_two_ordinary_ones_stand_side_by_side(write_demo, other):
    assert together(write_demo(""), "", "3.30") == [pythons.this().short, "3.30"]


def test_other_demos_of_the_slide_stay_as_they_are(write_demo, other):
    two = write_demo("", "98b_two")
    found = pythons.together([replace(two, name="98a_one"), replace(two, python="3.30")])
    assert [demo.python for demo in found] == ["", "3.30"]


def test_the_same_python_is_not_shown_twice(write_demo, nowhere):
    assert together(write_demo(""), "", pythons.this().short) == ["", None]


@pytest.mark.parametrize(("has_gil", "shown"), [(True, ["3.30", "3.31t"]), (False, ["", None])])
def test_a_kit_without_a_gil_looks_for_a_python_with_it(
    write_demo, nowhere, monkeypatch, has_gil, shown
):
    if has_gil:
        make_python(nowhere, "python3.30", claims("3.30.0"))
    mine = pythons.Python(sys.executable, "CPython", "3.31.0", free=True, gil=False)
    monkeypatch.setattr(pythons, "this", lambda: mine)
    assert together(write_demo(""), "", "3.31t") == shown


# -- on the slide ----------------------------------------------------------------------------------


def add_beside(talk, asked_for):
    """One more terminal on the quick slide of the small talk."""
    path = talk.top / "slides" / "01_small.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    number = [cell["id"] for cell in notebook["cells"]].index("quick-run")
    twin = json.loads(json.dumps(notebook["cells"][number]))
    twin |= {"id": "quick-twin", "source": f"!python{asked_for} ../demos/01a_quick.py"}
    notebook["cells"].insert(number + 1, twin)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def stages(talk):
    """The classes of the quick demo's terminals, and all that the slides show of demos."""
    (section,) = sections(talk.top)
    html = "".join(
        output.data["text/html"]
        for cell in deck.place(section, deck.Ingredients(), notes=False).cells
        for output in cell.get("outputs", [])
    )
    return re.findall(r'<div class="(stage[^"]*)" data-demo="01a_quick"', html), html


def keys(talk):
    run, _ = deck.used_demos(sections(talk.top))
    return [demo.key for demo in run]


def test_without_that_python_the_slide_is_as_if_it_were_not_asked_for(small_talk, nowhere):
    _, before = stages(small_talk)
    add_beside(small_talk, "3.14t")
    classes, after = stages(small_talk)
    assert classes == ["stage"] and after == before
    assert keys(small_talk) == ["01a_quick", "01b_slow"]


def test_with_it_there_are_two_and_one_step_starts_them(small_talk, free):
    add_beside(small_talk, "3.14t")
    classes, html = stages(small_talk)
    assert classes == ["stage twin", "stage twin"]
    mine = pythons.this().short
    assert re.findall(r'<p class="command">(.*?)</p>', html)[:2] == [
        f"python{mine} demos/01a_quick.py",
        "python3.14t demos/01a_quick.py",
    ]
    assert html.partition('data-demo="01b_slow"')[0].count('data-kind="run"') == 1
    assert keys(small_talk) == [f"01a_quick@{mine}", "01a_quick@3.14t", "01b_slow"]


def test_a_demo_whose_python_is_missing_says_so_in_its_terminal(small_talk, nowhere):
    block = '# /// script\n# requires-python = ">=3.30"\n# ///\n'
    small_talk.write("demos/01a_quick.py", block + small_talk.demos["01a_quick"])
    _, html = stages(small_talk)
    line = "This demo needs Python 3.30 or newer; get it: uv python install 3.30"
    assert f">{line}</pre>" in html and f'data-lacks="{line}"' in html
    assert '<p class="command">python3.30 demos/01a_quick.py</p>' in html
    assert keys(small_talk) == ["01b_slow"], "and nobody tries to record it"


def test_one_press_starts_both_and_one_stops_both(small_talk, free, browser):
    add_beside(small_talk, "3.14t")
    small_talk.start(environment={"PATH": f"{free.parent}{os.pathsep}/usr/bin:/bin"})
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    slides = Slides(context.new_page()).open(f"{small_talk.url}?token={small_talk.token}")
    left, right = (f'.stage[data-python="{one}"]' for one in (pythons.this().short, "3.14t"))
    slides.ask("Reveal.slide(0, 1)")
    slides.press("r")
    for stage in (left, right):
        slides.wait_for(stage, "=> it took 0.6 s")
        assert slides.sign(stage) == "live" and slides.said(stage) == ""
    boxes = [slides.page.locator(stage).bounding_box() for stage in (left, right)]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    for _ in range(5):  # one may have ended before X
        slides.press("r")
        slides.wait_for(left, "main       starts")
        slides.press("x")
        for stage in (left, right):
            slides.wait_until_idle(stage)
        if slides.said(left) == slides.said(right) == "stopped":
            break
    assert slides.said(left) == slides.said(right) == "stopped"
    assert "it took" not in slides.text(right)
    slides.press("t")
    for stage in (left, right):
        slides.wait_for(stage, "=> it took 0.6 s")
        assert slides.sign(stage) == "recording"
    slides.page.evaluate(
        "TalkStage.on(Reveal.getCurrentSlide())[1].terminal"
        ".restore({kind: 'tape', shown: 'right\\r\\n', said: ''})"
    )
    slides.reload_after(small_talk.touch_notes)
    slides.wait_for(right, "right")
    slides.wait_for(left, "it took")  # each has its own again
    context.close()
    assert not slides.errors
