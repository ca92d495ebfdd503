"""Whatever stands in the files: a deck with all of it, or one line; never markup in the page."""

import html
import json
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demos import cast
from demos.catalogue import Demo
from demos.errors import TalkError, in_one_line
from demos.runs.output import plain
from slides import deck
from slides.sections import Section, read_notes

EVIL = st.sampled_from(
    [
        *("<script>alert(1)</script>", "</pre>", "<!--", "&lt;", "'", '"', "{{ x }}"),
        *("\x1b[31m", "\x1b]0;t\x07", "\0", "\r", "\u2028", "日本", "é"),
        *("## ", "---\n", "<<<<<<< x\n", "%load ", "!talk "),
    ]
)
TEXT = st.lists(st.one_of(EVIL, st.text(max_size=20)), max_size=8).map("".join)
QUIET = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def check(error: TalkError, where: str) -> None:
    """It is one line that says where."""
    assert str(error).startswith(where) and "\n" not in str(error) and "\x1b" not in str(error)


def written(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@QUIET
@given(st.one_of(st.binary(max_size=200), TEXT.map(written)), st.booleans())
def test_notes_are_all_there_or_one_line(tmp_path, data, framed):
    path = tmp_path / "05_x.md"
    path.write_bytes(b"---\nminutes: 5\n---\n## A\n" + data if framed else data)
    try:
        notes = read_notes(path)
    except TalkError as error:
        check(error, "speaker_notes/05_x.md: ")
        return
    words = data.decode().removeprefix("\ufeff").split() if framed else []
    kept = " ".join(f"{title} {text}" for title, text in notes.slides.items())
    assert all(word in kept for word in words if word not in ("##", "{optional}"))


@QUIET
@given(
    st.lists(st.tuples(st.sampled_from(["markdown", "code", "raw"]), TEXT), max_size=4),
    st.recursive(st.none() | st.text(max_size=5) | st.integers(), st.lists, max_leaves=3),
)
def test_notebook_has_all_its_slides_or_is_one_line(tmp_path, made, odd):
    first = {"cell_type": "markdown", "metadata": {"slideshow": {"slide_type": "slide"}}}
    cells = [first | {"id": "c", "source": "# Small"}]
    for number, (kind, source) in enumerate(made):
        cell = {"cell_type": kind, "source": source, "id": f"c{number}"}
        cell["metadata"] = {"slideshow": {"slide_type": "-"}, "talk": {"x": odd}}
        if kind == "code":
            cell |= {"outputs": [], "execution_count": None}
        cells.append(cell)
    path = tmp_path / "05_x.ipynb"
    path.write_bytes(
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()
    )
    section = Section("05_x", path, tmp_path / "05_x.md", [Demo("05a_x", tmp_path / "05a_x.py")])
    try:
        (slide,) = deck.slides_of(section, deck.read(section))
    except TalkError as error:
        check(error, "slides/05_x.ipynb: ")
        return
    assert [cell.source for cell in slide.cells] == ["# Small", *(source for _, source in made)]


@QUIET
@given(TEXT)
def test_output_of_a_demo_is_never_markup_in_the_page(text):
    shown = cast.as_html(plain(text))
    assert set(re.findall(r"<[^>]*>", shown)) <= {
        *(f'<span class="{name}">' for name in ("main", "luke", "darthvader", "l1", "l2", "l3")),
        "</span>",
    }
    without = html.unescape(re.sub(r"</?span[^>]*>", "", shown))
    assert without.split() == "\n".join(plain(text).splitlines()).split()


@QUIET
@given(st.text(max_size=2000))
def test_message_is_always_one_line(text):
    line = in_one_line(text)
    assert "\n" not in line and "\x1b" not in line and len(line) < 700
