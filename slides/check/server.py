"""What `talk` needs from outside: a port on this machine, and a browser."""

import os
import webbrowser
from collections.abc import Iterator

from demos.errors import TalkError
from slides.browser import GET_ONE, find_chromium
from slides.check.report import Line, Of
from slides.check.setting import Setting
from slides.server.app import free_port

of = Of("server")


def look(setting: Setting) -> Iterator[Line]:
    """The port, then the browser."""
    yield _port(setting.port)
    yield _browser()


def _port(wanted: int) -> Line:
    try:
        found = free_port(wanted)
    except TalkError as error:
        return of.error("port", error)
    if found != wanted:
        said = f"{wanted} is in use (another `talk`?); {found} would be taken"
        return of.warning("port", said, f"end what uses {wanted}, or mind the address")
    return of.fine("port", f"{wanted} is free")


def _browser() -> Line:
    try:
        chromium = find_chromium()
    except TalkError as error:
        if _some_browser():
            return of.warning("browser", f"there is one, but {error.args[0]}"[:200], GET_ONE)
        return of.failure("browser", str(error).partition("; ")[0].partition(": get")[0], GET_ONE)
    return of.fine("browser", chromium)


def _some_browser() -> bool:
    """Whether Python knows how to open an address here."""
    try:
        return bool(webbrowser.get()) and bool(os.environ.get("DISPLAY") or os.name != "posix")
    except webbrowser.Error:
        return False
