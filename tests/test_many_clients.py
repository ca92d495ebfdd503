"""Fifty clients that come and go at random: nothing of theirs is left."""

import asyncio
import os
import random
import time
from contextlib import suppress

import psutil
import pytest
from asking import connect, get, hear
from helping import finish
from tornado.websocket import WebSocketClosedError

CLIENTS = 50
SECONDS, FULL_SECONDS = 10, 60


HOW = {"stopped": "stopped", "too many demos are running": "refused", None: "to the end"}
"""What becomes of a run, by what the server says at its end."""


class Crowd:
    """Clients that connect, run, stop and vanish at random, and one that waits for answers."""

    def __init__(self, talk):
        self.talk = talk
        self.dice = random.Random(7)
        self.counts = dict.fromkeys((*HOW.values(), "connected", "vanished"), 0)
        self.answers = []

    def come(self, seconds):
        """All of them, for that long."""

        async def go():
            until = time.monotonic() + seconds
            await asyncio.gather(self.ask(until), *(self.one(until) for _ in range(CLIENTS)))

        finish(go())

    async def ask(self, until):
        while time.monotonic() < until:
            began = time.monotonic()
            address = f"{self.talk.url}cast/01a_quick?token={self.talk.token}"
            status, _, _ = await asyncio.to_thread(get, address)
            self.answers.append(time.monotonic() - began)
            assert status == 200
            await asyncio.sleep(0.5)

    async def one(self, until):
        while time.monotonic() < until:
            name = self.dice.choice(["01a_quick", "01b_slow"])
            connection = await connect(self.talk, f"live/{name}")
            self.counts["connected"] += 1
            if how := await self.run(connection):
                self.counts[how] += 1
                await asyncio.sleep(self.dice.uniform(0, 0.5))
            else:
                self.counts["vanished"] += 1

    async def run(self, connection):
        """How the run ended; None where its client did not wait for that."""
        kind = self.dice.choice(["to the end", "stopped", "vanished"])
        patience = None if kind == "to the end" else self.dice.uniform(0, 2)
        hearing = asyncio.create_task(hear(connection))
        await asyncio.wait([hearing], timeout=patience)
        if not hearing.done() and kind == "stopped":
            with suppress(WebSocketClosedError):  # it has just come to its end
                await connection.write_message("stop")
        elif not hearing.done():
            connection.protocol.stream.close()
            await hearing
            return None
        return HOW[(await hearing)[-1]["ended"]]

    def __str__(self):
        slowest, median = max(self.answers), sorted(self.answers)[len(self.answers) // 2]
        return f"{self.counts}; slowest answer {slowest:.2f} s, median {median:.3f} s"


def settled(server):
    """What still runs once the server had its time to end it."""
    until = time.monotonic() + 30
    while server.children(recursive=True) and time.monotonic() < until:
        time.sleep(0.1)
    return server.children(recursive=True)


@pytest.mark.stress
# clients that vanish leave their sockets to the garbage collector, as they would in life
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_no_run_outlives_its_client(small_talk, request, capsys):
    """In the end nothing runs, no file is open that was not before, and little memory is gone."""
    full = request.config.getoption("--full-stress") or os.environ.get("TALK_FULL_STRESS")
    seconds = FULL_SECONDS if full else SECONDS
    talk = small_talk.start()
    server, crowd = psutil.Process(talk.process.pid), Crowd(talk)
    crowd.come(3)
    assert not settled(server)
    talk.settle()
    before, files = server.memory_info().rss, server.num_fds()
    crowd.come(seconds)
    left, after = settled(server), server.memory_info().rss
    with capsys.disabled():
        print(
            f"\n{CLIENTS} clients, {seconds} s: {crowd};"
            f" resident {before / 2**20:.0f} -> {after / 2**20:.0f} MiB; left over: {len(left)};"
            f" open files {files} -> {server.num_fds()}"
        )
    assert not left
    assert (after - before) / 2**20 < 20
    assert server.num_fds() <= files + 3
    assert talk.stop() == 0 and "Traceback" not in talk.stderr()
