"""A terminal on a slide, as it stands in the page: for which demo, on which Python, how large."""

import json
from html import escape

from demos import cast
from demos.catalogue import Demo
from demos.runs import pythons
from demos.runs.record import Recording

RUN_STEP = '<span class="fragment step" data-kind="run"></span>'


def terminal(
    demo: Demo, recording: Recording | None, size: tuple[int, int], *, inline: bool, twin: bool
) -> str:
    """The HTML of a terminal for `demo` of so many rows and columns.

    Its recording is written into the page where it is to be `inline`. A `twin` is started together
    with the terminal above it that has the same demo.
    """
    rows, columns = size
    command, lacks = pythons.command_line(demo), pythons.missing(demo)
    transcript = escape(lacks.anywhere) if lacks else ""
    inlined = ""
    if recording:
        transcript = cast.as_html(recording.transcript)
    if recording and inline:
        data = json.dumps({"cast": recording.cast}, separators=(",", ":")).replace("<", "\\u003c")
        inlined = f'<script type="application/json" class="recording">{data}</script>'
    return (
        f'<div class="stage{" twin" if demo.python else ""}" data-demo="{demo.name}"'
        f' data-rows="{rows}" data-cols="{columns}"{_on_its_python(demo, command, lacks)}>'
        f"{'' if twin else RUN_STEP}"
        f'<p class="command">{command}</p><div class="screen"></div>'
        f'<pre class="transcript" tabindex="0" aria-label="Output of {command}">'
        f"{transcript}</pre>{inlined}</div>"
    )


def _on_its_python(demo: Demo, command: str, lacks: pythons.Missing | None) -> str:
    """What the element says of the Python it is for, where that is not any."""
    says = {
        "data-command": command.partition(" ")[0] if command != demo.command else "",
        "data-python": demo.python,
        "data-lacks": lacks.anywhere if lacks else "",
    }
    return "".join(f' {name}="{escape(value)}"' for name, value in says.items() if value)
