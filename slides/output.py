"""What a command gives out: what fills the file it wrote, and a standard output that is shut."""

import os
import re
import sys
from contextlib import suppress


def let_go_of_stdout() -> None:
    """Where nothing can be written to it any more, Python is not to try that again at its end."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):  # it is none of the system's
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
