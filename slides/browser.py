"""The deck in a real Chromium: the PDF, the handout, and a picture of every slide."""

import io
import os
import re
import shutil
import struct
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, sync_playwright

from demos.errors import TalkError
from demos.files import write

WIDTH, HEIGHT = 1280, 720
"""Size of a slide in CSS pixels."""

FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
PLACES = {
    "darwin": (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
    "win32": (
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ),
}
GET_ONE = (
    "get one with `apt install chromium` or `python -m playwright install chromium`,"
    " or set TALK_CHROMIUM to its path"
)
AGAIN = "run it again"
"""The mend for a browser that works, but was ended: for want of memory, mostly."""
GONE = re.compile(r"has been closed|crashed|connection closed", re.IGNORECASE)
"""What Playwright says of a browser, or of its page, that has ended in the middle of the work."""
ENDED = re.compile(r"<process did exit: exitCode=(\w+), signal=(\w+)>")
COMPLAINT = re.compile(r"^\[pid=\d+\]\[err\] (.+)$", re.MULTILINE)
PATIENCE = 30_000
"""Milliseconds that the deck may take to be ready."""

HTML = "text/html; charset=utf-8"
ADDRESS = "http://talk.invalid/"
"""Where the deck is opened. It goes from memory to the browser; nothing asks the network."""

MARK = b"Software\0talk-kit"
"""What says inside a PNG that it is a slide of ours, which a later export may remove."""


def find_chromium() -> str:
    """The path of a Chromium, or of a browser made from it.

    Raises TalkError that says how to get one.
    """
    if chosen := os.environ.get("TALK_CHROMIUM"):
        if found := shutil.which(chosen):
            return found
        raise TalkError(f"TALK_CHROMIUM={chosen}: there is no program; correct it or unset it")
    for name in NAMES:
        if found := shutil.which(name):
            return found
    for place in PLACES.get(sys.platform, ()):
        if Path(place).exists():
            return place
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    raise TalkError(f"no Chromium was found: {GET_ONE}")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A Chromium without a window; raises TalkError where there is none or it does not start."""
    path = find_chromium()
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except Error as error:
            raise TalkError(f"{path}: {_why_no_start(error)}") from None
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_deck(html: str, theme: str = "dark") -> Iterator[Page]:
    """The deck `html` in a page of its own, ready and without transitions."""
    page = None
    with open_browser() as browser:
        try:
            page = browser.new_page(
                viewport={"width": WIDTH, "height": HEIGHT}, reduced_motion="reduce"
            )
            page.route("**/*", lambda route: route.fulfill(body=html, content_type=HTML))
            page.goto(f"{ADDRESS}?theme={theme}")
            wait_until_ready(page)
            yield page
        except Error as error:
            if is_gone(error) or (page and _is_lost(page)):
                raise TalkError(f"the browser crashed or was ended; {AGAIN}") from None
            raise TalkError(f"the browser could not show the deck: {_first_line(error)}") from None


def wait_until_ready(page: Page) -> None:
    """Returns when the deck stands and its fonts are there."""
    page.wait_for_function(
        "document.documentElement.classList.contains('talk-ready')", timeout=PATIENCE
    )
    page.evaluate("document.fonts.ready.then(() => true)")


def slide_ids(page: Page) -> list[str]:
    """The ids of all slides in order."""
    ids: list[str] = page.evaluate(
        "[...document.querySelectorAll('.slides section.leaf')].map(slide => slide.id)"
    )
    return ids


SHOW = """async ([id, run, patience = 30000]) => {
    const slide = document.getElementById(id);
    const {h, v} = Reveal.getIndices(slide);
    const frame = () => new Promise(requestAnimationFrame);
    const settle = async () => {
        await frame();
        await frame();
        await new Promise(done => setTimeout(done, 20));
    };
    Reveal.slide(h, v, 99);
    await settle();
    const stages = run ? [...slide.querySelectorAll(".stage")] : [];
    if (stages.length) {
        const {setTimeout: wait, performance: {now}} = window;
        window.setTimeout = (act, time = 0, ...rest) => wait(act, time / 1000, ...rest);
        performance.now = () => 1000 * now.call(performance);
        for (const stage of stages) {
            for (const other of stages) {
                other.classList.toggle("chosen", stages.length > 1 && other === stage);
            }
            Reveal.triggerKey(84);
        }
        const latest = Date.now() + patience;
        do {
            if (Date.now() > latest) throw new Error(`${id}: a recording does not come to its end`);
            await new Promise(done => wait(done, 20));
        } while (slide.querySelector(".stage.running, .stage:not(.started)"));
        window.setTimeout = wait;
        delete performance.now;
        await settle();
    }
}"""
"""Goes to a slide and shows all its fragments.

If asked, plays its recordings (key T) to their end, a thousand times faster; throws where one takes
longer than `patience`, in milliseconds; half a minute, unless told.
"""


def pdf(html: str, output: Path, notes: bool) -> int:
    """Prints the deck `html`, one page per slide, and returns the number of pages.

    With `notes` it is a handout: A4, each slide with its notes below.
    """
    with open_deck(html, theme="light") as page:
        if notes:
            page.evaluate(HANDOUT)
        data = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True)
        about: dict[str, str] = page.evaluate(ABOUT)
    write(output, _described(data, about))
    return len(re.findall(rb"/Type ?/Page\b", data))


ABOUT = """() => Object.fromEntries(
    [["/Author", "author"], ["/Subject", "description"]]
    .map(([key, name]) => [key, document.querySelector(`meta[name=${name}]`)])
    .filter(([, meta]) => meta).map(([key, meta]) => [key, meta.content]))"""
"""What a page says of itself that Chromium leaves out of its PDF; the title it puts in."""


def _described(data: bytes, about: dict[str, str]) -> bytes:
    """The PDF with these entries in its metadata."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.add_metadata(about)
    described = io.BytesIO()
    writer.write(described)
    return described.getvalue()


HANDOUT = """() => {
    document.documentElement.classList.add("handout");
    for (const slide of document.querySelectorAll(".slides section.leaf")) {
        const sheet = document.createElement("div");
        sheet.className = "sheet";
        slide.replaceWith(sheet);
        sheet.append(slide, ...slide.querySelectorAll("aside.notes"));
    }
}"""
"""Makes a sheet of each slide and its notes; theme/print.css does the rest."""


def images(html: str, folder: Path, theme: str = "dark") -> int:
    """Writes a PNG of every slide as `01_<slide's id>.png`; returns their number.

    All of a slide is shown and its recording played. Pictures of slides that are no longer there
    are removed from `folder`, if an earlier export wrote them.
    """
    pictures: dict[str, bytes] = {}
    with open_deck(html, theme) as page:
        for number, name in enumerate(slide_ids(page), 1):
            page.evaluate(SHOW, [name, True])
            pictures[f"{number:02d}_{name}.png"] = _signed(
                page.screenshot(animations="disabled")  # what fades in is there
            )
    for name, data in pictures.items():
        write(folder / name, data)
    for path in folder.glob("[0-9]*_*.png"):
        if path.name not in pictures and _is_ours(path):
            path.unlink()
    return len(pictures)


def _signed(png: bytes) -> bytes:
    """The PNG with a text chunk that says where it comes from."""
    chunk = b"tEXt" + MARK
    after_header = 8 + 25
    signature = struct.pack(">I", len(MARK)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return png[:after_header] + signature + png[after_header:]


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return MARK in file.read(200)


def is_gone(error: Error) -> bool:
    """Whether it is not about what was asked for, but the browser or its page is there no more."""
    return bool(GONE.search(_first_line(error)))


def _is_lost(page: Page) -> bool:
    """Whether its process is there no more, which what failed did not say: printing, for one."""
    try:
        page.wait_for_function("true", timeout=10_000)
    except Error as error:
        return is_gone(error)
    return False


def _why_no_start(error: Error) -> str:
    """What became of the browser, and the mend: one that a signal ended was one that works."""
    ended = ENDED.search(error.message)
    status, signal = ended.groups() if ended else ("null", "null")
    if status.isdigit() and int(status) > 128:  # as a shell says it that started the browser
        status, signal = "null", f"signal {int(status) - 128}"
    if is_gone(error) and signal != "null":
        return (
            f"it crashed or was ended while it started ({signal}); {AGAIN},"
            f" and should that not help, {GET_ONE}"
        )
    if said := COMPLAINT.findall(error.message):
        why = said[-1]
    else:
        why = f"exit status {status}" if status != "null" else _first_line(error)
    return f"does not start ({why}); {GET_ONE}"


def _first_line(error: Error) -> str:
    return error.message.partition("\n")[0]
