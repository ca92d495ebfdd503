"""`talk check`: on ten broken set-ups it says first what is wrong, and on a good one nothing."""

import json
import os
import re
import socket
import time
from types import SimpleNamespace

import jsonschema
import pytest
from helping import in_a_thread, play_small
from small import QUICK, Talk

from demos import catalogue
from demos.runs import record
from slides.check import demos, looks, machine, onstage, packages, power, table
from slides.check.report import Line, Report, Verdict
from slides.check.setting import QUICK as QUICK_SECONDS
from slides.check.setting import Setting

LINE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["of", "what", "verdict", "said", "mend"],
    "properties": {
        "of": {"enum": [*(kind for kind, _ in looks.ALL), "RISE"]},
        "what": {"type": "string", "minLength": 1},
        "verdict": {"enum": ["fine", "warning", "failure", "not looked at"]},
        "said": {"type": "string", "minLength": 1, "pattern": "^[^\n]*$"},
        "mend": {"type": "string", "pattern": "^[^\n]*$"},
    },
    "if": {"properties": {"verdict": {"enum": ["warning", "failure"]}}},
    "then": {"properties": {"mend": {"minLength": 1}}},
}
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["began", "seconds", "quick", "can_be_given", "to_mend", "lines"],
    "properties": {
        "began": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$"},
        "seconds": {"type": "number", "minimum": 0},
        "quick": {"type": "boolean"},
        "can_be_given": {"type": "boolean"},
        "to_mend": {"type": "array", "items": LINE},
        "lines": {"type": "array", "items": LINE, "minItems": 1},
    },
}
WITHOUT_A_BROWSER = [(kind, look) for kind, look in looks.ALL if kind != "deck"]
NEEDS_A_LIBRARY = '# /// script\n# dependencies = ["no-such-library>=1"]\n# ///\n' + QUICK.replace(
    "import time\n", "import time\nimport no_such_library\n", 1
)


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    """A small talk whose demos are quick and recorded: nothing is wrong with it."""
    talk = Talk(tmp_path_factory.mktemp("check") / "talk")
    talk.demos["01b_slow"] = QUICK.replace("01a_quick", "01b_slow")
    talk.reset()
    recordings = talk.top / "build" / "recordings"
    with pytest.MonkeyPatch.context() as patch:
        play_small(patch)  # a recording is in the colours of the cast
        in_a_thread(lambda: record.record(catalogue.demos(talk.top / "demos"), folder=recordings))
    return talk


@pytest.fixture
def check(talk, small_cast, monkeypatch, tmp_path):
    """The report of all looks but the browser's; this machine's load has no part in it."""
    monkeypatch.setattr(machine, "CROWD", float("inf"))
    monkeypatch.setattr(demos, "SLOWER", (float("inf"), 0.0))
    monkeypatch.setattr(power, "SUPPLIES", tmp_path)  # no battery
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]

    def check(which=WITHOUT_A_BROWSER, **options):
        options = {"build": talk.top / "build", "port": free} | options
        setting = Setting(talk.top, **options)
        report = in_a_thread(lambda: looks.check(setting, which))
        jsonschema.validate(report.as_json(), SCHEMA)
        assert json.loads(json.dumps(report.as_json())) == report.as_json()
        return report

    yield check
    talk.reset()


def first(report) -> Line:
    assert report.to_mend(), "nothing is said to be wrong"
    return report.to_mend()[0]


def test_nothing_is_wrong_with_a_good_talk(check, chromium):
    report = check()
    assert report.can_be_given and not report.to_mend()
    assert looks.said_of(report).startswith("The talk can be given here")
    kinds = {line.of for line in report.lines}
    assert kinds == {kind for kind, _ in WITHOUT_A_BROWSER}
    assert {"01a_quick", "01b_slow"} <= {line.what for line in report.of(Verdict.FINE)}


# -- ten broken set-ups ----------------------------------------------------------------------------


