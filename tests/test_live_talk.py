"""Every demo of the talk on its slide, live; and recorded, in the exported file."""

import asyncio
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from driving import TEXT, Slides
from helping import terminals

from demos.cast import first
from demos.catalogue import demos, find
from demos.runs import pythons
from demos.runs.run import run

TRIES = 10
"""How often a slow machine may try to show a first line in time."""


def first_line_in_a_terminal(demo):
    """Seconds from the start until the demo's first line, with no slide around."""

    async def go():
        began = time.perf_counter()
        first = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(
            run(demo, lambda text: first.done() or first.set_result(time.perf_counter() - began))
        )
        await asyncio.wait([first, task], return_when=asyncio.FIRST_COMPLETED)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return first.result()

    with ThreadPoolExecutor(1) as thread:  # Playwright has an event loop in this one
        return thread.submit(asyncio.run, go()).result()


def measured(slides, name):
    """Seconds from R to the first line on the slide, and what the same takes in a terminal."""
    stage = slides.go(name, fragments=99)
    in_terminal = first_line_in_a_terminal(find(name))
    slides.page.evaluate(
        f"""() => {{ window.firstLine = new Promise(done => addEventListener("keydown", () => {{
            const began = performance.now();
            const look = () => ({TEXT})('{stage}').match(/\\d\\.\\d\\d \\w/)
                ? done(performance.now() - began) : requestAnimationFrame(look);
            setTimeout(look);
        }}, {{ once: true, capture: true }})) }}"""
    )
    slides.press("r")
    on_slide = slides.page.evaluate("window.firstLine") / 1000
    return on_slide, in_terminal


@pytest.fixture(scope="module")
def whole_slides(browser, whole_talk):
    """The deck of the real talk in one page, for all its demos."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    yield Slides(context.new_page()).open(whole_talk.url)
    context.close()


def test_the_slides_have_every_demo_of_the_talk(whole_slides):
    names = whole_slides.page.evaluate(
        "Array.from(document.querySelectorAll('.stage'), stage => stage.dataset.demo)"
    )
    assert Counter(names) == terminals()


@pytest.mark.parametrize("name", [demo.name for demo in demos()])
def test_every_demo_of_the_talk_runs_on_its_slide(whole_slides, machine, capsys, name):
    """Its first line comes within a second of R, or of what a terminal takes.

    Where that fails beside other tests, it is tried again with the machine alone.
    """
    if lacks := pythons.missing(find(name)):
        pytest.skip(lacks.what)
    for attempt in range(TRIES):
        with machine.used("alone" if attempt else machine.kind):
            on_slide, in_terminal = measured(whole_slides, name)
        if on_slide < 1 or on_slide < in_terminal + 0.5:
            break
    else:
        pytest.fail(f"from R to the first line {on_slide:.2f} s, in a terminal {in_terminal:.2f} s")
    with capsys.disabled():
        print(f"\n{name:<24}{on_slide:6.2f} s on the slide{in_terminal:6.2f} s in a terminal")
    stage = f'.stage[data-demo="{name}"]'
    whole_slides.wait_for(stage, f"{first():<11}=>", 60)
    whole_slides.wait_until_idle(stage)
    assert whole_slides.said(stage) == ""
    assert not whole_slides.errors


# -- exported -------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["r", "t"])
def test_the_exported_file_plays_every_recording_offline(browser, deck, key):
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page = context.new_page()
    requests = []
    page.on(
        "request",
        lambda request: (
            request.url.startswith(("file:", "data:", "blob:")) or requests.append(request.url)
        ),
    )
    page.clock.install()
    slides = Slides(page).open(deck.as_uri())
    stages = page.evaluate(
        "Array.from(document.querySelectorAll('.stage'), ({dataset}) =>"
        ' [dataset.demo, dataset.python ? `[data-python="${dataset.python}"]` : ""])'
    )
    assert stages
    for name, python in stages:
        stage = slides.go(name, fragments=99) + python
        slides.press(key)
        page.wait_for_timeout(100)
        if lacks := page.get_attribute(stage, "data-lacks"):  # its Python is not on this machine
            page.wait_for_selector(f"{stage} .said:has-text({json.dumps(lacks)})")
            continue
        page.clock.run_for(30_000)
        expected = (
            page.evaluate(f"document.querySelector('{stage} .transcript').textContent")
            .rstrip()
            .splitlines()
        )
        shown = slides.wait_for(stage, expected[-1].strip()[:70], 10).splitlines()
        assert [line.rstrip() for line in expected] == shown
        assert slides.sign(stage) == "recording" and slides.said(stage) == ""
    assert not requests and not slides.errors
    context.close()


def test_without_scripts_and_on_paper_the_output_is_text(browser, deck):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(deck.as_uri())
    assert (
        page.locator(".stage .transcript").first.evaluate("e => getComputedStyle(e).display")
        == "block"
    )
    context.close()
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.goto(deck.as_uri() + "?print-pdf")
    page.wait_for_selector(".pdf-page")
    assert page.locator(".stage .transcript").first.is_visible()
    assert page.locator(".ap-player").count() == 0
    context.close()
