"""Faults from outside, injected: a browser that dies, a full disk, two exports at once, a sleep.

Each is a clear line, nothing that was there before is lost, and nothing is left behind.
"""

import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from asking import connect, hear
from helping import finish, in_a_thread, surroundings
from test_surroundings import can_mount

from demos import files
from demos.errors import TalkError
from slides import browser, cli, export

CHECKOUT = Path(__file__).resolve().parent.parent
READY = "<html class=talk-ready><body>ready"
LIMIT = 15
"""Seconds that a run of the talk which is put to sleep may take."""
ENDLESS = '''"""Says that it is there, and stays."""

import time


def main():
    print("main is here", flush=True)
    while True:
        time.sleep(0.1)


if __name__ == "__main__":
    main()
'''

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, mounts")
mounts = pytest.mark.skipif(not can_mount(), reason="no file system of one's own: not privileged")


# -- the browser dies -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ("kill -KILL $$", "it crashed or was ended while it started (SIGKILL); run it again"),
        ("exit 139", "it crashed or was ended while it started (signal 11); run it again"),
        ("echo 'no libnss3.so' >&2; exit 127", "does not start (no libnss3.so); get one with"),
        ("exit 3", "does not start (exit status 3); get one with"),
    ],
    ids=["killed", "killed below a shell", "complains", "silent"],
)
def test_browser_that_dies_at_its_start(tmp_path, monkeypatch, ends, words):
    stand_in = tmp_path / "chromium"
    stand_in.write_text(f"#!/bin/sh\n{ends}\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv("TALK_CHROMIUM", str(stand_in))

    def start():
        with browser.open_browser():
            pass

    with pytest.raises(TalkError) as caught:
        in_a_thread(start)
    assert str(caught.value).startswith(f"{stand_in}: {words}")


def kill_chromium(kind, but):
    """Kill those of its processes whose command line has this in it, and none of `but`."""
    for process in set(psutil.Process().children(recursive=True)) - but:
        with suppress(psutil.Error):
            if "chrom" in process.name() and kind in " ".join(process.cmdline()):
                process.kill()


@linux
@pytest.mark.parametrize(
    ("kind", "act"),
    [
        ("", lambda page: page.evaluate("1")),
        ("--type=renderer", lambda page: page.evaluate("1")),
        ("--type=renderer", lambda page: page.pdf()),
    ],
    ids=["browser", "page", "page that prints"],
)
def test_browser_that_is_killed_while_it_works(chromium, kind, act):
    before = set(psutil.Process().children(recursive=True))  # other tests have a browser, too

    def work():
        with browser.open_deck(READY) as page:
            kill_chromium(kind, before)
            act(page)

    with pytest.raises(TalkError, match=r"^the browser crashed or was ended; run it again$"):
        in_a_thread(work)


# -- two at once ----------------------------------------------------------------------------------


def test_two_exports_into_one_file(tmp_path):
    """Whoever looks, at any moment, finds one of them whole."""
    path = tmp_path / "talk.html"
    pages = [letter * 300_000 for letter in "ab"]
    start = threading.Barrier(3)
    failed, seen = [], set()

    def export_often(page):
        start.wait()
        try:
            for _ in range(50):
                files.write(path, page)
        except Exception as error:
            failed.append(error)

    writers = [threading.Thread(target=export_often, args=(page,)) for page in pages]
    files.write(path, pages[0])
    for writer in writers:
        writer.start()
    start.wait()
    while any(writer.is_alive() for writer in writers):
        seen.add(path.read_text())
    seen.add(path.read_text())
    assert not failed and seen <= set(pages)
    assert list(tmp_path.iterdir()) == [path]


# -- a full disk ----------------------------------------------------------------------------------

PAGE = resource.getpagesize()
ON_A_FULL_DISK = """
import sys
from pathlib import Path
from slides import cli, export
export.Builder.html = lambda self: "new" * 100_000
status = cli.main(["export", "-o", sys.argv[1]])
print(Path(sys.argv[1]).read_text()[:20])
sys.exit(status)
"""
FULL = """
mount -t tmpfs -o size="$1" none "$2" && cp -r "$3"/. "$2" && shift 3 && "$@"
status=$?; ls -A "$DISK" >&2; exit $status
"""


def on_a_small_disk(disk, holds, size, *command, **more):
    """Run a command while `disk` is a file system of this size in which lie the files of `holds`.

    What is there in the end is the last of stderr.
    """
    before = ["unshare", "--mount", "sh", "-c", FULL, "sh", size, str(disk), str(holds)]
    return subprocess.run(
        [*before, sys.executable, *command], capture_output=True, text=True, timeout=120, **more
    )


@linux
@mounts
def test_export_to_a_full_disk(tmp_path):
    disk, holds = tmp_path / "disk", tmp_path / "holds"
    disk.mkdir()
    holds.mkdir()
    (holds / "talk.html").write_text("earlier")
    done = on_a_small_disk(
        disk, holds, "64k", "-c", ON_A_FULL_DISK, str(disk / "talk.html"),
        env=surroundings(CHECKOUT, DISK=str(disk)),
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "earlier\n"), done.stderr
    assert done.stderr == (
        f"talk: {disk}/talk.html: can't be written (no space left on device);"
        " choose another place with -o\n"
        "talk.html\n"
    )


@linux
@mounts
def test_export_where_build_is_on_a_full_disk(small_talk):
    """Nothing can be kept, so that is said, and the page is there with all that was measured."""
    build, page = small_talk.top / "build", small_talk.top / "talk.html"
    holds = small_talk.top / "holds"
    shutil.move(build, holds)
    build.mkdir()
    pages = sum(-(-path.stat().st_size // PAGE) for path in holds.iterdir())
    done = on_a_small_disk(
        build, holds, str(PAGE * pages),
        "-c", "import sys; from slides.cli import main; sys.exit(main())",
        "export", "-o", str(page),
        cwd=small_talk.top,
        env=surroundings(small_talk.top, DISK=str(build)),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("can't be written (no space left on device)") == 1
    text = page.read_text("utf-8")
    assert text.count('class="recording"') == 2 and text.endswith("</html>")
    assert not [name for name in done.stderr.splitlines() if name.startswith(".")]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_export_that_can_not_say_that_it_is_done(tmp_path, monkeypatch, capsys):
    path = tmp_path / "talk.html"
    monkeypatch.setattr(export.Builder, "html", lambda self: "page")
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        status = cli.main(["export", "-o", str(path)])
    assert status == 1 and path.read_text() == "page"
    assert capsys.readouterr().err == (
        "talk: the output: no space left on device; make room, or choose another place\n"
    )


# -- a sleep --------------------------------------------------------------------------------------


def halt(process, number):
    """Send it to the server and to all that it has started."""
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            one.send_signal(number)


@linux
def test_runs_that_are_put_to_sleep_beyond_their_time(small_talk):
    """They are ended in a line each, and the server goes on."""
    small_talk.write("demos/01a_quick.py", ENDLESS)
    small_talk.start(run_seconds=LIMIT, wait=False)
    server = psutil.Process(small_talk.process.pid)

    async def sleep():
        kinds = [await connect(small_talk, f"{kind}/01a_quick") for kind in ("live", "measure")]
        for socket in kinds:
            assert "main is here" in await socket.read_message()
        halt(server, signal.SIGSTOP)
        time.sleep(LIMIT + 0.5)
        halt(server, signal.SIGCONT)
        return [(await hear(socket))[-1]["ended"] for socket in kinds]

    try:
        assert finish(sleep()) == [
            f"stopped: it took longer than {LIMIT} s",
            f"stopped: it ran for longer than {LIMIT} s",
        ]
    finally:
        halt(server, signal.SIGCONT)
    with urllib.request.urlopen(f"{small_talk.url}?token={small_talk.token}", timeout=30) as page:
        assert page.status == 200
    assert small_talk.stop() == 0
    assert not psutil.pid_exists(server.pid) and "Traceback" not in small_talk.stderr()
    assert not [one for one in psutil.process_iter(["cmdline", "cwd"])
                if one.info["cwd"] == str(small_talk.top)]  # fmt: skip
