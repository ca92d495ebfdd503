"""A talk about something else, on the same kit: nothing of ours is in it, and its tests pass.

It is made from a copy of the checkout as the README says (tests/second.py). What is quick is asked
here each time; `-m stress` runs all tests of the kit in it.
"""

import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import second
from helping import surroundings

OURS = re.compile(r"Threading|threading-talk|luke|darth|vader|lost_update", re.IGNORECASE)
QUICK = ("test_about", "test_sections", "test_readme", "test_deck", "test_demos", "test_cli")
"""The tests that ask a talk itself, and not the machine that shows it."""


@pytest.fixture(scope="module")
def top(other_talk) -> Path:
    return other_talk


@pytest.fixture
def own(top, tmp_path) -> Path:
    """One for a test that writes into it: others ask meanwhile whether theirs stays whole."""
    return Path(shutil.copytree(top, tmp_path / "talk"))


def ask(top: Path, *arguments: str) -> subprocess.CompletedProcess:
    """`python …` in the second talk."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=top,
        env=surroundings(top),
        capture_output=True,
        text=True,
        timeout=3000,
    )


def talk(top: Path, *arguments: str) -> str:
    """What `talk …` says in a terminal of the second talk."""
    code = "import sys; from slides.cli import main; sys.exit(main())"
    done = ask(top, "-c", code, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


# -- nothing of ours -------------------------------------------------------------------------------


def ours_in(page: str) -> list[str]:
    """Words of our talk in a page; not in its fonts, where letters meet by chance."""
    return OURS.findall(re.sub(r"base64,[\w+/=]+", "", page))


@pytest.mark.parametrize("name", ["talk.html", "notes.html"])
def test_nothing_of_ours_is_in_its_deck(top, name):
    html = (top / "build" / name).read_text("utf-8")
    assert "Two clients" in html and "alice" in html
    assert not ours_in(html)


def test_nothing_of_ours_is_in_its_pdf(top):
    from pypdf import PdfReader

    pdf = PdfReader(top / "build/talk.pdf")
    text = "\n".join(page.extract_text() for page in pdf.pages) + str(pdf.metadata)
    assert "alice" in text and not OURS.findall(text)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("present", "--help"),
        ("export", "--help"),
        ("demo", "--help"),
        ("demo",),
        ("demo", "01a"),
        ("demo", "01a", "--timeline"),
    ],
    ids=" ".join,
)
def test_nothing_of_ours_is_said_in_a_terminal(top, arguments):
    said = talk(top, *arguments)
    assert said and not OURS.findall(said)


def test_nothing_of_ours_is_on_its_server(own):
    code = "import sys\nfrom slides.server.app import present\nsys.exit(present(0, False))"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=own,
        env=surroundings(own),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        last = "Ctrl-C stops both and everything they started.\n"
        said = "".join(iter(process.stdout.readline, last))
        url, token = re.search(r"(http://\S+/talk/)\?token=(\w+)", said).groups()
        header = {"Authorization": f"token {token}"}
        with urllib.request.urlopen(urllib.request.Request(url, headers=header)) as answer:
            page = answer.read().decode()
        # Ace, the editor, knows the names of Python's modules
        page = re.sub(r'<script data-of="editor.js">.*?</script>', "", page, flags=re.DOTALL)
        assert "Two clients" in page and not ours_in(page)
    finally:
        process.terminate()
        assert process.wait(60) == 0
        process.stdout.close()


# -- the tests of the kit --------------------------------------------------------------------------


def test_what_concerns_a_talk_is_said_of_it_too(top):
    """Its notebooks, notes, demos, README and terminal, by the kit's own tests."""
    files = [f"tests/{name}.py" for name in QUICK]
    done = ask(
        top, "-m", "pytest", "-n", "0", "-x", "-q", "-k", "not jupyter and not ctrl_c", *files
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert " failed" not in done.stdout


@pytest.mark.stress("only")
def test_all_tests_of_the_kit_pass_on_it(top):
    done = ask(top, "-m", "pytest", "-q", "--deselect", "tests/test_second_talk.py", "tests")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]


def test_a_demo_on_no_slide_is_said_in_a_sentence(own):
    extra = own / "demos" / "01c_nowhere.py"
    extra.write_text(second.DEMO.replace("01a_lost_payment", "01c_nowhere"), encoding="utf-8")
    done = ask(own, "-m", "pytest", "-n", "0", "-q", "-k", "01c and stands", "tests")
    assert done.returncode == 1
    assert (
        "01c_nowhere.py: it is on no slide; put a cell `!python ../demos/01c_nowhere.py`"
        in done.stdout
    )
    assert "def test_" not in done.stdout and "assert " not in done.stdout, done.stdout
