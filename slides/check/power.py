"""What could make the screen go dark: the battery, saving of power, the lock of the screen."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from slides.check.report import Line, Of
from slides.check.setting import Setting

SUPPLIES = Path("/sys/class/power_supply")
PATIENCE = 5.0
"""Seconds that a tool of the desktop may take."""
DESKTOP = ("DISPLAY", "WAYLAND_DISPLAY")
"""One of these is set where there is a desktop."""
SCREEN = "screen and sleep"
AWAKE = "`gnome-session-inhibit --inhibit idle uv run talk`, or turn it off in the settings"

of = Of("power")


def look(setting: Setting) -> Iterator[Line]:
    """Battery, then what the desktop says of its screen."""
    yield _battery()
    yield from _screen()


def _battery() -> Line:
    batteries = [one for one in _supplies("Battery") if _read(one / "scope") != "Device"]
    if not SUPPLIES.is_dir():
        return of.unseen("battery", f"this system does not tell it in {SUPPLIES}")
    if not batteries:
        return of.fine("battery", "there is none: it runs from the mains")
    state, charge = (_read(batteries[0] / name) for name in ("status", "capacity"))
    said = f"{state.lower()}, {charge} %"
    if state == "Discharging":
        return of.warning("battery", said, "plug it in")
    return of.fine("battery", said)


def _supplies(kind: str) -> list[Path]:
    return [one for one in sorted(SUPPLIES.glob("*")) if _read(one / "type") == kind]


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        return ""


def _screen() -> Iterator[Line]:
    if not any(os.environ.get(name) for name in DESKTOP):
        yield of.unseen(SCREEN, "no desktop can be seen from here", "look in its settings")
        return
    if kept := _kept_awake():
        yield of.fine(SCREEN, f"kept awake by {kept}")
        return
    found = [*_gnome(), *_x11()]
    if not found:
        yield of.unseen(
            SCREEN, "this desktop answers neither gsettings nor xset", "look in its settings"
        )
    yield from found


def _kept_awake() -> str | None:
    """Who keeps the session from being idle, as systemd has it."""
    answer = _ask("systemd-inhibit", "--list", "--no-legend", "--no-pager", "--what=idle")
    lines = [line for line in (answer or "").splitlines() if re.search(r"\bblock\b", line)]
    return lines[0].split()[0] if lines else None


def _gnome() -> Iterator[Line]:
    """What GNOME, Cinnamon and others with its settings will do by themselves."""
    delay = _setting("org.gnome.desktop.session", "idle-delay")
    if delay is None:
        return
    after = int(re.sub(r"\D", "", delay.removeprefix("uint32")) or 0)
    locks = _setting("org.gnome.desktop.screensaver", "lock-enabled") == "true"
    if after:
        dark = "goes dark and locks" if locks else "goes dark"
        yield of.warning("screen", f"{dark} after {after / 60:g} min without a key", AWAKE)
    else:
        yield of.fine("screen", "stays on")
    power = "org.gnome.settings-daemon.plugins.power"
    for where, words in (("ac", "plugged in"), ("battery", "on battery")):
        kind = (_setting(power, f"sleep-inactive-{where}-type") or "").strip("'")
        seconds = int(_setting(power, f"sleep-inactive-{where}-timeout") or 0)
        if kind not in ("", "nothing") and seconds:
            said = f"{words}: {kind} after {seconds / 60:g} min without a key"
            yield of.warning("sleep", said, AWAKE)
        elif kind:
            yield of.fine("sleep", f"{words}: none by itself")


def _x11() -> Iterator[Line]:
    answer = _ask("xset", "q") if os.environ.get("DISPLAY") else None
    if answer is None:
        return
    saver = re.search(r"timeout: +(\d+)", answer)
    off = re.search(r"Standby: +(\d+) +Suspend: +(\d+) +Off: +(\d+)", answer)
    times = [int(saver[1])] if saver else []
    if off and "DPMS is Enabled" in answer:
        times += [int(seconds) for seconds in off.groups()]
    dark = [seconds for seconds in times if seconds]
    if dark:
        said = f"X11 turns it dark after {min(dark) / 60:g} min without a key"
        yield of.warning("screen", said, "`xset s off -dpms` until the talk is over")
    else:
        yield of.fine("screen", "X11 leaves it on")


def _setting(schema: str, key: str) -> str | None:
    return _ask("gsettings", "get", schema, key)


def _ask(*command: str) -> str | None:
    """What a tool says; None where there is none, or where it does not do well."""
    if not shutil.which(command[0]):
        return None
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=True, errors="replace"
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
