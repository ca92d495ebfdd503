"""Of an exported deck: a PDF, a handout, a picture of every slide."""

import re

import pytest
from helping import build, in_a_thread
from pypdf import PdfReader

from demos.errors import TalkError
from slides import browser as chromium_side


def test_pdf_has_a_page_per_slide(chromium, warm_talk):
    done = warm_talk.talk("export", "--pdf", "-o", "out/talk.pdf")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"out/talk\.pdf: 4 pages, \d+ KB\n", done.stdout)
    pages = PdfReader(warm_talk.top / "out/talk.pdf").pages
    assert [(page.mediabox.width, page.mediabox.height) for page in pages] == [(960, 540)] * 4
    assert [path.name for path in (warm_talk.top / "out").iterdir()] == ["talk.pdf"]


def test_handout_is_a4_with_a_page_per_slide(chromium, warm_talk, tmp_path):
    page = build(warm_talk.top, notes=True)
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


FADES = """<style>
    .leaf h2 { opacity: 0 }
    .present.leaf h2 { opacity: 1; transition: opacity TIME }
</style>"""


def test_what_fades_in_is_there_on_a_picture(chromium, warm_page, tmp_path):
    pictures = []
    for time in ("0s", "60s"):
        page = warm_page.replace("</head>", FADES.replace("TIME", time) + "</head>", 1)
        in_a_thread(lambda page=page: chromium_side.images(page, tmp_path))
        pictures.append((tmp_path / "02_small-quick.png").read_bytes())
    assert pictures[0] == pictures[1]


HANG = """() => {
    const { classList } = document.querySelector(".stage");
    setInterval(() => classList.add("running"));
}"""


def test_a_recording_that_hangs_is_not_taken_for_its_end(chromium, warm_page):
    def play():
        with chromium_side.open_deck(warm_page) as page:
            page.evaluate(HANG)
            page.evaluate(chromium_side.SHOW, ["small-quick", True, 300])

    with pytest.raises(TalkError, match="small-quick: a recording does not come to its end"):
        in_a_thread(play)


def test_without_a_chromium_one_line_says_how_to_get_one(warm_talk, tmp_path, monkeypatch):
    nowhere = {
        "PATH": str(tmp_path),
        "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "none"),
        "TALK_CHROMIUM": "",
    }
    done = warm_talk.talk("export", "--pdf", environment=nowhere)
    assert done.returncode == 1 and done.stdout == ""
    assert re.fullmatch(
        r"talk: no Chromium was found: .*apt install chromium.*playwright install chromium.*\n",
        done.stderr,
    )
    assert not (warm_talk.top / "build/small.pdf").exists()
    monkeypatch.setenv("TALK_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(
        TalkError,
        match=r"^TALK_CHROMIUM=/nowhere/chromium: there is no program; correct it or unset it$",
    ):
        chromium_side.find_chromium()
