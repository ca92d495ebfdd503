"""A section is its number: what is missing, orphaned or misnamed is named, with the mend."""

import json

import pytest
from notebooks import cell, notebook

from demos.errors import TalkError
from slides.sections import read_notes, sections, slot

FIRST = "markdown", "# *One*\nmore", "slide", "first"


@pytest.fixture
def tiny(tmp_path):
    """An empty checkout; `tiny("slides/01_one.ipynb")` adds a file."""

    def add(name: str, text: str = ""):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    add.top = tmp_path
    for name in (
        "slides/01_one.ipynb",
        "speaker_notes/01_one.md",
        "demos/01a_first.py",
        "demos/01b_second.py",
    ):
        add(name)
    for name in (
        "slides/02_the_other.ipynb",
        "speaker_notes/02_the_other.md",
        "demos/02a_third.py",
    ):
        add(name)
    return add


def complaint(top) -> str:
    with pytest.raises(TalkError) as caught:
        sections(top)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_number_joins_the_files(tiny):
    one, other = sections(tiny.top)
    assert (one.number, one.slug, [demo.id for demo in one.demos]) == ("01", "one", ["01a", "01b"])
    assert (other.number, other.slug, [demo.name for demo in other.demos]) == (
        "02",
        "the-other",
        ["02a_third"],
    )
    assert (
        other.notebook.name == "02_the_other.ipynb" and other.notes_path.name == "02_the_other.md"
    )


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (json.dumps(notebook([cell(*FIRST, layout="section")])), "One"),
        (json.dumps(notebook([cell(*FIRST)])), "one"),
        (json.dumps(notebook([])), "one"),
        ('{"cells": [{"cell_type": "code"}]}', "one"),
        ('{"cells": [{"metadata": {"talk": "section"}}]}', "one"),
        ("[]", "one"),
        ("", "one"),
    ],
    ids=["section", "no layout", "no cell", "no metadata", "odd metadata", "list", "empty"],
)
def test_section_is_called_after_its_first_slide_or_else_its_file(tiny, text, title):
    """For the list of demos, which shows what it can of a notebook that makes no deck."""
    tiny("slides/01_one.ipynb", text)
    assert [section.title for section in sections(tiny.top)] == [title, "the-other"]


@pytest.mark.parametrize(
    ("missing", "named", "mend"),
    [
        (
            "slides/02_the_other.ipynb",
            "speaker_notes/02_the_other.md: there is no notebook slides/02_*.ipynb",
            "remove the orphan",
        ),
        (
            "speaker_notes/01_one.md",
            "slides/01_one.ipynb: its notes speaker_notes/01_one.md are missing",
            "write them",
        ),
        (
            "demos/02a_third.py",
            "slides/02_the_other.ipynb: section 02 has no demo demos/02a_*.py",
            "write one",
        ),
    ],
)
def test_missing_file_is_named(tiny, missing, named, mend):
    (tiny.top / missing).unlink()
    message = complaint(tiny.top)
    assert named in message and mend in message


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ("demos/03a_lost.py", "demos/03a_lost.py: there is no notebook slides/03_*.ipynb"),
        ("speaker_notes/03_lost.md", "speaker_notes/03_lost.md: there is no notebook"),
        ("slides/01_twice.ipynb", "slides/01_twice.ipynb: section 01 is already 01_one.ipynb"),
        (
            "slides/3_short.ipynb",
            "slides/3_short.ipynb: a section's file is named like 07_some_words.ipynb",
        ),
        ("slides/03-dashes.ipynb", "slides/03-dashes.ipynb: a section's file is named like"),
        (
            "speaker_notes/03_Big.md",
            "speaker_notes/03_Big.md: a section's file is named like 07_some_words.md",
        ),
        ("demos/1_x.py", "demos/1_x.py: a demo is named like 01a_some_words.py"),
        ("demos/01a_twice.py", "demos/01a_twice.py: 01a is already demos/01a_first.py"),
    ],
)
def test_orphan_or_misnamed_file_is_named(tiny, extra, named):
    tiny(extra)
    assert named in complaint(tiny.top)


def test_notes_with_another_name_than_the_notebook(tiny):
    (tiny.top / "speaker_notes/01_one.md").rename(tiny.top / "speaker_notes/01_won.md")
    assert "speaker_notes/01_won.md: its notebook is called slides/01_one.ipynb" in complaint(
        tiny.top
    )


def test_folder_that_is_no_checkout(tmp_path):
    assert "is this the checkout?" in complaint(tmp_path)


def test_backstage_files_are_no_content(tiny):
    for name in (
        "slides/__init__.py",
        "demos/runs/run.py",
        "slides/theme/talk.css",
        "speaker_notes/README.md",
    ):
        tiny(name)
    assert len(sections(tiny.top)) == 2


def test_notes_are_read(tiny):
    tiny(
        "speaker_notes/01_one.md",
        "---\nminutes: 2.5\n---\n\n## First slide\nSay **this**.\n\n"
        "## `code` slide\nAnd this.\n\nAnd that.\n",
    )
    notes = sections(tiny.top)[0].notes
    assert notes.minutes == 2.5
    assert notes.slides == {
        "First slide": "Say **this**.",
        "`code` slide": "And this.\n\nAnd that.",
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("## A\nno front matter", "front matter"),
        ("---\nminutes: many\n---\n## A\n", "no number of minutes"),
        ("---\nhours: 1\n---\n## A\n", "minutes: 5"),
        ("---\n[\n---\n## A\n", "minutes: 5"),
        ("---\n- 5\n---\n## A\n", "minutes: 5"),
        ("---\nminutes: 5\n---\nhello\n## A\n", "belongs to no slide"),
        ("---\nminutes: 5\n---\n## A\nx\n## A\ny\n", "two notes are called 'A'"),
    ],
)
def test_bad_notes_are_explained(tmp_path, text, reason):
    path = tmp_path / "05_x.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TalkError) as caught:
        read_notes(path)
    assert str(caught.value).startswith("speaker_notes/05_x.md: ") and reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_notes_in_another_encoding(tmp_path):
    path = tmp_path / "05_x.md"
    path.write_bytes("---\nminutes: 5\n---\n## é\n".encode("latin-1"))
    with pytest.raises(TalkError, match="not written in UTF-8"):
        read_notes(path)


def test_planned_minutes_fit_the_slot(checkout):
    planned = sum(section.notes.minutes for section in sections(checkout))
    assert 0 < planned <= slot(checkout)
