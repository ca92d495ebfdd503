"""Every slide in a real browser: nothing overflows, is cut, small, pale or wordless for the ear.

The last tests show a deck that does all of this wrong, so that each rule proves it can find some.
"""

import io
import json
from contextlib import redirect_stderr

import pytest
from helping import build
from notebooks import cell, notebook
from small import Talk

from slides import browser as chromium_side
from slides.lint import RULES, SIZES, THEMES, lint
from slides.sections import sections

SIZE_NAMES = [f"{width}x{height}" for width, height in SIZES]


@pytest.fixture(scope="module")
def open_page(browser, deck):
    """The real deck, ready, in a page of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(deck.as_uri())
    chromium_side.wait_until_ready(page)
    yield page
    context.close()


@pytest.mark.parametrize("size", SIZES, ids=SIZE_NAMES)
@pytest.mark.parametrize("theme", THEMES)
def test_nothing_is_wrong_on_any_slide(open_page, checkout, theme, size):
    findings = lint(
        open_page,
        sections(checkout),
        themes=(theme,),
        sizes=(size,),
        axe=(theme, size) == (THEMES[0], SIZES[0]),
    )
    assert not findings, "\n" + "\n".join(map(str, findings))


# -- a bad deck ------------------------------------------------------------------------------------

BAD = {
    # title of the slide: (its HTML, the rule that has to bite, words of the element)
    "Too low": ('<p style="margin-top:640px">under the edge</p>', "overflow", "under the edge"),
    "Too wide": ('<p style="white-space:nowrap">' + "wide " * 60 + "</p>", "overflow", "wide wide"),
    "Moved out": (
        '<p style="position:absolute;left:-40px;top:300px">left of it</p>',
        "overflow",
        "left of it",
    ),
    "Cut": (
        '<div style="height:50px;overflow:hidden">one<br>two<br>three</div>',
        "clipped",
        "onetwo",
    ),
    "Cut inside": (
        '<div style="height:40px;overflow:clip"><p style="padding-top:22px">half of it</p></div>',
        "clipped",
        "half",
    ),
    "Cut drawing": (
        '<svg role="img" aria-label="d" width="300" height="60">'
        '<text y="40" font-size="40" fill="currentColor">longer than its picture</text></svg>',
        "clipped",
        "longer than",
    ),
    "Small": ('<p style="font-size:20px">small print</p>', "small", "small print"),
    "Small code": (
        "<pre style='font:18px var(--mono)' tabindex='0' aria-label='c'>x = 1</pre>",
        "small",
        "x = 1",
    ),
    "Small by scale": ('<p style="transform:scale(.5)">made smaller</p>', "small", "made smaller"),
    "Small drawing": (
        '<svg role="img" aria-label="d" viewBox="0 0 200 50" width="100" height="25">'
        '<text y="40" font-size="30" fill="currentColor">tiny</text></svg>',
        "small",
        "tiny",
    ),
    "Pale": ('<p style="color:#808080">pale words</p>', "contrast", "pale words"),
    "Faded": ('<div style="opacity:.5"><p>faded words</p></div>', "contrast", "faded words"),
    "On a bar": (
        '<svg role="img" aria-label="d" width="400" height="60">'
        '<rect width="400" height="60" fill="#777"/>'
        '<text x="20" y="40" font-size="30" fill="#fff">on grey</text></svg>',
        "contrast",
        "on grey",
    ),
    "On each other": (
        '<p>the first of two</p><p style="margin-top:-44px">the second of two</p>',
        "overlap",
        "first of two",
    ),
    "On a picture": (
        '<div style="position:relative">'
        '<svg role="img" aria-label="d" width="300" height="90"></svg>'
        '<p style="position:absolute;left:9px;top:9px">over it</p></div>',
        "overlap",
        "over it",
    ),
    "No alt": (
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=" width="80" height="80">',
        "label",
        "img",
    ),
    "No name": ('<svg width="80" height="80"><circle r="40" fill="#888"/></svg>', "label", "svg"),
    "Foreign letters": ("<p>a snowman ☃</p>", "letter", "snowman"),
    "Foreign code": (
        "<style>.reveal b.foreign::after { content: '☂'; }</style>"
        "<p><b class='foreign'>umbrella</b></p>",
        "letter",
        "umbrella",
    ),
    "Not for ears": ('<input type="text" style="font-size:30px">', "axe", "input"),
}


def bad_cells():
    """A slide for each way to be bad, and one that is well."""
    cells = [cell("markdown", "# Bad", "slide", "start", layout="section")]
    for number, (title, (html, _, _)) in enumerate(BAD.items()):
        cells.append(cell("markdown", f"## {title}", "subslide", f"bad-{number}"))
        cells.append(
            cell("code", f"from IPython.display import HTML\nHTML({html!r})", "-", f"html-{number}")
        )
        cells[-1]["metadata"]["tags"] = ["hide-input"]
    cells.append(cell("markdown", "## Too long a run", "subslide", "long"))
    cells.append(cell("code", "!python ../demos/01c_long.py", "-", "long-run"))
    cells.append(cell("markdown", "## Small once it has run", "subslide", "shrinks"))
    cells.append(
        cell(
            "markdown",
            "<style>.reveal #small-small-once-it-has-run .started pre"
            " { font-size: 15px !important }</style>",
            "-",
            "shrink",
        )
    )
    cells.append(cell("code", "!python ../demos/01a_quick.py", "-", "shrinks-run"))
    cells.append(cell("markdown", "## All is well", "subslide", "well"))
    cells.append(cell("markdown", "Some **words** and `code`.\n\n- one\n- two", "-", "well-words"))
    cells.append(cell("code", "%load -s main ../demos/01a_quick.py", "-", "well-code"))
    return cells


@pytest.fixture(scope="module")
def bad_findings(browser, tmp_path_factory):
    """What the lint finds in that deck."""
    talk = Talk(tmp_path_factory.mktemp("bad"))
    talk.write("demos/01c_long.py", "for number in range(30):\n    print(number)\n")
    cells = bad_cells()
    talk.write("slides/01_small.ipynb", json.dumps(notebook(cells)))
    titles = [one["source"] for one in cells if one["source"].startswith("#")]
    notes = "".join(f"## {title.lstrip('# ')}\nSay it.\n" for title in titles)
    talk.write("speaker_notes/01_small.md", f"---\nminutes: 1\n---\n{notes}")
    with redirect_stderr(io.StringIO()) as said:
        html = build(talk.top)
    assert "`!python ../demos/01c_long.py`: shows the last " in said.getvalue()
    path = talk.top / "bad.html"
    path.write_text(html, "utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(path.as_uri())
    chromium_side.wait_until_ready(page)
    yield lint(page, sections(talk.top), themes=THEMES[:1], sizes=SIZES[:1])
    context.close()


@pytest.mark.parametrize("title", BAD)
def test_rule_bites(bad_findings, title):
    _, rule, words = BAD[title]
    slug = title.lower().replace(" ", "-")
    here = [finding for finding in bad_findings if finding.slide == f"small-{slug}"]
    assert [finding for finding in here if finding.rule == rule and words in finding.element], (
        "\n".join(map(str, here)) or "no finding"
    )
    assert {finding.notebook for finding in here} == {"01_small.ipynb"}


def test_every_rule_has_a_bad_slide():
    assert {rule for _, rule, _ in BAD.values()} == set(RULES)


def test_good_slide_beside_bad_ones_has_no_finding(bad_findings):
    assert not [
        str(finding) for finding in bad_findings if finding.slide in ("small", "small-all-is-well")
    ]


def test_run_that_needs_too_much_room_scrolls_in_its_terminal(bad_findings):
    assert not [finding for finding in bad_findings if finding.slide == "small-too-long-a-run"]


def test_recording_is_looked_at_after_it_played(bad_findings):
    assert [
        finding
        for finding in bad_findings
        if finding.slide == "small-small-once-it-has-run" and finding.rule == "small"
    ]


def test_finding_names_notebook_slide_and_element(bad_findings):
    line = str(next(finding for finding in bad_findings if finding.slide == "small-pale"))
    assert (
        line.startswith("01_small.ipynb #/small-pale ")
        and '"pale words": contrast, 4.' in line
        and line.endswith("(dark, 1280x720)")
    )
