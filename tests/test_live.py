"""The terminal on the slide, in a real browser: live (R), stopped (X), from the recording (T)."""

import contextlib
import json
import signal
import time

import psutil
import pytest
from driving import FETCHED, TEXT, Slides
from helping import PATIENCE
from playwright.sync_api import TimeoutError


def runs_of(served):
    """The demos that run now, as the system sees them."""
    found = []
    for process in psutil.Process(served.process.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            found += [word for word in process.cmdline() if word.startswith("demos/")]
    return found


def nothing_runs(served, seconds=30):
    until = time.monotonic() + seconds
    while runs_of(served):
        assert time.monotonic() < until, f"still there after {seconds} s: {runs_of(served)}"
        time.sleep(0.05)
    return True


# -- served ---------------------------------------------------------------------------------------


def test_before_the_start_the_command_stands_there(slides):
    stage = slides.go("01a_quick")
    assert slides.page.inner_text(f"{stage} .command") == "python demos/01a_quick.py"
    assert slides.page.inner_text(f"{stage} .hint") == "R runs it"
    assert slides.text(stage) == "" and not slides.page.is_visible(f"{stage} .transcript")


def test_r_runs_the_demo_and_the_last_frame_stays(slides):
    stage = slides.go("01a_quick")
    slides.press("r")
    slides.wait_for(stage, "main       starts")
    assert slides.sign(stage) == "live" and not slides.page.is_visible(f"{stage} .hint")
    text = slides.wait_for(stage, "=> it took 0.6 s")
    slides.wait_until_idle(stage)
    time.sleep(0.3)
    assert slides.text(stage) == text and len(text.splitlines()) == 3
    assert slides.said(stage) == ""
    colour = slides.page.evaluate(
        f"getComputedStyle(document.querySelector('{stage} .ap-line:nth-child(2) .fg-6')).color"
    )
    assert colour == slides.page.evaluate(
        """(() => {
            const e = document.body.appendChild(document.createElement('i'));
            e.style.color = 'var(--flow-2)';
            return getComputedStyle(e).color;
        })()"""
    )


def test_r_again_starts_anew(slides, served):
    stage = slides.go("01b_slow")
    slides.press("r")
    slides.wait_for(stage, "works")
    slides.catch("r", f"!({TEXT})('{stage}').includes('works')")
    assert len(slides.wait_for(stage, "=> it took").splitlines()) == 3
    assert nothing_runs(served)


def test_x_stops_it_with_nothing_left(slides, served):
    stage = slides.go("01b_slow")
    slides.press("r")
    for _ in range(5):  # it may have ended before X
        slides.wait_for(stage, "starts")
        runs = runs_of(served)
        slides.press("x")
        if slides.said(stage) == "stopped":
            break
        slides.press("r")
    assert runs == ["demos/01b_slow.py"] and slides.said(stage) == "stopped"
    text = slides.text(stage)
    assert nothing_runs(served) and "=> it took" not in text
    assert slides.text(stage) == text, "the last frame stays"


def test_t_in_the_middle_of_a_run_shows_the_recording_at_once(slides, served):
    stage = slides.go("01b_slow")
    slides.press("r")
    slides.wait_for(stage, "works")
    text = f"({TEXT})('{stage}')"
    slides.catch("t", f"{text}.includes('starts') && !{text}.includes('works')")
    assert slides.sign(stage) == "recording"
    assert nothing_runs(served)
    slides.wait_for(stage, "=> it took")


def test_leaving_the_slide_stops_the_run(slides, served):
    stage = slides.go("01b_slow")
    slides.press("r")
    slides.wait_for(stage, "starts")
    slides.press("ArrowDown")
    assert nothing_runs(served)


@pytest.mark.parametrize("how", ["closed", "elsewhere"])
def test_the_run_dies_with_its_page(context, served, how):
    slides = Slides(context.new_page()).open(f"{served.url}?token={served.token}")
    stage = slides.go("01b_slow")
    slides.press("r")
    slides.wait_for(stage, "starts")
    slides.page.close() if how == "closed" else slides.page.goto("about:blank")
    assert nothing_runs(served)


def test_a_click_starts_it_too(slides):
    stage = slides.go("01a_quick")
    slides.page.click(stage)
    slides.wait_for(stage, "=> it took")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "import time; print('here', flush=True); time.sleep(99)",
            "stopped: it took longer than 20 s",
        ),
        ("while True: print('here' * 15)", "stopped: it printed more than 64 KiB"),
        (
            "import os, signal; print('here', flush=True); os.kill(os.getpid(), signal.SIGKILL)",
            "killed by SIGKILL",
        ),
    ],
    ids=["hangs", "floods", "killed"],
)
def test_the_slide_says_what_happened_and_the_talk_goes_on(slides, served, source, said):
    stage = slides.go("01b_slow")
    served.write("demos/01b_slow.py", source)
    slides.press_until("r", f"{stage} .said:has-text('{said}')", seconds=30)
    assert "here" in slides.text(stage)
    served.reset()
    served.settle()
    slides.ready()
    stage = slides.go("01a_quick")
    slides.press_until("r", f"{stage} .ap-line:has-text('=> it took')")


