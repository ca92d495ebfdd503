"""The command `talk`: what it lists, runs and refuses, with what exit status and how many lines."""

import io
import os
import re
import subprocess
import sys

import pytest
from helping import surroundings

from demos import catalogue
from slides import cli
from slides.sections import sections

ONE = catalogue.demos()[0]
ESCAPE = "\x1b["


@pytest.fixture
def terminal(monkeypatch):
    """Run `talk …` in this process; gives exit status, stdout and stderr."""

    def run(*arguments):
        out, err = io.StringIO(), io.StringIO()
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        try:
            status = cli.main(list(arguments))
        except SystemExit as end:
            status = end.code
        return status, out.getvalue(), err.getvalue()

    return run


# -- listing ---------------------------------------------------------------------------------------


def test_list_has_every_demo_with_its_claim_under_its_section(terminal, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    status, out, err = terminal("demo")
    assert (status, err) == (0, "")
    for one in catalogue.demos():
        assert re.search(rf"^  {one.name} +{re.escape(one.claim)} *$", out, re.MULTILINE), one.name
    headings = re.findall(r"^(\d\d) \w.*$", out, re.MULTILINE)
    assert headings == [section.number for section in sections()]
    assert ESCAPE not in out


def test_list_is_plain_in_a_narrow_pipe(terminal, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    status, out, _ = terminal("demo")
    assert status == 0 and max(map(len, out.splitlines())) <= 60


# -- running ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["01a", "quick", "01a_quick", "01a_quick.py"])
def test_one_demo_by_any_of_its_names(small_talk, name):
    done = small_talk.talk("demo", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line[5:].split()[0] for line in done.stdout.splitlines()] == ["main", "luke", "main"]
    assert ESCAPE not in done.stdout


def test_several_demos_say_which_is_which(small_talk):
    done = small_talk.talk("demo", "01b", "01a")
    assert done.returncode == 0
    first, second = (
        done.stdout.index("01b_slow: Luke waits"),
        done.stdout.index("01a_quick: Luke waits"),
    )
    assert first < second


def test_all_of_them(small_talk):
    done = small_talk.talk("demo", "--all")
    assert done.returncode == 0 and done.stdout.count("=> it took") == 2


@pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal is needed")
@pytest.mark.parametrize(("no_color", "coloured"), [(None, True), ("1", False), ("", True)])
def test_colours_in_a_terminal_unless_no_color(small_talk, no_color, coloured):
    import pty

    environment = surroundings(small_talk.top, TERM="xterm-256color")
    environment.pop("NO_COLOR", None)
    environment.pop("FORCE_COLOR", None)
    if no_color is not None:
        environment["NO_COLOR"] = no_color
    ours, theirs = pty.openpty()
    command = [
        sys.executable,
        "-c",
        "import sys; from slides.cli import main; sys.exit(main())",
        "demo",
        "01a",
    ]
    process = subprocess.Popen(
        command, cwd=small_talk.top, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 4096):
            seen += chunk
    except OSError:
        pass  # Linux: the other end is closed
    assert process.wait(30) == 0
    os.close(ours)
    assert (b"\x1b[" in seen) == coloured
    assert b"luke" in seen and b"=> it took" in seen


def test_exit_status_of_the_demo_is_passed_on(small_talk):
    small_talk.write(
        "demos/01a_quick.py", '"""Fails."""\nimport sys\nprint("main", flush=True)\nsys.exit(7)\n'
    )
    assert small_talk.talk("demo", "01a").returncode == 7
    both = small_talk.talk("demo", "01a", "01b")
    assert both.returncode == 7 and "=> it took" in both.stdout


# -- wrong use -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (ONE.name[:-1], f"did you mean {ONE.name}"),
        (f"{ONE.section}z", f"did you mean {ONE.section}"),
        (ONE.title[1:], ONE.name),
        ("xylophone", "`talk demo` lists them"),
        ("", "`talk demo` lists them"),
    ],
)
def test_unknown_demo_is_one_line_with_the_nearest(terminal, asked, words):
    status, out, err = terminal("demo", asked)
    assert (status, out) == (2, "")
    assert (
        err.startswith(f"talk: no demo is called {asked!r}: ")
        and words in err
        and err.count("\n") == 1
    )


