"""The Jupyter Server of a talk: how it ends, and what it does not complain about."""

import logging
import signal
from types import FrameType

from jupyter_server.serverapp import ServerApp
from tornado.web import HTTPError


class TalkServer(ServerApp):
    """A Jupyter Server that ends at the first signal, and everything it started with it."""

    def init_logging(self) -> None:
        """A request that was refused is the client's affair: no traceback in the terminal."""
        super().init_logging()
        logging.getLogger("tornado.application").addFilter(_is_ours)

    def init_signal(self) -> None:
        """One way to end for Ctrl-C, `kill` and a closed terminal."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.end)

    def end(self, number: int, frame: FrameType | None) -> None:
        """No question asked; a second signal does not wait for anything."""
        signal.signal(number, signal.SIG_DFL)
        self.stop(from_signal=True)

    async def _cleanup(self) -> None:
        if stage := self.web_app.settings.get("talk_stage"):
            await stage.close()
        await super()._cleanup()

    async def cleanup_kernels(self) -> None:
        """At once, with what their cells started: asked to end, a kernel prints a traceback."""
        kernels = self.kernel_manager  # typed as the one that blocks; a server's can be awaited
        for kernel_id in kernels.list_kernel_ids():
            kernel = kernels.get_kernel(kernel_id)
            await kernel.signal_kernel(signal.SIGKILL)  # type: ignore[misc]  # see `kernels`
        await kernels.shutdown_all(now=True)  # type: ignore[misc]  # see `kernels`


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether it is about more than a wrong address or method.

    Where Jupyter has not yet asked who is there, its page about such an error fails in turn.
    """
    error = record.exc_info[1] if record.exc_info else None
    while error:
        if isinstance(error, HTTPError) and error.status_code < 500:
            return False
        error = error.__context__
    return True
