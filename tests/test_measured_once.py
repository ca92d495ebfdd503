"""What did not change is not measured again; what did, and what depends on it, is."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from helping import in_a_thread

from demos import about, shelf
from slides import cells, deck, depends
from slides.exhibits import measured
from slides.page import Page
from slides.sections import sections


@pytest.fixture
def top(tmp_path) -> Path:
    """A checkout with two modules of ours, of which `near` imports `far`."""
    for name, text in {
        "demos/__init__.py": "",
        "slides/__init__.py": "",
        "slides/exhibits/__init__.py": "",
        "slides/exhibits/near.py": "from ..exhibits import far\n",
        "slides/exhibits/far.py": "def value():\n    return 1\n",
        "slides/exhibits/other.py": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


@pytest.fixture(autouse=True)
def empty_shelves(tmp_path, monkeypatch):
    """Nothing has been measured yet."""
    monkeypatch.setattr(shelf, "BUILD", tmp_path / "build")
    monkeypatch.setattr(measured.SHELF, "folder", tmp_path / "build" / "exhibits")


NEAR, OTHER, ALONE = (
    "from slides.exhibits.near import far",
    "import slides.exhibits.other",
    "import json\n1 + 1",
)


def changed(before: list[str], after: list[str]) -> list[bool]:
    return [one != other for one, other in zip(before, after, strict=True)]


@pytest.mark.parametrize(
    ("file", "depend"),
    [
        ("slides/exhibits/near.py", [True, False, False]),
        ("slides/exhibits/far.py", [True, False, False]),
        ("slides/exhibits/other.py", [False, True, False]),
        ("slides/exhibits/__init__.py", [True, True, False]),
        ("demos/__init__.py", [False, False, False]),
    ],
)
def test_a_changed_import_concerns_the_cells_that_import_it(top, file, depend):
    def all_keys():
        return [depends.keys([source], top)[0] for source in (NEAR, OTHER, ALONE)]

    before = all_keys()
    assert all_keys() == before
    (top / file).write_text("changed = True\n" + (top / file).read_text("utf-8"), "utf-8")
    assert changed(before, all_keys()) == depend


def test_a_changed_cell_concerns_itself_and_those_below_it(top):
    before = depends.keys(["a = 1", "b = 2", "c = 3"], top)
    assert changed(before, depends.keys(["a = 1", "b = 3", "c = 3"], top)) == [False, True, True]


def test_code_that_only_ipython_can_read_may_depend_on_every_file(top):
    before = depends.keys(["!cat ../slides/exhibits/other.py"], top)
    (top / "slides/exhibits/other.py").write_text("changed = True", "utf-8")
    assert depends.keys(["!cat ../slides/exhibits/other.py"], top) != before


def test_another_python_or_machine_concerns_every_cell(top, monkeypatch):
    before = depends.keys([ALONE, NEAR], top)
    monkeypatch.setattr(depends, "here", lambda: "another Python")
    assert changed(before, depends.keys([ALONE, NEAR], top)) == [True, True]


def test_an_exhibit_is_measured_once_by_the_same_file(tmp_path, monkeypatch):
    file, times = tmp_path / "way.py", []
    file.write_text("one way", "utf-8")

    def ask():
        return measured.measured("sample", [file], lambda: {"times": times.append(1) or len(times)})

    assert ask() == ask() == {"times": 1}
    file.write_text("another way", "utf-8")
    assert ask() == ask() == {"times": 2}
    monkeypatch.setenv(measured.FRESH, "1")
    assert ask() == {"times": 3}
    monkeypatch.delenv(measured.FRESH)
    assert ask() == {"times": 3}
    monkeypatch.setattr(measured, "here", lambda: "another machine")
    assert ask() == {"times": 4}


# -- cells, in a real kernel -----------------------------------------------------------------------


def notebook(name: str, *sources: str):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in sources])
    made.metadata["section"] = name
    return made


def shown(made) -> list[str]:
    """What its cells show."""
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in made.cells]


def run(top: Path, *notebooks, **options) -> list[str]:
    """Give the notebooks their outputs; which notebooks' cells were run for it."""
    ran = []

    def progress(what, done, total):
        ran.append(what.rpartition(" ")[2])

    in_a_thread(lambda: cells.execute(list(notebooks), top, progress, **options))
    return ran


def test_only_what_depends_on_a_change_is_run_again(top):
    def talk(value="print(secret)"):
        return (
            notebook("01_a.ipynb", "secret = 41", "secret += 1", value),
            notebook("02_b.ipynb", "print('secret' in globals())"),
        )

    first, second = talk()
    assert run(top, first, second) == ["01_a.ipynb"] * 3 + ["02_b.ipynb"]
    assert shown(first)[-1] == "42\n" and shown(second) == ["False\n"], "notebooks share no names"

    again = talk()
    assert run(top, *again) == []
    assert [shown(one) for one in again] == [shown(first), shown(second)]

    changed = talk("print(secret + 1)")
    assert run(top, *changed) == ["01_a.ipynb"] * 3, "what stands above may have made what it needs"
    assert shown(changed[0])[-1] == "43\n"

    assert run(top, *talk(), fresh=True) == ["01_a.ipynb"] * 3 + ["02_b.ipynb"]
    for path in (top / "build" / "outputs").iterdir():
        path.unlink()
    waiting = talk()
    assert run(top, *waiting, only_kept=True) == []
    assert "being measured" in json.dumps(waiting[0].cells[0].outputs)
    assert run(top, *talk()) == ["01_a.ipynb"] * 3 + ["02_b.ipynb"], "a deleted cache"


# -- the page --------------------------------------------------------------------------------------


def test_a_page_out_of_kept_columns_is_the_page_in_one_piece(checkout, monkeypatch):
    placed = [
        deck.place(section, deck.Ingredients(), notes=True) for section in sections(checkout)[:3]
    ]
    for one in placed:
        for cell in one.cells:
            if cell.cell_type == "code" and not cell.outputs:
                cell.outputs = [nbformat.v4.new_output("stream", text="12 < 13")]
    merged = deck.merge(placed, "A deck")
    page = Page(about.read(checkout), notes=True)
    first = page.html(merged)
    monkeypatch.delattr("slides.converter.Converter")  # from here on nothing is converted
    assert page.html(merged) == first
    monkeypatch.undo()
    from slides.converter import Converter  # half a second, which other tests need not wait

    whole = Converter().from_notebook_node(merged, {"talk": page._page(merged)})[0]

    def slides(html):
        main = html.partition("<main")[2].partition("</main>")[0]
        return [line for line in re.sub("<!--.*?-->", "", main).splitlines() if line.strip()]

    assert slides(first) == slides(whole) and len(slides(first)) > 10
