"""A program: a demo with what stands on a slide, as a file that runs and leaves nothing."""

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from helping import finish, material
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from demos import catalogue
from demos.programs import scratch as folders
from demos.programs import source
from demos.programs.program import EditError, edited, original, scratch
from demos.runs import processes
from demos.runs.run import run

SAMPLE = '''"""A sample."""

import time

TIMES = 3


def helper():
    return TIMES


def once(f):
    return f


@once
def first():  # (1)
    return helper()  # (2)


def last():
    return first() + 1


if __name__ == "__main__":
    print(last())
'''
NAMES = ["first", "last"]
SHOWN = "@once\ndef first():\n    return helper()\n\ndef last():\n    return first() + 1"


@pytest.fixture
def sample(write_demo):
    return write_demo(SAMPLE)


def ran(program, **options):
    with scratch(program) as demo:
        outcome = finish(run(demo, lambda text: None, **options))
    return outcome


def trouble(demo, names, text):
    with pytest.raises(EditError) as caught:
        edited(demo, names, text)
    assert "\n" not in str(caught.value)
    return caught.value.line, str(caught.value)


def attempt(demo, names, text):
    try:
        return edited(demo, names, text), None
    except EditError as error:
        return None, error


@pytest.fixture
def own_tmp(tmp_path, monkeypatch):
    """A folder for temporary files that no other test uses."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


# -- the text on the slide becomes the file --------------------------------------------------------


def test_what_a_slide_shows(sample):
    assert source.shown(sample, NAMES) == SHOWN
    assert edited(sample, NAMES, SHOWN) == original(sample, NAMES)
    assert edited(sample, NAMES, SHOWN).source == SAMPLE


def test_only_what_is_shown_is_replaced(sample):
    program = edited(sample, NAMES, SHOWN.replace("+ 1", "+ 2"))
    bare = SAMPLE.replace("  # (1)", "").replace("  # (2)", "")
    assert program.source == bare.replace("first() + 1", "first() + 2")
    assert sample.source == SAMPLE


def test_the_decorator_belongs_to_its_function(sample):
    program = edited(sample, ["first"], "def first():\n    return 5")
    assert "@once" not in program.source
    assert ran(program).output == "6\n"


def test_what_the_presenter_adds_goes_where_it_stands(sample):
    text = (
        "import math\n\ndef double(x):\n    return 2 * x\n\nTIMES = 10\n"
        "@once\ndef first():\n    return double(helper())\n"
        "# now the last\ndef last():\n    return first() + math.floor(1.5)\n\nprint('so')\n"
    )
    program = edited(sample, NAMES, text)
    assert program.source.index("def helper") < program.source.index("import math")
    assert ran(program).output == "so\n21\n"
    for line in (1, 3, 9, 10, 11, 14):
        in_file = program.line_in_file(line)
        assert program.source.split("\n")[in_file - 1] == text.split("\n")[line - 1]
        assert program.line_on_slide(in_file) == line
    assert program.line_on_slide(1) is None and program.line_in_file(99) is None


@pytest.mark.parametrize(
    "text",
    [
        "if True:\n    def first(): return 3\n    def last(): return 4",
        "first = last = lambda: 4",
        "first = 0; last = lambda: 4",
        "def last(): return 4\ndef first(): return 3",
        "def first(): pass\ndef first(): return 3\n\ndef last():\n\treturn 4\n\n\n",
        "def first(): return 3\r\n\r\ndef last():\r\n    return 4\r\n",
        "def first(): return 3\rdef last(): return 4",
        "\ufeffdef first(): return 3\n\f\ndef last():\n    '\u2028\x85\x1c'; return 4\n",
        "x = 3 \\\n\ndef first(): return 3\ndef last(): return 4\ny = 2 \\\n\n",
        "first = '''\ndef first():\n'''\ndef last(): return 4  # 🙂 é",
        "from operator import add as first\nimport math as last\nlast = lambda: 4",
    ],
)
def test_every_way_to_give_a_name_its_value_will_do(sample, text):
    assert ran(edited(sample, NAMES, text)).output == "4\n"


def test_newlines_and_the_mark_at_its_beginning_stay_those_of_the_file(write_demo):
    for newline, start in (("\r\n", ""), ("\n", "\ufeff"), ("\r", "\ufeff")):
        demo = write_demo("")
        whole = start + SAMPLE.replace("\n", newline).replace("time", "time  # é\f")
        demo.path.write_bytes(whole.encode())
        program = edited(demo, NAMES, SHOWN.replace("+ 1", "+ 2"))
        bare = whole.replace("  # (1)", "").replace("  # (2)", "")
        assert program.source == bare.replace("first() + 1", "first() + 2")
        assert ran(program).output == "5\n"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (SHOWN.replace("+ 1", "+"), 6, "syntax error in line 6: invalid syntax"),
        (SHOWN + "\n'''open", 7, "syntax error in line 7: unterminated triple-quoted string"),
        ("  " + SHOWN, 1, "syntax error in line 1: unexpected indent"),
        ("return 1\n" + SHOWN, 1, "syntax error in line 1: 'return' outside function"),
        (SHOWN + "\nx = '\0'", 7, "syntax error in line 7: a null character; delete it"),
        (SHOWN + "\nx = '\udc00'", 7, "line 7 holds half a character; delete it"),
        (SHOWN + "\nx = " + "(" * 999, 7, "syntax error in line 7: too many nested parentheses"),
        (SHOWN + "\nx = " + "-" * 60000 + "1", 1, "syntax error in line 1: nested too deeply"),
        ("from __future__ import annotations\n" + SHOWN, 1, "from __future__ imports must occur"),
        ("def last(): pass", None, "first is missing: the program needs it"),
        ("", None, "first is missing: the program needs it"),
        (SHOWN + "#" * 65536, None, "that is more than 64 KiB of text; a slide holds a page"),
        (SHOWN + "#" + "é" * 32768, None, "that is more than 64 KiB of text"),
        (SHOWN + "\n\ndef helper():\n    pass", 8, "line 8: helper is not on this slide, which"),
    ],
)
def test_what_is_no_program_is_said_in_one_line(sample, text, line, says):
    where, message = trouble(sample, NAMES, text)
    assert where == line and says in message


def test_the_demo_itself_may_be_broken_or_gone(sample):
    for name, spoil in (("nothing", None), ("first", sample.path.unlink)):
        if spoil:
            spoil()
        with pytest.raises(
            catalogue.TalkError, match=r"has no function nothing|it is not there any more"
        ):
            edited(sample, [name], "first = 1")


# -- the file runs, and is gone --------------------------------------------------------------------


def test_it_runs_as_the_demo_does(sample):
    program = edited(sample, ["last"], "def last():\n    import sys\n    return sys.argv, __file__")
    with scratch(program) as demo:
        assert (demo.name, demo.command) == (sample.name, sample.command)
        outcome = finish(run(demo, lambda text: None))
        assert outcome.output == f"(['demos/99z_sample.py'], {str(demo.path)!r})\n"
    assert not demo.path.parent.parent.exists() and sample.source == SAMPLE


def test_a_demo_without_an_edit_is_not_copied(sample):
    with scratch(original(sample, NAMES)) as demo:
        assert demo == sample
    assert sample.path.exists()


def test_what_it_wrote_goes_with_it(sample, own_tmp):
    text = (
        "def last():\n    import os, tempfile\n    os.makedirs('demos/deep/er')\n"
        "    open('demos/deep/er/file', 'w').close()\n    os.chmod('demos/deep', 0o500)\n"
        "    return tempfile.mkdtemp()"
    )
    program = edited(sample, ["last"], text)
    with scratch(program) as demo:
        outcome = finish(run(demo, lambda text: None))
        assert demo.path.with_name("deep").is_dir()
    assert not Path(outcome.output.strip()).exists()
    assert not list(own_tmp.iterdir())


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_new_process_finds_the_edited_file(method):
    demo = material("02d_multiprocessing")
    text = source.shown(demo, ["job", "main"]).replace("here()", "'edited in ' + here()")
    assert "edited" in text
    text = f"multiprocessing.set_start_method({method!r}, force=True)\n{text}"
    outcome = ran(edited(demo, ["job", "main"], text))
    assert outcome.reason is None and outcome.output.count("edited in process") >= 2


def test_an_error_leads_to_the_line_on_the_slide(sample):
    for names, text, line in (
        (NAMES, SHOWN.replace("+ 1", "+ 1 / 0"), 6),
        (["last"], "\n\ndef last():\n    return time.sleep('x')", 4),
        (["last"], "def last():\n    return compile('?', __file__, 'exec')", 2),
    ):
        program = edited(sample, names, text)
        outcome = ran(program)
        assert outcome.reason == "ended with exit status 1"
        assert program.failed_line(outcome.output) == line
    assert program.failed_line("all is well") is None
    assert program.failed_line('  File "demos/99y_other.py", line 2, in last') is None


def test_leftovers_of_a_killed_process_are_swept(own_tmp, monkeypatch):
    code = (
        "import os, sys, time\nfrom demos.programs import scratch\n"
        "with scratch.folder() as folder:\n    print(folder, flush=True)\n    os._exit(9)\n"
    )
    environment = {**os.environ, "TMPDIR": str(own_tmp)}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    left = Path(result.stdout.strip())
    assert left.parent == own_tmp and left.is_dir()
    assert folders.sweep() == 0 and left.is_dir()  # it is young
    monkeypatch.setattr(folders, "YOUNG", 0)
    with folders.folder() as used:
        assert folders.sweep() == 1
        assert used.is_dir() and not left.exists()


# -- whatever is typed -----------------------------------------------------------------------------

DEPOSITS = ["add", "deposit"]
PIECES = [
    "🙂",
    "é" * 10_000,
    "while True:",
    "    ",
    "\n",
    "\0",
    "\t",
    "def ",
    "'''",
    "\r",
    "\f",
    "(",
    "\\",
]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some.data())
def test_an_edit_gives_a_program_or_one_line(data):
    demo = material("07a_lost_update")
    text = source.shown(demo, DEPOSITS)
    for _ in range(data.draw(some.integers(1, 4))):
        start = data.draw(some.integers(0, len(text)))
        end = data.draw(some.integers(start, min(len(text), start + 30)))
        typed = data.draw(some.one_of(some.sampled_from(PIECES), some.text(max_size=20)))
        text = text[:start] + typed + text[end:]
    program, error = attempt(demo, DEPOSITS, text)
    if error:
        assert "\n" not in str(error)
        assert error.line is None or 1 <= error.line <= source.with_newlines(text).count("\n") + 1
        return
    compile(program.source, "program", "exec")
    for name in ("say", "flow", "conclude"):
        one, other = (source.blocks(demo, s, [name])[name] for s in (demo.source, program.source))
        assert one.last - one.first == other.last - other.first


STATEMENTS = [
    "while True: pass",
    "while True: print('x' * 70)",
    "for _ in range(9):\n        os.fork()",
    "[os.fork() for _ in iter(int, 1)]",
    "os.fork() or os.setsid()",
    "open(os.path.join(tempfile.mkdtemp(dir='.'), 'file'), 'w')",
    "signal.signal(signal.SIGINT, signal.SIG_IGN)",
    "os.kill(os.getpid(), 9)",
    "x = [0] * 10**10",
    "subprocess.Popen(['sleep', '77'], start_new_session=True, env={})",
    "time.sleep(9)",
    "1 / 0",
]


@pytest.mark.skipif(not processes.LINUX, reason="elsewhere only the process group is ended")
@pytest.mark.parametrize("seed", range(12))
def test_whatever_it_does_nothing_is_left(seed, monkeypatch, own_tmp):
    choose = random.Random(seed)
    lines = choose.sample(STATEMENTS, 2)
    lines.append(STATEMENTS[seed % len(STATEMENTS)])
    text = "\n    ".join(["import os, subprocess, tempfile\n\ndef deposit():", *lines])
    marks = []
    made = processes.mark
    monkeypatch.setattr(processes, "mark", lambda: marks.append(made()) or marks[-1])
    outcome = ran(
        edited(material("07a_lost_update"), ["deposit"], text), seconds=1.0, limit=8 * 1024
    )
    assert outcome.reason is None or "\n" not in outcome.reason
    assert len(marks) == 1 and not processes.living(marks[0])
    assert not list(own_tmp.iterdir())
