"""What an exhibit has measured, kept in build/exhibits until something that it depends on changes.

It depends on the files that measure it, on this Python and on this machine.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demos.shelf import Shelf, digest, here

SHELF = Shelf("exhibits", ".json")
FRESH = "TALK_FRESH"
"""The variable of the environment by which `talk export --fresh` has exhibits measured anew."""


AGAIN = "again"
"""What the metadata of an output say that should be made again where there is time for it."""


def measured(
    name: str,
    files: list[Path],
    measure: Callable[[], dict[str, Any]],
    unlucky: Callable[[dict[str, Any]], bool] = lambda found: False,
) -> dict[str, Any]:
    """What `measure()` gave when it was called last by these files on this Python and machine.

    It is called now where that never was, or where what it gave was `unlucky`.
    """
    if (found := kept(name, files)) and not os.environ.get(FRESH) and not unlucky(found):
        return found
    key = _key(name, files)
    result = measure()
    if key == _key(name, files):  # nobody saved another way of measuring meanwhile
        SHELF.keep(key, json.dumps(result))
    return result


def kept(name: str, files: list[Path]) -> dict[str, Any] | None:
    """What these files have measured here before; None where they have not."""
    text = SHELF.find(_key(name, files))
    found: dict[str, Any] | None = json.loads(text) if text else None
    return found


def _key(name: str, files: list[Path]) -> str:
    return f"{name}-{digest(here(), *(path.read_bytes() for path in files))}"
