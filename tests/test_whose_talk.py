"""Whose talk it is: on the title slide, on the last one, in the file's and the PDF's metadata.

And the cast that pyproject.toml names, in colours that everybody can read and tell apart.
"""

import io
import re
from itertools import pairwise

import pytest
import second
from helping import build

from demos import about
from demos.errors import TalkError
from slides import address, colours, lanes, sizes
from slides.browser import SHOW, slide_ids, wait_until_ready


@pytest.fixture
def show(browser):
    """`show(page, 'dark')` is a page of the browser with that deck."""
    contexts = []

    def open_page(html: str, theme: str = "dark"):
        context = browser.new_context(
            viewport={"width": 1280, "height": 720}, reduced_motion="reduce"
        )
        contexts.append(context)
        tab = context.new_page()
        tab.route(
            "**/*", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8")
        )
        tab.goto(f"http://talk.invalid/?theme={theme}")
        wait_until_ready(tab)
        return tab

    yield open_page
    for context in contexts:
        context.close()


# -- the slides ------------------------------------------------------------------------------------


def test_title_slide_says_who_where_when(other_talk, show):
    tab = show((other_talk / "build/talk.html").read_text("utf-8"))
    said = tab.inner_text("section.title .who").split("\n")
    assert said == ["Zoë Müller", "A small conference", "2026-11-24", "example.org/clients"]
    assert tab.locator(".who").count() == 1


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_phone_reads_the_code_on_the_last_slide(other_talk, show, theme):
    import zxingcpp
    from PIL import Image

    tab = show((other_talk / "build/talk.html").read_text("utf-8"), theme)
    first, *_, last = slide_ids(tab)
    for slide, expected in ((first, []), (last, ["https://example.org/clients"])):
        tab.evaluate(SHOW, [slide, False])
        picture = Image.open(io.BytesIO(tab.screenshot()))
        assert [code.text for code in zxingcpp.read_barcodes(picture)] == expected
    assert tab.inner_text(".present figcaption") == "example.org/clients"
    assert tab.locator("figure.address").count() == 1


def test_nothing_of_it_where_nothing_is_said(small_talk):
    html = build(small_talk.top)
    for word in ('class="who"', 'class="address"', 'name="author"', 'name="date"', "canonical"):
        assert word not in html


def test_title_has_room_and_ours_is_as_large_as_it_was():
    assert sizes.title_size("Threading") == 132
    found = [sizes.title_size("x" * letters) for letters in range(1, 80)]
    assert found == sorted(found, reverse=True) and found[-1] == 68


def test_long_address_is_set_smaller_and_escaped():
    assert 'class="long"' not in address.figure("https://example.org/")
    html = address.figure(f"https://example.org/{'a' * 40}?b&c=<d>")
    assert 'class="long"' in html and "b&amp;c=&lt;d&gt;" in html and "<d>" not in html


# -- the files -------------------------------------------------------------------------------------


def test_metadata_of_the_page(other_talk):
    html = (other_talk / "build/talk.html").read_text("utf-8")
    for name, content in (
        ("author", "Zoë Müller"),
        ("date", "2026-11-24"),
        ("description", "What becomes of a balance that two clients pay into at the same time."),
    ):
        assert f'<meta content="{content}" name="{name}"/>' in html
    assert "<title>Two clients</title>" in html
    assert re.search(r'<link href="https://example.org/clients" rel="canonical"/>', html)


def test_metadata_of_the_pdf(other_talk):
    from pypdf import PdfReader

    pdf = PdfReader(other_talk / "build/talk.pdf")
    assert (pdf.metadata.title, pdf.metadata.author) == ("Two clients", "Zoë Müller")
    assert pdf.metadata.subject.startswith("What becomes of a balance")
    assert len(pdf.pages) == len(second.SLIDES)
    assert "/StructTreeRoot" in pdf.trailer["/Root"], "its tags are gone: nobody can hear it"


def test_letters_of_a_name_are_in_the_decks_fonts(other_talk):
    html = (other_talk / "build/talk.html").read_text("utf-8")
    assert set("ëü") <= set(re.search(r':root\{--letters:"(.*?)"\}', html)[1])


# -- the cast --------------------------------------------------------------------------------------


def checked(cast) -> list[str]:
    grounds = {"dark": ["#0e1420", "#070b13"], "light": ["#fbfaf6", "#ffffff"]}
    return list(colours.faults(about.roles(cast), grounds))


@pytest.mark.parametrize("flows", range(1, len(about.PALETTE) + 1))
def test_colours_that_nobody_chose_are_sound(flows):
    assert checked(list("abcdef"[:flows])) == []


def test_a_colour_that_can_not_be_read_is_named():
    (fault,) = checked(["main", {"name": "alice", "dark": "#3060A0"}])
    assert fault.startswith("alice's dark = '#3060A0' has a contrast of ")
    assert fault.endswith("at least 7:1; take a lighter one")
    (fault,) = checked(["main", {"name": "alice", "light": "#4080C0"}])
    assert "alice's light" in fault and fault.endswith("take a darker one")


def test_two_flows_of_one_colour_in_a_terminal_are_told_which_ones_are_free():
    bob = {"name": "bob", "terminal": "yellow"}
    with pytest.raises(TalkError, match="main and bob are both yellow in a terminal") as told:
        about.roles(["main", "alice", bob])
    assert str(told.value).endswith("another `terminal`: red, green, blue, magenta")


def test_colours_that_some_eyes_do_not_tell_apart_are_named():
    # red and green of one lightness: 30 apart, unless one lacks the cones for one of them
    one, other = {"name": "red", "dark": "#F2937C"}, {"name": "green", "dark": "#B0AE5C"}
    faults = checked([one, other | {"terminal": "green"}])
    assert len(faults) == 1 and faults[0].startswith("red and green are too much alike on dark")
    assert "for eyes without" in faults[0] and faults[0].endswith("give one another `dark`")


def test_the_deck_is_not_built_in_colours_that_fail(small_talk):
    bad = second.project(
        'title = "x"\nminutes = 5\ncast = ["main", {name = "luke", dark = "#333333"}]'
    )
    small_talk.write("pyproject.toml", bad)
    with pytest.raises(TalkError, match=r"pyproject.toml: \[tool.talk\] cast: luke's dark") as told:
        build(small_talk.top)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("flows", range(1, len(about.PALETTE) + 1))
def test_drawings_have_a_lane_and_a_name_for_each_flow(flows, monkeypatch):
    names = ["main", "alice", "bob", "carol", "dora", "emil"][:flows]
    monkeypatch.setattr(lanes, "CAST", {role.name: role for role in about.roles(names)})
    for drawing in lanes.lanes().values():
        assert re.findall(r"<text [^>]*>(\w+)</text>", drawing) == names
        for number in range(1, flows + 1):
            assert f'<path class="flow-{number}"' in drawing
            assert f'class="flow-{number + flows}"' not in drawing
        heights = [int(y) for y in re.findall(r' y="(\d+)"', drawing)]
        assert heights == sorted(heights) and heights[-1] < lanes.HEIGHT
        assert all(later - sooner >= 24 for sooner, later in pairwise(heights))
