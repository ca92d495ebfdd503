"""The exported file: alone in the world, without the notes, navigable.

And the file that stays when the export fails.
"""

import html
import json
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PATIENCE, Talk, build, in_a_thread, surroundings
from pypdf import PdfReader

from demos import about, files
from demos.errors import TalkError, WrongUse
from demos.runs.pythons import missing
from slides import browser as chromium_side
from slides import deck as deck_side
from slides import output
from slides.sections import sections

LARGEST = 600  # KB, all recordings and pictures included


@pytest.fixture(scope="session")
def warm(shared):
    """The build/ of a small talk that was exported before, once in a run."""

    def make(folder):
        talk = Talk(folder / "talk")
        done = talk.talk("export")
        assert done.returncode == 0, done.stderr
        return talk.top / "build"

    return shared("warm", make)


@pytest.fixture(scope="session")
def warm_page(warm) -> str:
    """The exported page of a small talk."""
    return (warm / "small.html").read_text("utf-8")


@pytest.fixture
def small_talk(small_talk, warm):
    """A small talk whose fonts are cut and whose demos are recorded."""
    shutil.copytree(
        warm, small_talk.top / "build", ignore=shutil.ignore_patterns("*.html"), dirs_exist_ok=True
    )
    return small_talk


@pytest.fixture
def visit(browser):
    """Open a file in a context of its own without a network: `visit(path, "#/id")` gives a page.

    After the test nothing was asked for, and nothing complained in the console.
    """
    contexts, complaints = [], []

    def open_file(path, address="", *, touch=None, **options):
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 720}, "reduced_motion": "reduce", **options}
        )
        contexts.append(context)
        context.set_offline(True)
        start = path.as_uri()

        def requested(request):
            if not (
                request.url.startswith(("data:", "blob:", "about:"))
                or request.url.partition("?")[0].partition("#")[0] == start
            ):
                complaints.append(f"request: {request.url[:200]}")

        def watch(page):
            page.on(
                "console",
                lambda message: (
                    complaints.append(f"console: {message.text}")
                    if message.type in ("error", "warning")
                    else None
                ),
            )
            page.on("pageerror", lambda error: complaints.append(f"error: {error}"))

        context.on("request", requested)
        context.on("page", watch)
        page = context.new_page()
        page.goto(start + address)
        if options.get("java_script_enabled", True):
            chromium_side.wait_until_ready(page)
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert not complaints


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


# -- PDF and pictures ------------------------------------------------------------------------------


def test_pdf_has_a_page_per_slide(chromium, small_talk):
    done = small_talk.talk("export", "--pdf", "-o", "out/talk.pdf")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"out/talk\.pdf: 4 pages, \d+ KB\n", done.stdout)
    pages = PdfReader(small_talk.top / "out/talk.pdf").pages
    assert [(page.mediabox.width, page.mediabox.height) for page in pages] == [(960, 540)] * 4
    assert [path.name for path in (small_talk.top / "out").iterdir()] == ["talk.pdf"]


def test_handout_is_a4_with_a_page_per_slide(chromium, small_talk, tmp_path):
    page = build(small_talk.top, notes=True)
    path = tmp_path / "handout.pdf"
    assert in_a_thread(lambda: chromium_side.pdf(page, path, notes=True)) == 4
    sizes = {
        (int(page.mediabox.width), int(page.mediabox.height)) for page in PdfReader(path).pages
    }
    assert len(sizes) == 1 and all(590 <= w < 600 and 840 <= h < 850 for w, h in sizes)


def test_picture_of_every_slide_and_no_stale_one(chromium, warm_page, tmp_path):
    folder = tmp_path / "pictures"
    assert in_a_thread(lambda: chromium_side.images(warm_page, folder)) == 4
    names = ["01_small.png", "02_small-quick.png", "03_small-slow.png", "04_small-last.png"]
    assert sorted(path.name for path in folder.iterdir()) == names
    for name in names:
        data = (folder / name).read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n" and data[16:24] == bytes.fromhex("00000500000002d0")
    mine = folder / "09_mine.png"
    mine.write_bytes(b"\x89PNG\r\n\x1a\n a picture of somebody")
    (folder / "notes.txt").write_text("mine")
    renamed = warm_page.replace('id="small-last"', 'id="small-the-end"')
    assert in_a_thread(lambda: chromium_side.images(renamed, folder)) == 4
    assert sorted(path.name for path in folder.iterdir()) == [
        *names[:3],
        "04_small-the-end.png",
        "09_mine.png",
        "notes.txt",
    ]


def test_without_a_chromium_one_line_says_how_to_get_one(small_talk, tmp_path, monkeypatch):
    nowhere = {
        "PATH": str(tmp_path),
        "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "none"),
        "TALK_CHROMIUM": "",
    }
    done = small_talk.talk("export", "--pdf", environment=nowhere)
    assert done.returncode == 1 and done.stdout == ""
    assert re.fullmatch(
        r"talk: no Chromium was found: .*apt install chromium.*playwright install chromium.*\n",
        done.stderr,
    )
    assert not (small_talk.top / "build/small.pdf").exists()
    monkeypatch.setenv("TALK_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(
        TalkError,
        match=r"^TALK_CHROMIUM=/nowhere/chromium: there is no program; correct it or unset it$",
    ):
        chromium_side.find_chromium()


