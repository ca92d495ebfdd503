"""What other people wrote: each file that can't be used is one line, before anything is measured.

And what people asked for: a place to write to is written as they meant it, or refused in a line.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from helping import build, in_a_thread, surroundings
from small import QUICK, Talk, small_notebook

from demos import catalogue, files
from demos.errors import LONGEST, TalkError, WrongUse
from demos.runs import record
from slides import cli, screen
from slides.measuring import measure
from slides.sections import read_notes, sections

NOTEBOOK, NOTES, DEMO = "slides/01_small.ipynb", "speaker_notes/01_small.md", "demos/01a_quick.py"
CONFLICT = b"<<<<<<< HEAD\n%s=======\n%s>>>>>>> a branch\n"


@pytest.fixture(scope="module")
def talk(tmp_path_factory) -> Talk:
    """The files of a small talk; `reset` puts them back."""
    return Talk(tmp_path_factory.mktemp("outside") / "talk")


@pytest.fixture
def small(talk, monkeypatch):
    """The small talk, in which measuring is an error: what is wrong is found before."""

    def measured(*_, **__):
        raise AssertionError("this was found only after measuring began")

    monkeypatch.setattr(record, "record", measured)
    monkeypatch.setattr(record, "cached", lambda *_: None)
    yield talk
    for name in (NOTEBOOK, NOTES, DEMO):
        path = talk.top / name
        if path.is_symlink():
            path.unlink()
        elif path.is_dir():
            path.rmdir()
    talk.reset()


def complaint(top: Path) -> str:
    """The one line that the export ends with."""
    with pytest.raises(TalkError) as caught:
        build(top)
    line = str(caught.value)
    assert line.isprintable() and len(line) <= LONGEST + 100
    return line


# -- files that can't be used ---------------------------------------------------------------------


@pytest.mark.parametrize("name", [NOTEBOOK, NOTES, DEMO, "pyproject.toml"])
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("latin-1", "it is not written in UTF-8 (line 2); save it as UTF-8"),
        ("conflict", "line 1 is a mark of a merge conflict"),
        ("folder", "it is a folder, not a file; move it away"),
        ("nowhere", "it is a link that leads nowhere; mend or remove it"),
    ],
)
def test_file_that_can_not_be_used_is_named_with_the_mend(small, name, fault, words):
    path = small.top / name
    before = path.read_bytes()
    try:
        if fault == "latin-1":
            path.write_bytes(before.replace(b"\n", b"\n\xe9", 1))
        elif fault == "conflict":
            path.write_bytes(CONFLICT % (before, before))
        else:
            path.unlink()
            path.mkdir() if fault == "folder" else path.symlink_to("nothing")
        if (name, fault) == ("pyproject.toml", "nowhere"):
            words = "it is missing; is this the checkout?"
        assert f"{name}: {words}" in complaint(small.top)
    finally:
        path.rmdir() if path.is_dir() else path.unlink()
        path.write_bytes(before)


@pytest.mark.parametrize("name", [NOTEBOOK, NOTES, DEMO])
def test_byte_order_mark_and_the_newlines_of_windows_are_no_fault(small, name):
    path = small.top / name
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    for section in sections(small.top):
        from slides import deck

        placed = deck.place(section, deck.Ingredients(), notes=True)
        assert ">say<" in str(placed.cells) and "Say Quick." in str(placed.cells)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a valid notebook"),
        ("[]", "not a valid notebook"),
        ("[" * 100_000, "not a valid notebook"),
        ('{"cells": 1}', "not a valid notebook"),
    ],
    ids=["empty", "list", "deep", "cells"],
)
def test_notebook_that_is_none(small, text, words):
    small.write(NOTEBOOK, text)
    assert words in complaint(small.top)


@pytest.mark.parametrize(
    "metadata",
    [{"slideshow": "slide"}, {"slideshow": {"slide_type": []}}, {"talk": "section"}, {"talk": []}],
    ids=str,
)
def test_metadata_of_another_shape(small, metadata):
    notebook = small_notebook()
    notebook["cells"][1]["metadata"] |= metadata
    small.write(NOTEBOOK, json.dumps(notebook))
    assert f"{NOTEBOOK}: cell 2" in complaint(small.top)


@pytest.mark.parametrize(
    "minutes", ["-5", "0", "true", ".nan", ".inf", "12:30", "1e400", "[5]", "{a: 1}", "", "5 min"]
)
def test_minutes_that_are_none(tmp_path, minutes):
    path = tmp_path / "05_x.md"
    path.write_text(f"---\nminutes: {minutes}\n---\n## A\n", encoding="utf-8")
    with pytest.raises(TalkError, match=r"^speaker_notes/05_x\.md: .*minutes") as caught:
        read_notes(path)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("notes", [True, False])
def test_notes_that_do_not_fit_the_slides_are_found_before_the_work(small, notes):
    small.write(NOTES, "---\nminutes: 1\n---\n## Small\nOnly this one.\n")
    with pytest.raises(TalkError, match="no `## Quick`"):
        build(small.top, notes=notes)
    small.write(NOTES, "---\nminutes: 1000\n---\n## Small\n")
    with pytest.raises(TalkError, match="1000 minutes are planned"):
        build(small.top, notes=notes)


def test_list_of_demos_shows_what_can_not_be_read_beside_the_others(tmp_path):
    for name, data in {
        "01a_good": QUICK.encode(),
        "01b_latin": '"""é."""'.encode("latin-1"),
        "01c_nul": b'"""A."""\0',
        "01d_deep": b"(" * 100_000,
    }.items():
        (tmp_path / f"{name}.py").write_bytes(data)
    claims = [demo.claim for demo in catalogue.demos(tmp_path)]
    assert claims[0] == "Luke waits while main waits for him."
    assert all(claim.startswith("(") and claim.isprintable() for claim in claims[1:])
    assert "UTF-8" in claims[1]


def recorded(demo, folder):
    """Its recording, made now."""
    return in_a_thread(lambda: record.record([demo], folder=folder))[demo.name]


def test_silent_demo_is_no_fault(write_demo, tmp_path):
    demo = write_demo('"""Says nothing."""\n')
    recording = recorded(demo, tmp_path / "build")
    assert recording.transcript == "" and recording.rows == 1
    rows, columns = screen.size([recording.transcript], most=18)
    assert rows >= screen.MIN_ROWS and columns >= screen.MIN_COLUMNS, "it has a terminal"


def test_demo_that_failed_after_megabytes_is_still_one_line(write_demo, tmp_path):
    demo = write_demo('"""Fails."""\nprint("x" * 60_000)\nraise SystemExit(3)\n')
    with pytest.raises(TalkError, match="ended with exit status 3") as caught:
        recorded(demo, tmp_path / "build")
    assert len(str(caught.value)) < 500 and "letters cut" in str(caught.value)


def test_message_is_one_line_without_what_steers_a_terminal():
    said = str(TalkError("a\nb\x1b[31mred\x1b[0m \x07\x9b2J" + "x" * 10_000))
    assert said.isprintable() and said.startswith("a b") and len(said) < LONGEST + 100
    assert "letters cut" in said


# -- cells that were meant to be special ----------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "form"),
    [
        ("!talk demo 01a --timelines", "!talk demo 04a --timeline"),
        ("! talk  demo 01a", "!talk demo 04a --timeline"),
        ("!uv run talk demo 01a --timeline", "!talk demo 04a --timeline"),
        ("%load ../demos/01a_quick.py", "%load -s main ../demos/04a_four_steps.py"),
        ("%load -s main demos/01a_quick.py", "%load -s main ../demos/04a_four_steps.py"),
        ("%load -s main ../demos/01a_quick.py\nmain()", "%load -s main ../demos/04a"),
        ("!python3 ../demos/01a_quick.py", "!python ../demos/04a_four_steps.py"),
        ("!python -u ../demos/01a_quick.py", "!python ../demos/04a_four_steps.py"),
        ("1 + 1\n!python ../demos/01a_quick.py", "!python ../demos/04a_four_steps.py"),
        ("%run ../demos/01a_quick.py", "!python ../demos/04a_four_steps.py"),
    ],
)
def test_mistyped_special_cell_is_an_error_with_the_right_form(small, source, form):
    notebook = small_notebook()
    notebook["cells"][2]["source"] = source
    small.write(NOTEBOOK, json.dumps(notebook))
    line = complaint(small.top)
    assert line.startswith(f"{NOTEBOOK}: cell 3: `") and f"write `{form}" in line


@pytest.mark.parametrize("source", ["!ls ../demos", "text = '%load'", "# %load a", "import talk"])
def test_other_cells_are_left_alone(source):
    from slides.special import mistyped

    assert mistyped(source) is None


# -- places to write to ---------------------------------------------------------------------------


def test_link_is_written_through(tmp_path):
    (tmp_path / "there").mkdir()
    link = tmp_path / "talk.html"
    link.symlink_to("there/real.html")
    for text in ("new", "again"):  # first it leads nowhere yet
        files.check_writable(link)
        files.write(link, text)
        assert link.is_symlink() and (tmp_path / "there/real.html").read_text() == text
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["real.html"]


def test_permissions_stay(tmp_path):
    path = tmp_path / "talk.html"
    path.write_text("old")
    path.chmod(0o600)
    files.write(path, "new")
    assert path.read_text() == "new" and stat.S_IMODE(path.stat().st_mode) == 0o600


def test_pipe_gets_the_page_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with (tmp_path / "read").open("wb") as read:
        reader = subprocess.Popen(["cat", pipe], stdout=read)
    files.check_writable(pipe)
    files.write(pipe, "page" * 100_000)  # more than a pipe holds
    assert reader.wait(30) == 0 and (tmp_path / "read").read_bytes() == b"page" * 100_000
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="there is no /dev/fd")
def test_what_a_shell_has_opened_is_written_to():
    """As in `talk export -o >(gzip > talk.html.gz)`."""
    read, write = os.pipe()
    path = Path(f"/dev/fd/{write}")
    files.check_writable(path)
    files.write(path, "page")
    os.close(write)
    with os.fdopen(read) as reader:
        assert reader.read() == "page"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a device node")
@pytest.mark.parametrize(("minor", "fails"), [(3, False), (7, True)], ids=["null", "full"])
def test_device_stays_a_device(tmp_path, minor, fails):
    node = tmp_path / "node"
    try:
        os.mknod(node, 0o666 | stat.S_IFCHR, os.makedev(1, minor))
        node.write_bytes(b"")
    except OSError as error:
        pytest.skip(f"no device can be made or used here: {error}")
    files.check_writable(node)
    if fails:
        with pytest.raises(WrongUse, match="no space left on device"):
            files.write(node, "page")
    else:
        files.write(node, "page")
    assert stat.S_ISCHR(node.stat().st_mode)


def test_links_in_a_circle(tmp_path):
    link = tmp_path / "talk.html"
    link.symlink_to("talk.html")
    for act in (files.check_writable, lambda path: files.write(path, "page")):
        with pytest.raises(WrongUse):
            act(link)
    assert link.is_symlink()


@pytest.mark.parametrize("option", ["-o", "--images"])
def test_minus_is_no_file(option, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["export", option, "-"]) == 2
    assert capsys.readouterr().err.startswith("talk: -: ")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_full_disk_behind_stdout_is_a_line():
    code = "import sys; from slides.cli import main; sys.exit(main())"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code, "demo"],
            env=surroundings(Path(__file__).parent.parent),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    assert done.stderr == (
        "talk: the output: no space left on device; make room, or choose another place\n"
    )


# -- what is kept ---------------------------------------------------------------------------------


def test_build_that_can_not_be_written_costs_nothing_but_time(write_demo, tmp_path, capsys):
    (tmp_path / "build").write_text("a file")
    demo = write_demo(QUICK)
    folder = tmp_path / "build" / "recordings"
    recording = recorded(demo, folder)
    assert "=> it took" in recording.transcript
    assert record.cached(demo, folder) == record.latest(demo, folder) == recording
    assert capsys.readouterr().err.count("can't be written") <= 1  # once in a process
    assert (tmp_path / "build").read_text() == "a file"


def test_build_that_is_removed_while_presenting_loses_no_recording(write_demo, tmp_path):
    demo = write_demo(QUICK)
    folder = tmp_path / "build" / "recordings"
    recording = recorded(demo, folder)
    assert record.at_hand(demo, folder) == recording  # as the deck asks for it when it is built
    shutil.rmtree(tmp_path / "build")
    assert record.at_hand(demo, folder) == recording
    assert record.cached(demo, folder) is None, "it is to be made again when there is time"


def test_installed_without_its_checkout_it_says_so(talk, monkeypatch, capsys):
    monkeypatch.setattr(cli, "TOP", talk.top / "nothing")
    for command in (["demo"], ["export"], []):
        assert cli.main(command) == 1
        said = capsys.readouterr()
        assert said.out == "" and said.err.count("\n") == 1 and "pip install -e ." in said.err


def test_what_is_kept_is_not_drawn_again(talk, monkeypatch):
    from demos.timeline import kept
    from demos.timeline.model import Timeline

    said = []
    demos = catalogue.demos(talk.top / "demos")
    there = Timeline(demos[0].name, "", "CPython", [], 0.0, 0.0, 0.0, "", None)
    monkeypatch.setattr(kept, "cached", lambda demo: there if demo == demos[0] else None)
    monkeypatch.setattr(kept, "timeline", lambda demo, **how: there)

    def progress(what, done, total):
        said.append((what.partition(",")[0], total))

    in_a_thread(lambda: measure([], demos, progress))
    assert said == [(f"drawing {demos[1].name}", 1)]
