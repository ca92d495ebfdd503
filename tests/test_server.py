"""`talk present`: who gets in, what can be started, how it ends."""

import asyncio
import json
import re
import signal
import socket
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager

import psutil
import pytest
from asking import connect, get, hear, origin, refused, run_live
from helping import finish, gone

HIDES = "import os, time\nprint(os.getpid(), flush=True)\n"


@contextmanager
def changed(talk, name, source):
    """A demo's file is another for a moment."""
    talk.write(f"demos/{name}.py", source)
    try:
        yield
    finally:
        talk.reset()


# -- who gets in ----------------------------------------------------------------------------------


def test_the_deck_with_the_token_then_with_its_cookie(served):
    status, headers, _ = get(f"{served.url}?token={served.token}")
    assert status == 302 and headers["Location"] == "/talk/", "the token leaves the address bar"
    cookie = headers["Set-Cookie"].partition(";")[0]
    assert "HttpOnly" in headers["Set-Cookie"]
    status, headers, text = get(served.url, Cookie=cookie)
    assert status == 200 and headers["Content-Type"].startswith("text/html")
    assert 'data-demo="01a_quick"' in text and "Say Quick." in text
    assert re.search(r'window\.TALK = \{"version": "\w{12}", ', text)


def test_what_stays_in_the_address_when_the_token_leaves(served):
    _, headers, _ = get(f"{served.url}?print-pdf&token={served.token}&theme=light")
    assert headers["Location"] == "/talk/?print-pdf&theme=light"


@pytest.mark.parametrize("path", ["", "cast/01a_quick", "cast/nothing"])
@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong"])
def test_without_the_token_nothing_is_shown(served, path, query):
    status, headers, text = get(f"{served.url}{path}{query}")
    assert status in (302, 403) and "stage" not in text and "version" not in text
    if status == 302:
        assert headers["Location"].startswith("/login")


@pytest.mark.parametrize("path", ["live/01a_quick", "changes"])
@pytest.mark.parametrize("token", [None, "wrong"])
def test_without_the_token_no_socket(served, path, token):
    assert refused(served, path, token=token) == 403


@pytest.mark.parametrize("path", ["live/01a_quick", "changes"])
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", None])
def test_no_socket_for_another_origins_page(served, path, origin):
    assert refused(served, path, origin=origin) == 403


def test_no_name_of_another_machine_leads_here(served):
    """DNS rebinding: the browser believes that this address belongs to evil.example."""
    status, _, _ = get(f"{served.url}?token={served.token}", Host="evil.example")
    assert status == 403
    path, headers = "live/01a_quick", {"Host": "evil.example"}
    assert refused(served, path, origin="http://evil.example", headers=headers) == 403


def test_it_listens_on_this_machine_alone(served):
    listening = [
        c.laddr
        for c in psutil.Process(served.process.pid).net_connections("tcp")
        if c.status == psutil.CONN_LISTEN
    ]
    assert (("127.0.0.1", served.port)) in [tuple(address) for address in listening]
    assert {address.ip for address in listening} == {"127.0.0.1"}


@pytest.mark.parametrize(
    "name",
    [
        "..%2F..%2Fetc%2Fpasswd",
        "../../etc/passwd",
        "01a;id",
        "01a%3Bid",
        "01a",
        "quick",
        "01a_quick.py",
        "01a_quick%00",
        "01a_quick%0A",
        "01a_quick%20",
        "%2Fbin%2Fls",
        "..%2Fother%2F01a_other",
        "run",
        "__init__",
        "99z_nothing",
        "",
    ],
)
def test_only_a_demo_of_this_talk_by_its_name(served, name):
    other = served.top / "other"
    other.mkdir(exist_ok=True)
    (other / "01a_other.py").write_text("open('started', 'w')")
    assert refused(served, f"live/{name}") in (400, 404)
    assert get(f"{served.url}cast/{name}?token={served.token}")[0] in (400, 404)
    assert not (served.top / "started").exists()


def test_arguments_from_the_page_reach_nothing(served):
    with changed(served, "01a_quick", "import sys; print(sys.argv)"):
        messages = []

        async def go():
            connection = await connect(served, "live/01a_quick?argv=x&seconds=1&path=/etc/passwd")
            await connection.write_message(json.dumps({"argv": ["x"], "env": {"A": "b"}}))
            messages.extend(await hear(connection))

        finish(go())
    assert messages[0]["text"].strip() == "['demos/01a_quick.py']"