def test_a_syntax_error_just_typed(slides, served):
    stage = slides.go("01b_slow")
    served.write("demos/01b_slow.py", "print('one'\n")
    slides.press_until("r", f"{stage} .said:has-text('syntax error in line 1')")
    slides.press_until("t", f"{stage} .ap-line:has-text('=> it took')")  # the file as it was
    assert slides.sign(stage) == "recording"


def test_edit_save_run(slides, served):
    """The next R runs the changed file, the code on the slide follows, and the deck stays there."""
    stage = slides.go("01a_quick")
    slides.press("ArrowRight")
    slides.press("ArrowRight")
    slides.page.wait_for_function("location.hash.endsWith('/1')")  # the second step of the code
    before = slides.at()
    served.write("demos/01a_quick.py", served.demos["01a_quick"].replace("works", "edits"))
    slides.page.wait_for_selector(".code:has-text('edits')", state="attached", timeout=30_000)
    slides.ready()
    assert slides.at() == before
    assert (
        slides.ask("document.querySelector('.present .code .line.on').textContent")
        .strip()
        .startswith("say")
    )
    slides.press_until("r", f"{stage} .ap-line:has-text('luke edits')")


def test_a_notebook_and_its_notes_follow_too(slides, served):
    slides.go("01b_slow")
    slides.page.wait_for_function("location.hash == '#/small-slow'")
    before = slides.at()
    notebook = json.loads((served.top / "slides/01_small.ipynb").read_text())
    notebook["cells"][-1]["source"] += "\n\nA new sentence."
    served.write("slides/01_small.ipynb", json.dumps(notebook))
    slides.page.wait_for_selector("text=A new sentence.", state="attached", timeout=30_000)
    notes = served.top / "speaker_notes/01_small.md"
    notes.write_text(notes.read_text().replace("Say Last.", "Say it twice."))
    slides.page.wait_for_selector(
        "aside:has-text('Say it twice.')", state="attached", timeout=30_000
    )
    slides.ready()
    assert slides.at() == before


def test_not_in_the_middle_of_a_run(slides, served):
    stage = slides.go("01b_slow")
    slides.page.evaluate("window.before = true")
    slides.press("r")
    slides.wait_for(stage, "starts")
    served.write(
        "speaker_notes/01_small.md",
        (served.top / "speaker_notes/01_small.md").read_text() + "More.\n",
    )
    slides.wait_for(stage, "=> it took")
    slides.page.wait_for_function("!window.before", timeout=30_000)
    slides.ready()
    assert slides.at() == "#/small-slow"
    assert len(slides.wait_for(stage, "=> it took").splitlines()) == 3, (
        "the last frame stays, also over a reload"
    )
    assert slides.sign(stage) == "live"


def test_what_is_pressed_while_it_reloads_is_not_lost(slides, served):
    """Until the server has answered the page before is there, and goes on."""
    slides.page.add_init_script("addEventListener('pagehide', () => Reveal.next())")
    slides.reload_after(slides.page.reload)
    slides.reload_after(served.touch_notes)
    assert slides.at().startswith("#/small-quick")


