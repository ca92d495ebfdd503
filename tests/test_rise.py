"""Live coding in RISE: from the link on a slide to an edited run, by keyboard alone."""

import re
import time
from contextlib import suppress

import psutil
import pytest
from asking import get
from helping import sources
from playwright.sync_api import Error

SHOWN = "section.present > section.present"
TITLE = f"document.querySelector('{SHOWN} :is(h1, h2)').innerText.trim()"
LEFT = f"[...document.querySelectorAll('{SHOWN} .jp-OutputArea')].map(e => e.textContent).join('|')"
CODE = f"{SHOWN} .jp-CodeCell"
RISE_CHOOSES = 700
"""Milliseconds after which RISE has selected a cell of its own on a slide that has just come."""


class Rise:
    """A page that shows a section's cells in RISE, and a presenter with a keyboard."""

    def __init__(self, page, served):
        self.page = page
        self.served = served
        self.errors = []
        self.complaints = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self.hear)

    def hear(self, message):
        """What the console says, but for what FAST does in every RISE (microsoft/fast#7057)."""
        if message.type == "error" and "Maximum call stack" not in message.text:
            self.complaints.append(message.text)

    def follow(self, slide):
        """To this slide of the deck, and by key to its cells."""
        self.page.goto(f"{self.served.url}?token={self.served.token}#/{slide}")
        self.page.wait_for_selector("html.talk-ready", state="attached")
        self.press("c")
        return self.ready()

    def ready(self):
        self.page.wait_for_function(
            f"document.activeElement.closest('{SHOWN} .jp-Cell')", timeout=60_000
        )
        return self

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def title(self):
        return self.page.inner_text(f"{SHOWN} :is(h1, h2)").strip()

    def to(self, title):
        """By Space to the slide with this title, whose cell has the keyboard then."""
        for _ in range(6):
            if self.title() == title:
                break
            before = self.title()
            self.press("Space")
            self.page.wait_for_function(
                f"before => {TITLE} != before",
                arg=before,
            )
        assert self.title() == title
        return self.ready()

    def focus(self):
        """The text of the cell that has the keyboard."""
        return self.page.evaluate("document.activeElement.closest('.jp-Cell').innerText")

    def wait_for(self, text, seconds=30):
        try:
            self.page.wait_for_function(
                f"text => {LEFT}.includes(text)", arg=text, timeout=seconds * 1000
            )
        except Error:
            raise AssertionError(f"no {text!r} in {self.page.evaluate(LEFT)!r}") from None
        return self.page.evaluate(LEFT)

    def edit_works(self, new):
        """In the cell that has the keyboard: another word for the one that luke says."""
        self.press("Enter", "Control+Home", "ArrowDown", "ArrowDown", "ArrowDown", "End")
        self.press("ArrowLeft", "ArrowLeft", *["Backspace"] * len("works"))
        self.page.keyboard.type(new)


@pytest.fixture
def rise(browser, served):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    rise = Rise(context.new_page(), served)
    yield rise
    context.close()
    assert not rise.errors


def test_from_the_link_to_an_edited_run_by_keyboard_alone(rise, served):
    before = sources(served.top)
    rise.follow("small").to("Quick")
    assert 'say("luke", "works")' in rise.focus() and "(2)" not in rise.focus()
    rise.press("Shift+Enter")
    assert rise.focus().strip() == "%demo 01a_quick"
    rise.press("Shift+Enter")
    assert "works" in rise.wait_for("=> it took 0.6 s")
    assert rise.title() == "Quick", "the last cell's Shift+Enter stays"
    rise.press("ArrowUp")
    rise.edit_works("edits")
    rise.press("Shift+Enter", "Shift+Enter")
    text = rise.wait_for("with main as above")
    rise.page.wait_for_function(f"/edits[^]*=> it took/.test({LEFT})")
    assert "luke       works" not in text
    assert sources(served.top) == before
    rise.follow("small-quick")
    assert "works" in rise.focus(), "the link leads to the text as it is in the sources"
    rise.press("Shift+Enter", "Shift+Enter")
    assert "luke       works" in rise.wait_for("=> it took")
    assert not rise.complaints


