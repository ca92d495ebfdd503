"""A deck in a browser page, and what a test does to it."""

from contextlib import suppress

from playwright.sync_api import Error, TimeoutError

TEXT = (
    "selector => Array.from(document.querySelectorAll(`${selector} .ap-line`), "
    'line => line.textContent.trimEnd()).join("\\n").trimEnd()'
)

WATCH = """() => {
    // every start of a terminal, by the command that stands above it then
    const none = { starts: [], signs: [], visited: [] };
    const kept = JSON.parse(sessionStorage.getItem("watched")) || none;
    Object.assign(window, kept);
    const keep = (list, value) => {
        list.push(value);
        sessionStorage.setItem("watched", JSON.stringify(kept));
    };
    if (!visited.length) keep(visited, Reveal.getCurrentSlide().id);
    Reveal.on("slidechanged", ({ currentSlide }) => keep(visited, currentSlide.id));
    for (const stage of document.querySelectorAll(".stage")) {
        let running = false;
        new MutationObserver(() => {
            const now = stage.classList.contains("running");
            const { textContent } = stage.querySelector(".command");
            if (now && !running) keep(starts, textContent.match(/demos\\/(\\w+)/)[1]);
            if (running && !now) keep(signs, stage.querySelector(".sign").title);
            running = now;
        }).observe(stage, { attributes: true, attributeFilter: ["class"] });
    }
}"""
"""Keeps in the page what starts, what is said of it at its end, and which slides are visited:
`starts`, `signs` and `visited`.

After a reload it has to be evaluated again, and goes on.
"""

ASK = """argument => {
    if (!document.documentElement.classList.contains("talk-ready"))
        throw new Error("after a navigation the deck does not stand yet");
    const value = (EXPRESSION);
    return typeof value === "function" ? value(argument) : value;
}"""
"""Asks a page only once its deck stands."""

FETCHED = """performance.getEntriesByType("resource")
    .some(({ name }) => name.endsWith("/talk/cast/01a_quick?ready"))"""
"""Whether the page has the recording, before it is needed."""


class Slides:
    """A deck in a browser page, with what a test does to it."""

    def __init__(self, page):
        self.page = page
        self.errors = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console", lambda message: message.type == "error" and self.errors.append(message.text)
        )

    def open(self, url):
        self.page.goto(url)
        self.ready()
        return self

    def ready(self):
        self.page.wait_for_selector("html.talk-ready", state="attached")
        self.page.wait_for_function("document.fonts.status == 'loaded'")

    def ask(self, expression, argument=None):
        """The value of an expression in the page, which may be reloading: its files change."""
        for _ in range(20):
            try:
                return self.page.evaluate(ASK.replace("EXPRESSION", expression), argument)
            except Error as error:
                if "navigation" not in str(error):
                    raise
                self.ready()
        raise AssertionError("it reloads and reloads")

    def reload_after(self, act):
        """Do something for which the page reloads, and wait until it has."""
        self.ask("window.before = true")
        act()
        self.page.wait_for_function("!window.before")
        self.ready()

    def go(self, demo, fragments=-1):
        """To the slide with this demo's terminal, so many fragments shown; gives its selector."""
        self.ask(
            """([demo, fragments]) => { const name = `.stage[data-demo="${demo}"]`;
                         const stage = document.querySelector(name);
                         const at = Reveal.getIndices(stage.closest("section"));
                         Reveal.slide(at.h, at.v, fragments); }""",
            [demo, fragments],
        )
        stage = f'.stage[data-demo="{demo}"]'
        self.page.wait_for_selector(f"{stage} .ap-terminal", state="attached")
        return stage

    def text(self, stage):
        return self.ask(TEXT, stage)

    def wait_for(self, stage, text, seconds=30):
        """Until the terminal shows `text`; gives all that it shows."""
        found = f"([stage, text]) => ({TEXT})(stage).includes(text)"
        self.page.wait_for_function(found, arg=[stage, text], timeout=seconds * 1000, polling=20)
        return self.text(stage)

    def wait_until_idle(self, stage, seconds=30):
        self.page.wait_for_selector(f"{stage}:not(.running)", timeout=seconds * 1000)

    def catch(self, key, moment):
        """Press a key and see what is true for a second only; again where a busy machine missed it.

        `moment` is an expression in the page.
        """
        for _ in range(5):
            self.press(key)
            with suppress(TimeoutError):
                self.page.wait_for_function(moment, timeout=10_000, polling=20)
                return
        raise AssertionError(f"{key}: never {moment}")

    def press_until(self, key, selector, seconds=15):
        """Press a key until this is there: the page may be reloading and take the key with it."""
        for _ in range(5):
            self.ready()
            self.press(key)
            with suppress(TimeoutError):
                self.page.wait_for_selector(selector, timeout=seconds * 1000)
                return
        raise AssertionError(f"{key} leads to no {selector}")

    def said(self, stage):
        return self.page.text_content(f"{stage} .said")

    def sign(self, stage):
        return self.page.get_attribute(f"{stage} .sign", "title")

    def at(self):
        """The slide and fragment in the address."""
        return self.ask("location.hash")

    def press(self, keys):
        self.page.keyboard.press(keys)
