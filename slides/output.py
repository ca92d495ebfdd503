"""The file that the user asked for: whether it can be written, written whole, what fills it."""

import re
import tempfile
from pathlib import Path

from demos.errors import WrongUse
from demos.files import write_whole


def write(path: Path, content: str | bytes) -> None:
    """Writes what the user asked for, whole or not at all.

    Raises WrongUse when the place can't be written.
    """
    try:
        write_whole(path, content)
    except OSError as error:
        raise WrongUse(
            f"{path}: can't be written ({(error.strerror or str(error)).lower()});"
            " choose another place with -o"
        ) from None


def check_writable(path: Path, *, folder: bool = False) -> None:
    """Finds out before the work that `path` can be written; raises WrongUse with the mend."""
    place = path if folder else path.parent
    nearest = next(parent for parent in [place, *place.absolute().parents] if parent.exists())
    if not folder and path.is_dir():
        raise WrongUse(f"{path}: is a folder; name a file with -o")
    if not nearest.is_dir():
        raise WrongUse(f"{nearest}: is a file, not a folder; choose another place")
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError:
        raise WrongUse(f"{nearest}: nothing can be written there; choose another place") from None


def room(page: str) -> str:
    """What takes the room in a page, in KB, for people: fonts, scripts, recordings, pictures."""

    def kilobytes(pattern: str) -> float:
        return sum(len(part.encode()) for part in re.findall(pattern, page, re.DOTALL)) / 1000

    parts = {
        "scripts": kilobytes(r"<script data-of=.*?</script>"),
        "styles": kilobytes(r'<style data-of="(?!fonts).*?</style>'),
        "fonts": kilobytes(r'<style data-of="fonts".*?</style>'),
        "recordings": kilobytes(r'class="recording"[^>]*>.*?</script>'),
        "pictures": kilobytes(r"<svg.*?</svg>"),
    }
    return ", ".join(f"{name} {size:.0f}" for name, size in parts.items())
