"""Live coding in RISE: from the link on a slide to an edited run, by keyboard alone."""

import ast
import asyncio
import re
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress

import nbformat
import psutil
import pytest
from conftest import in_a_thread, material
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from playwright.sync_api import Error

from demos.programs import source
from slides import deck
from slides.rise import cells, notebook
from slides.rise.install import KERNELS
from slides.sections import sections

SHOWN = "section.present > section.present"
TITLE = f"document.querySelector('{SHOWN} :is(h1, h2)').innerText.trim()"
LEFT = f"[...document.querySelectorAll('{SHOWN} .jp-OutputArea')].map(e => e.textContent).join('|')"
CODE = f"{SHOWN} .jp-CodeCell"
RISE_CHOOSES = 700
"""Milliseconds after which RISE has selected a cell of its own on a slide that has just come."""
LOST_UPDATE = "07a_lost_update"
EDITED = "balance = balance + 1"

# -- the notebook ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def talk():
    return sections()


def test_the_code_stands_in_the_notebook_and_every_cell_on_a_slide(talk):
    for section in talk:
        made, source = notebook.notebook(section), deck.read(section)
        # a second terminal, for a Python that is not on every machine, is another test's
        cells = [cell for cell in source.cells if not cell.source.startswith("!python3")]
        found = [cell for cell in made.cells if "--python" not in cell.source]
        assert len(found) == len(cells) and made.metadata.kernelspec.name == "talk"
        for cell, before in zip(found, cells, strict=True):
            assert cell.metadata.slideshow == before.metadata.slideshow
            if cell.cell_type != "code":
                continue
            assert not cell.source.startswith(("%load", "!")) and "# (" not in cell.source
            if before.source.startswith("%load"):
                assert {type(node) for node in ast.parse(cell.source).body} <= {
                    ast.FunctionDef,
                    ast.AsyncFunctionDef,
                    ast.ClassDef,
                }
                assert cell.id.partition("-")[2].partition("-")[2] in before.source


def test_what_was_typed_into_it_is_gone_once_it_is_written_anew(small_talk):
    (section,) = sections(small_talk.top)
    path = small_talk.top / notebook.write(section, small_talk.top)
    first = path.read_text()
    path.write_text(first.replace("works", "typed"))
    notebook.write(section, small_talk.top)
    assert path.read_text() == first
    assert (path.parent / "rise.css").read_text() == (
        small_talk.top / "slides/rise.css"
    ).read_text()


def test_the_notebook_of_a_section_that_is_gone_goes_too(small_talk):
    old = small_talk.top / notebook.FOLDER / "09_gone.ipynb"
    notebook.write_all(small_talk.top)
    old.write_text("{}")
    notebook.write_all(small_talk.top)
    assert not old.exists() and old.with_name("01_small.ipynb").exists()


# -- the program that the cells make --------------------------------------------------------------


def shown(name, *functions):
    return "\n".join(text for text, _ in source.numbered_lines(material(name), list(functions)))


def program_of(name, *ran):
    """The text of the demo's file with these cells run, and what changed."""
    held = cells.Cells()
    for text, cell in ran:
        held.ran(text, cell)
    with held.program(material(name)) as (demo, changed):
        return demo.source, changed


def test_before_any_cell_is_run_and_after_one_unchanged_it_is_the_demo_itself():
    own = material(LOST_UPDATE).source
    assert program_of(LOST_UPDATE) == (own, [])
    code = shown(LOST_UPDATE, "add", "deposit")
    assert program_of(LOST_UPDATE, (code, "code-2-07a_lost_update")) == (own, [])


def test_the_last_definition_wins():
    code = shown(LOST_UPDATE, "add", "deposit")
    edited = code.replace("balance = add(balance, 1)", EDITED)
    source, changed = program_of(
        LOST_UPDATE, (code, "code-2-07a_lost_update"), (edited, "code-2-07a_lost_update")
    )
    assert EDITED in source and changed == ["deposit"]
    source, changed = program_of(
        LOST_UPDATE,
        (edited, "code-2-07a_lost_update"),
        ("def deposit():\n    say('mine')", "a-new-cell"),
        ("def deposit():\n    say('newer')", "a-new-cell"),
    )
    assert "newer" in source and "mine" not in source and EDITED not in source
    assert source.count("def add(") == 1


def test_the_cell_of_another_demo_has_no_part_in_it():
    locked = shown("07b_lost_update_locked", "deposit")
    ran = (locked, "code-9-07b_lost_update_locked")
    assert program_of(LOST_UPDATE, ran) == (material(LOST_UPDATE).source, [])


def test_a_function_that_the_demo_has_not_stays_in_the_kernel():
    ran = ("import os\ndef other():\n    pass", "a-new-cell")
    assert program_of(LOST_UPDATE, ran) == (material(LOST_UPDATE).source, [])


def test_a_helper_typed_into_the_cell_comes_along():
    code = "def one():\n    return 1\n\n" + shown(LOST_UPDATE, "add", "deposit").replace(
        ", 1)", ", one())"
    )
    source, _ = program_of(LOST_UPDATE, (code, "code-2-07a_lost_update"))
    assert "def one()" in source
    compile(source, "demo", "exec")


