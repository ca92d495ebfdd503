"""The Jupyter Server of a talk: how it ends."""

import signal
from types import FrameType

from jupyter_server.serverapp import ServerApp


class TalkServer(ServerApp):
    """A Jupyter Server that ends at the first signal, and everything it started with it."""

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