def test_what_is_started_while_it_reloads_runs_in_the_new_page(slides, served):
    """Edit, save, R, while the server takes its time to give the page."""
    stage = slides.go("01a_quick")
    slides.page.add_init_script(
        "addEventListener('pagehide', () => document.dispatchEvent("
        "new KeyboardEvent('keydown', {keyCode: 82, bubbles: true})))"
    )
    slides.page.wait_for_function("location.hash.startsWith('#/small-quick')")
    slides.reload_after(slides.page.reload)
    slides.reload_after(served.touch_notes)
    slides.wait_for(stage, "=> it took")
    assert slides.sign(stage) == "live" and slides.said(stage) == ""


def test_what_other_slides_show_outlasts_every_reload(slides, served):
    stage = slides.go("01a_quick")
    slides.press("r")
    before = slides.wait_for(stage, "=> it took")
    slides.wait_until_idle(stage)
    slides.go("01b_slow")
    for _ in range(2):
        slides.reload_after(served.touch_notes)
    slides.go("01a_quick")
    assert slides.wait_for(stage, "=> it took") == before


def test_a_terminal_that_came_up_over_its_slide_does_too(slides, served):
    slides.reload_after(served.add_code_without_a_terminal)
    slides.ask("Reveal.slide(0, 4)")
    slides.page.wait_for_selector("#small-code.present")
    slides.press("r")
    stage = "#small-code .drawer.open .stage"
    before = slides.wait_for(stage, "=> it took")
    slides.wait_until_idle(stage)
    slides.reload_after(served.touch_notes)
    assert slides.wait_for(stage, "=> it took") == before


def test_a_black_screen_stays_black_and_then_it_reloads(slides, served):
    slides.press("b")
    slides.page.wait_for_selector(".reveal.paused")
    slides.page.evaluate("window.before = true")
    served.touch_notes()
    slides.page.wait_for_timeout(1000)
    assert slides.page.evaluate("window.before && Reveal.isPaused()")
    slides.reload_after(lambda: slides.press("b"))


HEARS = """const Real = WebSocket;
window.WebSocket = class extends Real {
    constructor(...all) { super(...all); if (this.url.includes("changes")) window.news = this; }
};"""
"""The socket of the page that hears of changes, as `news`."""


def test_what_can_wait_waits_for_the_end_of_full_screen(context, served):
    context.add_init_script(HEARS)
    slides = Slides(context.new_page()).open(f"{served.url}?token={served.token}")
    slides.press("f")
    slides.page.wait_for_function("document.fullscreenElement")
    slides.page.evaluate('window.before = true; news.onmessage({data: \'{"reload": "calm"}\'})')
    slides.page.wait_for_timeout(1000)
    assert slides.page.evaluate("window.before && Boolean(document.fullscreenElement)")
    slides.reload_after(lambda: slides.ask("document.exitFullscreen()"))
    assert not slides.errors


@pytest.mark.parametrize("what", ['.stage[data-demo="01b_slow"]', ".code pre"])
def test_a_click_in_the_overview_chooses_a_slide_and_nothing_on_it(slides, what):
    slides.press("Escape")
    slides.page.wait_for_selector(".reveal.overview")
    slides.page.wait_for_timeout(500)
    box = slides.page.locator(what).first.bounding_box()
    slides.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    slides.page.wait_for_selector(f"section.leaf.present:has({what})")
    slides.page.wait_for_selector(".reveal:not(.overview)")
    slides.page.wait_for_timeout(500)
    assert slides.page.locator(".stage.started, .code.editing").count() == 0


def test_a_file_saved_half_way_leaves_the_deck_as_it_is(slides, served):
    stage = slides.go("01a_quick")
    notebook = (served.top / "slides/01_small.ipynb").read_text()
    served.write("slides/01_small.ipynb", notebook[:200])
    slides.page.wait_for_selector("body > .problem:has-text('01_small.ipynb')", timeout=30_000)
    slides.press("r")
    slides.wait_for(stage, "=> it took")
    served.reset()
    slides.page.wait_for_selector("body > .problem", state="hidden", timeout=30_000)


