"""What is printed live may be longer than what was recorded: it is all to be seen, too."""

import re

import pytest
from driving import TEXT, Slides
from helping import material

from demos.runs.run import COLUMNS
from slides import screen
from slides.deck import Ingredients, place
from slides.sections import sections

FEED = """async ([demo, text, words]) => {
    const stage = document.querySelector(`.stage[data-demo="${demo}"]`);
    const slide = stage.closest("section.leaf");
    const at = Reveal.getIndices(slide);
    Reveal.slide(at.h, at.v, 99);
    await new Promise((done) => setTimeout(done, 100));
    const [{ terminal }] = TalkStage.on(slide).filter(({ element }) => element === stage);
    const now = terminal.begin("live");
    now.feed(text.replaceAll("\\n", "\\r\\n"));
    await now.done(words);
    const look = () => [...stage.querySelectorAll(".ap-line")].filter((line) => {
        const box = line.getBoundingClientRect();
        const edge = stage.querySelector(".screen").getBoundingClientRect();
        return line.textContent.trim() && box.top > edge.top - 2 && box.bottom < edge.bottom + 2;
    }).map((line) => line.textContent.trimEnd());
    let before = [], seen = [];
    for (let looks = 0; looks < 100; looks++) {  // a busy machine draws it late
        await new Promise((done) => setTimeout(done, 100));
        [before, seen] = [seen, look()];
        if (seen.length && String(before) === String(seen)) break;
    }
    return seen;
}"""
"""Shows `text` as if it were printed live; gives the lines that can be seen once they stay."""


@pytest.fixture(scope="module")
def exported(browser, deck):
    context = browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    slides = Slides(context.new_page()).open(deck.as_uri())
    yield slides
    context.close()
    assert not slides.errors


def test_process_numbers_of_seven_digits_fit_into_every_terminal(exported):
    transcripts = exported.page.evaluate(
        "[...document.querySelectorAll('.stage')]"
        ".map(stage => [stage.dataset.demo, stage.querySelector('.transcript').textContent])"
    )
    assert transcripts
    for demo, transcript in transcripts:
        if transcript.count("\n") < 2:
            continue  # a word about a Python that is not here
        longest = screen.at_its_longest(transcript).rstrip("\n")
        assert max(map(len, longest.split("\n"))) <= COLUMNS, demo
        assert exported.page.evaluate(FEED, [demo, longest + "\n", ""]) == longest.split("\n")


def test_a_line_that_is_longer_than_recorded_is_one_where_there_is_room_for_it(exported):
    stage = f'.stage[data-demo="{material("03a_who_am_i").name}"]'
    line = "x" * (int(exported.page.get_attribute(stage, "data-cols")) + 8)
    assert exported.page.evaluate(FEED, ["03a_who_am_i", f"{line}\n", ""]) == [line]


def test_a_traceback_shows_its_end_and_what_is_said_lies_on_none_of_it(exported):
    material("03a_who_am_i")
    text = "Traceback (most recent call last):\n" + "".join(
        f'  File "demos/03a_who_am_i.py", line {line}, in main\n    say()\n' for line in range(9)
    )
    last = "ValueError: " + "a long explanation " * 3
    for end in ("\n", ""):
        seen = exported.page.evaluate(FEED, ["03a_who_am_i", f"{text}{last}{end}", "ended badly"])
        assert seen[-1] == last.rstrip() and len(seen) > 3
        assert exported.said('.stage[data-demo="03a_who_am_i"]') == "ended badly"
        lowest, highest = exported.page.evaluate(
            """() => {
                const stage = document.querySelector('.stage[data-demo="03a_who_am_i"]');
                const lines = [...stage.querySelectorAll(".ap-line")]
                    .filter((line) => line.textContent.trim());
                return [lines.at(-1).getBoundingClientRect().bottom,
                        stage.querySelector(".said").getBoundingClientRect().top];
            }"""
        )
        assert lowest <= highest + 1
    assert "ValueError" in exported.ask(TEXT, '.stage[data-demo="03a_who_am_i"]')


def test_process_numbers_are_known_and_other_numbers_left_alone():
    for text, longest in (
        (" 0.40 luke       process 14143, fork: 0", " 0.40 luke       process N, fork: 0"),
        ("process 7, in 14103 and in 14143", "process N, in N and in N"),
        ("2,000,000 deposits, 100,001 left, 11.18 s", "2,000,000 deposits, 100,001 left, 11.18 s"),
        ("asks tcp://127.0.0.1:39941", "asks tcp://127.0.0.1:39941"),
    ):
        assert screen.at_its_longest(text) == longest.replace("N", screen.LARGEST)


def test_a_line_that_is_wider_than_a_terminal_goes_on_in_the_next_and_has_its_rows():
    rows, columns = screen.size(["x" * 200 + "\nend"], 18)
    assert (rows, columns) == (3 + 1 + 1 + screen.RESERVE, COLUMNS)
    assert not screen.is_cut("x" * 200 + "\nend", columns, rows)
    rows, columns = screen.size(["line\n" * 40], 12)
    assert rows == 12 and screen.is_cut("line\n" * 40, columns, rows)


def test_longer_process_numbers_and_one_line_more_than_was_recorded_fit_too():
    recorded = "\n".join(f"{'x' * 62} in process 1410{digit}" for digit in range(5))
    live = f"{recorded.replace('1410', '414100')}\none more"
    rows, columns = screen.size([recorded], 18)
    assert max(map(len, recorded.splitlines())) < COLUMNS < max(map(len, live.splitlines()))
    assert not screen.is_cut(live, columns, rows)


def test_every_terminal_has_room_before_anything_was_recorded():
    for section in sections():
        for cell in place(section, Ingredients(), notes=False).cells:
            for output in cell.get("outputs", []):
                for rows in re.findall(r'data-rows="(\d+)"', output.data.get("text/html", "")):
                    assert screen.MIN_ROWS <= int(rows) <= 18
