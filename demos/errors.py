"""What went wrong, for people: one line that says what, where and the mend."""

import re

LONGEST = 600
"""Letters of the line: what a demo or a cell said can be megabytes."""
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


class TalkError(Exception):
    """Something failed; the message is the one line that the user reads."""

    status = 1
    """Exit status of `talk` when this ends it."""

    def __init__(self, message: str):
        super().__init__(in_one_line(message))


class WrongUse(TalkError):
    """The command was used in a way that can't work: a name, a path, an option."""

    status = 2


def in_one_line(text: str, longest: int = LONGEST) -> str:
    """The text as a line that any terminal can show; one that is too long says what was cut."""
    line = UNSEEN.sub(" ", ESCAPES.sub("", text)).strip()
    if len(line) <= longest:
        return line
    cut = len(line) - longest
    head, tail = line[: longest // 2], line[-(longest // 2) :]
    return f"{head} [… {cut} letters cut …] {tail}"
