# /// script
# dependencies = ["distributed"]
# ///
"""The same submit again: a Dask cluster does your jobs.

    python demos/08d_dask.py

It starts a cluster of two processes on this machine. Watch who
does the jobs. With `--scheduler tcp://HOST:8786` it asks a
cluster that is already there, on any machine.
"""

import argparse
import logging
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from importlib.util import find_spec
from multiprocessing.resource_tracker import ensure_running
from tempfile import TemporaryDirectory

JOBS = 2
SECONDS = 0.5  # of work in each job
CONNECT = 3  # seconds for a scheduler to answer
WAIT = 30  # seconds for a cluster of our own, and a job
HERE = f" on {socket.gethostname()}"  # goes without saying
CTRL_C = {signal.SIGINT}  # for main, not for its processes
CLUSTER = {"n_workers": 0, "threads_per_worker": 1,
           "host": "127.0.0.1", "dashboard_address": None,
           "silence_logs": logging.CRITICAL,
           "scheduler_kwargs": {
               "dashboard_address": "127.0.0.1:0"}}
LENIENT = {"ignore_cleanup_errors": True}
NEEDS = ("08d_dask.py needs distributed:"
         " python -m pip install distributed")

START = time.perf_counter()


def say(text):
    seconds = time.perf_counter() - START
    name = threading.current_thread().name
    name = name.replace("MainThread", "main")
    line = f"{seconds:5.2f} {name:<11}{text}\n"
    print(line, end="", flush=True)


def work(job):
    time.sleep(SECONDS)
    return f"process {os.getpid()} on {socket.gethostname()}"


def hand_out(client):  # (1)
    return [client.submit(work, job) for job in range(JOBS)]


def here():
    say(f"starts a cluster of {JOBS} processes")
    signal.pthread_sigmask(signal.SIG_BLOCK, CTRL_C)
    signal.signal(signal.SIGINT, stop)
    with (TemporaryDirectory(**LENIENT) as tempfile.tempdir,
          distributed.LocalCluster(**CLUSTER) as cluster):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, CTRL_C)
        cluster.scale(JOBS)  # (2)
        ask(cluster, JOBS, WAIT)


def there(address):
    try:
        place = distributed.comm.get_address_host_port(address)
        socket.create_connection(place, CONNECT).close()
        ask(address, 1, CONNECT)  # (3)
    except (OSError, ValueError) as error:
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"no Dask at {address}: {error}\n")
        os._exit(1)  # a Client that failed would talk on


def ask(cluster, workers, wait):
    with distributed.Client(cluster, timeout=wait) as client:
        client.wait_for_workers(workers, timeout=wait)
        say(f"asks {client.scheduler.address}")
        places = [job.result(WAIT) for job in hand_out(client)]
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for job, place in enumerate(places):
            say(f"job {job} ran in {place.removesuffix(HERE)}")
        say(f"=> one submit, {len(set(places))} processes")


def stop(*_):
    for _ in map(time.sleep, (0, 0.1, 0.1)):  # one may start
        for process in multiprocessing.active_children():
            process.kill()
    shutil.rmtree(tempfile.tempdir, ignore_errors=True)
    os._exit(130)


def main(scheduler):
    there(scheduler) if scheduler else here()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parser = argparse.ArgumentParser()
    parser.add_argument("--scheduler", metavar="ADDRESS")
    options = parser.parse_args()
    if find_spec("distributed") is None:
        sys.exit(NEEDS)
    try:
        say("imports distributed")
        import distributed
        # what fails raises, too, so nobody has to log it
        logging.disable(logging.ERROR)
        # the resource tracker: no word from it after a Ctrl-C,
        # and up now, because its start would unmask Ctrl-C
        os.environ["PYTHONWARNINGS"] = "ignore"
        ensure_running()
        main(options.scheduler)
    except BrokenPipeError:  # nobody reads its output any more
        os._exit(141)
