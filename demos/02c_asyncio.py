"""asyncio has one thread: its tasks take turns at an await.

    python demos/02c_asyncio.py

Watch process and thread: the same for both jobs. Only the task
differs.
"""

import asyncio
import os
import signal
import threading
import time
from asyncio import create_task

CAST = "luke", "darthvader"
WAIT = 1.0  # seconds
START = time.perf_counter()


def say(who, text):
    seconds = time.perf_counter() - START
    line = f"{seconds:5.2f} {who:<11}{text}\n"
    print(line, end="", flush=True)


def here():
    thread = threading.current_thread().name
    task = asyncio.current_task().get_name()
    return f"process {os.getpid()}, {thread}, task {task}"


async def job(who):  # (1)
    say(who, f"waits in {here()}")
    await asyncio.sleep(WAIT)  # (2)
    say(who, "has waited")


async def main():
    both = [create_task(job(who), name=who)  # (3)
            for who in CAST]
    await asyncio.gather(*both)  # (4)
    conclude()


def conclude():
    took = time.perf_counter() - START
    waits = WAIT * len(CAST)
    shown = WAIT <= took < waits
    say("main", f"=> {waits:.1f} s of waiting took {took:.1f} s"
        if shown else f"=> not shown here: took {took:.1f} s")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    asyncio.run(main())
