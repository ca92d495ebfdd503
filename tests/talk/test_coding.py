"""Code on the slide that can be coded, in a real browser: edited, typed by itself, measured."""

import json
import re
import time

import psutil
import pytest
from conftest import PATIENCE
from driving import TEXT, Slides

from demos.catalogue import find
from demos.programs.change import change
from demos.programs.source import shown
from slides.listing import highlight_code

LEAF = "section.leaf.present"
CODE = (
    f"[...document.querySelectorAll('{LEAF} .code .line')]"
    ".map(line => line.textContent).join('\\n')"
)
CHANGES = {
    "02e": ("02d", "main"),
    "04b": ("04a", "main"),
    "07b": ("07a", "deposit"),
    "07d": ("07c", "fly"),
}
CLICKER = {"next": "PageDown", "previous": "PageUp"}


@pytest.fixture(scope="module")
def page_of(browser, whole_talk):
    """A page of the served talk, in a browser context of its own: its edits go with it."""
    contexts = []

    def open_(width=1280, height=720, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        return Slides(context.new_page()).open(whole_talk.url)

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def slides(page_of):
    slides = page_of()
    yield slides
    assert not slides.errors
    slides.page.close()


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
    slides.page.wait_for_timeout(100)
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


# -- edited ---------------------------------------------------------------------------------------


def sources(top):
    """The files of the talk, each with its content; an sdist is no git repository."""
    return {
        path: path.read_bytes()
        for folder in ("demos", "slides", "speaker_notes")
        for path in (top / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_an_edit_runs_is_taken_back_and_touches_no_file(slides, whole_talk, checkout):
    before = find("07a").path.read_bytes()
    files = sources(checkout)
    stage = to_code(slides, "07a")
    edit(slides)
    slides.press("Control+End")
    slides.press("Shift+Home")
    slides.page.keyboard.type("balance = balance + 1")
    text = run(slides, stage, "Control+Enter")
    assert "not shown here: 0 of 2,000,000 deposits are lost" in text
    assert slides.page.inner_text(f"{stage} .command .edited") == "edited"
    slides.press("Escape")
    assert "balance = balance + 1" in slides.page.evaluate(CODE)
    assert not slides.page.evaluate("Reveal.isOverview()")
    assert "0 of 2,000,000" in run(slides, stage, "r")
    slides.press("z")
    assert slides.page.evaluate(CODE) == shown(find("07a"), ["add", "deposit"])
    assert slides.page.locator(f"{stage} .command .edited").count() == 0
    text = run(slides, stage)
    assert "deposits are lost" in text and "=> 0 of" not in text and "not shown" not in text
    assert find("07a").path.read_bytes() == before
    assert sources(checkout) == files
    assert nothing_is_left(whole_talk.scratch)


@pytest.mark.parametrize(
    ("demo", "old", "new", "expected"),
    [
        (
            "02d",
            "    conclude()",
            '    say("main", "edited here")\n    conclude()',
            "main       edited here",
        ),
        (
            "02c",
            "    conclude()",
            '    say("main", "edited here")\n    conclude()',
            "main       edited here",
        ),
        (
            "02d",  # every process imports the file of the program, the edited one
            "def main():\n",
            'def main():\n    multiprocessing.set_start_method("spawn", force=True)\n',
            "waits in process",
        ),
    ],
    ids=["processes", "asyncio", "spawn"],
)
def test_other_flows_run_edited_too(slides, demo, old, new, expected):
    stage = to_code(slides, demo)
    text = slides.page.evaluate(CODE)
    names = slides.page.get_attribute(f"{LEAF} .code", "data-names").split(",")
    assert text == shown(find(demo), names) and old in text
    edit(slides)
    write(slides, text.replace(old, new))
    shows = run(slides, stage, "Control+Enter")
    # a busy machine takes its time to start processes; the demo says so then
    ends = r"=> (2\.0 s of waiting|not shown here:) took \d"
    assert expected in shows and re.search(ends, shows), shows
    assert slides.said(stage) == ""


def test_keys_reach_the_editor_and_escape_gives_them_back(slides):
    to_code(slides, "07a")
    edit(slides)
    at = slides.page.evaluate("Reveal.getIndices()")
    slides.page.keyboard.type("nfobsrxtmzed .?")
    assert slides.page.evaluate("Reveal.getIndices()") == at
    assert not slides.page.evaluate("Reveal.isOverview() || Reveal.isPaused()")
    slides.press("Escape")
    assert slides.page.evaluate("document.activeElement === document.body")
    assert "nfobsrxtmzed .?" in slides.page.evaluate(CODE)
    slides.press("Escape")
    assert slides.page.evaluate("Reveal.isOverview()"), "the second one is reveal.js's"


@pytest.mark.parametrize(("key", "way"), [("PageDown", 1), ("PageUp", -1)])
def test_a_clicker_leaves_the_editor_and_goes_on(slides, key, way):
    to_code(slides, "07a")
    slides.press("PageDown")
    steps = (
        "document.querySelectorAll('section.leaf .fragment.visible').length"
        " + 1000 * Reveal.getIndices().v"
    )
    before = slides.page.evaluate(steps)
    edit(slides)
    slides.press(key)
    slides.page.wait_for_function(f"({steps}) !== {before}")
    assert slides.page.evaluate("document.activeElement.tagName") != "TEXTAREA"
    assert (slides.page.evaluate(steps) - before) * way > 0


def test_it_is_an_editor(slides):
    """Indentation on a new line and by Tab, undo, redo, selecting and pasting."""
    to_code(slides, "07a")
    edit(slides)
    value = "ace.edit(document.querySelector('.code.editing .editor')).getValue()"
    original = slides.page.evaluate(value)
    slides.press("Control+End")
    slides.press("Enter")
    slides.page.keyboard.type("if balance:")
    slides.press("Enter")
    slides.page.keyboard.type("pass")
    assert slides.page.evaluate(value).endswith("\n        if balance:\n            pass")
    slides.press("Tab")
    slides.press("Shift+Home")
    slides.press("Control+x")
    slides.page.keyboard.type("break")
    slides.press("Control+v")
    assert slides.page.evaluate(value).rstrip().endswith("pass")
    for _ in range(60):
        slides.press("Control+z")
    assert slides.page.evaluate(value) == original
    slides.press("Control+Shift+z")
    assert slides.page.evaluate(value) != original


def test_an_edit_stays_over_slides_and_reloads(slides):
    stage = to_code(slides, "07a")
    edit(slides)
    write(slides, slides.page.evaluate(CODE) + "  # mine")
    slides.press("PageDown")
    slides.press("Escape")
    to_code(slides, "02c")
    slides.page.reload()
    slides.ready()
    stage = to_code(slides, "07a")
    assert slides.page.evaluate(CODE).endswith("# mine")
    assert slides.page.inner_text(f"{stage} .command .edited") == "edited"


def test_a_click_puts_the_caret_where_it_was_clicked(page_of):
    for width, height in ((1280, 720), (1920, 1080), (1024, 768)):
        slides = page_of(width, height)
        to_code(slides, "07a")
        for row, column in ((0, 4), (4, 11), (6, 18)):
            point = slides.page.evaluate(
                f"""([row, column]) => {{
                    const walk = document.createTreeWalker(
                        document.querySelectorAll("{LEAF} .code .line")[row], NodeFilter.SHOW_TEXT);
                    let node;
                    while ((node = walk.nextNode()) && column >= node.length) column -= node.length;
                    const range = document.createRange();
                    range.setStart(node, column);
                    range.setEnd(node, column + 1);
                    const box = range.getBoundingClientRect();
                    return [box.left + 1, box.top + box.height / 2];
                }}""",
                [row, column],
            )
            slides.page.mouse.click(*point)
            slides.page.wait_for_selector(f"{LEAF} .code.editing .ace_focus")
            caret = slides.page.evaluate(
                "ace.edit(document.querySelector('.code.editing .editor')).getCursorPosition()"
            )
            assert (caret["row"], caret["column"]) == (row, column), (width, height)
            slides.press("Escape")
        slides.page.close()


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("def deposit(:\n    pass", "syntax error in line 1", 1),
        ("def add(amount, more):\n    return 1", "deposit is missing: the program needs it", None),
        ("def add(a, b):\n    return 1\n\ndef deposit():\n    1 / 0", "", 5),
        ("def add(a, b):\n    return 1\n\ndef main():\n    pass", "main is not on this slide", 4),
        (
            "def add(a, b): return 1\ndef deposit():\n    while True:\n        print('x' * 99)",
            "64 KiB",
            None,
        ),
    ],
    ids=["syntax", "missing", "traceback", "another", "flood"],
)
def test_a_mistake_is_one_line_and_the_line_is_marked(slides, whole_talk, text, said, line):
    stage = to_code(slides, "07a")
    edit(slides)
    write(slides, text)
    run(slides, stage, "Control+Enter")
    words = slides.said(stage)
    assert said in words and "\n" not in words, words
    slides.press("Escape")
    wrong = slides.page.evaluate(
        f"[...document.querySelectorAll('{LEAF} .code .line')]"
        ".findIndex(line => line.classList.contains('wrong')) + 1"
    )
    assert wrong == (line or 0)
    slides.press("z")
    assert "deposits are lost" in run(slides, stage), "the talk goes on"
    assert nothing_is_left(whole_talk.scratch)


def test_what_a_run_leaves_its_group_with_is_ended(slides, whole_talk):
    stage = to_code(slides, "07a")
    edit(slides)
    escape = """\
def add(a, b):
    return a + b

def deposit():
    import os, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
"""
    write(slides, escape)
    run(slides, stage, "Control+Enter")
    assert nothing_is_left(whole_talk.scratch)


def test_it_is_for_the_presenters_page_alone(page_of, whole_talk):
    """Another slide, another demo, too much text: a line, and nothing runs."""
    slides = page_of()
    ask = """([path, message]) => new Promise((done) => {
        const socket = new WebSocket(new URL(path, location.href).href.replace("http", "ws"));
        let last = null;
        socket.onopen = () => socket.send(JSON.stringify(message));
        socket.onmessage = (event) => { last = JSON.parse(event.data); };
        socket.onclose = () => done(last);
    })"""
    slide = slides.page.evaluate(
        "document.querySelector('.code[data-demo=\"07a_lost_update\"]').closest('section').id"
    )
    good = {"slide": slide, "text": shown(find("07a"), ["add", "deposit"])}
    path = "/talk/live/07a_lost_update?edited"
    assert slides.page.evaluate(ask, [path, good])["status"] == 0
    for message in (
        {**good, "slide": "getting-started"},
        {"text": "x"},
        [],
        {**good, "text": "#" * 65_537},
    ):
        answer = slides.page.evaluate(ask, [path, message])
        assert answer["ended"] and answer["status"] is None, message
    answer = slides.page.evaluate(ask, ["/talk/live/07b_lost_update_locked?edited", good])
    assert answer["ended"] and answer["status"] is None
    assert slides.page.evaluate(ask, [path, {**good, "text": "#" * 2_000_000}]) is None, "cut off"
    slides.page.close()


# -- typed by itself ------------------------------------------------------------------------------


@pytest.mark.parametrize("later", CHANGES)
def test_a_change_types_itself_and_back(slides, later):
    earlier, name = CHANGES[later]
    way = change(find(earlier), find(later), [name])
    stage = to_code(slides, later)
    has_stage = slides.page.locator(stage).count() > 0
    assert slides.page.evaluate(CODE) == way.states[0]
    if has_stage:
        assert find(earlier).name in slides.page.inner_text(f"{stage} .command")
    for state in way.states[1:]:
        slides.press(CLICKER["next"])
        slides.page.wait_for_function(f"text => {CODE} === text", arg=state, timeout=PATIENCE)
        slides.page.wait_for_selector(f"{LEAF} .code:not(.typing)")
    assert slides.page.locator(f"{LEAF} .code .line.changed").count() > 0
    text = run(slides, stage)
    assert find(later).name in slides.page.inner_text(f"{stage} .command")
    assert "main       =>" in text and "not shown" not in text
    slides.press("Escape")
    slides.page.wait_for_timeout(300)
    for state in reversed(way.states[:-1]):
        slides.press(CLICKER["previous"])
        slides.page.wait_for_function(f"text => {CODE} === text", arg=state, timeout=PATIENCE)
    text = run(slides, stage)
    assert find(earlier).name in slides.page.inner_text(f"{stage} .command")
    assert "main       =>" in text and "not shown" not in text


@pytest.fixture
def moving(page_of):
    """The talk for somebody who likes to see things move."""
    slides = page_of(reduced_motion="no-preference")
    yield slides
    assert not slides.errors
    slides.page.close()


def test_one_more_press_completes_it_at_once(moving):
    slides = moving
    to_code(slides, "04b")
    slides.press("PageDown")
    slides.page.wait_for_selector(f"{LEAF} .code.typing")
    slides.press("PageDown")
    slides.page.wait_for_selector(f"{LEAF} .code:not(.typing)", timeout=1000)
    assert slides.page.evaluate(CODE) == shown(find("04b"), ["main"])
    assert slides.page.locator(f"{LEAF} .code.stepping").count() == 0, "it was no step of its own"
    slides.press("PageDown")
    slides.page.wait_for_selector(f"{LEAF} .code.stepping")


def test_an_edit_in_the_middle_of_it_completes_it_and_no_press_is_lost(moving):
    to_code(moving, "04b")
    moving.press("PageDown")
    moving.page.wait_for_selector(f"{LEAF} .code.typing")
    edit(moving)
    moving.press("Escape")
    moving.page.wait_for_selector(f"{LEAF} [data-kind=typed].visible", state="attached")


def test_it_is_typed_character_by_character(moving):
    slides = moving
    to_code(slides, "07b")
    seen = slides.page.evaluate(
        f"""() => new Promise((done) => {{
            const seen = new Set();
            const look = () => {{
                seen.add({CODE});
                const typing = document.querySelector("{LEAF} .code.typing");
                if (typing || seen.size < 3) requestAnimationFrame(look);
                else done([...seen]);
            }};
            Reveal.next();
            look();
        }})"""
    )
    # how many of them are seen is a matter of the machine
    begun = {"with lock:"[:length] for length in range(1, len("with lock:"))}
    between = [text.removesuffix("\n        balance = add(balance, 1)") for text in seen]
    assert len({text.rpartition("        ")[2] for text in between} & begun) > 1, seen


def test_reduced_motion_shows_it_at_once(page_of):
    slides = page_of()
    to_code(slides, "07b")
    slides.press("PageDown")
    slides.page.wait_for_function("!location.hash.endsWith('flow-at-a-time')")
    assert slides.page.evaluate(CODE) == shown(find("07b"), ["deposit"])
    slides.page.close()


def test_the_exported_file_types_and_plays_what_belongs_to_it(browser, deck):
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page = context.new_page()
    page.clock.install()
    slides = Slides(page).open(deck.as_uri())
    for later, (earlier, name) in CHANGES.items():
        way = change(find(earlier), find(later), [name])
        stage = to_code(slides, later)
        for demo, text in ((earlier, way.states[0]), (later, way.states[-1])):
            page.clock.run_for(3000)
            assert page.evaluate(CODE) == text
            slides.press("t")
            page.wait_for_timeout(100)
            page.clock.run_for(30_000)
            assert find(demo).name in page.inner_text(f"{stage} .command")
            recorded = page.evaluate(
                "name => document.querySelector(`[data-demo='${name}'] .transcript`).textContent",
                find(demo).name,
            )
            slides.wait_for(stage, recorded.rstrip().splitlines()[-1].strip()[:60], 10)
            slides.press("Escape")
            page.wait_for_timeout(100)
            if demo == earlier:
                slides.press("PageDown")
                page.wait_for_timeout(100)
    assert page.evaluate("typeof ace") == "undefined", "the editor costs the exported file nothing"
    assert not slides.errors
    context.close()


def test_paper_and_phone_show_the_end_with_its_marks(browser, deck):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.goto(deck.as_uri() + "?print-pdf")
    page.wait_for_selector(".pdf-page")
    code = '.code[data-demo="07b_lost_update_locked"] code'
    assert page.locator(code).inner_text().rstrip() == shown(find("07b"), ["deposit"])
    assert page.locator(f"{code} .changed").count() == 2
    page.goto(deck.as_uri())
    page.wait_for_selector("html.talk-ready", state="attached")
    before = page.evaluate(f"document.querySelector('{code}').textContent")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert "with lock" in page.evaluate(f"document.querySelector('{code}').textContent")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(f"document.querySelector('{code}').textContent") == before
    context.close()


# -- measured -------------------------------------------------------------------------------------


def measure(slides):
    slides.press("m")
    slides.page.wait_for_selector(f"{LEAF} .this-run svg", timeout=60_000)
    return slides.page.text_content(f"{LEAF} .this-run desc")


def test_m_draws_this_very_run_and_puts_it_back(slides, whole_talk):
    to_code(slides, "07c")
    words = measure(slides)
    assert "waits for the lock darthvader has" in words and "waits for the lock luke has" in words
    slides.press("m")
    assert slides.page.locator(f"{LEAF} .this-run").count() == 0
    edit(slides)
    text = slides.page.evaluate(CODE)
    write(slides, text.replace("first, second = locks", "first, second = sorted(locks)"))
    slides.press("Escape")
    words = measure(slides)
    assert "circle" not in words
    assert not (
        "waits for the lock darthvader has" in words and "waits for the lock luke has" in words
    )
    assert slides.page.inner_text(f"{LEAF} .this-run .tag") == "this run"
    slides.press("Escape")
    assert slides.page.locator(f"{LEAF} .this-run").count() == 0
    assert nothing_is_left(whole_talk.scratch)


@pytest.mark.parametrize("steps", [-1, 99], ids=["before-its-step", "after-it"])
def test_m_takes_the_place_of_the_picture_that_is_there(slides, steps):
    name = find("07c").name
    slides.ask(
        """([name, steps]) => {
                     const figure = document.querySelector(`figure[data-demo="${name}"]`);
                     const at = Reveal.getIndices(figure.closest("section"));
                     Reveal.slide(at.h, at.v, steps); }""",
        [name, steps],
    )
    its_own = slides.page.locator(f"{LEAF} figure[data-demo] > :not(.this-run)").first
    slides.page.wait_for_timeout(500)  # a fragment fades
    before = its_own.is_visible()
    assert before == (steps > 0)
    measure(slides)
    assert its_own.is_hidden()
    assert "=> deadlock" in slides.text(f"{LEAF} .stage"), "the output shows as with R"
    slides.press("Escape")
    slides.page.wait_for_timeout(500)
    assert its_own.is_visible() == before


def test_the_picture_comes_soon_after_the_end(slides):
    """A bound on the slowest machine: not a speed, but that nothing waits for a time-out."""
    to_code(slides, "07c")
    slides.press("m")
    slides.page.wait_for_function(
        f"(({TEXT})('{LEAF} .stage')).includes('main       =>')", timeout=60_000
    )
    began = time.monotonic()
    slides.page.wait_for_selector(f"{LEAF} .this-run svg", timeout=60_000)
    print(json.dumps({"seconds from the last line to the picture": time.monotonic() - began}))


def test_help_names_every_key(slides):
    slides.press("Shift+?")
    table = slides.page.inner_text(".r-overlay, .overlay")
    for words in ("Run what stands", "Edit the code", "Take back", "Measure a run"):
        assert words in table


# -- the look -------------------------------------------------------------------------------------


SAMPLE = '''@once
class Queue(Base):  # a class
    async def put(self, item: "str" = None, *rest) -> bool:
        """It says so."""
        print(f"{item!r} of {rest[1:2]} in {time.time() - 1:5.2f} s\\n", end="")
        return not item is None and 0x1F + 0b11 - 1.5e3 or r"\\d" in b"abc"

def main():
    global items, other
    with lock as one, open("a") as two: exec("x = 1")
    try: raise ValueError(f'{x=}', *(lambda: 3)())
    except (KeyError, OSError): pass
    finally: assert True, False
    for i in range(len(items)): yield i; continue
    from os import path; del items
'''


LOOKS = """async ([lines, texts]) => {
            const look = (root) => {
                const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = [];
                for (let node; (node = walk.nextNode());) {
                    const { color, fontWeight } = getComputedStyle(node.parentElement);
                    for (const char of node.data) {
                        if (char.trim()) found.push(`${char} ${color} ${fontWeight}`);
                    }
                }
                return found;
            };
            const draw = (lines) => {
                const holder = document.createElement("div");
                holder.className = "code";
                holder.append(...lines.map((html) => {
                    const line = document.createElement("div");
                    line.innerHTML = html;
                    return line;
                }));
                document.querySelector(".reveal").append(holder);
                const seen = [...holder.children].map(look);
                holder.remove();
                return seen;
            };
            const place = document.querySelector(".code.editing .editor");
            const editor = ace.edit(place);
            editor.setValue(texts, -1);
            editor.setOptions({ maxLines: 2000 });
            editor.renderer.updateFull(true);
            await new Promise((done) => setTimeout(done, 500));
            const wanted = draw(lines);
            const inEditor = [...place.querySelectorAll(".ace_line")].map(look);
            const left = draw(TalkCode.blocks[0].colours(texts));
            if (inEditor.length !== lines.length) return `${inEditor.length} of ${lines.length}`;
            return wanted.flatMap((line, row) => [inEditor[row], left[row]].filter(
                (other) => String(other) !== String(line)).map((other) => [line, other]));
        }"""
"""Colour and weight of each character: as Pygments has it, in the editor, and where it left."""


def test_an_edited_line_has_the_colours_of_the_others(slides):
    """All code on stage and more: the editor's colours, and those it leaves, are Pygments'."""
    to_code(slides, "07a")
    edit(slides)
    names = slides.page.evaluate("TalkCode.blocks.map(({state, names}) => [state.demo, names])")
    texts = [shown(find(demo), functions) for demo, functions in names if functions] + [SAMPLE]
    assert len(texts) > 20
    lines = highlight_code("\n".join(texts))
    different = slides.page.evaluate(LOOKS, [lines, "\n".join(texts).rstrip("\n")])
    slides.press("Escape")
    slides.press("z")
    assert different == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_an_editor_stays_on_its_slide_with_the_type_of_the_code(slides, theme):
    """Each slide with code: same size and font, five more lines, and nothing leaves the slide."""
    slides.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    names = slides.page.evaluate(
        "[...document.querySelectorAll('.code[data-demo]')].map(code => code.dataset.demo)"
    )
    assert len(names) > 10
    for name in names:
        to_code(slides, name.partition("_")[0])
        code = slides.page.locator(f"{LEAF} .code pre").first
        look = "e => [getComputedStyle(e).fontFamily, getComputedStyle(e).fontSize]"
        before, place = code.evaluate(look), code.bounding_box()
        edit(slides)
        editor = slides.page.locator(f"{LEAF} .editor").first
        assert editor.evaluate(look) == before, name
        assert abs(editor.bounding_box()["y"] - place["y"]) < 3, name
        slides.press("Control+End")
        slides.page.keyboard.insert_text("\n" * 5 + "# " + "wide " * 40)
        lowest = slides.page.evaluate(
            f"""Math.max(...[...document.querySelectorAll("{LEAF} .editor, {LEAF} .stage")]
                .map(element => element.getBoundingClientRect().bottom))"""
        )
        assert lowest <= 720, name
        caret = slides.page.locator(f"{LEAF} .ace_cursor").bounding_box()
        assert caret["width"] >= 3 and caret["x"] < 1220, f"{name}: no caret in sight"
        slides.press("Escape")
        slides.press("z")
