"""Be the scheduler: a losing schedule loses, a good one does not, and the count is the demo's."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from demos.cast import css
from demos.catalogue import find
from demos.runs.run import command, top
from slides.exhibits import scheduler

PAGE = """<!DOCTYPE html><html data-theme="dark"><head><meta charset="utf-8">
<style>{styles}</style></head><body>
<div class="reveal"><div class="slides"><section><h2>Before</h2></section>
<section><h2>Be the scheduler</h2>{stage}</section><section><h2>After</h2></section></div></div>
<script>{reveal}</script><script>{script}</script>
<script>Reveal.initialize({{transition: "none", width: 1280, height: 720, margin: 0}}).then(() => {{
  TalkScheduler.install(Reveal); document.body.dataset.ready = "yes"; }})</script></body></html>"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory, browser):
    """The slide in a real browser, from a file, offline, with reveal.js around it."""
    from slides.assets import scripts, styles

    theme = scheduler.THEME
    path = tmp_path_factory.mktemp("stage") / "deck.html"
    path.write_text(
        PAGE.format(
            styles=styles()["reveal.js"]
            + css()
            + "".join((theme / f"{name}.css").read_text() for name in ("scheduler", "talk")),
            stage=scheduler.be_the_scheduler()._repr_html_(),
            reveal=scripts(False)["reveal.js"],
            script="".join(
                (theme / f"{name}.js").read_text() for name in ("steps", "mirror", "scheduler")
            ),
        ),
        "utf-8",
    )
    context = browser.new_context(
        viewport={"width": 1280, "height": 720}, has_touch=True, offline=True
    )
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_selector("[data-ready]")
    yield page
    context.close()


@pytest.fixture
def slide(stage):
    """The same, at its beginning."""
    stage.evaluate("Reveal.slide(1)")
    stage.keyboard.press("0")
    yield stage
    assert stage.errors == []


def seen(page):
    return (
        page.inner_text(".counter"),
        page.inner_text(".news"),
        page.get_attribute(".scheduler", "data-end"),
    )


def test_the_bytecode_is_this_pythons():
    names = [one.name for one in scheduler.instructions()]
    assert names[0].startswith("LOAD") and names[-1].startswith("STORE")
    assert [one.does for one in scheduler.instructions() if one.does] == ["read", "add", "write"]


def test_the_count_is_the_demos():
    demo = find("07f")
    output = subprocess.run(
        command(demo), cwd=top(demo), capture_output=True, text=True, timeout=60
    ).stdout
    losing, schedules = map(int, re.search(r"=> (\d+) of (\d+) schedules lose", output).groups())
    assert (schedules, losing) == scheduler.count()
    steps = [name for one in scheduler.instructions() if one.does for name in [one.name]]
    assert f"counter += 1 is {', '.join(steps)}" in output


def test_the_count_stands_on_the_slide(slide):
    schedules, losing = scheduler.count()
    assert slide.inner_text(".count") == f"Of all {schedules} schedules {losing} lose an update."


@pytest.mark.parametrize("schedule", ["121212", "112221", "211122", "122211"])
def test_a_losing_schedule_loses(slide, schedule):
    for key in schedule:
        slide.keyboard.press(key)
    counter, news, end = seen(slide)
    assert (counter, end) == ("1", "lost") and "one is lost" in news


@pytest.mark.parametrize("schedule", ["111222", "222111"])
def test_a_good_schedule_loses_nothing(slide, schedule):
    for key in schedule:
        slide.keyboard.press(key)
    counter, news, end = seen(slide)
    assert (counter, end) == ("2", "kept") and "nothing is lost" in news


def test_every_schedule_in_the_browser_ends_as_counted(slide):
    """All of them, played on the slide by its own script."""
    import itertools

    schedules, losing = scheduler.count()
    ends = []
    for lukes in itertools.combinations(range(6), 3):
        slide.keyboard.press("0")
        for place in range(6):
            slide.keyboard.press("1" if place in lukes else "2")
        ends.append(seen(slide)[0])
    assert (len(ends), ends.count("1")) == (schedules, losing)


def test_click_and_touch_do_the_same(slide):
    for flow in "121":
        slide.click(f"button[data-step='{flow}']")
    for flow in "212":
        slide.tap(f"button[data-step='{flow}']")
    assert seen(slide)[0] == "1"
    slide.tap("button[data-again]")
    assert seen(slide)[0] == "0" and slide.locator(".past li").count() == 0


def test_a_button_with_the_focus_takes_enter_and_space_and_the_page_stays(slide):
    slide.focus("button[data-step='1']")
    slide.keyboard.press("Enter")
    slide.keyboard.press("Space")
    assert slide.locator(".past li").count() == 2
    assert slide.evaluate("Reveal.getIndices().h") == 1


def test_more_steps_than_there_are_change_nothing(slide):
    for _ in range(5):
        slide.keyboard.press("1")
    assert seen(slide)[:2] == ("1", f"{scheduler.flows()[0].name} has done everything")


def test_the_keys_act_on_this_slide_alone_and_disturb_no_other(slide):
    slide.keyboard.press("1")
    slide.keyboard.press("ArrowRight")
    assert slide.evaluate("Reveal.getIndices().h") == 2
    slide.keyboard.press("2")
    slide.keyboard.press("0")
    slide.keyboard.press("ArrowLeft")
    assert slide.evaluate("Reveal.getIndices().h") == 1
    assert slide.locator(".past li").count() == 1


def test_each_step_is_announced(slide):
    slide.keyboard.press("1")
    news = slide.locator(".news")
    assert news.get_attribute("aria-live") == "polite"
    assert news.inner_text() == f"{scheduler.flows()[0].name} reads 0"


def test_nothing_is_smaller_than_24_pixels_or_outside_of_the_slide(slide):
    sizes = slide.evaluate(
        """[...document.querySelectorAll(".scheduler *")].filter(e => e.textContent.trim())
        .map(e => parseFloat(getComputedStyle(e).fontSize))"""
    )
    assert min(sizes) >= 24
    box = slide.locator(".scheduler").bounding_box()
    assert box["y"] + box["height"] <= 720 and box["x"] + box["width"] <= 1280


def test_a_notebook_brings_the_script_along(monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert "<script" not in scheduler.be_the_scheduler()._repr_html_()
    monkeypatch.setenv("JPY_SESSION_NAME", "/slides/07.ipynb")
    assert "TalkScheduler" in scheduler.be_the_scheduler()._repr_html_()


def test_in_a_terminal_it_says_the_count():
    assert (
        repr(scheduler.be_the_scheduler())
        == "counter += 1, twice: 18 of 20 schedules lose an update"
    )


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_other_pythons_agree(version):
    """Three steps and the same count, whatever the bytecode is called there."""
    installed = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    python = str(installed[-1]) if installed else shutil.which(f"python{version}")
    if not python or subprocess.run([python, "-c", ""], capture_output=True).returncode:
        pytest.skip(f"no Python {version} here")
    code = (
        "from slides.exhibits.scheduler import *; "
        "print(count(), [one.does for one in instructions() if one.does])"
    )
    ran = subprocess.run(
        [python, "-c", code], cwd=scheduler.THEME.parent.parent, capture_output=True, text=True
    )
    assert ran.stdout.strip() == "(20, 18) ['read', 'add', 'write']", ran.stderr
