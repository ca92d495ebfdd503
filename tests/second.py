"""A second talk, about something else: the kit without our content, one section, two demos.

`make(folder)` writes it there as somebody would who follows the README: our slides, notes, demos
and tests of them are gone, `[tool.talk]` says another title and another cast.
"""

import json
import re
import shutil
from pathlib import Path

from notebooks import cell, notebook

CHECKOUT = Path(__file__).resolve().parent.parent
CONTENT = ("slides/[0-9]*", "speaker_notes/[0-9]*", "demos/[0-9]*", "tests/talk")
"""What of the checkout belongs to our talk; all the rest is the kit."""
FILES = ("README.md", "LICENSE", ".gitignore", ".oxlintrc.json", ".pre-commit-config.yaml")

ABOUT = """\
title = "Two clients"
description = "What becomes of a balance that two clients pay into at the same time."
minutes = 5
speaker = "Zoë Müller"
event = "A small conference"
date = 2026-11-24
url = "https://example.org/clients"
cast = ["main", "alice", "bob"]
"""

DEMO = '''"""Two clients read, then write: one of the payments is lost.

    python demos/01a_lost_payment.py

Watch the balance that both of them read, and what is left
of their two payments at the end.
"""

import signal
import time
from concurrent.futures import ThreadPoolExecutor

PAYMENTS = {"alice": 10, "bob": 20}
START = time.perf_counter()
account = {"balance": 100}


def say(name, text):
    seconds = time.perf_counter() - START
    line = f"{seconds:5.2f} {name:<11}{text}\\n"
    print(line, end="", flush=True)


def pay(name):
    balance = account["balance"]  # (1)
    say(name, f"reads {balance}")
    time.sleep(0.3)
    account["balance"] = balance + PAYMENTS[name]  # (2)
    say(name, f"writes {account['balance']}")


def main():
    with ThreadPoolExecutor() as pool:
        for name in PAYMENTS:
            pool.submit(pay, name)  # (1)
    paid = sum(PAYMENTS.values())  # (2)
    lost = 100 + paid - account["balance"]
    say("main", f"=> {lost} of {paid} are lost" if lost else
        "=> not shown here: nothing is lost")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # not on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
'''
REPAIRED = (
    DEMO.replace("read, then write: one of the payments is lost", "pay one after the other")
    .replace("01a_lost_payment", "01b_both_payments")
    .replace("the balance that both of them read, and what", "who reads what")
    .replace("of their two payments at the end.", "of their two payments at the end: all of it.")
    .replace(
        "    with ThreadPoolExecutor() as pool:\n        for name in PAYMENTS:\n",
        "    for name in PAYMENTS:\n        with ThreadPoolExecutor() as pool:\n",
    )
    .replace(
        '{lost} of {paid} are lost" if lost else', 'nothing of {paid} is lost" if not lost else'
    )
    .replace("=> not shown here: nothing is lost", "=> not shown here: something is lost")
)
DEMOS = {"01a_lost_payment": DEMO, "01b_both_payments": REPAIRED}

SLIDES = (
    # title, layout, text, cells
    ("Two clients", "title", "What becomes of a balance", ()),
    ("A balance", "section", "Both pay into one account.", ()),
    (
        "One payment is lost",
        "",
        "",
        ("%load -s pay ../demos/01a_lost_payment.py", "!python ../demos/01a_lost_payment.py"),
    ),
    ("How it was lost", "", "", ("!talk demo 01a --timeline",)),
    (
        "One after the other",
        "",
        "",
        ("%load -s main ../demos/01b_both_payments.py", "!python ../demos/01b_both_payments.py"),
    ),
    (
        "Try it at home",
        "closing",
        "- `python demos/01a_lost_payment.py`: <b class=\"alice\">alice</b> and"
        " <b class=\"bob\">bob</b> pay\n- `uv run talk`: these slides",
        (),
    ),
)  # fmt: skip

ASIDE = "Wait until the last row has found the line that this is about."
"""What the notes say of each slide, and no slide does."""


def make(top: Path) -> Path:
    """Write the second talk into the folder `top`, which is not there yet; gives `top`."""
    ours = {path for pattern in CONTENT for path in CHECKOUT.glob(pattern)}

    def left_out(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if name == "__pycache__" or Path(folder, name) in ours}

    for name in ("demos", "slides", "tests"):
        shutil.copytree(CHECKOUT / name, top / name, ignore=left_out)
    for name in (
        "README.md",
        ".gitignore",
        ".oxlintrc.json",
        "LICENSE",
        ".ci",
        ".github",
        ".pre-commit-config.yaml",
    ):
        source = CHECKOUT / name
        shutil.copytree(source, top / name) if source.is_dir() else shutil.copy(source, top)
    (top / "pyproject.toml").write_text(project(ABOUT, "clients-talk"), encoding="utf-8")
    for name, source in DEMOS.items():
        (top / "demos" / f"{name}.py").write_text(source, encoding="utf-8")
    (top / "slides" / "01_balance.ipynb").write_text(json.dumps(_notebook(), indent=1) + "\n")
    (top / "speaker_notes").mkdir()
    notes = "\n".join(f"## {title}\n\n**Say:** {title}. {ASIDE}\n" for title, *_ in SLIDES)
    (top / "speaker_notes" / "01_balance.md").write_text(f"---\nminutes: 4\n---\n\n{notes}")
    return top


def project(about: str, name: str = "some-talk") -> str:
    """The checkout's pyproject.toml with another name, and the lines `about` as [tool.talk]."""
    text = (CHECKOUT / "pyproject.toml").read_text("utf-8")
    text = re.sub(r'(\[project\]\nname = )".*?"', rf'\1"{name}"', text)
    table = re.compile(r"\[tool\.talk\]\n.*?\n(?=\[)", re.DOTALL)
    return table.sub(lambda _: f"[tool.talk]\n{about}\n", text)


def _notebook() -> dict:
    cells = []
    for number, (title, layout, text, code) in enumerate(SLIDES):
        name = re.sub(r"[^a-z]+", "-", title.lower())
        kind = "slide" if number < 2 else "subslide"
        marks = "#" if layout else "##"
        talk = {"layout": layout} if layout else {}
        cells.append(cell("markdown", f"{marks} {title}\n\n{text}".strip(), kind, name, **talk))
        cells += [
            cell("code", source, "-", f"{name}-{place}") for place, source in enumerate(code, 1)
        ]
    return notebook(cells)
