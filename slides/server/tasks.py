"""Small things that the server does with asyncio and with errors."""

import asyncio
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from demos.errors import TalkError

T = TypeVar("T")


def in_thread(function: Callable[[], T]) -> asyncio.Future[T]:
    """Call `function` in a thread that nobody waits for when the server stops."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def give(result: T) -> None:
        if not future.done():
            future.set_result(result)

    def fail(error: Exception) -> None:
        if not future.done():
            future.set_exception(error)

    def work() -> None:
        try:
            try:
                result = function()
            except Exception as error:
                loop.call_soon_threadsafe(fail, error)
            else:
                loop.call_soon_threadsafe(give, result)
        except RuntimeError:  # the loop is closed: the server has stopped
            pass

    threading.Thread(target=work, daemon=True).start()
    return future


def in_a_line(error: BaseException) -> str:
    """What went wrong, in one line."""
    text = str(error).strip().partition("\n")[0]
    return text if isinstance(error, TalkError) else f"{type(error).__name__}: {text}"


def complain(line: str) -> None:
    """Say it in the terminal, if that is still there: the talk goes on."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)
