"""Starting and stopping: a Jupyter Server with this talk's settings, the talk as its extension."""

import atexit
import json
import os
import shutil
import socket
import sys
import tempfile
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demos.errors import TalkError
from demos.runs.run import SECONDS, clear_up
from slides.sections import TOP

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from slides.rehearse.ongoing import Ongoing

PORT = 8888
PORTS_TO_TRY = 100

EXTENSIONS = (
    "slides.server.app",
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
"""What JupyterLab and RISE start with; the presenter's own settings stay out, and untouched."""
FONTS = ("s", "-anonymous-pro", "-atkinson-hyperlegible", "-dejavu-sans-mono", "-fira-code")
PAGE = {"disabledExtensions": {f"@deathbeds/jupyterlab-font{name}": True for name in FONTS}}
"""The deck takes fonts out of these extensions; in RISE they only fail, and take time to load."""


def present(
    port: int = PORT,
    open_browser: bool = True,
    run_seconds: float = SECONDS,
    rehearsal: "Ongoing | None" = None,
) -> int:
    """Serve the talk until Ctrl-C; returns the exit status.

    A live run may take `run_seconds`. A `rehearsal` is told which slide stands.
    """
    try:
        app = _server(port, run_seconds, rehearsal)
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


def _server(port: int, run_seconds: float, rehearsal: "Ongoing | None") -> "ServerApp":
    """The server, initialised but not yet started."""
    _leave_out_the_users_config()
    from traitlets.config import Config

    from slides.server.jupyter import TalkServer
    from slides.server.secret import secret

    config = Config()
    known = secret()
    config.IdentityProvider.token = known.token
    config.Application.log_level = "ERROR"
    config.KernelManager.transport = "ipc"  # no port for whatever else runs on this machine
    config.LabApp.extension_manager = "readonly"
    config.LanguageServerManager.autodetect = False  # it would ask npm, at each start
    app = TalkServer(
        config=config,
        ip="127.0.0.1",
        port=free_port(port),
        port_retries=PORTS_TO_TRY,
        root_dir=str(TOP),
        default_url="/talk/",
        open_browser=False,
        no_browser_open_file=True,
        allow_root=True,
        cookie_secret=known.cookies,
        jpserver_extensions={name: True for name in EXTENSIONS},
        log_level="ERROR",
        tornado_settings={"talk_run_seconds": run_seconds, "talk_rehearsal": rehearsal},
    )
    app.initialize(argv=[], find_extensions=False)
    return app


def _leave_out_the_users_config() -> None:
    """Jupyter's config files of the user and the system could break a talk: they stay unread."""
    for name in [name for name in os.environ if name.startswith(("JUPYTER_", "JUPYTERLAB_"))]:
        if name not in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_PATH"):
            del os.environ[name]
    os.environ["JUPYTER_NO_CONFIG"] = "1"
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    from jupyter_core.paths import jupyter_config_dir

    own = jupyter_config_dir()  # a new folder, of which Jupyter never thinks again
    if Path(own).parent == Path(tempfile.gettempdir()):  # else it is somebody's
        atexit.register(shutil.rmtree, own, ignore_errors=True)
    for plugin, settings in SETTINGS.items():
        path = Path(own, "lab", "user-settings", f"{plugin}.jupyterlab-settings")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), encoding="utf-8")
    page = Path(own, "labconfig", "page_config.json")
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(json.dumps(PAGE), encoding="utf-8")


def free_port(port: int) -> int:
    """`port`, or the next one that nobody listens on; 0 lets the system choose.

    Raises TalkError where there is none.
    """
    for candidate in range(port, min(port + PORTS_TO_TRY, 65536)) if port else (0,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
                free: int = probe.getsockname()[1]
                return free
            except OSError:
                continue
    raise TalkError(f"no port from {port} on can be used; choose another with --port")


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "slides.server.app"}]


def _load_jupyter_server_extension(app: "ServerApp") -> None:
    """Called by Jupyter Server: adds the deck and its live demos."""
    from tornado.ioloop import PeriodicCallback

    from slides import rise
    from slides.export import Builder
    from slides.server import secret
    from slides.server.handlers import HANDLERS
    from slides.server.stage import Stage

    clear_up()
    rise.install(app, TOP)
    settings = app.web_app.settings
    stage = Stage(
        Builder(served=True, notes=True),
        TOP,
        settings["talk_run_seconds"],
        settings["talk_rehearsal"],
    )
    settings["talk_stage"] = stage
    app.web_app.add_handlers(".*", HANDLERS)  # type: ignore[no-untyped-call]  # tornado's
    app.io_loop.add_callback(stage.open)
    app.io_loop.add_callback(PeriodicCallback(secret.used, 1000 * secret.HOUR).start)
