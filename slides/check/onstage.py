"""The talk as it will be given: served, and opened in a real browser."""

import re
from collections.abc import Iterator

from playwright.sync_api import Browser, Error, Page

from demos.errors import TalkError
from slides import browser
from slides.check import deck, rise, runs
from slides.check.report import Line, Of, Verdict
from slides.check.served import served
from slides.check.setting import Setting

NEWS = re.compile("/talk/changes")

of = Of("deck")


def look(setting: Setting) -> Iterator[Line]:
    """The deck in the browser, a run on each slide, live coding in RISE."""
    if setting.blocked:
        yield of.unseen("deck", "there is no deck before its notes and sections are mended")
        return
    try:
        browser.find_chromium()
    except TalkError:
        yield of.unseen("deck", "no Chromium is here to open it", browser.GET_ONE)
        return
    setting.progress("starting the server and the browser", 0, 1)
    with served(setting) as address, browser.open_browser() as chromium:
        try:
            page = new_page(chromium)
            page.set_default_timeout(setting.bounded(browser.PATIENCE / 1000) * 1000)
            opened = deck.opened(page, address, setting)
            yield opened
            if opened.verdict is Verdict.FAILURE:
                return
            yield from runs.look(page, setting)
            if setting.quick:
                yield of.unseen("layout and RISE", "a quick check does not look", "`talk check`")
                return
            yield from deck.look(page, setting)
            yield from rise.look(page, address, setting)
        except Error as error:
            if browser.is_gone(error):
                yield of.failure("deck", "the browser crashed or was ended", browser.AGAIN)
                return
            said = error.message.partition("\n")[0]
            yield of.failure("deck", f"the browser could not show it: {said}", "open `talk` there")


def new_page(chromium: Browser) -> Page:
    """A page for the served deck that hears no news: what is measured meanwhile would reload it."""
    page = chromium.new_page(
        viewport={"width": browser.WIDTH, "height": browser.HEIGHT}, reduced_motion="reduce"
    )
    page.route_web_socket(NEWS, lambda socket: None)
    return page
