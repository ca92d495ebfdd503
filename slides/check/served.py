"""The talk served for a look: as `talk` serves it, in a process of its own."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from demos.errors import TalkError
from slides.check.setting import Setting

START = "import sys; from slides.server.app import present; sys.exit(present(0, False))"
PATIENCE = 60.0
"""Seconds until it has to serve."""
END = 15.0
"""Seconds that it may take to end."""
ADDRESS = re.compile(r"(?P<url>http://\S+/talk/)\?token=(?P<token>\w+)")


@contextmanager
def served(setting: Setting) -> Iterator[str]:
    """The address of the deck, with its token; raises TalkError where it does not start."""
    patience = setting.bounded(PATIENCE)
    environment = {**os.environ, "PYTHONPATH": str(setting.top)}
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-c", START],
            cwd=setting.top,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            start_new_session=True,  # Ctrl-C is for the check, which ends it then
        )
        alarm = threading.Timer(patience, process.kill)
        alarm.start()
        try:
            address = _address(process)
            alarm.cancel()
            if not address:
                complaints.seek(0)
                last = complaints.read().strip().rpartition("\n")[2]
                raise TalkError(f"`talk` does not start: {last or 'it says nothing'}; see `talk`")
            yield address
        finally:
            alarm.cancel()
            _end(process)


def _address(process: "subprocess.Popen[str]") -> str | None:
    assert process.stdout
    for line in process.stdout:
        if match := ADDRESS.search(line):
            return match[0]
    return None


def _end(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    assert process.stdout
    process.stdout.close()