def test_a_demo_that_fails(check, talk):
    talk.write("demos/01a_quick.py", QUICK + "\nraise ValueError('oh')\n")
    line = first(check())
    assert (line.what, line.verdict) == ("01a_quick", "failure")
    assert "ended with exit status 1" in line.said and "ValueError: oh" in line.said
    assert "T plays its recording" in line.mend


def test_a_demo_that_hangs(check, talk, monkeypatch):
    monkeypatch.setattr(demos, "SECONDS", 1.5)
    talk.write("demos/01a_quick.py", QUICK.replace("    main()\n", "    time.sleep(60)\n"))
    line = first(check([("demos", demos.look)]))
    assert (line.what, line.verdict) == ("01a_quick", "failure")
    assert "took longer than 1.5 s" in line.said


def test_a_demo_that_no_longer_shows_its_claim(check, talk):
    talk.write("demos/01a_quick.py", QUICK.replace("=> it took", "=> not shown here: it took"))
    report = check()
    line = first(report)
    assert (line.what, line.verdict) == ("01a_quick", "warning")
    assert "not shown here: it took 0.6 s" in line.said and report.can_be_given


def test_a_demo_that_concludes_nothing(check, talk):
    talk.write("demos/01a_quick.py", QUICK.replace("=> it took", "it took"))
    line = first(check([("demos", demos.look)]))
    assert (line.what, line.verdict) == ("01a_quick", "warning")
    assert "`=>`" in line.said


def test_a_missing_library(check, talk):
    talk.write("demos/01a_quick.py", NEEDS_A_LIBRARY)
    report = check()
    line = first(report)
    assert (line.of, line.what, line.verdict) == ("packages", "01a_quick", "failure")
    assert line.said == "no-such-library is not installed" and "uv sync" in line.mend
    assert not report.can_be_given


def test_a_missing_chromium(check, monkeypatch):
    monkeypatch.setenv("TALK_CHROMIUM", "/nowhere/chromium")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    report = check(looks.ALL)
    line = first(report)
    assert (line.what, line.verdict) == ("browser", "failure")
    assert "/nowhere/chromium" in line.said and "chromium" in line.mend
    (deck,) = [line for line in report.lines if line.of == "deck"]
    assert deck.verdict == "not looked at"


@pytest.mark.parametrize(("mebibytes", "verdict"), [(20, "failure"), (500, "warning")])
def test_little_disk_space(check, monkeypatch, mebibytes, verdict):
    usage = SimpleNamespace(free=mebibytes * 1024**2)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: usage)
    line = first(check([("machine", machine.look)]))
    assert (line.what, line.verdict) == ("disk", verdict) and "GiB free" in line.said


def test_no_disk_space(check, monkeypatch):
    def full(dir):
        return open("/dev/full", "wb", buffering=0)  # noqa: PTH123 - as TemporaryFile does

    monkeypatch.setattr(machine.tempfile, "TemporaryFile", full)
    report = check()
    line = first(report)
    assert (line.what, line.verdict) == ("disk", "failure")
    assert "no space left on device" in line.said and not report.can_be_given


def test_a_port_in_use(check):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        report = check(port=port)
    line = first(report)
    assert (line.what, line.verdict) == ("port", "warning")
    assert f"{port} is in use" in line.said and report.can_be_given


def test_the_notes_of_a_slide_are_missing(check, talk):
    text = (talk.top / "speaker_notes" / "01_small.md").read_text("utf-8")
    talk.write("speaker_notes/01_small.md", text.replace("## Slow\nSay Slow.\n", ""))
    report = check(looks.ALL)
    line = first(report)
    assert (line.of, line.verdict) == ("notes", "failure")
    assert "01_small.md: no `## Slow`" in line.said and "needs its notes" in line.mend
    (deck,) = [line for line in report.lines if line.of == "deck"]
    assert deck.verdict == "not looked at", "what follows from it is not a second failure"