def test_the_keys_of_the_speaker_view_reach_the_stage(slides, served):
    with slides.page.expect_popup() as popup:
        slides.press("s")
    slides.go("01a_quick")
    view = popup.value
    view.wait_for_selector("#current-slide iframe")
    frame = next(frame for frame in _frames(view) if "receiver" in frame.url)
    frame.wait_for_selector("html.talk-ready", state="attached")
    view.wait_for_timeout(500)
    view.keyboard.press("r")
    slides.wait_for('.stage[data-demo="01a_quick"]', "=> it took")
    assert nothing_runs(served), "it ran once: the frames of the view only show it"
    view.close()


def _frames(view, seconds=PATIENCE / 1000):
    until = time.monotonic() + seconds
    while time.monotonic() < until and not any("receiver" in frame.url for frame in view.frames):
        view.wait_for_timeout(100)
    return view.frames


def test_the_recording_plays_without_its_server(browser, small_talk):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    talk = small_talk.start()
    slides = Slides(context.new_page()).open(f"{talk.url}?token={talk.token}")
    stage = slides.go("01a_quick")
    slides.page.wait_for_function(FETCHED)
    assert talk.stop() == 0
    slides.press("r")
    slides.page.wait_for_selector(f"{stage} .said:has-text('this is the recording')")
    assert slides.said(stage) == "The server does not answer: this is the recording"
    slides.press("t")
    slides.wait_for(stage, "=> it took")
    context.close()


def test_without_its_server_a_page_that_should_reload_keeps_its_slides(browser, small_talk):
    talk = small_talk.start()
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    slides = Slides(context.new_page()).open(f"{talk.url}?token={talk.token}")
    slides.go("01a_quick")
    slides.press("e")  # while somebody writes there is no reload
    slides.page.wait_for_selector(".code.editing")
    talk.touch_notes()
    slides.page.wait_for_timeout(1000)
    talk.stop(signal.SIGKILL)
    for _ in range(6):
        slides.press("PageDown")
    slides.page.wait_for_timeout(1000)
    slides.page.wait_for_selector("#small-slow.present, #small-last.present")
    context.close()


KERNEL_IS_THERE = """() => fetch("/api/sessions").then((answer) => answer.json())
    .then((all) => all.some(({ kernel }) => kernel && kernel.connections > 0))"""
"""To be evaluated, not waited for: the promise itself would count as true."""


def test_the_link_on_a_section_leads_to_its_cells_in_rise(context, served):
    page = context.new_page()
    elsewhere = []
    page.on(
        "request",
        lambda r: (
            r.url.startswith((f"http://127.0.0.1:{served.port}/", "data:", "blob:"))
            or elsewhere.append(r.url)
        ),
    )
    Slides(page).open(f"{served.url}?token={served.token}#/small")
    page.goto(f"http://127.0.0.1:{served.port}{page.get_attribute('.present .rise a', 'href')}")
    page.wait_for_selector(".reveal .slides section.present h1:has-text('Small')", timeout=60_000)
    page.wait_for_function("getComputedStyle(document.body).backgroundColor === 'rgb(14, 20, 32)'")
    until = time.monotonic() + PATIENCE / 1000
    while not page.evaluate(KERNEL_IS_THERE) and time.monotonic() < until:
        page.wait_for_timeout(200)
    page.keyboard.press("Space")
    page.wait_for_selector("section.present h2:has-text('Quick')")
    output = page.locator("section.present .jp-OutputArea-output", has_text="=> it took 0.6 s")
    for _ in range(5):  # RISE chooses a cell of its own some time after a slide has come
        page.locator("section.present .jp-CodeCell .cm-content").nth(1).click()
        page.keyboard.press("Shift+Enter")
        with contextlib.suppress(TimeoutError):
            output.wait_for(timeout=10_000)
            break
    size = output.locator("pre").evaluate("pre => parseFloat(getComputedStyle(pre).fontSize)")
    assert size >= 20
    assert not elsewhere
