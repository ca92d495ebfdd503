"""Slides, notes and demos correspond: what a notebook names exists, what exists is on a slide."""

import ast
import html
import json
import os
import re
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from helping import in_a_thread
from nbclient import NotebookClient

from demos import catalogue
from demos.errors import TalkError
from demos.programs import source
from slides import deck, listing
from slides.sections import Section, sections

CHECKOUT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((CHECKOUT / "slides").glob("[0-9]*.ipynb"))
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])

MARKER = re.compile(r"  # \(\d+\)$", re.MULTILINE)


def section_of(path: Path) -> Section:
    demos = [demo for demo in catalogue.demos() if demo.section == path.name[:2]]
    return Section(path.stem, path, CHECKOUT / "speaker_notes" / f"{path.stem}.md", demos)


def slides_of(path: Path) -> list[deck.Slide]:
    section = section_of(path)
    return deck.slides_of(section, deck.read(section))


# -- notebooks as files ----------------------------------------------------------------------------


@every_notebook
def test_notebook_is_valid_and_stores_no_output(path):
    raw = json.loads(path.read_text("utf-8"))
    nbformat.validate(raw)
    assert (raw["nbformat"], raw["nbformat_minor"]) == (4, 5)
    assert raw["metadata"]["kernelspec"]["name"] == "python3"
    for cell in raw["cells"]:
        assert not cell.get("outputs") and cell.get("execution_count") is None, cell["id"]


