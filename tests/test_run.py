"""A run of a demo: in a pseudo-terminal, bounded, and nothing left behind."""

import asyncio
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helping import alive, finish, gone, with_enough_time

from demos import cast, catalogue
from demos.runs.run import COLUMNS, ROWS, run

pytestmark = pytest.mark.usefixtures("small_cast")

LINES = """
print(" 0.00 main       starts\\n", end="", flush=True)
print(" 0.10 luke       waits\\n", end="", flush=True)
"""


def go(demo, **options):
    texts = []
    outcome = finish(run(demo, texts.append, **options))
    return outcome, "".join(texts)


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


def test_lines_are_coloured_and_the_output_is_plain(write_demo):
    outcome, text = go(write_demo(LINES))
    assert (outcome.status, outcome.reason) == (0, None)
    assert outcome.output == " 0.00 main       starts\n 0.10 luke       waits\n"
    assert text == "".join(cast.ansi(f"{line}\r\n") for line in outcome.output.splitlines())
    assert f"\x1b[1;{cast.CAST['luke'].ansi}mluke" in text


def test_it_is_a_terminal_of_its_own(write_demo):
    outcome, _ = go(
        write_demo(
            "import os, sys\n"
            "print(sys.stdin.isatty(), sys.stdout.isatty(), sys.stderr.isatty())\n"
            "print(*os.get_terminal_size())\n"
            "print(open('/dev/tty').isatty(), os.getsid(0) == os.getpgid(0) == os.getpid())\n"
            "names = 'PYTHONUNBUFFERED', 'JUPYTER_TOKEN', 'FORCE_COLOR'\n"
            "print([n for n in os.environ if n in names])\n"
            "here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\n"
            "print(os.environ['NO_COLOR'], os.environ['PYTHON_COLORS'], os.getcwd() == here)\n"
            "print(sys.argv)\n"
        )
    )
    assert outcome.output.splitlines() == [
        "True True True",
        f"{COLUMNS} {ROWS}",
        "True True",
        "[]",
        "1 0 True",
        "['demos/99z_sample.py']",
    ]


def test_secrets_and_tricks_of_this_shell_stay_out(write_demo, monkeypatch):
    for name in ("PYTHONUNBUFFERED", "JUPYTER_TOKEN", "FORCE_COLOR"):
        monkeypatch.setenv(name, "1")
    test_it_is_a_terminal_of_its_own(write_demo)


def test_the_beginning_of_a_line_shows_before_its_end(write_demo):
    demo = write_demo(
        "import os\nprint(' 0.00 main  wait', end='', flush=True)\n"
        "while not os.path.exists('heard'): pass\nprint(' ... done')"
    )
    texts = []

    def hear(text):
        texts.append(text)
        (demo.path.parent.parent / "heard").touch()

    outcome = finish(run(demo, hear))
    assert "".join(texts) == " 0.00 main  wait ... done\r\n" and len(texts) > 1
    assert outcome.output == " 0.00 main  wait ... done\n"


def test_a_traceback_looks_as_in_a_terminal(write_demo):
    outcome, text = go(write_demo("raise ValueError('oh')"))
    assert outcome.status == 1 and outcome.reason == "ended with exit status 1"
    assert 'File "' in outcome.output and "demos/99z_sample.py" in outcome.output
    assert outcome.output.endswith("ValueError: oh\n") and "\x1b" not in text


def test_a_syntax_error_is_called_one(write_demo):
    outcome, _ = go(write_demo("print('one')\nprint('two'\n"))
    assert outcome.status == 1
    assert outcome.reason == "syntax error in line 2: '(' was never closed"
    assert "SyntaxError" in outcome.output


def test_a_demo_that_is_gone(write_demo):
    demo = write_demo("")
    demo.path.unlink()
    outcome, _ = go(demo)
    assert outcome.status is None and outcome.reason == "demos/99z_sample.py is not there any more"


def test_one_that_hangs_is_stopped(write_demo):
    demo = write_demo(LINES + "import time; time.sleep(99)")
    seconds, outcome = with_enough_time(
        lambda seconds: go(demo, seconds=seconds)[0], lambda outcome: "waits" in outcome.output
    )
    assert outcome.status is None and outcome.reason == f"stopped: it took longer than {seconds} s"
    assert "luke       waits" in outcome.output and seconds - 0.1 < outcome.seconds < 90


def test_one_that_hangs_and_ignores_ctrl_c_is_killed(write_demo):
    demo = write_demo(
        "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(99)"
    )
    outcome, _ = go(demo, seconds=0.5)
    assert outcome.reason == "stopped: it took longer than 0.5 s" and outcome.seconds < 60


def test_one_that_floods_is_stopped(write_demo):
    outcome, text = go(write_demo("while True: print('x' * 70)"), limit=8 * 1024)
    assert outcome.status is None and outcome.reason == "stopped: it printed more than 8 KiB"
    assert len(text) <= 8 * 1024 and outcome.seconds < 60


