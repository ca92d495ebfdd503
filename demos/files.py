"""What is read and written: texts of other people, what a user asked for, what is kept in build/.

Each kind has its one place here, which turns every failure into a line for people.
"""

import os
import re
import secrets
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from demos.errors import TalkError, WrongUse

BUILD = Path(os.environ.get("TALK_BUILD") or Path(__file__).resolve().parent.parent / "build")
"""Recordings, measured pictures, fonts, exports: nothing in it is in git.

TALK_BUILD names another place, so that the tests leave this one alone.
"""

CONFLICT = re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE)
"""What git leaves in a file where it could not merge."""

_said = False
"""Whether it was said that build/ can't be written."""
_kept: dict[Path, str] = {}
"""What this process could not write of it."""


# -- what other people wrote ----------------------------------------------------------------------


def read_bytes(path: Path, where: str) -> bytes:
    """The file's content; a TalkError that begins with `where` for one that can't be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise TalkError(f"{where}: {_unreadable(path, error)}") from None


def read_text(path: Path, where: str) -> str:
    """The file's text with plain newlines and without a byte order mark.

    Raises TalkError as `read_exactly` does.
    """
    text = read_exactly(path, where).removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_exactly(path: Path, where: str) -> str:
    """The file's text as it is.

    Raises TalkError, which begins with `where`, for what can't be read, is no UTF-8 or was left in
    the middle of a merge.
    """
    data = read_bytes(path, where)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TalkError(
            f"{where}: it is not written in UTF-8 (line {line}); save it as UTF-8"
        ) from None
    if match := CONFLICT.search(text):
        line = text.count("\n", 0, match.start()) + 1
        raise TalkError(
            f"{where}: line {line} is a mark of a merge conflict; choose a side and take"
            " the marks out, or restore the file from git"
        )
    return text


def _unreadable(path: Path, error: OSError) -> str:
    if path.is_dir():
        return "it is a folder, not a file; move it away"
    if path.is_symlink() and not path.exists():
        return "it is a link that leads nowhere; mend or remove it"
    if isinstance(error, FileNotFoundError):
        return "it is not there any more; put it back"
    return f"it can't be read ({reason(error)}); check the file"


def reason(error: OSError) -> str:
    """What the system says, without number and name."""
    return (error.strerror or str(error)).lower()


# -- what a user asked for ------------------------------------------------------------------------


def write(path: Path, content: str | bytes) -> None:
    """Write what the user asked for: a file whole or not at all, a device or a pipe as it comes.

    What a link leads to is written, not the link. Raises WrongUse where that can't be.
    """
    try:
        if _is_special(path):
            with path.open("wb", buffering=0) as place:
                rest = memoryview(content.encode() if isinstance(content, str) else content)
                while rest:
                    rest = rest[place.write(rest) :]
        else:
            write_whole(path.resolve(), content)
    except (OSError, RuntimeError) as error:
        why = reason(error) if isinstance(error, OSError) else "its links lead in a circle"
        raise WrongUse(f"{path}: can't be written ({why}); choose another place with -o") from None


def check_writable(path: Path, *, folder: bool = False) -> None:
    """Finds out before the work that `path` can be written; raises WrongUse with the mend."""
    if str(path) == "-":
        raise WrongUse("-: name a file or a folder; - would be one of that name")
    nearest = path
    try:
        if not folder and path.is_dir():
            raise WrongUse(f"{path}: is a folder; name a file with -o")
        if not folder and _is_special(path):
            return
        target = path.resolve() if path.is_symlink() else path
        place = target if folder else target.parent
        nearest = next(one for one in [place, *place.absolute().parents] if one.exists())
        if not nearest.is_dir():
            raise WrongUse(f"{nearest}: is a file, not a folder; choose another place")
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except RuntimeError:
        raise WrongUse(f"{path}: its links lead in a circle; choose another place") from None
    except OSError:
        raise WrongUse(f"{nearest}: nothing can be written there; choose another place") from None


def _is_special(path: Path) -> bool:
    """Whether it is there and neither a file nor a folder: a device, a pipe, a socket."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def write_whole(path: Path, content: str | bytes) -> None:
    """Writes beside the place first, then renames, so that nobody ever reads half a file.

    Makes the folders it needs, and leaves a file that is there its permissions. Raises OSError, and
    leaves nothing behind, when the place can't be written.
    """
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(0, "it is a folder")
    aside = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}")
    try:
        with aside.open("xb") as file:
            file.write(data)
        if path.exists():
            before = path.stat()
            with suppress(AttributeError, OSError):  # Windows has none; another user's stays mine
                os.chown(aside, before.st_uid, before.st_gid)
            aside.chmod(stat.S_IMODE(before.st_mode))
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


# -- what can always be made again ----------------------------------------------------------------


def keep(path: Path, text: str) -> None:
    """Keep what was measured, for `kept`: in this file, or in memory where it can't be written.

    The first time that it can't be, that is said on stderr.
    """
    global _said
    try:
        write_whole(path, text)
    except OSError as error:
        _kept[path] = text
        if not _said:
            _said = True
            print(
                f"talk: {path.parent}: can't be written ({reason(error)}); what is measured is"
                " measured again next time",
                file=sys.stderr,
                flush=True,
            )


def kept(path: Path) -> str | None:
    """What was kept in this file, by any process or by this one; None where nothing was."""
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return _kept.get(path)


def kept_in(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder that `kept` can give, the newest first."""
    here = [path for path in reversed(_kept) if path.parent == folder and path.match(pattern)]
    with suppress(OSError):
        there = [(path.stat().st_mtime, path) for path in folder.glob(pattern)]
        here = [*(path for _, path in sorted(there, reverse=True)), *here]
    return list(dict.fromkeys(here))


def drop(path: Path) -> None:
    """Keep this no longer."""
    _kept.pop(path, None)
    with suppress(OSError):
        path.unlink(missing_ok=True)