# -- live runs ------------------------------------------------------------------------------------


def test_a_run_streams_its_lines_as_they_come(served):
    """It says the next line only after the first one has been read here."""
    read = served.top / "read"
    listens = served.demos["01a_quick"].replace(
        "time.sleep(0.3)", f"while not Path({str(read)!r}).exists(): time.sleep(0.01)"
    )

    async def go():
        connection = await connect(served, "live/01a_quick")
        messages = []
        while (text := await connection.read_message()) is not None:
            messages.append(json.loads(text))
            if "starts" in text:
                read.touch()
        connection.close()
        return messages

    with changed(served, "01a_quick", f"from pathlib import Path\n{listens}"):
        *texts, end = finish(go())
    read.unlink()
    text = "".join(message["text"] for message in texts)
    assert len(texts) > 1 and "\x1b[1;36mluke" in text and "=> it took" in text
    assert end == {"ended": None, "status": 0}


def test_stop_ends_it(served):
    with changed(served, "01b_slow", HIDES + "time.sleep(99)"):

        async def go():
            connection = await connect(served, "live/01b_slow")
            pid = int(json.loads(await connection.read_message())["text"])
            assert psutil.pid_exists(pid)
            await connection.write_message("stop")
            return pid, await hear(connection)

        pid, messages = finish(go())
        assert messages == [{"ended": "stopped", "status": None}] and gone(pid)


@pytest.mark.parametrize("how", ["close", "vanish"])
def test_a_run_dies_with_its_socket_and_its_whole_group(served, how):
    source = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "child = os.fork()\nif child: print(os.getpid(), child, flush=True)\ntime.sleep(99)\n"
    )
    with changed(served, "01b_slow", source):

        async def go():
            connection = await connect(served, "live/01b_slow")
            pids = json.loads(await connection.read_message())["text"].split()
            if how == "close":
                connection.close()
            else:
                connection.protocol.stream.close()
            await asyncio.sleep(0.1)
            connection.close()
            return [int(pid) for pid in pids]

        assert all(gone(pid) for pid in finish(go()))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "import time; print('x', flush=True); time.sleep(99)",
            "stopped: it took longer than 20 s",
        ),
        ("while True: print('x' * 70)", "stopped: it printed more than 64 KiB"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL"),
        ("print('oh'", "syntax error in line 1: '(' was never closed"),
        ("raise SystemExit(3)", "ended with exit status 3"),
    ],
    ids=["hangs", "floods", "killed", "syntax error", "fails"],
)
def test_what_happened_is_said_in_a_line_and_the_talk_goes_on(served, source, said):
    with changed(served, "01b_slow", source):
        assert run_live(served, "01b_slow")[-1]["ended"] == said
    assert run_live(served, "01a_quick")[-1] == {"ended": None, "status": 0}


def test_a_demo_that_was_removed(served):
    (served.top / "demos" / "01b_slow.py").unlink()
    try:
        assert refused(served, "live/01b_slow") == 404
    finally:
        served.reset()


def test_not_too_many_at_once(served):
    async def go():
        connections = [await connect(served, "live/01b_slow") for _ in range(10)]
        said = [json.loads(await connection.read_message()) for connection in connections]
        for connection in connections:
            connection.close()
        return said

    with changed(served, "01b_slow", HIDES + "time.sleep(99)"):
        said = finish(go())
    assert [message.get("ended") for message in said[8:]] == ["too many demos are running"] * 2
    pids = [int(message["text"]) for message in said[:8]]
    assert all(gone(pid) for pid in pids)


TIDIES = """import os, time
try:
    print("begins", flush=True)
    time.sleep(99)
finally:
    time.sleep(1)
    open({!r}, "w").close()
"""
PATIENT = "from demos.runs import terminal\nterminal.PATIENCE = 30"
"""A run has as long to tidy up as a busy machine needs."""


def test_a_run_that_is_stopped_may_tidy_up_also_when_its_page_goes(small_talk, tmp_path):
    """The page says `stop`, and closes the socket."""
    tidied = tmp_path / "tidied"
    small_talk.write("demos/01b_slow.py", TIDIES.format(str(tidied)))
    small_talk.start(wait=False, first=PATIENT)

    async def go():
        connection = await connect(small_talk, "live/01b_slow")
        await asyncio.wait_for(connection.read_message(), 60)
        await connection.write_message("stop")
        await asyncio.sleep(0.2)
        connection.close()

    finish(go())
    until = time.monotonic() + 20
    while not tidied.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert tidied.exists()


