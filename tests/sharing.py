"""What the workers of one run share: things made once, and the machine itself.

A run has several workers, each a process with its own session of pytest. They agree through files
in one folder, which the process that started them makes and removes; a run without workers uses the
same code.

**The machine.** Whoever uses it does so in one of three ways, and only one of them at a time:

- *company*, as tests without a marker: it waits, or works however long that takes. Any number.
- *calm*, as the tracing of demos that sleep: clocks are compared. Beside others of its kind.
- *alone*, by marker, or where processors are compared: beside nothing.

Whoever wants in goes through one gate, waits there until the others are out, and lets nobody pass
meanwhile: so none starves. Whoever waits holds nothing that another could need to get out, so none
waits for ever. The locks belong to the processes and go with them, however they end.
"""

import fcntl
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

COMPANY, CALM, ALONE = "company", "calm", "alone"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file `path` against every other process; wait for it as long as it takes."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Machine:
    """The right to use the machine, of one process."""

    def __init__(self, folder: Path):
        self.kind: str | None = None
        self._gate = folder / "gate"
        self._halls = {kind: (folder / kind).open("w") for kind in (COMPANY, CALM)}

    def enter(self, kind: str) -> None:
        """Wait until none of another kind is in; the caller is in nowhere yet."""
        with locked(self._gate):
            for other, hall in self._halls.items():
                if other != kind:
                    fcntl.flock(hall, fcntl.LOCK_EX)  # waits until the last one is out
                    if kind != ALONE:
                        fcntl.flock(hall, fcntl.LOCK_UN)
            if kind != ALONE:
                fcntl.flock(self._halls[kind], fcntl.LOCK_SH)
        self.kind = kind

    def leave(self) -> None:
        """Let the others in."""
        for hall in self._halls.values():
            fcntl.flock(hall, fcntl.LOCK_UN)
        self.kind = None

    @contextmanager
    def used(self, kind: str | None) -> Iterator[None]:
        """Be of another `kind` for a while, or of none, which holds nothing.

        The step between two kinds is through the gate like any other: measure nothing across it.
        """
        before = self.kind
        if before == kind:
            yield
            return
        self.leave()
        if kind:
            self.enter(kind)
        try:
            yield
        finally:
            self.leave()
            if before:
                self.enter(before)


class Shared:
    """`shared("deck", make)` is what `make(folder)` gave to the first worker that asked."""

    def __init__(self, folder: Path, machine: Machine):
        self.folder = folder
        self.machine = machine

    def __call__(self, name: str, make: Callable[[Path], Any], kind: str | None = None) -> Any:
        """The value, one that can be pickled; `kind` is how the machine is used to make it.

        A worker waits for the one that makes it without holding the machine: the maker may need it
        whole.
        What can't be made is tried again by the next who asks, and fails there too.
        """
        place = self.folder / name
        kept = place / "value.pickle"
        if not kept.exists():
            wanted = kind or self.machine.kind or COMPANY
            with self.machine.used(None), locked(self.folder / f"{name}.lock"):
                if not kept.exists():
                    place.mkdir(exist_ok=True)
                    with self.machine.used(wanted):
                        value = make(place)
                    aside = kept.with_suffix(".new")
                    aside.write_bytes(pickle.dumps(value))
                    aside.rename(kept)
        return pickle.loads(kept.read_bytes())
