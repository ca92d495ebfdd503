"""`talk present`: a Jupyter Server on this machine alone, with the deck, its live demos and JupyterLab + RISE.

Jupyter authenticates every address with the token or the cookie it gave for it. A page can start the demos of
this talk by name and nothing else.
"""

import asyncio
import hashlib
import json
import os
import secrets
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demos import record
from demos.catalogue import Demo, demos
from demos.errors import TalkError
from demos.run import run

TOP = Path(__file__).resolve().parent.parent
PORT = 8888
PORTS_TO_TRY = 100
RUNS_AT_ONCE = 8
"""More than any presenter needs; it keeps the machine usable whatever pages do."""
WATCHED = ("slides/[0-9]*.ipynb", "slides/theme/*", "speaker_notes/*.md", "demos/[0-9]*.py")
LOOK_EVERY = 0.25
"""Seconds between two looks at the watched files; a change counts once two looks in a row agree."""
CALM = 1.0
"""Seconds without a live run before something is measured in the background."""

EXTENSIONS = (
    "slides.server",
    "jupyterlab",
    "jupyterlab_rise",
    "jupyter_lsp",
    "jupyter_server_terminals",
)
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/apputils-extension/themes": {"theme": "JupyterLab Dark"},
    "jupyterlab-rise/plugin": {
        "theme": "black",
        "transition": "none",
        "slideNumber": False,
        "center": False,
    },
}
"""What JupyterLab and RISE start with; the presenter's own settings stay out, as they stay untouched."""


def present(port: int = PORT, open_browser: bool = True) -> int:
    """Serve the talk until Ctrl-C; returns the exit status."""
    try:
        app = _server(port)
        app.io_loop.add_callback(_announce, app, port, open_browser)  # after what makes it listen
        app.start()
    except KeyboardInterrupt:
        pass
    return 0


def _announce(app: Any, port: int, open_browser: bool) -> None:
    page, lab = (
        f"http://127.0.0.1:{app.port}{path}?token={app.identity_provider.token}"
        for path in ("/talk/", "/lab")
    )
    if port and app.port != port:
        print(f"Port {port} is in use; this is port {app.port}.")
    print(
        f"The talk:    {page}\nJupyterLab:  {lab}\nCtrl-C stops both and everything they started.",
        flush=True,
    )
    if open_browser:
        threading.Thread(target=webbrowser.open, args=(page,), daemon=True).start()


def _server(port: int):
    """The server, initialised but not yet started."""
    _leave_out_the_users_config()
    from jupyter_server.serverapp import ServerApp
    from traitlets.config import Config

    class TalkServer(ServerApp):
        def init_signal(self) -> None:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, self.end)

        def end(self, number: int, frame: Any) -> None:
            """No question asked; a second signal does not wait for anything."""
            signal.signal(number, signal.SIG_DFL)
            self.stop(from_signal=True)

        async def _cleanup(self) -> None:
            if stage := self.web_app.settings.get("talk_stage"):
                await stage.close()
            await super()._cleanup()

        async def cleanup_kernels(self) -> None:
            """At once, with what their cells started: a kernel asked to end says so with a traceback."""
            kernels = self.kernel_manager
            for kernel_id in kernels.list_kernel_ids():
                await kernels.get_kernel(kernel_id).signal_kernel(signal.SIGKILL)
            await kernels.shutdown_all(now=True)

    config = Config()
    config.IdentityProvider.token = secrets.token_hex(24)
    config.Application.log_level = "ERROR"
    config.KernelManager.transport = "ipc"  # no port for whatever else runs on this machine
    config.LabApp.extension_manager = "readonly"
    app = TalkServer(
        config=config,
        ip="127.0.0.1",
        port=_free_port(port),
        port_retries=PORTS_TO_TRY,
        root_dir=str(TOP),
        default_url="/talk/",
        open_browser=False,
        no_browser_open_file=True,
        allow_root=True,
        cookie_secret=secrets.token_bytes(32),
        jpserver_extensions={name: True for name in EXTENSIONS},
        log_level="ERROR",
    )
    app.initialize(argv=[], find_extensions=False)
    return app