def test_a_cell_that_is_no_python_is_said_where_it_would_be_run():
    held = cells.Cells()
    held.ran("def deposit(:\n    pass", "code-2-07a_lost_update")
    assert held.problem(material(LOST_UPDATE)).startswith("syntax error in line 1")
    assert held.problem(material("07b_lost_update_locked")) is None
    held.ran("def deposit():\n    pass", "code-2-07a_lost_update")
    assert held.problem(material(LOST_UPDATE)) is None


# -- the kernel -----------------------------------------------------------------------------------


class OurCells(NotebookClient):
    """Tells the kernel the id of each cell, as JupyterLab does."""

    async def async_execute_cell(self, cell, *arguments, **options):
        session = self.kc.session
        plain = session.msg
        session.msg = lambda *a, **k: plain(*a, **(k | {"metadata": {"cellId": cell.id}}))
        try:
            return await super().async_execute_cell(cell, *arguments, **options)
        finally:
            session.msg = plain


def executed(made, client=OurCells):
    """The notebook with its outputs, from a kernel of our specification."""

    def go():
        specs = KernelSpecManager(kernel_dirs=[str(KERNELS)])
        with tempfile.TemporaryDirectory(prefix="kernel-") as folder:  # its sockets are files
            kernel = AsyncKernelManager(
                kernel_name="talk", kernel_spec_manager=specs, transport="ipc", ip=f"{folder}/ipc"
            )
            runner = client(made, km=kernel, timeout=60, allow_errors=True)
            asyncio.run(runner.async_execute())
        return made

    return in_a_thread(go)


def said(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


@pytest.mark.parametrize("client", [OurCells, NotebookClient])
def test_a_changed_cell_then_the_run_cell_runs_the_changed_program(talk, client):
    before = material(LOST_UPDATE).source
    made = notebook.notebook(next(one for one in talk if one.number == LOST_UPDATE[:2]))
    chosen = [
        cell
        for cell in made.cells
        if cell.cell_type == "code" and LOST_UPDATE in cell.id + cell.source
    ]
    made.cells = chosen
    code, run = chosen
    code.source = code.source.replace("balance = add(balance, 1)", EDITED)
    made.cells += [nbformat.v4.new_code_cell(f"%demo {LOST_UPDATE} --timeline")]
    made.cells += [nbformat.v4.new_code_cell("%demo nothing"), nbformat.v4.new_code_cell("%demo")]
    executed(made, client)
    picture, unknown, empty = made.cells[2:]
    assert code.outputs == [], "a definition is quiet"
    assert (
        "=> not shown here: 0 of 2,000,000" in said(run) and "deposit" in said(run).split("\n")[0]
    )
    assert "\x1b[1;36mluke" in said(run)
    assert any("<svg" in output.get("data", {}).get("text/html", "") for output in picture.outputs)
    assert "no demo is called 'nothing'" in said(unknown) and "takes the name" in said(empty)
    assert material(LOST_UPDATE).source == before


def test_the_kept_picture_of_the_demo_outlives_that_of_an_edited_run(talk):
    from demos.timeline import kept

    quick = material("01a_sequence")
    kept.timeline(quick)
    code = nbformat.v4.new_code_cell(
        shown("01a_sequence", "main").replace("(1)", "(0.1)") + "\n    say('x')"
    )
    made = nbformat.v4.new_notebook(cells=[code, nbformat.v4.new_code_cell("%demo 01a --timeline")])
    executed(made)
    assert kept.cached(quick) is not None


# -- in the browser -------------------------------------------------------------------------------


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


def everything(served):
    """The talk's sources."""
    return {
        path: path.read_bytes()
        for folder in ("demos", "slides", "speaker_notes")
        for path in (served.top / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_from_the_link_to_an_edited_run_by_keyboard_alone(rise, served):
    before = everything(served)
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
    assert everything(served) == before
    rise.follow("small-quick")
    assert "works" in rise.focus(), "the link leads to the text as it is in the sources"
    rise.press("Shift+Enter", "Shift+Enter")
    assert "luke       works" in rise.wait_for("=> it took")
    assert not rise.complaints


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
    rise.wait_for("starts", 10)
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
    rise.press("Shift+Enter")
    rise.page.wait_for_function(f"!{LEFT}.includes('=> it took')")
    rise.wait_for("=> it took")


def test_while_a_cell_is_edited_keys_go_into_it_and_a_clicker_leaves_it(rise):
    rise.follow("small-quick")
    rise.press("Enter")
    rise.page.keyboard.type("# n of b .")
    assert "# n of b ." in rise.focus() and rise.title() == "Quick"
    rise.press("PageDown")
    rise.page.wait_for_function(f"document.querySelector('{SHOWN} h2').innerText.trim() == 'Slow'")
    rise.ready()
    rise.press("Shift+Enter")
    rise.wait_for("starts", 10)


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
    rise.press("Shift+Enter")
    rise.wait_for("starts")
    assert "demos/01b_slow.py" in running(served)
    rise.press("i", "i")
    text = rise.wait_for("stopped", 10)
    assert "Traceback" not in text and "KeyboardInterrupt" not in text and "it took" not in text
    until = time.monotonic() + 3
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
        request = urllib.request.Request(
            served.url + path, headers={"Authorization": f"token {token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                found = answer.status
                assert "/login" in answer.url
        except urllib.error.HTTPError as error:
            found = error.code
            assert found == status