# -- the export that fails -------------------------------------------------------------------------


def with_cell(talk, source: str):
    notebook = json.loads((talk.top / "slides/01_small.ipynb").read_text("utf-8"))
    metadata = {"slideshow": {"slide_type": "-"}}
    cell = {
        "cell_type": "code",
        "id": "sum",
        "metadata": metadata,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }
    notebook["cells"].append(cell)
    talk.write("slides/01_small.ipynb", json.dumps(notebook))


def test_previous_file_stays_when_a_cell_fails(small_talk):
    out = small_talk.top / "out"
    out.mkdir()
    (out / "talk.html").write_text("the previous one")
    with_cell(small_talk, "1 / 0")
    done = small_talk.talk("export", "-o", "out/talk.html")
    assert done.returncode == 1 and done.stdout == ""
    assert (
        done.stderr.splitlines()[-1]
        == "talk: slides/01_small.ipynb, cell 'sum' (`1 / 0`): ZeroDivisionError: division by zero"
    )
    assert "Traceback" not in done.stderr
    assert [path.name for path in out.iterdir()] == ["talk.html"]
    assert (out / "talk.html").read_text() == "the previous one"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os; os._exit(3)", "it ended the kernel"),
        ("def f(:", "SyntaxError"),
        ("import nothing_like_it", "No module named 'nothing_like_it'"),
    ],
)
def test_reason_is_named(small_talk, source, reason):
    with_cell(small_talk, source)
    with pytest.raises(TalkError) as caught:
        build(small_talk.top)
    message = str(caught.value)
    assert (
        message.startswith("slides/01_small.ipynb, cell 'sum'")
        and reason in message
        and "\n" not in message
    )


def test_demo_that_fails_stops_the_export(small_talk):
    small_talk.write(
        "demos/01a_quick.py",
        '"""Fails."""\n\ndef main():\n    pass\n\nprint("half-way")\nraise SystemExit("no fuel")\n',
    )
    done = small_talk.talk("export")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "demos/01a_quick.py" in last and "no fuel" in last and "Traceback" not in done.stderr
    assert not (small_talk.top / "build/small.html").exists()


def test_too_many_minutes(small_talk):
    notes = (small_talk.top / "speaker_notes/01_small.md").read_text("utf-8")
    small_talk.write("speaker_notes/01_small.md", notes.replace("minutes: 1", "minutes: 46"))
    with pytest.raises(TalkError, match=r"46 minutes are planned, .* allows 45; shorten a section"):
        build(small_talk.top, notes=True)


def test_code_cell_is_shown_with_its_output(small_talk):
    with_cell(small_talk, "for i in range(3):\n    print('<b>', i)")
    page = build(small_talk.top)
    assert "&lt;b&gt; 0\n&lt;b&gt; 1\n&lt;b&gt; 2" in page


def test_script_in_a_slide_or_demo_can_not_end_the_page(small_talk):
    demo = (small_talk.top / "demos/01a_quick.py").read_text("utf-8")
    small_talk.write("demos/01a_quick.py", demo.replace("=> it took", "</script><!-- => it took"))
    page = build(small_talk.top)
    assert page.count("<script") == page.count("</script>")


# -- places that can't be written ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("slides", "slides: is a folder; name a file with -o"),
        (
            "pyproject.toml/talk.html",
            "pyproject.toml: is a file, not a folder; choose another place",
        ),
        ("/proc/talk.html", "/proc: nothing can be written there; choose another place"),
    ],
)
def test_place_that_can_not_be_written_is_found_before_the_work(
    small_talk, monkeypatch, place, words
):
    if place.startswith("/proc") and not Path("/proc").is_dir():
        pytest.skip("no /proc here")
    monkeypatch.chdir(small_talk.top)
    with pytest.raises(WrongUse) as caught:
        files.check_writable(Path(place))
    assert str(caught.value) == words


def test_place_that_can_not_be_written_ends_with_two(small_talk):
    done = small_talk.talk("export", "-o", "slides")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "talk: slides: is a folder; name a file with -o\n",
    )


def test_write_leaves_whole_files_with_usual_rights(tmp_path):
    path = tmp_path / "a" / "b.html"
    files.write(path, "one")
    files.write(path, "two")
    assert path.read_text() == "two"
    assert [beside.name for beside in path.parent.iterdir()] == ["b.html"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


# -- nbconvert -------------------------------------------------------------------------------------


def test_nbconvert_writes_one_section(small_talk, visit):
    command = [
        sys.executable,
        "-m",
        "nbconvert",
        "--to",
        "talk",
        "slides/01_small.ipynb",
        "--output-dir",
        "out",
    ]
    done = subprocess.run(
        command,
        cwd=small_talk.top,
        env=surroundings(small_talk.top),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    (path,) = (small_talk.top / "out").iterdir()
    page = visit(path)
    assert chromium_side.slide_ids(page) == ["small", "small-quick", "small-slow", "small-last"]
    assert "=> it took 0.6 s" in path.read_text("utf-8").replace("&gt;", ">")
