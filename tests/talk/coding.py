"""What a test does to code on a slide of the real talk."""

import time

import psutil

from demos.catalogue import find

LEAF = "section.leaf.present"
CODE = (
    f"[...document.querySelectorAll('{LEAF} .code .line')]"
    ".map(line => line.textContent).join('\\n')"
)

DRAWN = r"""selector => {
    const { terminal } = TalkStage.on(Reveal.getCurrentSlide())
        .find(({ element }) => element.matches(selector));
    const there = [...document.querySelectorAll(`${selector} .ap-line`)]
        .map((line) => line.textContent).join("");
    const last = terminal.shown.replace(/\x1b\[[\d;?]*[A-Za-z]/g, "").trimEnd().split("\n").pop();
    return there.replace(/\s/g, "").includes(last.replace(/\s/g, ""));
}"""
"""Whether the last line that a terminal got stands there; it is drawn some time after."""


def to_code(slides, demo):
    """To the slide with this demo's code; gives the selector of its terminal."""
    name = find(demo).name
    slides.ask(
        """name => { const code = document.querySelector(`.code[data-demo="${name}"]`);
                     const at = Reveal.getIndices(code.closest("section"));
                     Reveal.slide(at.h, at.v, -1); }""",
        name,
    )
    slides.page.wait_for_selector(f'{LEAF} .code[data-demo="{name}"]')
    return f"{LEAF} .stage"


def edit(slides):
    """Open the editor on this slide."""
    slides.press("e")
    slides.page.wait_for_selector(f"{LEAF} .code.editing .ace_focus")


def write(slides, text):
    """Replace everything in the open editor, by keys; without what an editor adds by itself."""
    slides.press("Control+a")
    slides.press("Delete")
    slides.page.evaluate(
        "text => ace.edit(document.querySelector('.code.editing .editor')).setValue(text, 1)",
        text,
    )


def run(slides, stage, key="r", seconds=60):
    """Press a key that runs, wait for the end; gives what the terminal shows."""
    slides.press(key)
    slides.page.wait_for_selector(f"{stage}.started:not(.running)", timeout=seconds * 1000)
    slides.page.wait_for_function(DRAWN, arg=stage)
    return slides.text(stage)


def nothing_is_left(scratch, seconds=60):
    """No process of a run lives on, and no folder of one is there; the server may be recording."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        left = [*filter(lambda one: _is_of(one, scratch), psutil.process_iter())]
        left += [path for path in scratch.iterdir() if path.name.startswith("talk-")]
        if not left:
            return True
        time.sleep(0.05)
    raise AssertionError(f"still there: {left}")


def _is_of(process, scratch):
    """Whether it was started by a run of this talk, wherever it went: it has the run's TMPDIR."""
    try:
        return process.environ().get("TMPDIR", "").startswith(f"{scratch}/talk-run-")
    except psutil.Error:
        return False