def test_one_unknown_name_runs_none(terminal):
    status, out, err = terminal("demo", "01a", "nothing_like_it")
    assert (status, out) == (2, "") and "nothing_like_it" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["demo", "01a", "-o", "x.svg"], "-o goes with --timeline"),
        (["demo", "01a", "01b", "--timeline"], "--timeline takes one demo"),
        (["demo", "--timeline"], "--timeline takes one demo"),
        (["export", "--images", "pictures", "--pdf"], "--images goes without --pdf and -o"),
        (["export", "--images", "pictures", "-o", "x"], "--images goes without --pdf and -o"),
    ],
)
def test_options_that_do_not_go_together(terminal, arguments, words):
    status, out, err = terminal(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("talk: ") and words in err and err.count("\n") == 1


@pytest.mark.parametrize("port", ["0", "70000", "-1", "http", ""])
@pytest.mark.parametrize("command", [[], ["present"]], ids=["talk", "talk present"])
def test_port_that_is_none(terminal, command, port):
    status, out, err = terminal(*command, f"--port={port}")
    assert (status, out) == (2, "")
    assert err.splitlines()[-1].endswith(
        f"argument --port: {port!r} is no port; choose 1024 to 65535"
    )


@pytest.mark.parametrize(
    "arguments", [["nothing"], ["--nothing"], ["export", "extra"], ["export", "--not"]]
)
def test_unknown_words(terminal, arguments):
    status, out, err = terminal(*arguments)
    assert (status, out) == (2, "") and "usage: talk" in err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["present", "--help"], ["export", "--help"], ["demo", "--help"]]
)
def test_help(terminal, arguments):
    status, out, err = terminal(*arguments)
    assert (status, err) == (0, "") and out.startswith("usage: talk")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], {"port": 8888, "no_browser": False}),
        (["--port", "9000"], {"port": 9000, "no_browser": False}),
        (["--no-browser"], {"port": 8888, "no_browser": True}),
        (["present", "--port", "9000", "--no-browser"], {"port": 9000, "no_browser": True}),
        (["--port", "9000", "present", "--no-browser"], {"port": 9000, "no_browser": True}),
    ],
)
def test_present_is_what_talk_alone_does(monkeypatch, arguments, expected):
    from slides.server import app

    asked = {}

    def present(*, port, open_browser):
        asked.update(port=port, no_browser=not open_browser)
        return 0

    monkeypatch.setattr(app, "present", present)
    assert cli.main(arguments) == 0
    assert asked == expected


def test_interrupted(terminal, monkeypatch):
    def stopped(demo):
        raise KeyboardInterrupt

    monkeypatch.setattr("demos.runs.run.run_here", stopped)
    assert terminal("demo", "01a") == (130, "", "talk: stopped\n")


def test_broken_pipe_is_no_traceback(small_talk):
    environment = surroundings(small_talk.top)
    code = "import sys; from slides.cli import main; sys.exit(main())"
    command = f"{sys.executable} -c '{code}' demo | true"
    done = subprocess.run(
        command,
        shell=True,
        cwd=small_talk.top,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


def test_missing_partner_is_one_line(small_talk):
    (small_talk.top / "speaker_notes/01_small.md").unlink()
    for command in (["export"], ["demo"]):
        done = small_talk.talk(*command)
        assert (done.returncode, done.stdout) == (1, "")
        assert (
            done.stderr
            == "talk: slides/01_small.ipynb: its notes speaker_notes/01_small.md are missing; "
            "write them\n"
        )
