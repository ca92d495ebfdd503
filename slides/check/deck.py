"""The deck in the browser: whether it opens, and what lint finds on its slides."""

from collections.abc import Iterator

from playwright.sync_api import Page

from demos.runs import pythons, record
from slides.browser import slide_ids, wait_until_ready
from slides.check.report import Line, Of
from slides.check.setting import Setting
from slides.deck import used_demos
from slides.lint import THEMES, lint

SIZE = 1280, 720
"""Slides scale: what fits here fits on a projector of the same shape."""
OPENS = 120.0
"""Seconds until it has to stand in the browser; a slow machine builds it all the while."""
READY = "document.documentElement.matches('.talk-ready') || document.querySelector('h1 + p')"

of = Of("deck")


def opened(page: Page, address: str, setting: Setting) -> Line:
    """Opens the served deck; what is amiss is said in the server's words."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error).partition("\n")[0]))
    page.goto(address, timeout=1000 * setting.bounded(OPENS))
    page.wait_for_function(READY)
    if not page.evaluate("document.documentElement.matches('.talk-ready')"):
        problem = page.text_content("h1 + p") or "there are no slides"
        said, _, mend = problem.rpartition("; ")
        return of.failure("deck", said or problem, mend if said else "mend what it names")
    wait_until_ready(page)
    if errors:
        return of.failure("deck", f"a script of the page fails: {errors[0]}", "run the tests")
    return of.fine("deck", f"{len(slide_ids(page))} slides, open in the browser")


def look(page: Page, setting: Setting) -> Iterator[Line]:
    """Layout, size, contrast and labels of every slide, dark and light."""
    run, _ = used_demos(setting.sections)
    recorded = all(
        record.cached(demo, setting.build / "recordings")
        for demo in run
        if not pythons.missing(demo)
    )
    found = []
    for done, theme in enumerate(THEMES):
        setting.progress("looking at every slide", done, len(THEMES))
        play = recorded and not done  # what a terminal has room for does not depend on the theme
        found += lint(page, setting.sections, themes=(theme,), sizes=(SIZE,), axe=False, play=play)
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        said = f"{found[0]}{more}"
        yield of.warning("layout", said, "`uv run pytest tests/test_lint.py` names them all")
    else:
        yield of.fine("layout", "nothing is cut, too small, pale or without words, dark and light")
