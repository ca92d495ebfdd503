"""The addresses under /talk/: the deck, recordings, live runs, news of changes, the editor.

Jupyter authenticates each with its token or the cookie it gave for it. A page can start the demos
of this talk by name, and those with what stands on a slide in the place of the functions that this
slide shows.
"""

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from demos.catalogue import Demo, demos
from demos.errors import TalkError
from demos.programs.program import LIMIT, EditError, Program
from demos.runs import pythons
from slides import assets
from slides.server.runs import End
from slides.server.stage import Stage
from slides.server.tasks import in_a_line

MESSAGE = 4 * LIMIT + 4096
"""Bytes that a page may send at once: a slide's text as JSON, and the name of the slide."""


def the_demo(name: str) -> Demo:
    """The demo of this talk with exactly this key, `08c_x` or `08c_x@3.14t`; raises HTTPError."""
    name, _, python = name.partition("@")
    try:
        demo = {demo.name: demo for demo in demos()}.get(name)
    except TalkError as error:
        raise web.HTTPError(500, str(error)) from None
    if demo is None:
        raise web.HTTPError(404, "no demo of this talk has this name")
    if python and not pythons.ASKED.fullmatch(python):
        raise web.HTTPError(404, "no Python is called that")
    return replace(demo, python=python)


class Page(JupyterHandler):
    """The deck."""

    @web.authenticated
    async def get(self) -> None:
        """The page as it is now."""
        if self.get_query_argument(
            "token", None
        ):  # it is in a cookie now; keep it off the projector
            parts = self.request.query.split("&")
            others = "&".join(part for part in parts if not part.startswith("token="))
            self.redirect("/talk/" + (f"?{others}" if others else ""))
            return
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.set_header("Cache-Control", "no-store")
        stage: Stage = self.settings["talk_stage"]
        await self.finish(await stage.deck.html())

    @web.authenticated
    async def head(self) -> None:
        """A page asks whether there is a server before it leaves its slides for a newer deck."""


class Editor(JupyterHandler):
    """The script of the editor, which the page fetches once it has shown its slides."""

    @web.authenticated
    async def get(self) -> None:
        """Ace with its mode for Python."""
        self.set_header("Content-Type", "text/javascript; charset=UTF-8")
        await self.finish(assets.editor())


class Cast(JupyterHandler):
    """The recording of a demo; with `?ready` only if there is one already."""

    @web.authenticated
    async def get(self, name: str) -> None:
        """The asciicast; 204 where there is none, 503 with a line where it can't be made."""
        demo = the_demo(name)
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.set_header("Cache-Control", "no-store")
        stage: Stage = self.settings["talk_stage"]
        wait = self.get_query_argument("ready", None) is None
        try:
            recording, of_this_file = await stage.tape(demo, wait=wait)
        except TalkError as error:
            self.set_status(503)
            await self.finish(str(error))
            return
        if recording is None:
            self.set_status(204)
            await self.finish()
            return
        self.set_header("X-Recording", "current" if of_this_file else "earlier")
        await self.finish(recording.cast)


