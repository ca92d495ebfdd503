"""Every run started on its slide, as the presenter does it: by its key."""

from collections.abc import Iterator

from playwright.sync_api import Error, Page

from demos import catalogue
from demos.runs import pythons
from slides.check.report import Line, Of
from slides.check.setting import Setting

FIRST_LINE = 15_000
"""Milliseconds until a demo has to show something on its slide."""
GO = """([demo, number]) => {
    const stage = document.querySelectorAll(`.stage[data-demo="${demo}"]`)[number];
    const slide = stage.closest("section.leaf");
    const {h, v} = Reveal.getIndices(slide);
    Reveal.slide(h, v, 99);
    for (const other of slide.querySelectorAll(".stage")) {
        other.classList.toggle("chosen", other === stage);
    }
}"""
"""Goes to the slide of a terminal, all its steps done, and chooses the terminal there."""
SHOWS = """([demo, number]) => {
    const stage = document.querySelectorAll(`.stage[data-demo="${demo}"]`)[number];
    const said = stage.querySelector(".said").textContent;
    const lines = [...stage.querySelectorAll(".ap-line")].some(line => line.textContent.trim());
    const live = stage.querySelector(".sign.live");
    return said ? {said} : lines && live ? {lines} : null;
}"""
"""What there is of its run: a line on its screen, or a word of what went wrong."""
STAGES = "[...document.querySelectorAll('.slides .stage')].map(stage => stage.dataset.demo)"

of = Of("deck")


def look(page: Page, setting: Setting) -> Iterator[Line]:
    """Each terminal of the deck; a quick check takes the first."""
    stages: list[str] = page.evaluate(STAGES)
    known = {demo.name: demo for demo in catalogue.demos(setting.top / "demos")}
    chosen = [
        (number, demo)
        for number, demo in enumerate(stages)
        if demo in known and not pythons.missing(known[demo])
    ][: 1 if setting.quick else None]
    wrong = 0
    for done, (number, demo) in enumerate(chosen):
        setting.progress(f"starting {demo} on its slide", done, len(chosen))
        if said := _start(page, demo, stages[:number].count(demo)):
            wrong += 1
            yield of.failure(demo, f"R on its slide: {said}", "T plays its recording")
    if not chosen:
        yield of.unseen("runs", "no slide has a terminal")
    elif not wrong:
        which = "the first" if setting.quick else f"each of {len(chosen)}"
        yield of.fine("runs", f"R starts {which} on its slide, X stops it")


def _start(page: Page, demo: str, number: int) -> str | None:
    """Start the run and stop it once it shows something; what is wrong, if anything is."""
    page.evaluate(GO, [demo, number])
    page.keyboard.press("r")
    try:
        handle = page.wait_for_function(SHOWS, arg=[demo, number], timeout=FIRST_LINE, polling=20)
    except Error:
        return f"nothing was shown in {FIRST_LINE / 1000:g} s"
    shown: dict[str, str] = handle.json_value()
    page.keyboard.press("x")
    page.wait_for_selector(".stage.running", state="detached")
    return shown.get("said")
