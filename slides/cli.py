"""The command `talk`: what was asked for, what to say, and with which exit status to end."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from demos import files
from demos.about import TOP
from demos.errors import TalkError, WrongUse
from slides import output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demos.catalogue import Demo
    from demos.script import Script

    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def main(arguments: list[str] | None = None) -> int:
    """Runs one command. Exit status: 0 done, 1 something failed (said in words), 2 wrong use."""
    try:
        status = _run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
        return status
    except TalkError as error:
        return _end(error.status, str(error))
    except KeyboardInterrupt:
        return _end(130, "stopped")
    except BrokenPipeError:
        return _end(1)
    except OSError as error:
        where = error.filename or "the output"
        return _end(1, f"{where}: {files.reason(error)}; make room, or choose another place")


def _run(arguments: list[str]) -> int:
    parser = _parser()
    ours, script = _divided(arguments)
    asked = parser.parse_args(ours)
    if asked.command is None:
        asked = parser.parse_args(["present", *ours])
    asked.script = script
    if not (TOP / "pyproject.toml").exists():
        raise TalkError(
            "it was installed without its checkout, where slides and notes are: clone the"
            " repository, and there `uv run talk`, or `pip install -e .` and `talk`"
        )
    return int(asked.run(asked))


def _end(status: int, said: str = "") -> int:
    """Says the last line."""
    if said:
        with suppress(OSError):
            print(f"talk: {said}", file=sys.stderr, flush=True)
    output.let_go_of_stdout()
    return status


def _divided(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What is ours, and what stands after `--` for a script; argparse would mix both."""
    if "--" not in arguments or arguments[0] != "demo":
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="talk",
        description="A talk with live code, and the kit to give it.",
        allow_abbrev=False,
    )
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(metavar="COMMAND", title="commands (without one: present)")
    _add_present(parser, commands)
    _add_export(commands)
    _add_demo(commands)
    _add_check(commands)
    _add_rehearse(commands)
    return parser


def _add_present(parser: argparse.ArgumentParser, commands: _Commands) -> None:
    """`talk present`, whose options `talk` alone takes as well."""
    present = commands.add_parser(
        "present",
        help="serve the deck with live demos, and JupyterLab with RISE beside it",
        allow_abbrev=False,
    )
    _add_address(parser, 8888, False)
    _add_address(present, argparse.SUPPRESS, argparse.SUPPRESS)
    present.set_defaults(run=_present, command="present")


def _add_address(parser: argparse.ArgumentParser, port: object, no_browser: object) -> None:
    """Where the talk is served and who opens it, with these defaults."""
    parser.add_argument(
        "--port",
        type=_port,
        default=port,
        help="port on this machine (default 8888, or the next free one)",
    )
    parser.add_argument(
        "--no-browser", action="store_true", default=no_browser, help="only print the address"
    )


def _add_export(commands: _Commands) -> None:
    export = commands.add_parser(
        "export", help="write the talk as one HTML file, a PDF or pictures", allow_abbrev=False
    )
    export.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        help="where to (default: `file` of [tool.talk], as .html or .pdf in build/)",
    )
    export.add_argument(
        "--notes", action="store_true", help="with the speaker notes in it (not for the public)"
    )
    export.add_argument(
        "--pdf", action="store_true", help="a PDF, one page per slide; with --notes a handout"
    )
    export.add_argument(
        "--fresh", action="store_true", help="measure everything anew, also what did not change"
    )
    export.add_argument("--images", metavar="DIR", type=Path, help="a PNG of every slide in DIR")
    export.set_defaults(run=_export, command="export")


def _add_demo(commands: _Commands) -> None:
    demo = commands.add_parser(
        "demo", help="list the demos, or run them in this terminal", allow_abbrev=False
    )
    demo.add_argument(
        "names",
        metavar="NAME",
        nargs="*",
        help="its file name, or a part of it: 01a, or what follows 01a_; with --timeline also the "
        "path of any script, its arguments after --",
    )
    demo.add_argument("--all", action="store_true", help="run all of them")
    demo.add_argument(
        "--python",
        metavar="P",
        default="",
        help="on another Python: 3.13, 3.14t (free-threaded), or a path",
    )
    demo.add_argument(
        "--timeline", action="store_true", help="run one and draw who worked and who waited when"
    )
    demo.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        help="the timeline as FILE.svg, or FILE.json for Perfetto",
    )
    demo.set_defaults(run=_demo, command="demo")


def _add_check(commands: _Commands) -> None:
    check = commands.add_parser(
        "check", help="look whether the talk can be given on this machine", allow_abbrev=False
    )
    check.add_argument(
        "--quick", action="store_true", help="what can be looked at in fifteen seconds"
    )
    check.add_argument("--json", action="store_true", help="for machines, instead of the table")
    check.set_defaults(run=_check, command="check")


def _add_rehearse(commands: _Commands) -> None:
    rehearse = commands.add_parser(
        "rehearse",
        help="the talk with the clock running; then planned against actual",
        allow_abbrev=False,
    )
    _add_address(rehearse, argparse.SUPPRESS, argparse.SUPPRESS)
    rehearse.add_argument(
        "--show", action="store_true", help="the last rehearsals beside each other"
    )
    rehearse.set_defaults(run=_rehearse, command="rehearse")


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = 0
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; choose 1024 to 65535")
    return port


def _present(asked: argparse.Namespace) -> int:
    from slides.server.app import present

    return present(port=asked.port, open_browser=not asked.no_browser)


