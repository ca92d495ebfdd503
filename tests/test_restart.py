"""A server that crashed and one that follows it: the page finds its way, and so does the talk."""

import os
import signal
import stat
import time

from driving import FETCHED, Slides

from slides.server.secret import DAY, secret

SHOWN = "[Reveal.getCurrentSlide().id, Reveal.getIndices().f]"


def test_the_next_server_gets_the_page_back_and_until_then_the_recording_plays(small_talk, browser):
    small_talk.start()
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    slides = Slides(context.new_page())
    slides.open(f"{small_talk.url}?token={small_talk.token}")
    stage = slides.go("01a_quick", 0)
    slides.page.wait_for_function(FETCHED)
    before = slides.ask(SHOWN)
    port = small_talk.port
    assert small_talk.stop(signal.SIGKILL) == -signal.SIGKILL

    slides.press("r")
    slides.wait_for(stage, "starts")
    assert slides.said(stage) == "The server does not answer: this is the recording"
    assert slides.sign(stage) == "recording"
    slides.wait_for(stage, "=> it took")
    slides.wait_until_idle(stage)
    assert slides.said(stage) == "The server does not answer: this is the recording"

    small_talk.start(port=port, wait=False)
    assert small_talk.port == port
    for _ in range(40):
        slides.page.wait_for_timeout(500)
        slides.ready()
        slides.press("r")
        slides.wait_until_idle(stage)
        if slides.sign(stage) == "live" and "=> it took" in slides.text(stage):
            break
    slides.wait_for(stage, "=> it took")
    assert slides.sign(stage) == "live" and slides.said(stage) == ""
    assert slides.ask(SHOWN) == before
    small_talk.write("demos/01a_quick.py", small_talk.demos["01a_quick"].replace("works", "edits"))
    slides.page.wait_for_selector(".code:has-text('edits')", state="attached", timeout=30_000)
    context.close()


def test_a_stranger_on_the_port_is_no_server_of_this_page(small_talk, browser):
    small_talk.start()
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    slides = Slides(context.new_page())
    slides.open(f"{small_talk.url}?token={small_talk.token}")
    stage = slides.go("01b_slow")
    slides.page.wait_for_function(FETCHED.replace("01a_quick", "01b_slow"))
    context.clear_cookies()  # so a server with another secret sees it
    slides.press("r")
    slides.wait_for(stage, "starts")
    assert slides.sign(stage) == "recording" and "does not answer" in slides.said(stage)
    context.close()


def test_the_secret_is_kept_for_its_owner_alone(tmp_path):
    first = secret(tmp_path / "build")
    path = tmp_path / "build" / "secret.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret(tmp_path / "build") == first
    assert len(first.token) == 48 and len(first.cookies) == 32
    assert [entry.name for entry in path.parent.iterdir()] == ["secret.json"]


def test_a_secret_that_others_may_know_or_that_is_old_or_none_is_made_anew(tmp_path):
    path = tmp_path / "secret.json"

    def spoil(act):
        before = secret(tmp_path)
        act()
        after = secret(tmp_path)
        assert after.token != before.token and after.cookies != before.cookies
        assert secret(tmp_path) == after and stat.S_IMODE(path.stat().st_mode) == 0o600

    elsewhere = tmp_path / "elsewhere"
    spoil(lambda: path.chmod(0o644))
    spoil(lambda: os.utime(path, (0, path.stat().st_mtime - DAY - 9)))
    spoil(lambda: path.write_text("{"))
    spoil(lambda: path.write_text('{"token": "", "cookies": ""}'))
    spoil(lambda: (path.rename(elsewhere), path.symlink_to(elsewhere)))


def test_a_server_that_runs_for_days_keeps_it_in_use(small_talk):
    path = small_talk.top / "build" / "secret.json"
    small_talk.start(wait=False, first="from slides.server import secret\nsecret.HOUR = 0.2")
    os.utime(path, (0, path.stat().st_mtime - DAY - 9))
    until = time.monotonic() + 30
    while time.time() - path.stat().st_mtime > DAY and time.monotonic() < until:
        time.sleep(0.05)
    assert secret(path.parent).token == small_talk.token


def test_where_it_cant_be_kept_it_is_for_this_time_alone(tmp_path):
    (tmp_path / "build").write_text("a file in its place")
    assert secret(tmp_path / "build") != secret(tmp_path / "build")
