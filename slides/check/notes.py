"""What the presenter reads: notes for every slide, minutes against the slot and the rehearsal."""

from collections.abc import Iterator

from demos.errors import TalkError
from slides import deck
from slides.check.report import Line, Of, Verdict
from slides.check.setting import Setting
from slides.rehearse import plan, record
from slides.rehearse.words import clock
from slides.sections import Section, slot

of = Of("notes")


def look(setting: Setting) -> Iterator[Line]:
    """Each section with its notes, then the minutes of all."""
    setting.blocked = True  # unless all of this is in order
    talk = setting.sections
    wrong = [line for section in talk if (line := _of_a_section(section))]
    yield from wrong
    if wrong:
        return
    slides = sum(len(deck.slides_of(section, deck.read(section))) for section in talk)
    yield of.fine("notes", f"{slides} slides, each with its notes")
    minutes = _minutes(talk, slot(setting.top))
    yield minutes
    setting.blocked = minutes.verdict is Verdict.FAILURE
    yield _rehearsed(setting)


def _of_a_section(section: Section) -> Line | None:
    """What keeps the section from becoming slides with notes; None where nothing does."""
    try:
        deck.place(section, deck.Ingredients(), notes=True)
    except TalkError as error:
        return of.error(section.stem, error)
    return None


def _minutes(talk: list[Section], allowed: float) -> Line:
    planned = sum(section.notes.minutes for section in talk)
    said = f"{planned:g} planned, {allowed:g} allowed"
    if planned > allowed:
        return of.failure(
            "minutes", said, "shorten a section in speaker_notes/, or ask for a longer slot"
        )
    return of.fine("minutes", said)


def _rehearsed(setting: Setting) -> Line:
    what = "last rehearsal"
    last = record.latest(setting.build)
    if not last:
        return of.unseen(what, "there was none", "`talk rehearse`")
    allowed = slot(setting.top) * 60
    took = plan.expected(last)
    said = f"{clock(took)} of {clock(allowed)} on {last.day}"
    if took <= allowed:
        return of.fine(what, said)
    return of.warning(what, said, plan.advice(last, allowed))