class Socket(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """A WebSocket for pages of this server alone."""

    def check_origin(self, origin: str | None = None) -> bool:
        """Whether the page came from here."""
        return origin == f"{self.request.protocol}://{self.request.host}"

    @property
    def max_message_size(self) -> int:
        """In bytes; whoever sends more is cut off."""
        return MESSAGE

    @property
    def stage(self) -> Stage:
        """What all handlers share."""
        stage: Stage = self.settings["talk_stage"]
        return stage

    async def get(self, *args: str, **kwargs: Any) -> None:
        """Let in who has a cookie or token and says where it comes from, as every browser does."""
        if not self.current_user or not self.request.headers.get("Origin"):
            raise web.HTTPError(403)
        await super().get(*args, **kwargs)

    def on_close(self) -> None:
        """Jupyter would let it keep this socket for half a minute more."""
        if self.ping_callback:
            self.ping_callback.stop()

    def say(self, message: dict[str, Any]) -> None:
        """Send it, unless nobody is there any more."""
        with suppress(WebSocketClosedError):
            sent = self.write_message(json.dumps(message))
            # the page may vanish meanwhile: nobody else asks how this went
            sent.add_done_callback(lambda sent: sent.cancelled() or sent.exception())


class Live(Socket):
    """A run of a demo, which lives as long as this socket.

    It says `{"text": …}` while it runs and `{"ended": …}` at its end. With `?edited` it begins when
    the page has sent what stands on the slide: `{"slide": …, "text": …}`.
    """

    measured = False
    task: asyncio.Task[End] | None = None
    edited = False
    demo: Demo

    async def get(self, *args: str, **kwargs: Any) -> None:
        """Open the socket for a demo of this talk; 404 for any other name."""
        self.demo = the_demo(args[0])
        await super().get(*args, **kwargs)

    def open(self, *args: str, **kwargs: str) -> None:
        """Begin, unless what is to run is still to come."""
        super().open(*args, **kwargs)
        self.edited = self.get_query_argument("edited", None) is not None
        if not self.edited:
            self.begin(self.demo)

    def begin(self, what: Demo | Program) -> None:
        """Start the run, if there is room for one more."""
        if not self.stage.runs.has_room():
            self.end(End("too many demos are running"))
            return
        self.task = self.stage.start(
            what, lambda text: self.say({"text": text}), measured=self.measured
        )
        self.task.add_done_callback(self.ended)

    def ended(self, task: asyncio.Task[End]) -> None:
        """Say how the run ended."""
        if task.cancelled():
            self.end(End("stopped"))
        elif error := task.exception():
            self.end(End(in_a_line(error)))
        else:
            self.end(task.result())

    def end(self, end: End) -> None:
        """The last words."""
        if end.picture:
            self.say({"picture": end.picture})
        line = {"line": end.line} if end.line else {}
        self.say({"ended": end.said, "status": end.status, **line})
        self.close()

    def on_message(self, message: str | bytes) -> None:
        """`stop`, or the program of an edited run."""
        if message == "stop":
            if self.task and not self.task.cancelling():
                self.task.cancel()
        elif self.edited and not self.task:
            self.begin_edited(message)

    def begin_edited(self, message: str | bytes) -> None:
        """Start what stands on the slide, or say why that can't be."""
        try:
            asked = json.loads(message)
            program = self.stage.deck.program(self.demo, str(asked["slide"]), str(asked["text"]))
        except EditError as error:
            self.end(End(str(error), line=error.line))
        except TalkError as error:
            self.end(End(str(error)))
        except (ValueError, LookupError, TypeError):
            self.end(End("this slide shows no code of this demo: reload the page"))
        else:
            self.begin(program)

    def on_close(self) -> None:
        """Nobody looks any more: the run ends, unless it was told to and is tidying up."""
        if self.task and not self.task.cancelling():
            self.task.cancel()
        super().on_close()


class Measure(Live):
    """The same, measured: `{"picture": …}`, the timeline of this very run, comes before its end."""

    measured = True


class Changes(Socket):
    """`{"reload": "now"}` or `"calm"` for another deck, `{"problem": …}` where none was built."""

    def open(self, *args: str, **kwargs: str) -> None:
        """Begin to tell the page."""
        super().open(*args, **kwargs)
        self.stage.deck.hear(self.say, self.get_query_argument("version", ""))

    def on_message(self, message: str | bytes) -> None:
        """Which slide stands there, or that somebody is there: for a rehearsal."""
        if rehearsal := self.stage.rehearsal:
            with suppress(ValueError):
                told = json.loads(message)
                rehearsal.told(self, told if isinstance(told, dict) else {})

    def on_close(self) -> None:
        """Stop telling it."""
        self.stage.deck.listeners.discard(self.say)
        if rehearsal := self.stage.rehearsal:
            rehearsal.gone(self)
        super().on_close()


HANDLERS = [
    (r"/talk/?", Page),
    (r"/talk/editor\.js", Editor),
    (r"/talk/cast/([^/]*)", Cast),
    (r"/talk/live/([^/]*)", Live),
    (r"/talk/measure/([^/]*)", Measure),
    (r"/talk/changes", Changes),
]
