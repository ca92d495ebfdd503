"""Hooks live coding in RISE into the Jupyter Server that presents the talk."""

import asyncio
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from demos.errors import TalkError
from slides.rise import notebook
from slides.sections import TOP

HERE = Path(__file__).parent
KERNELS = HERE / "kernels"
"""Kernel specifications of the kit: a Python that knows `%demo` from its first cell on."""


def install(app: Any, top: Path = TOP) -> None:
    """Give a Jupyter Server (its ServerApp) the notebooks for RISE, their kernel and the keyboard.

    Call it from a server extension. A failure is said in the terminal and never stops the server.
    """
    specs = app.kernel_spec_manager
    specs.kernel_dirs = [str(KERNELS), *specs.kernel_dirs]
    app.web_app.settings["talk_top"] = top
    app.web_app.add_handlers(".*", [(r"/talk/rise/([a-z0-9-]+)", _handler())])
    app.io_loop.add_callback(_prepare, app, top)  # after RISE, which may be loaded later


async def _prepare(app: Any, top: Path) -> None:
    try:
        _add_script(app.web_app.settings["rise_jinja2_env"])
        await asyncio.to_thread(notebook.write_all, top)
    except TalkError:
        pass  # the deck says it on its slides
    except Exception as error:
        print(f"live coding in RISE: {error!r}", file=sys.stderr, flush=True)


def _add_script(env: Any) -> None:
    """Write the keyboard's script into RISE's page, which is a template in `env`."""
    from jinja2 import ChoiceLoader, DictLoader

    page = env.loader.get_source(env, "index.html")[0]
    script = (HERE / "keyboard.js").read_text("utf-8")
    ours = page.replace("</body>", f"<script>{{% raw %}}{script}{{% endraw %}}</script></body>")
    env.loader = ChoiceLoader([DictLoader({"index.html": ours}), env.loader])
    env.cache.clear()


def _handler() -> type:
    """What answers /talk/rise/<id of a slide>."""
    from jupyter_server.base.handlers import JupyterHandler
    from tornado import web

    class Cells(JupyterHandler):
        """Leads to a slide's cells in RISE, as their sources are now, with a new kernel."""

        @web.authenticated
        async def get(self, slide_id: str) -> None:
            try:
                path, cell = await asyncio.to_thread(_write, slide_id, self.settings["talk_top"])
            except TalkError as error:
                raise web.HTTPError(404, str(error)) from None
            await self.renew(str(path))
            self.redirect(f"/rise/{quote(str(path))}?activeCellIndex={cell}")

        async def renew(self, path: str) -> None:
            """A new kernel: that of an earlier visit may hold what the page no longer shows.

            It starts while the page loads.
            """
            manager = self.settings["session_manager"]
            for session in await manager.list_sessions():
                if session["path"] == path:
                    await manager.delete_session(session["id"])
            if path.startswith(str(notebook.FOLDER)):
                name = notebook.KERNEL["name"]
                await manager.create_session(
                    path=path, name=Path(path).name, type="notebook", kernel_name=name
                )

    return Cells


def _write(slide_id: str, top: Path) -> tuple[Path, int]:
    """The notebook with this slide, written now, and the slide's first cell in it.

    Where it can't be written it is the one written before, or the section's own. Raises TalkError
    where no section has such a slide.
    """
    section = notebook.section_of(slide_id, top)
    try:
        return notebook.write(section, top), notebook.first_cell(section, slide_id)
    except TalkError as error:
        print(error, file=sys.stderr, flush=True)
        before = notebook.FOLDER / section.notebook.name
        return before if (top / before).exists() else Path("slides", section.notebook.name), 0
