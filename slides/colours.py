"""Whether the cast's colours can be read, and told apart by every eye, on both themes."""

import hashlib
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from demos.about import WHERE, Role
from demos.errors import TalkError
from demos.files import BUILD, write_whole

THEME = Path(__file__).resolve().parent / "theme"
CONTRAST = 7.0
"""Of a colour on what lies behind it, at least: WCAG's level AAA."""
APART = 8.0
"""Between two colours as any eye sees them, at least: ΔE 2000, of which 2 is what one just sees."""
EYES = {"protan": "without red", "deutan": "without green", "tritan": "without blue"}
"""Eyes that lack one of three, and how to say it."""
SIDES = {"dark": ":root", "light": '[data-theme="light"]'}
GROUNDS = ("--background", "--terminal")
"""What names of flows and their lines stand on, as the style sheets call it."""


def check(cast: tuple[Role, ...]) -> None:
    """Raises TalkError that names the flows, the colour and the mend where one can't be used.

    To look takes half a second, so what was found sound is remembered in build/.
    """
    grounds = {side: _grounds(side) for side in SIDES}
    seen = repr((grounds, cast, CONTRAST, APART))
    kept = BUILD / f"colours-{hashlib.sha256(seen.encode()).hexdigest()[:12]}"
    if kept.exists():
        return
    for fault in faults(cast, grounds):
        raise TalkError(f"{WHERE} cast: {fault}")
    write_whole(kept, "")


def faults(cast: tuple[Role, ...], grounds: dict[str, list[str]]) -> Iterator[str]:
    """What is wrong with these colours on these backgrounds, each in words with its mend."""
    from coloraide import Color

    for role in cast:
        for side, backs in grounds.items():
            colour = getattr(role, side)
            worst = min(backs, key=lambda back: Color(colour).contrast(back))
            ratio = Color(colour).contrast(worst)
            if ratio < CONTRAST:
                mend = "lighter" if side == "dark" else "darker"
                yield (
                    f"{role.name}'s {side} = {colour!r} has a contrast of {ratio:.1f}:1 to {worst},"
                    f" at least {CONTRAST:g}:1; take a {mend} one"
                )
    for one, other in itertools.combinations(cast, 2):
        for side in grounds:
            colours = getattr(one, side), getattr(other, side)
            eyes, distance = _closest(*colours)
            if distance < APART:
                yield (
                    f"{one.name} and {other.name} are too much alike on {side} slides"
                    f" ({colours[0]} and {colours[1]}) for eyes {eyes}:"
                    f" {distance:.1f} apart, at least {APART:g}; give one another `{side}`"
                )


def _closest(one: str, other: str) -> tuple[str, float]:
    """For which eyes two colours are most alike, and how far apart they are to them (ΔE 2000)."""
    from coloraide import Color

    def distance(kind: str) -> float:
        seen = [Color(colour).filter(kind, method="machado") for colour in (one, other)]
        return float(seen[0].delta_e(seen[1], method="2000"))

    found = {"that see all colours": float(Color(one).delta_e(other, method="2000"))}
    found |= {words: distance(kind) for kind, words in EYES.items()}
    return min(found.items(), key=lambda item: item[1])


def _grounds(side: str) -> list[str]:
    """The backgrounds of a side, out of the deck's style sheets."""
    styles = "".join(path.read_text("utf-8") for path in sorted(THEME.glob("*.css")))
    rules = re.findall(rf"^{re.escape(SIDES[side])} \{{(.*?)\}}", styles, re.MULTILINE | re.DOTALL)
    found = [
        value
        for name in GROUNDS
        for rule in rules
        for value in re.findall(rf"{name}: *(#\w+)", rule)
    ]
    if not found:
        raise TalkError(
            f"slides/theme/talk.css: {SIDES[side]} {{ … }} needs a {GROUNDS[0]} such as #0e1420"
        )
    return found
