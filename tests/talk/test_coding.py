"""Code on the slide that can be coded: the editor, what it runs, and what it can't do."""

import re

import pytest
from coding import CODE, LEAF, edit, nothing_is_left, run, to_code, write
from helping import sources

from demos.catalogue import find
from demos.programs.source import shown


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


def test_help_names_every_key(slides):
    slides.press("Shift+?")
    table = slides.page.inner_text(".r-overlay, .overlay")
    for words in ("Run what stands", "Edit the code", "Take back", "Measure a run"):
        assert words in table