def test_a_recording_of_an_older_file(check, talk):
    talk.write("demos/01a_quick.py", QUICK + "# newer\n")
    report = check()
    line = first(report)
    assert (line.what, line.verdict) == ("recordings", "warning")
    assert line.said == "older than the demos as they are: 01a" and report.can_be_given


def test_minutes_over_the_slot(check, talk):
    text = (talk.top / "speaker_notes" / "01_small.md").read_text("utf-8")
    talk.write("speaker_notes/01_small.md", text.replace("minutes: 1", "minutes: 46"))
    report = check()
    line = first(report)
    assert (line.what, line.verdict) == ("minutes", "failure")
    assert line.said == "46 planned, 45 allowed" and not report.can_be_given


def test_a_file_without_its_partner_is_named_once(check, talk):
    stray = talk.top / "speaker_notes" / "02_stray.md"
    stray.write_text("---\nminutes: 1\n---\n", "utf-8")
    try:
        report = check(looks.ALL)
    finally:
        stray.unlink()
    line = first(report)
    assert line.of == "notes" and "02_stray.md" in line.said
    assert [line.verdict for line in report.lines].count("failure") == 1, (
        "recordings and deck only follow from it"
    )


# -- what it is made of ----------------------------------------------------------------------------


def test_a_recording_that_is_not_there_yet_is_no_failure(check, tmp_path):
    recordings = [kind for kind in WITHOUT_A_BROWSER if kind[0] == "recordings"]
    assert not check(recordings).to_mend()
    report = check(recordings, build=tmp_path / "another")
    assert report.can_be_given and first(report).said == "not there yet: all 2"


def test_a_quick_check_runs_nothing_and_ends_in_time(check, talk):
    (talk.top / "ran").unlink(missing_ok=True)
    talk.write("demos/01a_quick.py", "open('ran', 'w')\n" + QUICK)
    report = check([("demos", demos.look)], quick=True)
    assert not (talk.top / "ran").exists()
    assert [line.verdict for line in report.lines] == ["fine", "not looked at"]
    late = time.monotonic() - QUICK_SECONDS
    report = check([("deck", onstage.look)], quick=True, began=late)
    assert report.can_be_given and report.lines[-1].verdict == "not looked at"


def test_a_quick_check_reads_every_demo(check, talk):
    talk.write("demos/01a_quick.py", QUICK + "def oops(:\n")
    line = first(check([("demos", demos.look)], quick=True))
    assert line.what == "01a_quick" and "syntax error in line" in line.said


def test_packages_of_other_versions_are_named(check, talk):
    path = talk.top / "requirements.txt"
    path.write_text(
        "rich==0.0.1 \\\n    --hash=sha256:00\n    # via x\n"
        'nothing==1 ; sys_platform == "plan9"\npackaging>=20\n'
    )
    try:
        line = first(check([("packages", packages.look)]))
    finally:
        path.unlink()
    assert line.verdict == "warning" and line.said.startswith("rich ")
    assert "instead of ==0.0.1" in line.said and "," not in line.said


def supply(folder, **values):
    folder.mkdir()
    for name, value in values.items():
        (folder / name).write_text(f"{value}\n")


@pytest.mark.parametrize(
    ("status", "verdict"), [("Discharging", "warning"), ("Charging", "fine"), ("Full", "fine")]
)
def test_a_battery(check, tmp_path, status, verdict):
    supply(tmp_path / "AC", type="Mains", online=1)
    supply(tmp_path / "mouse", type="Battery", scope="Device", status="Discharging", capacity=3)
    supply(tmp_path / "BAT0", type="Battery", status=status, capacity=81)
    line = check([("power", power.look)]).lines[0]
    assert (line.what, line.verdict) == ("battery", verdict)
    assert line.said == f"{status.lower()}, 81 %"


GNOME = """#!/bin/sh
case "$2 $3" in
*idle-delay) echo "uint32 {delay}" ;;
*lock-enabled) echo true ;;
*sleep-inactive-ac-type) echo "'nothing'" ;;
*sleep-inactive-battery-type) echo "'suspend'" ;;
*-timeout) echo 1200 ;;
esac
"""


