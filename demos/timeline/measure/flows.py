"""A flow while what was seen of it is put together; times are seconds of the monotonic clock."""

from dataclasses import dataclass, field

Key = tuple[int, int | str]
"""A process's number, and in it the system's number of a thread, or the probe's of a task."""


@dataclass
class Wait:
    """A flow waits in a call, as the probe saw it."""

    start: float
    state: str
    what: str
    owner: Key
    """Who has the lock; no flow's key where that is not known."""
    end: float | None = None
    """None where it waited for ever."""


@dataclass
class Step:
    """A task runs in its thread."""

    start: float
    end: float | None = None
    after: str = ""
    """Its state afterwards: sleep, wait, or end."""
    what: str = ""


@dataclass
class Flow:
    """A thread, a process (with its first thread), or a task."""

    key: Key
    kind: str
    parent: Key | None = None
    name: str = ""
    said: str = ""
    """The name under which it speaks first."""
    born: float = 0.0
    ended: float | None = None
    """When the probe saw it end."""
    end: float = 0.0
    """When it ended, from the surest source there is."""
    waits: list[Wait] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def pid(self) -> int:
        """Its process's number."""
        return self.key[0]
