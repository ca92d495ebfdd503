"""The cells of a section in RISE: the notebook, the program that they make, the kernel."""

import ast
import asyncio
import tempfile

import nbformat
import pytest
from helping import in_a_thread, material
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from demos.programs import source
from slides import deck
from slides.rise import cells, notebook
from slides.rise.install import KERNELS
from slides.sections import sections

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