@pytest.fixture
def desktop(tmp_path, monkeypatch):
    """Write the tools of a desktop: `desktop(gsettings="…")`; there are no others."""

    def write(**tools):
        folder = tmp_path / "tools"
        folder.mkdir()
        for name, text in tools.items():
            path = folder / name.replace("_", "-")
            path.write_text(text)
            path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/bin")
        monkeypatch.setattr(power.shutil, "which", lambda name: (folder / name).exists())
        monkeypatch.setenv("DISPLAY", ":99")

    return write


def of_the_screen(check):
    return [(line.what, line.verdict, line.said) for line in check([("power", power.look)]).lines][
        1:
    ]


def test_a_screen_that_goes_dark(check, desktop):
    desktop(gsettings=GNOME.format(delay=300))
    assert of_the_screen(check) == [
        ("screen", "warning", "goes dark and locks after 5 min without a key"),
        ("sleep", "fine", "plugged in: none by itself"),
        ("sleep", "warning", "on battery: suspend after 20 min without a key"),
    ]


def test_a_screen_that_stays_on(check, desktop):
    desktop(xset="#!/bin/sh\necho '  timeout:  0    cycle:  600'; echo '  DPMS is Disabled'\n")
    assert of_the_screen(check) == [("screen", "fine", "X11 leaves it on")]


def test_a_screen_that_is_kept_awake(check, desktop):
    inhibits = "#!/bin/sh\necho 'Firefox 1000 ada 77 firefox idle playing block'\n"
    desktop(systemd_inhibit=inhibits, gsettings=GNOME.format(delay=300))
    assert of_the_screen(check) == [("screen and sleep", "fine", "kept awake by Firefox")]


def test_a_screen_of_which_nothing_can_be_seen(check, desktop):
    desktop()
    assert [verdict for _, verdict, _ in of_the_screen(check)] == ["not looked at"]


def test_the_table_says_all_of_it_without_colours(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    lines = [
        Line("machine", "disk", Verdict.FINE, "much room"),
        Line("machine", "memory", Verdict.UNSEEN, "nobody tells"),
        Line("demos", "07a", Verdict.WARNING, "not shown here", "press T"),
        Line("server", "port", Verdict.FAILURE, "none is free", "end something"),
    ]
    table.show(Report("2026-11-24T18:00:00+00:00", False, lines, 3.2))
    out = capsys.readouterr().out
    top, below = out.split("\n\n")
    assert re.findall("[✓!✗-]", top) == ["✓", "-", "!", "✗"]
    assert "not looked at: nobody tells" in top
    assert below.splitlines()[:4] == [
        "✗ port: none is free",
        "  end something",
        "! 07a: not shown here",
        "  press T",
    ]
    assert below.splitlines()[-1] == (
        "The talk can't be given here: 1 failure, 1 warning, 1 not looked at. It took 3 s."
    )


# -- in the browser --------------------------------------------------------------------------------


PATIENT = """from slides.check import demos, rise, runs
demos.SLOWER = 2.0, 60.0
rise.RUNS = runs.FIRST_LINE = 120_000"""
"""Whether a talk can be given is not a matter of what else the tests do on this machine."""


@pytest.mark.alone  # RISE, its kernel and the browser start together, and need the processors
def test_the_whole_check_of_a_talk_that_can_be_given(talk, chromium):
    done = talk.talk("check", "--json", seconds=600, first=PATIENT)
    report = json.loads(done.stdout)
    jsonschema.validate(report, SCHEMA)
    assert report["can_be_given"] and done.returncode == 0, done.stdout + done.stderr
    found = {line["what"]: line["verdict"] for line in report["lines"]}
    wanted = {"deck", "runs", "layout", "RISE", "01a_quick", "01b_slow", "recordings"}
    assert {what for what in wanted if found.get(what) == "fine"} == wanted, report["to_mend"]
    assert "talk: running 01a_quick (1 of 2)" in done.stderr, "its progress is shown"