def _leave_out_the_users_config() -> None:
    """Jupyter's config files of the user and the system could break a talk, so they are not read."""
    for name in [name for name in os.environ if name.startswith(("JUPYTER_", "JUPYTERLAB_"))]:
        if name not in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_PATH"):
            del os.environ[name]
    os.environ["JUPYTER_NO_CONFIG"] = "1"
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    from jupyter_core.paths import jupyter_config_dir

    for plugin, settings in SETTINGS.items():
        path = Path(jupyter_config_dir(), "lab", "user-settings", f"{plugin}.jupyterlab-settings")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), encoding="utf-8")


def _free_port(port: int) -> int:
    """`port`, or the next one that nobody listens on; 0 lets the system choose.

    Raises TalkError where there is none.
    """
    for candidate in range(port, min(port + PORTS_TO_TRY, 65536)) if port else (0,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
                return probe.getsockname()[1]
            except OSError:
                continue
    raise TalkError(f"no port from {port} on can be used; choose another with --port")


# -- the extension --------------------------------------------------------------------------------


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "slides.server"}]


def _load_jupyter_server_extension(app) -> None:
    """Called by Jupyter Server: adds the deck and its live demos."""
    from slides import rise
    from slides.export import Builder

    rise.install(app, TOP)
    stage = Stage(Builder(served=True, notes=True))
    app.web_app.settings["talk_stage"] = stage
    app.web_app.add_handlers(".*", handlers())
    app.io_loop.add_callback(stage.open)


class Stage:
    """What the handlers share: the deck as it is now, the live runs, the pages that want to hear of changes."""

    def __init__(self, builder: Any, top: Path = TOP):
        self.builder = builder
        self.top = top
        self.page: str | None = None
        self.problem: str | None = None
        self.versions: set[str] = set()
        """The versions of the deck that a page may still show."""
        self.listeners: set[Callable[[dict], None]] = set()
        self.runs: set[asyncio.Task] = set()
        self.last_run = -CALM
        self._built = asyncio.Event()
        self._recording = asyncio.Lock()
        self._to_measure = asyncio.Event()
        self._taking: asyncio.Task | None = None
        self._tasks: list[asyncio.Task] = []

    def open(self) -> None:
        """Build the deck, then look after it until `close`."""
        self._tasks = [asyncio.create_task(self._watch()), asyncio.create_task(self._measure())]

    async def close(self) -> None:
        """End every run and everything in the background."""
        tasks = [*self._tasks, *self.runs]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- the deck --

    async def html(self) -> str:
        """The deck, or a page that says why there is none; waits for the first one to be built."""
        await self._built.wait()
        return self.page or _no_deck(self.problem or "")

    def hear(self, listener: Callable[[dict], None], version: str) -> None:
        """Tell `listener` of changes from now on, and now where its page is an old one already."""
        self.listeners.add(listener)
        if self.page and version not in self.versions:
            listener({"reload": "now"})
        elif self.problem:
            listener({"problem": self.problem})

    def _tell(self, **message: str | None) -> None:
        for listener in list(self.listeners):
            listener(message)

    def _say_problem(self, problem: str | None) -> None:
        if problem != self.problem:
            self.problem = problem
            self._tell(problem=problem)
            if problem:
                print(problem, file=sys.stderr, flush=True)

    async def _build(self, when: str) -> None:
        """Build the deck anew and have the pages reload: `now`, or when it is `calm` there."""
        try:
            page = await in_thread(self.builder.html)
        except Exception as error:
            self._say_problem(in_a_line(error))
            self._built.set()
            return
        self._say_problem(None)
        version = hashlib.sha256(page.encode()).hexdigest()[:12]
        another = version not in self.versions
        if another and when == "now":
            self.versions.clear()
        self.versions.add(version)
        self.page = page.replace("window.TALK = {", f'window.TALK = {{"version": "{version}", ', 1)
        self._built.set()
        if another:
            self._tell(reload=when)

    async def _watch(self) -> None:
        seen = self._files()
        await self._build("now")
        self._to_measure.set()
        while True:
            await asyncio.sleep(LOOK_EVERY)
            now = self._files()
            if now != seen:
                while now != (now := await self._next_look()):
                    pass
                seen = now
                if self._taking:  # it films a file that is another now
                    self._taking.cancel()
                await self._build("now")
                self._to_measure.set()

    async def _next_look(self) -> dict:
        await asyncio.sleep(LOOK_EVERY)
        return self._files()

    def _files(self) -> dict[str, tuple[int, int]]:
        """Each watched file with what changes when it is saved."""
        found = {}
        for pattern in WATCHED:
            for path in self.top.glob(pattern):
                try:
                    status = path.stat()
                except OSError:
                    continue
                found[str(path)] = (status.st_mtime_ns, status.st_size)
        return found

    # -- live runs --

    def has_room(self) -> bool:
        return len(self.runs) < RUNS_AT_ONCE

    def start(self, demo: Demo, on_text: Callable[[str], None]) -> asyncio.Task:
        """Run `demo`; what is being recorded in the background makes room for it."""
        if self._taking:
            self._taking.cancel()
        task = asyncio.create_task(run(demo, on_text))
        self.runs.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task) -> None:
        self.runs.discard(task)
        self.last_run = time.monotonic()

    async def _calm(self) -> None:
        while self.runs or time.monotonic() - self.last_run < CALM:
            await asyncio.sleep(CALM / 4)

    # -- recordings --

    async def tape(self, demo: Demo, *, wait: bool) -> tuple[record.Recording | None, bool]:
        """The recording of `demo`, and whether it is of the file as it is now.

        One of an earlier version is better than to wait on stage; without any, it is made now or, unless
        the caller can `wait`, there is none.
        """
        if found := record.cached(demo):
            return found, True
        if (found := record.latest(demo)) or not wait:
            return found, False
        async with self._recording:
            return await record.record_alone(demo), True

    async def _measure(self) -> None:
        """Make what the deck still lacks, one after the other, whenever nothing runs on a slide.

        What fails is said in the terminal alone: the slides do without.
        """
        while True:
            await self._to_measure.wait()
            self._to_measure.clear()
            try:
                if await self._record_missing():
                    await self._calm()
                    await in_thread(self.builder.prepare)
            except Exception as error:
                print(in_a_line(error), file=sys.stderr, flush=True)
            if self.page and not self._to_measure.is_set():
                await self._build("calm")

    async def _record_missing(self) -> bool:
        """Make the recordings that the slides lack; whether they are complete now."""
        from slides import deck

        run_on_slides, _ = await in_thread(lambda: deck.used_demos(self.builder.sections()))
        complete = True
        for demo in run_on_slides:
            while not record.cached(demo):
                await self._calm()
                async with self._recording:
                    self._taking = asyncio.create_task(record.record_alone(demo))
                    await asyncio.wait([self._taking])
                    taken, self._taking = self._taking, None
                if not taken.cancelled() and (error := taken.exception()):
                    print(in_a_line(error), file=sys.stderr, flush=True)
                    complete = False
                    break
        return complete


