# /// script
# dependencies = ["flask"]
# ///
"""A web server answers in threads that nobody declared.

    python demos/06a_flask.py

Watch the name column: main serves, luke and darthvader ask at
the same moment, and two threads that we never made answer.
With threaded=False it is main, one after the other.
"""

import logging
import signal
import sys
import threading
import time
import urllib.request

try:
    from flask import Flask
    from werkzeug.serving import make_server
except ImportError:
    Flask = None

WORK = 0.6  # seconds that one answer takes
PATIENCE = 20  # seconds before a visitor gives up
POLL = 0.05  # seconds: how often the server looks for its end
NO_PROXY = urllib.request.ProxyHandler({})
PAGES = set()  # what luke and darthvader got to read

START = time.perf_counter()


def say(text):
    seconds = time.perf_counter() - START
    name = threading.current_thread().name
    name = name.replace("MainThread", "main")
    line = f"{seconds:5.2f} {name:<10} {text}\n"
    print(line, end="", flush=True)


def website(app):
    @app.get("/<who>")  # (1)
    def answer(who):
        say(f"answers {who}")  # (2)
        time.sleep(WORK)
        return threading.current_thread().name  # (3)


def serve(threaded):
    say(f"serves with threaded={threaded}")
    app = Flask("website")
    website(app)
    server = make_server("127.0.0.1", 0, app, threaded=threaded)
    last_out = threading.Barrier(2, action=server.shutdown)
    start = time.perf_counter()
    for name in ("luke", "darthvader"):
        threading.Thread(target=visit, name=name,
                         args=[server.port, last_out]).start()
    server.serve_forever(POLL)
    return time.perf_counter() - start


def visit(port, last_out):
    name = threading.current_thread().name
    opener = urllib.request.build_opener(NO_PROXY)
    url = f"http://127.0.0.1:{port}/{name}"
    try:
        with opener.open(url, timeout=PATIENCE) as page:
            PAGES.add(page.read().decode())
    finally:
        last_out.wait()


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    both = serve(threaded=True)
    hidden = len(PAGES)
    alone = serve(threaded=False)
    say(f"=> {hidden} threads nobody declared: {both:.1f} s,"
        f" main alone: {alone:.1f} s" if both < 2 * WORK < alone
        else f"=> not shown here: {both:.1f} s, {alone:.1f} s")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if Flask is None:
        sys.exit("06a_flask.py needs Flask:"
                 " python -m pip install flask")
    main()
