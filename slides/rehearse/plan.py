"""The plan: what each slide may take, and which optional ones would bring a talk into its slot."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

from slides import deck
from slides.rehearse import record
from slides.rehearse.record import Planned, Rehearsal
from slides.rehearse.words import clock
from slides.sections import Section


def planned(talk: list[Section]) -> list[Planned]:
    """The talk's slides as its notes plan them; raises TalkError where notes can't be read."""
    slides = []
    for section in talk:
        there = deck.slides_of(section, deck.read(section))
        title = next((one.title for one in there if one.layout == "section"), there[0].title)
        for slide, seconds in zip(there, section.timings(len(there)), strict=True):
            slides.append(
                Planned(
                    deck.slide_id(section, slide),
                    slide.title,
                    f"{section.number} {title}",
                    seconds,
                    slide.title in section.notes.optional,
                )
            )
    return slides


def took(rehearsal: Rehearsal) -> dict[str, float]:
    """Seconds by slide's id that the whole talk would take like this.

    What comes after the last slide that was shown is taken as planned; what was passed over is not
    part of it.
    """
    ids = [slide.id for slide in rehearsal.slides]
    last = max((ids.index(one) for one in rehearsal.seconds if one in ids), default=-1)
    return {
        slide.id: rehearsal.seconds.get(slide.id, 0.0 if number <= last else slide.seconds)
        for number, slide in enumerate(rehearsal.slides)
    }


def expected(rehearsal: Rehearsal) -> float:
    """Seconds that the whole talk would take like this."""
    return sum(took(rehearsal).values())


@dataclass(frozen=True)
class Cut:
    """Slides to leave out."""

    slides: list[Planned]
    leaves: float
    """Seconds that the talk takes without them."""
    enough: bool
    """Whether that brings it into the slot."""


def cut(rehearsal: Rehearsal, slot: float) -> Cut:
    """The fewest optional slides without which it fits `slot` seconds, and of these the shortest.

    All that took any time where even that is not enough; none where it fits.
    """
    times = took(rehearsal)
    whole = sum(times.values())
    if whole <= slot:
        return Cut([], whole, True)
    optional = [one for one in rehearsal.slides if one.optional and times[one.id]]

    def without(chosen: tuple[Planned, ...]) -> float:
        return whole - sum(times[one.id] for one in chosen)

    for count in range(1, len(optional) + 1):
        ways = [way for way in combinations(optional, count) if without(way) <= slot]
        if ways:
            best = max(ways, key=without)
            return Cut(list(best), without(best), True)
    return Cut(optional, without(tuple(optional)), False)


def advice(rehearsal: Rehearsal, slot: float) -> str:
    """What would bring it into `slot` seconds, in a sentence; empty where it fits."""
    made = cut(rehearsal, slot)
    times = took(rehearsal)
    if made.enough and not made.slides:
        return ""
    names = ", ".join(f"“{one.title}” ({clock(times[one.id])})" for one in made.slides)
    if made.enough:
        return f"leave out {names}: then it takes {clock(made.leaves)}"
    over = clock(made.leaves - slot)
    if not names:
        return f"shorten it by {over}: the notes mark no slide as optional"
    return f"leave out {names} and shorten the rest by {over}"


def for_page(talk: list[Section], slot: float) -> dict[str, Any]:
    """What the deck's page and the speaker view are told of the plan; see theme/plan.js."""
    slides = planned(talk)
    last = record.latest()
    left_out = [one.id for one in cut(last, slot).slides] if last else []
    optional = {one.id for one in slides if one.optional}
    return {
        "slot": slot,
        "planned": sum(one.seconds for one in slides),
        "rehearsed": round(expected(last)) if last else None,
        "leaveOut": [one for one in left_out if one in optional],
    }
