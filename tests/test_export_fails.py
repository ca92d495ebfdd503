"""The export that can't be done: what it says, and the file that was there stays."""

import stat
from pathlib import Path

import pytest
from helping import build

from demos import files
from demos.errors import TalkError, WrongUse


def test_previous_file_stays_when_a_cell_fails(warm_talk):
    out = warm_talk.top / "out"
    out.mkdir()
    (out / "talk.html").write_text("the previous one")
    warm_talk.add_cell("1 / 0")
    done = warm_talk.talk("export", "-o", "out/talk.html")
    assert done.returncode == 1 and done.stdout == ""
    assert (
        done.stderr.splitlines()[-1]
        == "talk: slides/01_small.ipynb, cell 'sum' (`1 / 0`): ZeroDivisionError: division by zero"
    )
    assert "Traceback" not in done.stderr
    assert [path.name for path in out.iterdir()] == ["talk.html"]
    assert (out / "talk.html").read_text() == "the previous one"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os; os._exit(3)", "it ended the kernel"),
        ("def f(:", "SyntaxError"),
        ("import nothing_like_it", "No module named 'nothing_like_it'"),
    ],
)
def test_reason_is_named(warm_talk, source, reason):
    warm_talk.add_cell(source)
    with pytest.raises(TalkError) as caught:
        build(warm_talk.top)
    message = str(caught.value)
    assert (
        message.startswith("slides/01_small.ipynb, cell 'sum'")
        and reason in message
        and "\n" not in message
    )


def test_demo_that_fails_stops_the_export(warm_talk):
    warm_talk.write(
        "demos/01a_quick.py",
        '"""Fails."""\n\ndef main():\n    pass\n\nprint("half-way")\nraise SystemExit("no fuel")\n',
    )
    done = warm_talk.talk("export")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "demos/01a_quick.py" in last and "no fuel" in last and "Traceback" not in done.stderr
    assert not (warm_talk.top / "build/small.html").exists()


def test_too_many_minutes(warm_talk):
    notes = (warm_talk.top / "speaker_notes/01_small.md").read_text("utf-8")
    warm_talk.write("speaker_notes/01_small.md", notes.replace("minutes: 1", "minutes: 46"))
    with pytest.raises(TalkError, match=r"46 minutes are planned, .* allows 45; shorten a section"):
        build(warm_talk.top, notes=True)


def test_code_cell_is_shown_with_its_output(warm_talk):
    warm_talk.add_cell("for i in range(3):\n    print('<b>', i)")
    page = build(warm_talk.top)
    assert "&lt;b&gt; 0\n&lt;b&gt; 1\n&lt;b&gt; 2" in page


def test_script_in_a_slide_or_demo_can_not_end_the_page(warm_talk):
    demo = (warm_talk.top / "demos/01a_quick.py").read_text("utf-8")
    warm_talk.write("demos/01a_quick.py", demo.replace("=> it took", "</script><!-- => it took"))
    page = build(warm_talk.top)
    assert page.count("<script") == page.count("</script>")


# -- places that can't be written ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("slides", "slides: is a folder; name a file with -o"),
        (
            "pyproject.toml/talk.html",
            "pyproject.toml: is a file, not a folder; choose another place",
        ),
        ("/proc/talk.html", "/proc: nothing can be written there; choose another place"),
    ],
)
def test_place_that_can_not_be_written_is_found_before_the_work(
    warm_talk, monkeypatch, place, words
):
    if place.startswith("/proc") and not Path("/proc").is_dir():
        pytest.skip("no /proc here")
    monkeypatch.chdir(warm_talk.top)
    with pytest.raises(WrongUse) as caught:
        files.check_writable(Path(place))
    assert str(caught.value) == words


def test_place_that_can_not_be_written_ends_with_two(warm_talk):
    done = warm_talk.talk("export", "-o", "slides")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "talk: slides: is a folder; name a file with -o\n",
    )


def test_write_leaves_whole_files_with_usual_rights(tmp_path):
    path = tmp_path / "a" / "b.html"
    files.write(path, "one")
    files.write(path, "two")
    assert path.read_text() == "two"
    assert [beside.name for beside in path.parent.iterdir()] == ["b.html"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