def _check(asked: argparse.Namespace) -> int:
    from slides.check import looks, table
    from slides.check.setting import Setting

    with _Progress("looking") as progress:
        setting = Setting(quick=asked.quick, progress=progress)
        report = looks.check(setting, on_kind=lambda kind: progress(f"looking at {kind}", 0, 1))
    if asked.json:
        print(json.dumps(report.as_json(), indent=1))
    else:
        table.show(report)
    return 0 if report.can_be_given else 1


def _rehearse(asked: argparse.Namespace) -> int:
    from rich.console import Console

    from slides.rehearse import record, table

    console = Console(highlight=False)
    if asked.show:
        kept = record.kept()
        if not kept:
            raise TalkError("build/rehearsals: there is none yet; `talk rehearse` makes one")
        console.print(table.compared(kept))
        return 0
    from slides.rehearse.ongoing import Ongoing
    from slides.server.app import present

    rehearsal = Ongoing()
    status = present(asked.port, not asked.no_browser, rehearsal=rehearsal)
    if (done := rehearsal.end()).seconds:
        console.print("", table.of_one(done))
    else:
        print("talk: no slide was shown: nothing is kept", file=sys.stderr)
    return status


def _export(asked: argparse.Namespace) -> int:
    if asked.images and (asked.pdf or asked.output):
        raise WrongUse("talk export: --images goes without --pdf and -o; run it twice")
    from demos import about

    ending = ".pdf" if asked.pdf else ".html"
    path = asked.images or asked.output or Path("build") / f"{about.read().file}{ending}"
    files.check_writable(path, folder=bool(asked.images))
    from slides import export

    with _Progress() as progress:
        if asked.pdf or asked.images:
            from slides import browser

            browser.find_chromium()
        page = export.Builder(notes=asked.notes, fresh=asked.fresh, progress=progress).html()
        if asked.images:
            progress("taking a picture of every slide", 0, 1)
            count = browser.images(page, path)
            done = f"{path}: {count} pictures"
        elif asked.pdf:
            progress("printing", 0, 1)
            pages = browser.pdf(page, path, notes=asked.notes)
            done = f"{path}: {pages} pages, {path.stat().st_size / 1000:.0f} KB"
        else:
            files.write(path, page)
            done = f"{path}: {path.stat().st_size / 1000:.0f} KB, {output.room(page)}"
    print(done)
    return 0


class _Progress:
    """One moving line in a terminal; a line per thing done elsewhere."""

    def __init__(self, first: str = "building the deck") -> None:
        from rich.console import Console

        self.console = Console(stderr=True)
        self.status = self.console.status(first) if self.console.is_terminal else None
        self.last = ""

    def __enter__(self) -> Self:
        if self.status:
            self.status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.status:
            self.status.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        count = f" ({done + 1} of {total})" if total > 1 else ""
        if self.status:
            self.status.update(f"{what}{count}")
        elif what != self.last:
            print(f"talk: {what}{count}", file=sys.stderr, flush=True)
        self.last = what


def _demo(asked: argparse.Namespace) -> int:
    from demos import catalogue, script
    from demos.runs import pythons

    if asked.output and not asked.timeline:
        raise WrongUse(
            "talk demo: -o goes with --timeline; a demo's own output can be redirected with >"
        )
    programs = [script.find(name, asked.script, asked.python) for name in asked.names]
    chosen = [one for one in programs if isinstance(one, catalogue.Demo)]
    if len(chosen) < len(programs) and not asked.timeline:
        raise WrongUse(
            "talk demo: a script that is no demo is drawn, with --timeline; python alone runs it"
        )
    if len(chosen) == len(programs) and asked.script:
        raise WrongUse("talk demo: what stands after -- is for a script; a demo takes no arguments")
    if asked.all:
        chosen = catalogue.demos()
        programs = [*chosen]
    if asked.python:
        pythons.find(asked.python)
        chosen = [replace(demo, python=asked.python) for demo in chosen]
        programs = [replace(one, python=asked.python) for one in programs]
    if asked.timeline:
        return _timeline(programs, asked.output)
    if not chosen and asked.python:
        raise WrongUse("talk demo: --python goes with the name of a demo, or with --all")
    if not chosen:
        _list_demos()
        return 0
    return _run_here(chosen)


def _run_here(chosen: list[Demo]) -> int:
    """One after the other; the status of the first that failed."""
    from demos.runs import pythons, run

    failed = 0
    for demo in chosen:
        if len(chosen) > 1:
            print(f"\n{demo.name}: {demo.claim}", flush=True)
        try:
            if pythons.of(demo) != pythons.this():
                line = f"$ {pythons.command_line(demo)}  # {pythons.of(demo).name}"
                print(line, file=sys.stderr, flush=True)
            status = run.run_here(demo)
        except pythons.Missing as error:
            print(f"talk: {error}", file=sys.stderr, flush=True)
            status = error.status
        if status == 130:
            return status
        failed = failed or status
    return failed


def _timeline(programs: Sequence[Demo | Script], output: Path | None) -> int:
    from demos.script import Script
    from demos.timeline import show

    if len(programs) != 1:
        raise WrongUse(
            "talk demo: --timeline takes one demo, such as `talk demo 01a --timeline`, "
            "or one script"
        )
    (program,) = programs
    if isinstance(program, Script):
        return show.draw_script(program, output)
    return show.draw_here(program, output)


def _list_demos() -> None:
    from rich.console import Console
    from rich.table import Table

    from slides.sections import sections

    console = Console(highlight=False, soft_wrap=False)
    talk = sections()
    for section in talk:
        console.print(f"[bold]{section.number} {section.title}[/bold]")
        table = Table.grid(padding=(0, 2))
        for demo in section.demos:
            table.add_row(f"  {demo.name}", demo.claim)
        console.print(table)
    last = talk[-1].demos[-1]
    console.print(f"\nrun one: talk demo {last.id}, or {last.command}")
