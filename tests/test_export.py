"""The exported file: alone in the world, without the notes, navigable, for all its readers."""

import html
import json
import re
import subprocess
import sys

import pytest
from helping import PATIENCE, surroundings

from demos import about
from demos.runs.pythons import missing
from slides import browser as chromium_side
from slides import deck as deck_side
from slides import output
from slides.sections import sections

LARGEST = 600  # KB, all recordings and pictures included


class Visits:
    """Pages of files, each in a browser context of its own, and what was wrong in any of them."""

    def __init__(self, browser):
        self.browser = browser
        self.contexts = []
        self.complaints = []

    def open(self, path, address="", **options):
        """The file in a page without a network: `visit(path, "#/id")`."""
        options = {"viewport": {"width": 1280, "height": 720}, "offline": True, **options}
        context = self.browser.new_context(**options)
        self.contexts.append(context)
        context.on("request", lambda request: self.requested(request, path.as_uri()))
        context.on("page", self.watch)
        page = context.new_page()
        page.goto(path.as_uri() + address)
        if options.get("java_script_enabled", True):
            chromium_side.wait_until_ready(page)
        return page

    def requested(self, request, start):
        own = request.url.partition("?")[0].partition("#")[0] == start
        if not own and not request.url.startswith(("data:", "blob:", "about:")):
            self.complaints.append(f"request: {request.url[:200]}")

    def watch(self, page):
        page.on("console", self.heard)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))

    def heard(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")


@pytest.fixture
def visit(browser):
    """Opens a file: `visit(path, "#/id")` gives a page.

    After the test nothing was asked for, and nothing complained in the console.
    """
    visits = Visits(browser)
    yield visits.open
    for context in visits.contexts:
        context.close()
    assert not visits.complaints


def addresses(path) -> list[str]:
    """The ids of the slides in the file, in order."""
    return re.findall(r'<section class="leaf[^>]* id="([^"]*)"', path.read_text("utf-8"))


def current(page) -> str:
    return page.evaluate("Reveal.getCurrentSlide().id")


# -- the file --------------------------------------------------------------------------------------


def test_size_title_description_and_language(deck):
    page = deck.read_text("utf-8")
    assert len(page.encode()) <= LARGEST * 1000, output.room(page)
    assert re.search(r'<html [^>]*lang="en"', page)
    title, description = about.read().title, about.read().description
    assert page.count(f"<title>{html.escape(title)}</title>") == 1
    assert f'<meta content="{html.escape(description)}" name="description"/>' in page


def test_public_file_has_no_word_of_the_notes(deck, checkout):
    data = deck.read_bytes()
    text = html.unescape(re.sub(r"<[^>]+>", "", data.decode())).encode()
    shown = " ".join(
        cell.source for section in sections(checkout) for cell in deck_side.read(section).cells
    )
    shown = " ".join(re.sub(r"[*_`#>-]+", " ", shown).split())
    checked = 0
    for section in sections(checkout):
        for note in section.notes.slides.values():
            for paragraph in note.split("\n"):
                words = re.sub(r"[*_`#>-]+", " ", paragraph).split()
                for start in range(0, max(1, len(words) - 7), 4):
                    phrase = " ".join(words[start : start + 8])
                    if len(words[start : start + 8]) == 8 and phrase not in shown:
                        checked += 1
                        assert phrase.encode() not in data and phrase.encode() not in text, phrase
                if len(paragraph) > 25:
                    assert paragraph.strip().encode() not in data, paragraph
    assert checked, "no note has eight words in a row that stand on no slide"
    assert b'class="notes"' not in data
    assert b"RevealNotes=" not in data


def test_addresses_are_unique_and_named_after_section_and_slide(deck, checkout):
    ids = addresses(deck)
    expected = []
    for section in sections(checkout):
        for slide in deck_side.slides_of(section, deck_side.read(section)):
            expected.append(
                section.slug
                if slide.layout == "section"
                else f"{section.slug}-{deck_side.slug(slide.title)}"
            )
    assert ids == expected
    assert len(set(ids)) == len(ids)


def test_addresses_are_the_same_in_every_export(deck, section_with_notes):
    ours = addresses(section_with_notes)
    assert ours and ours == [name for name in addresses(deck) if name in ours]


def test_every_demo_is_in_the_file_with_what_it_printed(deck, checkout):
    page = deck.read_text("utf-8")
    for section in sections(checkout):
        for demo in section.demos:
            stage = re.search(
                rf'data-demo="{demo.name}"[^>]*>.*?class="transcript"[^>]*>'
                r"(.*?)</pre>(.*?)</script>",
                page,
                re.DOTALL,
            )
            assert stage, demo.name
            if lacks := missing(demo):  # its Python is not on this machine
                assert stage[1] == html.escape(lacks.anywhere)
                continue
            assert "=&gt; " in stage[1], demo.name
            recording = json.loads(stage[2].partition(">")[2])["cast"]
            header, *events = [json.loads(line) for line in recording.splitlines()]
            assert header["version"] == 2 and events
    assert 'class="waiting"' not in page


# -- in a browser ----------------------------------------------------------------------------------


def test_file_asks_for_nothing_and_throws_nothing_on_any_slide(deck, visit):
    page = visit(deck)
    for name in chromium_side.slide_ids(page):
        page.evaluate(chromium_side.SHOW, [name, False])
        assert current(page) == name


def test_arrows_overview_and_keys(deck, visit):
    page = visit(deck)
    ids = chromium_side.slide_ids(page)
    assert current(page) == ids[0]
    page.keyboard.press("Space")
    assert current(page) == ids[1]
    page.keyboard.press("Shift+Space")
    assert current(page) == ids[0]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert current(page) == ids[2], "any arrow forward is the next slide"
    page.keyboard.press("ArrowLeft")
    assert current(page) == ids[1]
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Alt+ArrowRight")
    assert current(page) == ids[3], "Alt passes over all steps of a slide"
    page.keyboard.press("End")
    page.keyboard.press("Escape")
    assert page.evaluate("Reveal.isOverview()")
    page.keyboard.press("Escape")
    assert not page.evaluate("Reveal.isOverview()")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.keyboard.press("d")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_arrows_are_for_who_moves_the_mouse_not_where_it_lies(deck, visit):
    page = visit(deck)
    shown = "getComputedStyle(document.querySelector('.controls')).opacity === '%d'"
    page.mouse.move(340, 220, steps=2)
    for opacity in (1, 0):
        page.wait_for_function(shown % opacity)
    page.mouse.move(340, 220)
    page.wait_for_timeout(300)  # longer than they take to come
    assert page.evaluate(shown % 0)


def test_every_slide_can_be_walked_to_with_one_key(deck, visit):
    page = visit(deck)
    ids = chromium_side.slide_ids(page)
    seen = page.evaluate(
        """limit => {
            const seen = [Reveal.getCurrentSlide().id];
            const more = () => Reveal.availableFragments().next;
            for (let press = 0; press < limit && !Reveal.isLastSlide() || more(); press++) {
                Reveal.next();
                const id = Reveal.getCurrentSlide().id;
                if (seen.at(-1) !== id) seen.push(id);
            }
            return seen;
        }""",
        len(ids) * 12,
    )
    assert seen == ids


def test_deep_link_leads_to_its_slide_and_follows_it(deck, visit):
    ids = addresses(deck)
    wanted = ids[len(ids) // 2]
    page = visit(deck, f"#/{wanted}")
    assert current(page) == wanted
    page.evaluate(chromium_side.SHOW, [ids[3], False])
    page.wait_for_function("name => location.hash.startsWith('#/' + name)", arg=ids[3])
    page.evaluate(f"location.hash = '#/{ids[-1]}'")
    page.wait_for_function("name => Reveal.getCurrentSlide().id === name", arg=ids[-1])


def test_theme_by_address(deck, visit):
    page = visit(deck, "?theme=light")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_step_lights_up_its_lines(deck, visit):
    page = visit(deck)
    name = page.evaluate("document.querySelector('.code .fragment.step').closest('section').id")
    page.evaluate(
        """name => {
            const {h, v} = Reveal.getIndices(document.getElementById(name));
            Reveal.slide(h, v, -1);
        }""",
        name,
    )
    lit = """() => [...Reveal.getCurrentSlide().querySelectorAll('.line.on')]
        .map(line => line.dataset.step)"""
    assert page.evaluate(lit) == []
    page.keyboard.press("Space")
    first = page.evaluate(lit)
    page.keyboard.press("Space")
    second = page.evaluate(lit)
    assert len(set(first)) == 1 == len(set(second)) and first[0] != second[0]
    page.keyboard.press("Shift+Space")
    assert page.evaluate(lit) == first


@pytest.mark.parametrize("key", ["r", "t"])
def test_recording_plays_in_its_place(deck, visit, key):
    page = visit(deck)
    name = page.evaluate("document.querySelector('.stage').closest('section').id")
    page.evaluate(chromium_side.SHOW, [name, False])
    page.keyboard.press(key)
    page.wait_for_function(
        "() => document.querySelector('.present .stage .ap-terminal')?.textContent.includes('=> ')",
        timeout=20_000,
    )
    page.wait_for_selector(".stage.running", state="detached")  # raises when one never ends


# -- readers without a stage -----------------------------------------------------------------------


@pytest.mark.parametrize("scripts", [True, False], ids=["phone", "phone-without-scripts"])
def test_phone_reads_one_long_page(deck, visit, scripts):
    page = visit(deck, viewport={"width": 390, "height": 844}, java_script_enabled=scripts)
    leaves = page.locator("section.leaf")
    tops = [leaves.nth(number).bounding_box() for number in range(leaves.count())]
    assert all(box and box["height"] > 20 for box in tops)
    assert [box["y"] for box in tops] == sorted(box["y"] for box in tops)
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 391 for box in tops)
    transcripts = page.locator(".stage .transcript")
    assert all(transcripts.nth(number).is_visible() for number in range(transcripts.count()))
    if scripts:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        small = page.evaluate(
            "[...document.querySelectorAll('section.leaf :is(p, li, td, pre, .line)')]"
            ".filter(e => e.checkVisibility() && !e.closest('[aria-hidden]'))"
            ".map(e => parseFloat(getComputedStyle(e).fontSize)).filter(size => size < 14)"
        )
        assert not small


def test_desk_without_scripts_reads_in_order(deck, visit):
    page = visit(deck, java_script_enabled=False)
    leaves = page.locator("section.leaf")
    tops = [leaves.nth(number).bounding_box()["y"] for number in range(leaves.count())]
    assert tops == sorted(tops) and len(set(tops)) == len(tops)


def test_phone_follows_a_deep_link(deck, visit):
    ids = addresses(deck)
    page = visit(deck, f"#/{ids[-2]}", viewport={"width": 390, "height": 844})
    assert abs(page.locator(f"#{ids[-2]}").bounding_box()["y"]) < 844


def test_print_from_the_browser_has_a_light_page_per_slide(deck, visit):
    page = visit(deck)
    count = len(chromium_side.slide_ids(page))
    data = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type ?/Page\b", data)) == count
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    shown = page.evaluate(
        "[...document.querySelectorAll('.stage .transcript')]"
        ".every(e => e.checkVisibility() && e.getBoundingClientRect().height > 20)"
    )
    assert shown
    cut = page.evaluate(
        """() => [...document.querySelectorAll("section.leaf")].flatMap(slide => {
            const edge = slide.getBoundingClientRect();
            return [...slide.querySelectorAll("*")]
                .filter(e => e.checkVisibility() && !e.closest("[aria-hidden=true], svg"))
                .filter(e => e.getBoundingClientRect().bottom > edge.bottom + 1
                    || e.getBoundingClientRect().right > edge.right + 1)
                .map(e => `${slide.id}: ${e.tagName} ${e.className}`);
        })"""
    )
    assert not cut
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


# -- with notes ------------------------------------------------------------------------------------


def test_notes_and_pacing_are_in_the_presenters_file(section_with_notes, checkout):
    page = section_with_notes.read_text("utf-8")
    section = sections(checkout)[-1]
    assert page.count('<aside class="notes">') == len(section.notes.slides)
    timings = [int(found) for found in re.findall(r'data-timing="(\d+)"', page)]
    assert len(timings) == len(section.notes.slides)
    assert sum(timings) == section.notes.minutes * 60
    assert re.search(rf'"seconds": {sum(timings)}\b', page)


def test_pacing_of_every_section_is_its_minutes(checkout):
    for section in sections(checkout):
        cells = deck_side.place(section, deck_side.Ingredients(), notes=True).cells
        timings = [
            cell.metadata.talk.seconds for cell in cells if "id" in cell.metadata.get("talk", {})
        ]
        assert sum(timings) == section.notes.minutes * 60 and max(timings) - min(timings) <= 1


def test_speaker_view_shows_the_note_and_leaves_the_deck_where_it_is(
    section_with_notes, visit, checkout
):
    section = sections(checkout)[-1]
    title, note = list(section.notes.slides.items())[-1]
    address = f"{section.slug}-{deck_side.slug(title)}"
    page = visit(section_with_notes, f"#/{address}")
    with page.context.expect_page() as opened:
        page.keyboard.press("s")
    popup = opened.value
    popup.wait_for_function(
        "document.querySelector('.speaker-controls-notes .value')?.textContent.trim().length > 20"
    )
    shown = popup.inner_text(".speaker-controls-notes .value")
    first = re.sub(r"[*`]", "", note).split()[:6]
    assert " ".join(shown.split()).startswith(" ".join(first))
    assert current(page) == address
    assert (
        popup.frame_locator("iframe")
        .first.locator("section.present.leaf")
        .get_attribute("id", timeout=PATIENCE)
        == address
    )


# -- nbconvert -------------------------------------------------------------------------------------


def test_nbconvert_writes_one_section(warm_talk, visit):
    convert = ["-m", "nbconvert", "--to", "talk", "slides/01_small.ipynb", "--output-dir", "out"]
    done = subprocess.run(
        [sys.executable, *convert],
        cwd=warm_talk.top,
        env=surroundings(warm_talk.top),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    (path,) = (warm_talk.top / "out").iterdir()
    page = visit(path)
    assert chromium_side.slide_ids(page) == ["small", "small-quick", "small-slow", "small-last"]
    assert "=> it took 0.6 s" in path.read_text("utf-8").replace("&gt;", ">")
