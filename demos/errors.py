"""What went wrong, for people: one line that says what, where and the mend."""


class TalkError(Exception):
    """Something failed; the message is the one line that the user reads."""

    status = 1
    """Exit status of `talk` when this ends it."""


class WrongUse(TalkError):
    """The command was used in a way that can't work: a name, a path, an option."""

    status = 2