def test_one_that_is_killed(write_demo):
    outcome, _ = go(write_demo("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))
    assert (outcome.status, outcome.reason) == (None, "killed by SIGKILL")


def test_odd_bytes_and_escape_sequences(write_demo):
    outcome, _ = go(
        write_demo("import os; os.write(1, b'caf\\xc3\\xa9 \\xff \\x1b[31mred\\x1b[0m\\n')")
    )
    assert outcome.output == "café \ufffd red\n"


@linux
def test_leftovers_of_the_group_are_killed_at_the_end(write_demo):
    demo = write_demo(
        "import os, time\n"
        "pid = os.fork()\n"
        "if not pid:\n    time.sleep(99)\n"
        "print(pid, flush=True); os._exit(0)\n"
    )
    outcome, _ = go(demo)
    assert outcome.status == 0 and outcome.seconds < 60
    assert gone(int(outcome.output))


@linux
def test_cancelling_kills_the_whole_group(write_demo):
    demo = write_demo(
        "import os, signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "child = os.fork()\nif child: print(os.getpid(), child, flush=True)\ntime.sleep(99)\n"
    )

    async def start_and_cancel():
        texts = []
        task = asyncio.create_task(run(demo, texts.append))
        while not texts:
            await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return [int(word) for word in texts[0].split()]

    parent, child = finish(start_and_cancel())
    assert gone(parent) and gone(child)


def owner_of(demo, checkout, before=""):
    """A process that runs `demo`; what this prints comes out of its stdout."""
    code = (
        "import asyncio, signal, sys\nfrom pathlib import Path\n"
        "from demos.catalogue import Demo\nfrom demos.runs.run import run\n"
        f"{before}\n"
        f"demo = Demo({demo.name!r}, Path({str(demo.path)!r}))\n"
        "asyncio.run(run(demo, lambda text: print(text, end='', flush=True)))\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=checkout,
        env={**os.environ, "TMPDIR": str(demo.path.parent)},  # a killed owner leaves a folder
        stdout=subprocess.PIPE,
        text=True,
    )


@linux
@pytest.mark.parametrize(
    "before",
    [
        "",
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)",  # as under nohup
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])",
    ],
)
def test_a_run_dies_with_the_process_that_started_it(write_demo, checkout, before):
    demo = write_demo("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(99)")
    owner = owner_of(demo, checkout, before)
    pid = int(owner.stdout.readline())
    assert alive(pid)
    owner.kill()
    owner.communicate()
    assert gone(pid)


def test_no_file_descriptor_is_left_open(write_demo):
    demo = write_demo(LINES)
    go(demo)
    before = sorted(path.name for path in Path("/dev/fd").iterdir())
    for _ in range(3):
        go(demo)
    assert sorted(path.name for path in Path("/dev/fd").iterdir()) == before


# -- in this terminal -----------------------------------------------------------------------------


def here(demo):
    return (
        "import sys\nfrom pathlib import Path\n"
        "from demos.catalogue import Demo\nfrom demos.runs.run import run_here\n"
        f"sys.exit(run_here(Demo({demo.name!r}, Path({str(demo.path)!r}))))\n"
    )


def in_a_terminal(demo, checkout, keys=b"", after=b"", **environment):
    """Text and status of a run with a terminal around; `keys` are typed once `after` was seen."""
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | environment
    pid, fd = pty.fork()
    if not pid:
        os.chdir(checkout)
        os.execve(sys.executable, [sys.executable, "-c", here(demo)], environment)
    seen = b""
    while True:
        try:
            data = os.read(fd, 4096)
        except OSError:
            break
        if not data:
            break
        seen += data
        if keys and after in seen:
            os.write(fd, keys)
            keys = b""
    os.close(fd)
    return seen.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_pipe_gets_plain_text_and_the_exit_status(write_demo, checkout):
    demo = write_demo(LINES + "import sys; print('oh', file=sys.stderr); sys.exit(3)")
    result = subprocess.run(
        [sys.executable, "-c", here(demo)], cwd=checkout, capture_output=True, text=True
    )
    assert result.returncode == 3
    assert result.stdout == " 0.00 main       starts\n 0.10 luke       waits\n"
    assert result.stderr == "oh\n"


def test_a_terminal_gets_colours(write_demo, checkout):
    text, status = in_a_terminal(write_demo(LINES), checkout)
    assert status == 0 and f"\x1b[1;{cast.CAST['main'].ansi}mmain" in text


def test_a_terminal_with_no_color_gets_none(write_demo, checkout):
    text, status = in_a_terminal(write_demo(LINES), checkout, NO_COLOR="1")
    assert status == 0 and "\x1b" not in text and "luke       waits" in text


def test_a_demo_in_a_terminal_can_be_typed_to(write_demo, checkout):
    demo = write_demo("print('got', input('name? '))")
    text, status = in_a_terminal(demo, checkout, keys=b"luke\n", after=b"name? ")
    assert status == 0 and "got luke" in text


@pytest.mark.parametrize("colour", [{}, {"NO_COLOR": "1"}])
@pytest.mark.parametrize("polite", [True, False])
def test_ctrl_c_in_a_terminal(write_demo, checkout, colour, polite):
    what = "signal.SIG_DFL" if polite else "signal.SIG_IGN"
    demo = write_demo(
        f"import signal, time\nsignal.signal(signal.SIGINT, {what})\n{LINES}\ntime.sleep(99)"
    )
    began = time.monotonic()
    text, status = in_a_terminal(demo, checkout, keys=b"\x03", after=b"waits", **colour)
    assert status == 130 and "Traceback" not in text and time.monotonic() - began < 60


def test_a_signal_becomes_a_status_as_in_a_shell(write_demo, checkout):
    demo = write_demo("import os, signal; os.kill(os.getpid(), signal.SIGTERM)")
    result = subprocess.run(
        [sys.executable, "-c", here(demo)], cwd=checkout, capture_output=True, text=True
    )
    assert result.returncode == 128 + signal.SIGTERM


def test_the_first_demo_of_the_talk_runs(checkout):
    demo = catalogue.demos()[0]
    outcome, _ = go(demo)
    assert outcome.status == 0 and outcome.reason is None, outcome
    last = outcome.output.splitlines()[-1]
    assert re.search(rf"{cast.first()} +=> ", last), last