def test_the_recording_is_served(served):
    status, headers, text = get(f"{served.url}cast/01a_quick?token={served.token}")
    assert status == 200 and headers["X-Recording"] == "current"
    assert json.loads(text.splitlines()[0])["version"] == 2 and "it took 0.6 s" in text


def test_after_a_change_the_earlier_recording_is_better_than_none(served):
    with changed(served, "01a_quick", "print('oh'"):
        status, headers, text = get(f"{served.url}cast/01a_quick?token={served.token}")
        assert status == 200 and headers["X-Recording"] == "earlier" and "it took 0.6 s" in text


def test_pages_hear_of_changes_and_of_what_is_wrong(served):
    async def go():
        with closing(await connect(served, "changes?version=an-old-one")) as connection:

            async def next_problem():
                while True:  # a deck with something measured since is news, too
                    said = json.loads(await asyncio.wait_for(connection.read_message(), 60))
                    if "problem" in said:
                        return said["problem"]

            first = json.loads(await asyncio.wait_for(connection.read_message(), 60))
            served.write("demos/01a_quick.py", served.demos["01a_quick"] + "print(\n")
            problem = await next_problem()
            served.reset()
            return first, problem, await next_problem()

    first, problem, last = finish(go())
    assert first == {"reload": "now"} and last is None
    assert "demos/01a_quick.py" in problem and "\n" not in problem


# -- how it starts and ends -----------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_stops_everything(small_talk, number, tmp_path):
    """What it started has ended, and its temporary files are gone."""
    temporary = tmp_path / "t"
    temporary.mkdir()
    talk = small_talk.start(wait=False, environment={"TMPDIR": str(temporary)})
    talk.write("demos/01b_slow.py", HIDES + "time.sleep(99)")
    authorization = {"Authorization": f"token {talk.token}"}

    def post(path):
        request = urllib.request.Request(
            f"{origin(talk)}{path}", b"{}", authorization, method="POST"
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    async def go():
        connection = await connect(talk, "live/01b_slow")
        pid = int(json.loads(await connection.read_message())["text"])
        await asyncio.to_thread(post, "/api/kernels")
        await asyncio.to_thread(post, "/api/terminals")
        started = [child.pid for child in psutil.Process(talk.process.pid).children(recursive=True)]
        assert pid in started and len(started) >= 3
        status = await asyncio.to_thread(talk.stop, number)
        connection.close()
        return started, status

    began = time.monotonic()
    started, status = finish(go())
    assert status == 0, talk.stderr()
    assert all(gone(pid) for pid in started)
    assert "Traceback" not in talk.stderr() and time.monotonic() - began < 30
    assert not list(temporary.iterdir())


def test_a_port_in_use_gives_the_next_free_one(small_talk):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        talk = small_talk.start(port=port, wait=False)
        assert talk.port != port
        assert talk.said[0] == f"Port {port} is in use; this is port {talk.port}.\n"
        assert talk.stop() == 0


def test_the_users_jupyter_config_does_not_matter(small_talk, tmp_path):
    config = tmp_path / "config"
    config.mkdir()
    (config / "jupyter_server_config.py").write_text(
        "c.ServerApp.ip = '0.0.0.0'\nc.IdentityProvider.token = ''\n"
    )
    (config / "jupyter_lab_config.py").write_text("raise RuntimeError('broken')\n")
    environment = {"JUPYTER_CONFIG_DIR": str(config), "JUPYTER_TOKEN": "known", "JUPYTER_PORT": "1"}
    talk = small_talk.start(environment=environment, wait=False)
    assert get(f"{talk.url}?token=known")[0] == 302 and get(talk.url)[0] == 302
    assert talk.stop() == 0 and "broken" not in talk.stderr()


def test_it_starts_although_a_demo_does_not_parse(small_talk):
    small_talk.write("demos/01a_quick.py", "print(")
    talk = small_talk.start(wait=False)
    _, headers, _ = get(f"{talk.url}?token={talk.token}")
    status, _, text = get(talk.url, Cookie=headers["Set-Cookie"].partition(";")[0])
    assert status == 200 and "01a_quick.py" in text
    assert talk.stop() == 0 and "Traceback" not in talk.stderr()
