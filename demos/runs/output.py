"""What a run prints, on its way to a screen: decoded, counted, and coloured line by line."""

import codecs
import re
from collections.abc import Callable

from demos.cast import CONCLUSION, ansi

ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|.)")


def plain(text: str) -> str:
    """What a terminal shows of `text`: no escape sequences, lines that end in a newline alone."""
    return ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def conclusion(output: str) -> str:
    """What a demo that printed `output` concluded, in one line; empty where it got not so far."""
    lines = [line for line in output.splitlines() if CONCLUSION in line]
    return lines[-1].partition(CONCLUSION)[2].strip() if lines else ""


def missed(output: str) -> bool:
    """Whether the demo itself says that its claim was not shown, or could not be."""
    return conclusion(output).startswith(("not shown", "needs"))


class TooMuch(Exception):
    """The run printed more than it may."""


class Painter:
    """Colours lines as they become complete; the beginning of a line can be passed on plain."""

    def __init__(self, on_text: Callable[[str], object]):
        self.on_text = on_text
        self.tail = ""
        self.begun = False

    def feed(self, text: str) -> None:
        """Take what was printed next, and pass on the lines that are complete."""
        *lines, self.tail = (self.tail + text).split("\n")
        for line in lines:
            self.on_text(f"{line}\n" if self.begun else ansi(f"{line}\n"))
            self.begun = False

    def pause(self) -> None:
        """Nothing more for now: pass on what there is of the line."""
        if self.tail:
            self.on_text(self.tail)
            self.tail, self.begun = "", True


class Text:
    """What a run prints: decoded, counted, coloured and passed on."""

    def __init__(self, on_text: Callable[[str], object], limit: int):
        self.painter = Painter(on_text)
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.limit = limit
        """How many bytes it may be."""
        self.left = limit
        self.parts: list[str] = []

    def feed(self, data: bytes) -> None:
        """Take the next bytes; raises TooMuch when there have been more than `limit`."""
        part = self.decoder.decode(data[: self.left])
        self.parts.append(part)
        self.painter.feed(part)
        self.left -= len(data)
        if self.left < 0:
            raise TooMuch

    def pause(self) -> None:
        """Nothing more for now, or at all."""
        self.painter.pause()

    def plain(self) -> str:
        """All of it, as plain text."""
        return plain("".join(self.parts))
