"""What lets a page in: the token and what cookies are signed with, the same after a restart.

They lie in build/, readable by their owner alone, so that the page of a server that crashed is let
in by the next one of this checkout. A day after their last use they are made anew.
"""

import json
import os
import secrets
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from demos.files import BUILD

DAY = 24 * 3600
"""Seconds."""
HOUR = 3600.0
"""Seconds between two times that a server says it is still in use."""


class Secret(NamedTuple):
    """What whoever may control a server has to know."""

    token: str
    cookies: bytes


def secret(folder: Path = BUILD) -> Secret:
    """The secret of this checkout; one for this time alone where it can't be kept."""
    path = folder / "secret.json"
    kept = _read(path)
    found = kept or Secret(secrets.token_hex(24), secrets.token_bytes(32))
    with suppress(OSError):
        if kept:
            os.utime(path)
        else:
            _write(path, found)
    return found


def used(folder: Path = BUILD) -> None:
    """Say that the secret of this checkout is in use, so that it outlives a day."""
    with suppress(OSError):
        os.utime(folder / "secret.json")


def _read(path: Path) -> Secret | None:
    """What is kept there; None where that is old, no secret, or others could have read it."""
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(number, encoding="utf-8") as file:
            about = os.fstat(number)
            others = stat.S_IMODE(about.st_mode) & 0o077 or not stat.S_ISREG(about.st_mode)
            old = time.time() - about.st_mtime > DAY
            if others or old or about.st_uid != os.geteuid():
                return None
            kept = json.load(file)
        found = Secret(str(kept["token"]), bytes.fromhex(kept["cookies"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return found if len(found.token) >= 32 and len(found.cookies) >= 32 else None


def _write(path: Path, found: Secret) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    number, aside = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # its owner's alone
    with os.fdopen(number, "w", encoding="utf-8") as file:
        json.dump({"token": found.token, "cookies": found.cookies.hex()}, file)
    Path(aside).replace(path)
