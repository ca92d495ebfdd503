"""A code cell that goes too far: what it shows is cut, or a line says which cell and why."""

import subprocess
import sys

import nbformat
import pytest
from helping import in_a_thread, surroundings

from demos.errors import TalkError
from slides import cells
from slides.cells import execute
from slides.kernel import TEXT

MEMORY = 600
"""MB that the process which builds may take, among them what the kernel says in one message."""


def run(top, *sources: str, **options):
    """The cells of one notebook, executed."""
    made = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=made, metadata={"section": "01_a.ipynb"})
    for room in ("demos", "slides"):
        (top / room).mkdir(exist_ok=True)
    in_a_thread(lambda: execute([notebook], top, lambda *_: None, fresh=True, **options))
    return [cell.outputs for cell in notebook.cells]


def complaint(top, *sources: str) -> str:
    with pytest.raises(TalkError) as caught:
        run(top, *sources)
    line = str(caught.value)
    assert line.isprintable() and len(line) < 700
    return line


def test_what_a_cell_prints_beyond_the_limit_is_cut_and_said(tmp_path, capfd):
    flood, after = run(
        tmp_path, "for _ in range(3): print('x' * 99_999, flush=True)", "print('still here')"
    )
    text = "".join(output.text for output in flood)
    cut = 300_000 - TEXT
    assert text.count("x") == TEXT and text.endswith(
        f"[… {cut:,} more letters of output were cut]\n"
    )
    assert after[0].text == "still here\n"
    said = capfd.readouterr().err
    assert said.count("\n") == 1 and "slides/01_a.ipynb, cell" in said and "300,000 letters" in said


def test_pictures_of_megabytes_are_no_slide(tmp_path):
    line = complaint(tmp_path, "from IPython.display import HTML; HTML('x' * 5_000_000)")
    assert line.endswith("it shows more than 4 MB; make its pictures smaller")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("!ls /nope", "`!ls /nope` ended with exit status 2: ls: "),
        ("print(1)\n!exit 7", "`!exit 7` ended with exit status 7: 1"),
        ("!pythn ../x.py", "ended with exit status 127: "),
        ("%loda x", "UsageError"),
        ("1/0", "ZeroDivisionError: division by zero"),
        ("raise ValueError('x' * 10_000_000)", "ValueError: xxx"),
        ("1 +", "SyntaxError"),
        ("import os; os._exit(1)", "it ended the kernel; run it in JupyterLab to see why"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "it ended the kernel"),
    ],
)
def test_cell_that_fails_is_one_line(tmp_path, source, words, capfd):
    line = complaint(tmp_path, source)
    assert line.startswith("slides/01_a.ipynb, cell '") and words in line
    assert capfd.readouterr() == ("", "")


def test_shell_commands_that_do_well_are_shown(tmp_path):
    (outputs,) = run(tmp_path, "x = 'Say my name'\n!echo {x}\n!false || true")
    assert "".join(output.text for output in outputs).split() == ["Say", "my", "name"]


@pytest.mark.parametrize(
    "source", ["import time; time.sleep(1000)", "while True: pass", "while True: print('x' * 999)"]
)
def test_cell_that_never_ends_is_one_line(tmp_path, monkeypatch, source, capfd):
    monkeypatch.setattr(cells, "CELL_SECONDS", 3)
    assert complaint(tmp_path, source).endswith("still running after 3 s; make it shorter")
    assert capfd.readouterr() == ("", "")


@pytest.mark.stress("only")
def test_hundred_megabytes_make_no_large_page_and_cost_no_memory(small_talk):
    small_talk.add_cell('for _ in range(100): print("x" * 1_000_000)')
    code = (
        "import resource, sys; from slides.cli import main; status = main(['export'])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024); sys.exit(status)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=small_talk.top,
        env=surroundings(small_talk.top),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "100,000,100 letters" in done.stderr
    (page,) = (small_talk.top / "build").glob("*.html")
    assert page.stat().st_size < 4_000_000
    assert int(done.stdout.splitlines()[-1]) < MEMORY