def test_a_change_of_the_deck_does_not_end_the_way_to_its_cells(rise, served):
    told, held = [], []
    rise.page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda text: told.append(text))
    )
    rise.page.route("**/talk/rise/*", lambda route: held.append(route))
    rise.page.goto(f"{served.url}?token={served.token}#/small")
    rise.page.wait_for_selector("html.talk-ready", state="attached")
    rise.press("c")
    served.touch_notes()
    until = time.monotonic() + 60
    while not held or not any("reload" in frame for frame in told):
        assert time.monotonic() < until, f"told {told}, asked for {len(held)} notebooks"
        rise.page.wait_for_timeout(100)
    rise.page.wait_for_timeout(1000)  # a reload needs less
    held[0].continue_()
    rise.ready()
    served.reset()
    served.settle()


def test_the_link_itself_can_be_followed_by_keyboard(rise, served):
    rise.page.goto(f"{served.url}?token={served.token}#/small")
    rise.page.wait_for_selector("html.talk-ready", state="attached")
    for _ in range(10):
        rise.press("Tab")
        if rise.page.evaluate("document.activeElement.matches('.rise a')"):
            break
    rise.press("Enter")
    rise.ready()
    assert rise.title() == "Small" and "/rise/build/rise/01_small.ipynb" in rise.page.url


def test_shift_enter_works_after_every_change_of_slide(rise):
    rise.follow("small-quick")
    rise.press("Shift+Enter")
    rise.to("Slow")
    rise.press("Shift+Enter")
    rise.wait_for("starts")
    rise.press("Space")
    rise.page.wait_for_function(f"document.querySelector('{SHOWN} h2').innerText.trim() == 'Last'")
    rise.ready()
    count = rise.page.locator(".jp-Cell").count()
    rise.press("Shift+Enter", "Shift+Enter")
    assert rise.title() == "Last" and rise.page.locator(".jp-Cell").count() == count
    rise.press("PageUp")
    rise.page.wait_for_function(f"document.querySelector('{SHOWN} h2').innerText.trim() == 'Slow'")
    rise.ready()
    rise.wait_for("=> it took")
    for _ in range(5):  # gone for as long as the run takes
        rise.press("Shift+Enter")
        with suppress(Error):
            rise.page.wait_for_function(f"!{LEFT}.includes('=> it took')", timeout=10_000)
            break
    else:
        pytest.fail("Shift+Enter runs nothing")
    rise.wait_for("=> it took")


def test_a_cell_of_another_slide_that_gets_the_keyboard_gives_it_back(rise):
    """JupyterLab gives it to the cell that runs, late; RISE would go back to that cell's slide."""
    rise.follow("small-quick")
    rise.press("Shift+Enter")
    rise.to("Slow").page.evaluate(
        "[...document.querySelectorAll('.jp-CodeCell')].find(e => e.innerText.includes('def main'))"
        ".focus()"
    )
    rise.page.wait_for_timeout(RISE_CHOOSES)
    assert rise.title() == "Slow" and rise.focus().strip() == "%demo 01b_slow"
    rise.press("PageUp")
    rise.page.wait_for_function(f"{TITLE} == 'Quick'")
    rise.ready()
    assert "def main" in rise.focus(), "a presenter may go where JupyterLab may not"


def test_while_a_cell_is_edited_keys_go_into_it_and_a_clicker_leaves_it(rise):
    rise.follow("small-quick")
    rise.press("Enter")
    rise.page.keyboard.type("# n of b .")
    assert "# n of b ." in rise.focus() and rise.title() == "Quick"
    rise.press("PageDown")
    rise.page.wait_for_function(f"document.querySelector('{SHOWN} h2').innerText.trim() == 'Slow'")
    rise.ready()
    rise.press("Shift+Enter")
    rise.wait_for("starts")


def test_the_cell_with_the_focus_is_the_one_that_runs_whatever_rise_chooses_later(rise):
    rise.follow("small")
    rise.page.wait_for_timeout(RISE_CHOOSES)
    rise.press("Space")
    rise.page.wait_for_function(f"{TITLE} == 'Quick' && document.activeElement.closest('{CODE}')")
    rise.press("Shift+Enter")  # before RISE has selected the slide's first cell by itself
    rise.page.wait_for_timeout(RISE_CHOOSES)
    assert rise.focus().strip() == "%demo 01a_quick"
    rise.press("Shift+Enter")
    rise.wait_for("=> it took")


