"""Files that appear whole or not at all, and the folder for what can always be made again."""

import os
import tempfile
from pathlib import Path

BUILD = Path(os.environ.get("TALK_BUILD") or Path(__file__).resolve().parent.parent / "build")
"""Recordings, measured pictures, fonts, exports: nothing in it is in git.

TALK_BUILD names another place, so that the tests leave this one alone.
"""


def write_whole(path: Path, content: str | bytes) -> None:
    """Writes beside the place first, then renames, so that nobody ever reads half a file.

    Makes the folders it needs. Raises OSError, and leaves nothing behind, when the place can't be
    written.
    """
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(0, "it is a folder")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    aside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        aside.chmod(0o644)
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