@every_notebook
def test_every_cell_has_a_slide_type_and_a_readable_id(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    kinds = [cell["metadata"].get("slideshow", {}).get("slide_type") for cell in cells]
    assert set(kinds) <= {"slide", "subslide", "fragment", "-", "skip"}
    assert kinds[0] == "slide"
    ids = [cell["id"] for cell in cells]
    assert len(set(ids)) == len(ids)
    assert all(
        re.fullmatch(r"[a-z][a-z0-9_-]*", name) and not re.fullmatch(r"[0-9a-f]{8}.*", name)
        for name in ids
    ), ids


@every_notebook
def test_slides_open_with_their_section(path):
    layouts = [slide.layout for slide in slides_of(path)]
    assert layouts.count("section") == 1
    assert layouts.index("section") == (1 if layouts[0] in ("title", "chapter") else 0)
    for slide in slides_of(path):
        marks = "# " if slide.layout else "## "
        assert slide.cells[0].source.startswith(marks), slide.title


def test_titles_are_unique_in_the_whole_deck():
    titles = [deck.slug(slide.title) for path in NOTEBOOKS for slide in slides_of(path)]
    assert sorted(titles) == sorted(set(titles))


# -- notes -----------------------------------------------------------------------------------------


@every_notebook
def test_every_slide_has_its_note_in_order(path):
    notes = section_of(path).notes
    assert list(notes.slides) == [slide.title for slide in slides_of(path)]
    assert all(notes.slides.values()), "an empty note"


# -- demos -----------------------------------------------------------------------------------------


@every_notebook
def test_every_demo_is_run_on_exactly_one_slide(path):
    run = [name for slide in slides_of(path) for name in dict.fromkeys(slide.names(deck.RUN))]
    assert sorted(run) == [demo.name for demo in section_of(path).demos]


@every_notebook
def test_every_section_shows_code_run_and_picture(path):
    slides = slides_of(path)
    for kind in (deck.LOAD, deck.RUN, deck.PICTURE):
        assert any(slide.names(kind) for slide in slides), kind.pattern


@every_notebook
def test_magic_is_written_the_way_the_deck_reads_it(path):
    for cell in nbformat.read(path, as_version=4).cells:
        source = cell.source.strip()
        if cell.cell_type == "code" and re.search(r"^[%!]", source, re.MULTILINE):
            assert any(kind.fullmatch(source) for kind in (deck.LOAD, deck.RUN, deck.PICTURE)), (
                source
            )


def functions_of(demo: catalogue.Demo) -> dict[str, str]:
    lines = demo.source.splitlines()
    nodes = [
        node
        for node in ast.parse(demo.source).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    return {node.name: "\n".join(lines[node.lineno - 1 : node.end_lineno]) for node in nodes}


@every_notebook
def test_code_on_slides_is_the_demos(path):
    section = section_of(path)
    by_name = {demo.name: functions_of(demo) for demo in section.demos}
    original = {cell.id: cell.source.strip() for cell in deck.read(section).cells}
    shown = 0
    for cell in deck.place(section, deck.Ingredients(), notes=False).cells:
        match = deck.LOAD.fullmatch(original[cell.id])
        if not match:
            continue
        shown += 1
        markup = cell.outputs[0].data["text/html"]
        lines = re.findall(
            r'<span class="line[^"]*"(?: data-step="\d+")?>(.*?)</span>'
            r'(?=<span class="line|</code>)',
            markup,
        )
        text = "\n".join(html.unescape(re.sub(r"<[^>]+>", "", line)) for line in lines)
        source = "\n\n".join(by_name[match["demo"]][name] for name in match["names"].split(","))
        assert text == MARKER.sub("", source)
        assert "# (" not in text
        steps = {step for step in re.findall(r"# \((\d+)\)$", source, re.MULTILINE)}
        assert (
            set(re.findall(r'<span class="fragment step"[^>]* data-step="(\d+)"', markup)) == steps
        )
    assert shown


def test_step_on_a_block_means_the_block(write_demo):
    demo = write_demo(
        "def run():\n    with lock:  # (2)\n        count = 1\n"
        "        x = [  # (1)\n            1,\n        ]\n    done()  # (3)\n"
    )
    assert source.numbered_lines(demo, ["run"]) == [
        ("def run():", 0),
        ("    with lock:", 2),
        ("        count = 1", 2),
        ("        x = [", 1),
        ("            1,", 1),
        ("        ]", 1),
        ("    done()", 3),
    ]


def test_highlighting_keeps_every_character():
    code = (
        'def f(x):\n    """a <b> & c"""\n    return f"{x!r:>{4}}" if x else \'\'\n\n\nclass A: pass'
    )
    lines = listing.highlight_code(code)
    assert "\n".join(html.unescape(re.sub(r"<[^>]+>", "", line)) for line in lines) == code


# -- notebooks that are wrong ----------------------------------------------------------------------


def change(talk, edit) -> Section:
    """The small talk's section after `edit(cells)`."""
    path = talk.top / "slides/01_small.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    edit({cell["id"]: cell for cell in notebook["cells"]}, notebook)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return sections(talk.top)[0]


def rename(name):
    return lambda cells, notebook: cells[name].update(source="## Renamed")


BROKEN = {
    "unknown demo": (
        lambda c, n: c["quick-run"].update(source="!python ../demos/01x_quick.py"),
        "section 01 has no demo 01x_quick; it has 01a_quick",
    ),
    "another section's demo": (
        lambda c, n: c["quick-run"].update(source="!python ../demos/02a_quick.py"),
        "section 01 has no demo 02a_quick",
    ),
    "unknown function": (
        lambda c, n: c["quick-code"].update(source="%load -s mian ../demos/01a_quick.py"),
        "demos/01a_quick.py has no function mian; it has say, main",
    ),
    "no slide type": (
        lambda c, n: c["quick-run"]["metadata"].pop("slideshow"),
        "cell 4 has slide type None; choose one of",
    ),
    "unknown slide type": (
        lambda c, n: c["last"]["metadata"]["slideshow"].update(slide_type="slides"),
        "cell 7 has slide type 'slides'",
    ),
    "notes in the notebook": (
        lambda c, n: c["last"]["metadata"]["slideshow"].update(slide_type="notes"),
        "cell 7 has slide type 'notes'",
    ),
    "no title": (
        lambda c, n: c["last"].update(source="Last"),
        "the slide that begins with 'Last' needs a first line `## Title`",
    ),
    "same title": (
        lambda c, n: c["last"].update(source="## Quick"),
        "two slides are called 'Quick' and 'Quick'",
    ),
    "same address": (
        lambda c, n: c["last"].update(source="## Quick!"),
        "two slides are called 'Quick' and 'Quick!'",
    ),
    "begins inside a slide": (
        lambda c, n: n["cells"].insert(0, n["cells"].pop(3)),
        "the first cell has to be a slide",
    ),
    "no valid notebook": (
        lambda c, n: n.update(cells=[{"cell_type": "markdown"}]),
        "not a valid notebook",
    ),
    "note missing": (
        rename("last"),
        "no `## Renamed`; every slide of slides/01_small.ipynb needs its notes",
    ),
    "note without slide": (
        lambda c, n: n["cells"].pop(),
        "`## Last` has no slide in slides/01_small.ipynb",
    ),
    "notes in another order": (
        lambda c, n: n["cells"].insert(1, n["cells"].pop()),
        "the notes are not in the order of the slides",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_notebook_is_explained_in_one_line(small_talk, case):
    edit, words = BROKEN[case]
    section = change(small_talk, edit)
    with pytest.raises(TalkError) as caught:
        deck.place(section, deck.Ingredients(), notes=True)
    message = str(caught.value)
    assert words in message and "\n" not in message
    assert message.startswith(("slides/01_small.ipynb", "speaker_notes/01_small.md"))


@pytest.mark.parametrize("text", ["", "{", "[]", "not json", '{"cells": []}', "\0"])
def test_file_that_is_no_notebook(small_talk, text):
    small_talk.write("slides/01_small.ipynb", text)

    def slides():
        section = sections(small_talk.top)[0]
        return deck.slides_of(section, deck.read(section))

    with pytest.raises(TalkError, match=r"slides/01_small\.ipynb: "):
        slides()


def test_demo_that_does_not_parse(small_talk):
    small_talk.write("demos/01a_quick.py", "def main(:\n")
    with pytest.raises(TalkError, match=r"demos/01a_quick.py, line 1: .*; mend it and save again"):
        deck.place(sections(small_talk.top)[0], deck.Ingredients(), notes=False)


# -- addresses -------------------------------------------------------------------------------------


def test_address_depends_on_section_and_title_alone(small_talk):
    def addresses(section):
        cells = deck.place(section, deck.Ingredients(), notes=False).cells
        return [cell.metadata.talk.id for cell in cells if "id" in cell.metadata.get("talk", {})]

    before = addresses(sections(small_talk.top)[0])
    assert before == ["small", "small-quick", "small-slow", "small-last"]
    titles = ("Small", "Last", "Quick", "Slow")
    notes = "".join(f"## {title}\nSay {title}.\n" for title in titles)
    small_talk.write("speaker_notes/01_small.md", f"---\nminutes: 1\n---\n{notes}")
    after = addresses(change(small_talk, lambda c, n: n["cells"].insert(1, n["cells"].pop())))
    assert sorted(after) == sorted(before)


# -- the notebooks in Jupyter ----------------------------------------------------------------------


def run_notebook(path: Path) -> None:
    """Every cell as it stands, in slides/, with the status of each command checked."""
    notebook = nbformat.read(path, as_version=4)
    cells = []
    for cell in notebook.cells:
        match = deck.RUN.fullmatch(cell.source.strip())
        if match and match["python"] and not shutil.which(f"python{match['python']}"):
            continue  # a Python that is not here has no terminal in the deck either
        cells.append(cell)
        if cell.cell_type == "code" and cell.source.startswith("!"):
            cells.append(
                nbformat.v4.new_code_cell(f"assert _exit_code == 0, ({cell.source!r}, _exit_code)")
            )
    notebook.cells = cells
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    environment.pop("PYTHONUNBUFFERED", None)
    client = NotebookClient(
        notebook,
        timeout=120,
        startup_timeout=300,  # a busy machine
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute(env=environment)


@every_notebook
@pytest.mark.usefixtures("deck")  # what takes long to measure was measured for it
def test_notebook_runs_in_jupyter(path):
    in_a_thread(lambda: run_notebook(path))