def in_thread(function: Callable[[], Any]) -> asyncio.Future:
    """Call `function` in a thread that nobody waits for when the server stops."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def deliver(result: Any, error: BaseException | None) -> None:
        if not future.done():
            future.set_exception(error) if error else future.set_result(result)

    def work() -> None:
        result, error = None, None
        try:
            result = function()
        except Exception as caught:
            error = caught
        try:
            loop.call_soon_threadsafe(deliver, result, error)
        except RuntimeError:  # the loop is closed: the server has stopped
            pass

    threading.Thread(target=work, daemon=True).start()
    return future


def in_a_line(error: BaseException) -> str:
    """What went wrong, in one line."""
    text = str(error).strip().partition("\n")[0]
    return text if isinstance(error, TalkError) else f"{type(error).__name__}: {text}"


def named(name: str) -> Demo | None:
    """The demo of this talk with exactly this name."""
    return {demo.name: demo for demo in demos()}.get(name)


def _no_deck(problem: str) -> str:
    from html import escape

    return (
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Threading</title>'
        "<style>body{background:#0E1420;color:#F2F4F8;font:24px/1.5 sans-serif;margin:15vh 10vw}</style>"
        f"<h1>No slides yet</h1><p>{escape(problem)}</p><p>This page shows the deck once that is mended.</p>"
        "<script>const s = new WebSocket(location.href.replace(/^http/, 'ws').replace(/[?#].*/, '') + 'changes');"
        "s.onmessage = m => JSON.parse(m.data).reload && location.reload()</script>"
    )


def handlers() -> list[tuple]:
    """The addresses under /talk/."""
    from jupyter_server.base.handlers import JupyterHandler
    from jupyter_server.base.websocket import WebSocketMixin
    from tornado import web
    from tornado.websocket import WebSocketClosedError, WebSocketHandler

    def the_demo(name: str) -> Demo:
        try:
            demo = named(name)
        except TalkError as error:
            raise web.HTTPError(500, str(error)) from None
        if demo is None:
            raise web.HTTPError(404, "no demo of this talk has this name")
        return demo

    class Page(JupyterHandler):
        """The deck."""

        @web.authenticated
        async def get(self) -> None:
            if self.get_query_argument(
                "token", None
            ):  # it is in a cookie now; keep it off the projector
                others = "&".join(
                    part for part in self.request.query.split("&") if not part.startswith("token=")
                )
                self.redirect("/talk/" + (f"?{others}" if others else ""))
                return
            self.set_header("Content-Type", "text/html; charset=UTF-8")
            self.set_header("Cache-Control", "no-store")
            self.finish(await self.settings["talk_stage"].html())

    class Cast(JupyterHandler):
        """The recording of a demo; with `?ready` only if there is one already."""

        @web.authenticated
        async def get(self, name: str) -> None:
            demo = the_demo(name)
            self.set_header("Content-Type", "text/plain; charset=UTF-8")
            self.set_header("Cache-Control", "no-store")
            try:
                recording, of_this_file = await self.settings["talk_stage"].tape(
                    demo, wait=self.get_query_argument("ready", None) is None
                )
            except TalkError as error:
                self.set_status(503)
                self.finish(str(error))
                return
            if recording is None:
                self.set_status(204)
                self.finish()
                return
            self.set_header("X-Recording", "current" if of_this_file else "earlier")
            self.finish(recording.cast)

    class Socket(WebSocketMixin, WebSocketHandler, JupyterHandler):
        """A WebSocket for pages of this server alone."""

        def check_origin(self, origin: str | None = None) -> bool:
            return origin == f"{self.request.protocol}://{self.request.host}"

        async def get(self, *args: str) -> None:
            if not self.current_user:
                raise web.HTTPError(403)
            if not self.request.headers.get("Origin"):  # no browser leaves it out
                raise web.HTTPError(403)
            await super().get(*args)

        def on_close(self) -> None:
            if self.ping_callback:  # Jupyter lets it keep this socket for half a minute more
                self.ping_callback.stop()

        def say(self, message: dict) -> None:
            try:
                self.write_message(json.dumps(message))
            except WebSocketClosedError:
                pass

    class Live(Socket):
        """A run of a demo, which lives as long as this socket: `{"text": …}` while it runs, `{"ended": …}` at its end."""

        task: asyncio.Task | None = None

        async def get(self, name: str) -> None:
            self.demo = the_demo(name)
            await super().get(name)

        def open(self, name: str) -> None:
            super().open(name)
            stage = self.settings["talk_stage"]
            if not stage.has_room():
                self.say({"ended": "too many demos are running", "status": None})
                self.close()
                return
            self.task = stage.start(self.demo, lambda text: self.say({"text": text}))
            self.task.add_done_callback(self.ended)

        def ended(self, task: asyncio.Task) -> None:
            if task.cancelled():
                self.say({"ended": "stopped", "status": None})
            elif error := task.exception():
                self.say({"ended": in_a_line(error), "status": None})
            else:
                outcome = task.result()
                self.say({"ended": outcome.reason, "status": outcome.status})
            self.close()

        def on_message(self, message: str | bytes) -> None:
            if message == "stop" and self.task:
                self.task.cancel()

        def on_close(self) -> None:
            if self.task:
                self.task.cancel()
            super().on_close()

    class Changes(Socket):
        """`{"reload": "now"}` or `"calm"` when the deck is another, `{"problem": …}` when it could not be built."""

        def open(self) -> None:
            super().open()
            self.settings["talk_stage"].hear(self.say, self.get_query_argument("version", ""))

        def on_message(self, message: str | bytes) -> None:
            pass

        def on_close(self) -> None:
            self.settings["talk_stage"].listeners.discard(self.say)
            super().on_close()

    return [
        (r"/talk/?", Page),
        (r"/talk/cast/([^/]*)", Cast),
        (r"/talk/live/([^/]*)", Live),
        (r"/talk/changes", Changes),
    ]
