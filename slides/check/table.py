"""The report as a table, what has to be mended once more below it."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from slides.check.looks import said_of
from slides.check.report import Line, Report, Verdict

MARKS = {
    Verdict.FINE: ("✓", "green"),
    Verdict.WARNING: ("!", "yellow"),
    Verdict.FAILURE: ("✗", "bold red"),
    Verdict.UNSEEN: ("-", "dim"),
}
"""A sign and a colour each: never colour alone."""


def show(report: Report) -> None:
    """Print it."""
    console = Console(highlight=False)
    table = Table(box=None, padding=(0, 1, 0, 0), show_header=False)
    for name, wide in (("", False), ("", False), ("", False), ("", True)):
        table.add_column(name, overflow="fold", no_wrap=not wide)
    before = ""
    for line in report.lines:
        sign, style = MARKS[line.verdict]
        of = Text(line.of if line.of != before else "", "bold")
        table.add_row(of, Text(sign, style), line.what, Text(_said(line), _tone(line)))
        before = line.of
    console.print(table)
    console.print()
    for line in report.to_mend():
        sign, style = MARKS[line.verdict]
        console.print(Text.assemble((f"{sign} ", style), (f"{line.what}: ", "bold"), line.said))
        console.print(Text(f"  {line.mend}"))
    can = "bold green" if report.can_be_given else "bold red"
    console.print(Text.assemble((said_of(report), can), f" It took {report.seconds:.0f} s."))


def _said(line: Line) -> str:
    return f"not looked at: {line.said}" if line.verdict is Verdict.UNSEEN else line.said


def _tone(line: Line) -> str:
    return "dim" if line.verdict is Verdict.UNSEEN else ""
