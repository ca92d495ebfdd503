"""Whatever is typed into the code on a slide and run: the server answers, and nothing is left."""

import json
import random
import re
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from small import Talk

from demos.catalogue import Demo
from demos.programs.source import shown

FEW, ALL = 12, 50
RUN_SECONDS = 2.0
"""Enough for the code as it is, which is tried again on a machine that is busy."""
AT_A_TIME = 4
BAD = [
    "while True: pass",
    "while True: print('x' * 70)",
    "import os\n    while True: os.fork()",
    "import os\n    if os.fork() == 0: os.setsid(); time.sleep(99)",
    "import os, subprocess\n    subprocess.Popen(['sleep', '98'], start_new_session=True, env={})",
    "import os, tempfile\n    open(os.path.join(tempfile.mkdtemp(dir='.'), 'file'), 'w')",
    "import signal\n    signal.signal(2, signal.SIG_IGN); time.sleep(99)",
    "import os\n    os.kill(os.getpid(), 9)",
    "x = [0] * 10**10",
]
ODD = ["🙂", "é" * 10_000, "'''", "\t", "\0", "(", "\\", "def ", "\r", "\u2028", "    "]
ASK = """texts => Promise.all(texts.map((text) => new Promise((done) => {
    const path = "/talk/live/01a_quick?edited";
    const socket = new WebSocket(new URL(path, location.href).href.replace("http", "ws"));
    let last = null;
    socket.onopen = () => socket.send(JSON.stringify({ slide: "small-quick", text }));
    socket.onmessage = (event) => { last = JSON.parse(event.data); };
    socket.onclose = () => done(last);
})))"""
"""Runs what may stand on the slide; gives the last word of each run."""


def edit(code: str, number: int) -> str:
    """The code with one to four things done to it; which, depends on `number` alone."""
    choose = random.Random(number)
    for _ in range(choose.randint(1, 4)):
        lines = code.split("\n")
        at = choose.randrange(len(lines))
        match choose.choice(["delete", "cut", "odd", "bad", "bad"]):
            case "delete":
                del lines[at]
            case "cut":
                lines[at] = lines[at][: choose.randint(0, len(lines[at]))]
            case "odd":
                column = choose.randint(0, len(lines[at]))
                lines[at] = lines[at][:column] + choose.choice(ODD) + lines[at][column:]
            case "bad":
                lines.insert(max(1, at), f"    {choose.choice(BAD)}")
        code = "\n".join(lines) or "\n"
    return code


@pytest.fixture
def talk(tmp_path):
    with tempfile.TemporaryDirectory(prefix="edits-") as scratch:  # short: sockets lie in it
        talk = Talk(tmp_path / "talk")
        talk.scratch = Path(scratch)
        talk.start(run_seconds=RUN_SECONDS, environment={"TMPDIR": scratch})
        yield talk
        talk.stop()


def left(talk):
    """What is there of any run: its processes, wherever they went, and its folders."""
    mine = {talk.process.pid, *(p.pid for p in psutil.Process(talk.process.pid).children())}
    found = [path for path in talk.scratch.iterdir() if path.name.startswith("talk-")]
    for process in psutil.process_iter():
        try:
            inside = str(process.cwd()).startswith(str(talk.scratch))
            ours = process.environ().get("TMPDIR", "").startswith(f"{talk.scratch}/talk-run-")
            sleeper = process.cmdline()[:2] == ["sleep", "98"] and inside
        except psutil.Error:
            continue
        if (inside or ours or sleeper) and process.pid not in mine:
            found.append(process)
    return found


@pytest.mark.stress
def test_whatever_is_typed_the_server_answers_and_nothing_is_left(talk, browser, pytestconfig):
    many = ALL if "stress" in pytestconfig.option.markexpr else FEW
    code = shown(Demo("01a_quick", talk.top / "demos" / "01a_quick.py"), ["main"])
    texts = [edit(code, number) for number in range(many)]
    context = browser.new_context()
    page = context.new_page()
    page.route_web_socket(re.compile("/talk/changes"), lambda socket: None)  # it stays as it is
    page.goto(f"{talk.url}?token={talk.token}")
    page.wait_for_selector("html.talk-ready", state="attached")
    ends = []
    for first in range(0, many, AT_A_TIME):
        ends += page.evaluate(ASK, texts[first : first + AT_A_TIME])
    for text, end in zip(texts, ends, strict=True):
        assert end and "ended" in end, text
        assert end["ended"] is None or "\n" not in end["ended"], end
    assert any(end["ended"] for end in ends) and any(end.get("line") for end in ends)
    goes_on = (page.evaluate(ASK, [code])[0] for _ in range(10))
    assert any(end["status"] == 0 and end["ended"] is None for end in goes_on)
    context.close()
    request = urllib.request.Request(talk.url, headers={"Authorization": f"token {talk.token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200 and b"Quick" in answer.read()
    until = time.monotonic() + 30
    while (rest := left(talk)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not rest
    said = talk.stderr()
    assert "Traceback" not in said, json.dumps(said)