def test_what_is_run_before_the_kernel_is_there_leaves_the_keyboard_on_the_next_cell(rise):
    held = []
    its_own_question = re.compile("/api/sessions$")
    rise.page.route(its_own_question, lambda question: held.append(question), times=1)
    rise.follow("small-quick")
    rise.press("Shift+Enter")
    assert rise.focus().strip() == "%demo 01a_quick"
    held[0].continue_()
    rise.page.wait_for_function(
        f"/\\[\\d+\\]/.test(document.querySelector('{CODE} .jp-InputPrompt').textContent)"
    )
    # JupyterLab takes the keyboard back, on a busy machine late
    rise.page.evaluate(f"document.querySelector('{CODE}').focus()")
    rise.page.wait_for_timeout(RISE_CHOOSES)
    assert rise.focus().strip() == "%demo 01a_quick"
    rise.press("Shift+Enter")
    rise.wait_for("=> it took")


def test_what_is_pressed_before_a_cell_has_failed_runs_all_the_same(rise):
    rise.follow("small-quick")
    rise.press("Enter", "Control+Home")
    rise.page.keyboard.type("import time; time.sleep(1); 1 / 0")
    rise.press("Enter", "Shift+Enter", "Shift+Enter")
    rise.wait_for("with main as above")
    rise.wait_for("ended with exit status 1")


def test_a_syntax_error_is_said_in_the_cell_and_where_it_would_run(rise):
    rise.follow("small-quick")
    rise.press("Enter", "Control+Home")
    rise.page.keyboard.type("def oops(: ")
    rise.press("Shift+Enter")
    rise.wait_for("SyntaxError")
    rise.press("Shift+Enter")
    assert "it took" not in rise.wait_for("not run: syntax error in line 1")


def test_interrupt_ends_the_demo_without_a_traceback(rise, served):
    rise.follow("small-slow")
    for _ in range(5):  # the demo may end before, or the two keys be no pair
        rise.press("Shift+Enter")
        rise.wait_for("starts")
        rise.press("i", "i")
        with suppress(AssertionError):
            text = rise.wait_for("stopped", 10)
            break
    else:
        pytest.fail("I I stops nothing")
    assert "Traceback" not in text and "KeyboardInterrupt" not in text and "it took" not in text
    until = time.monotonic() + 30
    while "demos/01b_slow.py" in running(served):
        assert time.monotonic() < until
    rise.press("Shift+Enter")
    rise.wait_for("=> it took")


def running(served):
    """What every process of the server was started with."""
    found = []
    for process in psutil.Process(served.process.pid).children(recursive=True):
        with suppress(psutil.Error):
            found += process.cmdline()
    return found


def test_a_section_that_cannot_be_read_opens_as_it_was(rise, served):
    served.write("slides/01_small.ipynb", "{")
    try:
        rise.page.goto(f"{served.url}?token={served.token}")
        rise.page.goto(f"{served.url}rise/small-quick")
        rise.ready()
        assert rise.title() == "Small"
    finally:
        served.reset()


def test_the_notebook_opened_directly_works_as_before(rise, served):
    rise.page.goto(
        f"http://127.0.0.1:{served.port}/rise/slides/01_small.ipynb?token={served.token}&activeCellIndex=1"
    )
    rise.ready()
    assert rise.focus().strip() == "%load -s main ../demos/01a_quick.py"
    rise.press("Shift+Enter")
    rise.page.wait_for_function(
        f"document.querySelector('{SHOWN} .jp-CodeCell').innerText.includes('def main')"
    )
    rise.press("Shift+Enter")
    assert "works" in rise.wait_for("=> it took 0.6 s")


# -- the address ----------------------------------------------------------------------------------


def test_only_slides_of_this_talk_and_only_with_the_token(served):
    for path, token, status in (
        ("rise/nothing", served.token, 404),
        ("rise/../../etc", served.token, 404),
        ("rise/small", "wrong", 403),
    ):
        answer, headers, _ = get(served.url + path, Authorization=f"token {token}")
        assert answer == status or "/login" in headers["Location"]
