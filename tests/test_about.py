"""`[tool.talk]` says what a talk is, and a wrong value in it is one line that names the mend."""

import pytest

from demos import about
from demos.errors import TalkError

SOUND = 'title = "Words"\nminutes = 5\n'


@pytest.fixture
def talk(tmp_path):
    """`talk("minutes = 5")` is what a checkout with these lines in `[tool.talk]` says it is."""

    def read(lines: str, before: str = "[tool.talk]\n") -> about.About:
        (tmp_path / "pyproject.toml").write_text(f"{before}{lines}", encoding="utf-8")
        return about.read(tmp_path)

    return read


def complaint(talk, lines: str, **how) -> str:
    with pytest.raises(TalkError) as caught:
        talk(lines, **how)
    assert "\n" not in str(caught.value) and "pyproject.toml" in str(caught.value)
    return str(caught.value)


def test_all_of_it_is_read(talk):
    said = talk(
        SOUND
        + 'description = "d"\nfile = "words-2026"\nspeaker = "Ada Lovelace"\nevent = "PyCon"\n'
        + 'date = 2026-11-24\nurl = "https://example.org/words"\ncast = ["main", "alice"]\n',
        before='[project]\nname = "kit"\nversion = "2.0"\n[tool.talk]\n',
    )
    assert (said.title, said.minutes, said.description) == ("Words", 5.0, "d")
    assert (said.speaker, said.event, said.date) == ("Ada Lovelace", "PyCon", "2026-11-24")
    assert (said.file, said.url, said.kit) == ("words-2026", "https://example.org/words", "kit 2.0")
    assert [(role.number, role.name) for role in said.cast] == [(1, "main"), (2, "alice")]


def test_what_is_left_out_has_a_value_of_its_own(talk):
    said = talk('title = "Locks & Queues!"\nminutes = 5\n')
    assert said.file == "locks-queues" and [role.name for role in said.cast] == ["main"]
    assert said.speaker == said.event == said.date == said.url == said.description == ""


def test_six_flows_choose_no_colour_or_some(talk):
    names = ["a", "b", "c", "d", "e", "f"]
    said = talk(f"{SOUND}cast = {names}")
    assert len({role.terminal for role in said.cast}) == len({role.dark for role in said.cast}) == 6
    said = talk(SOUND + 'cast = ["a", {name = "b", dark = "#Abcdef", terminal = "blue"}]')
    assert said.cast[1].dark == "#Abcdef" and said.cast[1].ansi == 34
    assert said.cast[1].light == about.PALETTE[1][1]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("", 'title = "Threading"'),
        ('title = "x"', "`minutes = 45`"),
        ("minutes = 5", "`title ="),
        ('title = ""\nminutes = 5', "`title ="),
        (SOUND + 'speeker = "x"', "speeker: there is no such key; did you mean speaker?"),
        (SOUND + "xyz = 1", "xyz: there is no such key; it has title"),
        ("title = 5\nminutes = 5", "title: 5 is no text"),
        ('title = "a\\nb"\nminutes = 5', "has to be one line"),
        (SOUND + 'file = "a/b"', "no name for a file"),
        (SOUND + 'file = "a.html"', "without an ending"),
        (SOUND + 'file = ""', "no name for a file"),
        (SOUND + "date = 5", "date: 5 is no text"),
        (SOUND + 'url = "example.org"', "such as https://example.org"),
        (SOUND + 'url = "https://"', "is no address"),
        (SOUND + 'url = "https://[x"', "is no address"),
        (SOUND + 'url = "javascript:alert(1)"', "is no address"),
        (SOUND + f'url = "https://example.org/{"a" * 99}"', "more than anybody types"),
    ],
)
def test_a_wrong_value_is_named(talk, lines, words):
    assert words in complaint(talk, lines)


@pytest.mark.parametrize(
    "value", ["true", "'long'", "'45'", "nan", "inf", "-1", "0", "12:30", "12:30:00", "[5]", "1e9"]
)
def test_minutes_are_a_number_that_a_slot_can_have(talk, value):
    words = complaint(talk, f'title = "x"\nminutes = {value}')
    assert "minutes" in words or "not valid TOML" in words


@pytest.mark.parametrize(
    ("cast", "words"),
    [
        ('"main"', "a list of one to 6 flows"),
        ("[]", "a list of one to 6 flows"),
        ('["a", "b", "c", "d", "e", "f", "g"]', "a list of one to 6 flows"),
        ('["a", 5]', "flow 2 needs a name of letters and digits, not 5"),
        ('["a", "b c"]', "not 'b c'"),
        ('["a", "b|.*"]', "not 'b|.*'"),
        ('["a", ""]', "not ''"),
        ('["a", {dark = "#000000"}]', "flow 2 needs a name"),
        ('["a", "darthvader12"]', "more than the 10 letters"),
        ('["a", "a"]', "two flows are called 'a'"),
        ('["a", {name = "b", dark = "red"}]', "b's dark is 'red'; write a colour such as '#"),
        ('["a", {name = "b", light = 5}]', "b's light is 5"),
        ('["a", {name = "b", terminal = "orange"}]', "choose one of red, green"),
        ('["a", {name = "b", terminal = ["red"]}]', "choose one of red, green"),
        ('["a", {name = "b", terminal = "yellow"}]', "a and b are both yellow"),
        ('["a", {name = "b", colour = "x"}]', "b has a 'colour'"),
    ],
)
def test_a_wrong_cast_is_named(talk, cast, words):
    assert words in complaint(talk, f"{SOUND}cast = {cast}")


def test_a_file_that_can_not_be_read(tmp_path, talk):
    with pytest.raises(TalkError, match="is this the checkout"):
        about.read(tmp_path)
    assert "not valid TOML" in complaint(talk, "[tool\n")
    assert "a table of its own" in complaint(talk, "talk = 5", before="[tool]\n")
    (tmp_path / "pyproject.toml").write_bytes('title = "é"'.encode("latin-1"))
    with pytest.raises(TalkError, match="save it as UTF-8"):
        about.read(tmp_path)
