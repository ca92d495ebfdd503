"""The README's table of sections is what is there."""

import re
import tomllib

import pytest

from demos import catalogue
from slides import deck
from slides.sections import TOP, sections, slot

README = (TOP / "README.md").read_text("utf-8")
SECTIONS = sections()


def rows() -> list[list[str]]:
    """The cells of the table under "The talk"."""
    table = README.partition("## The talk")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def expected() -> list[list[str]]:
    table = []
    for section in SECTIONS:
        slides = deck.slides_of(section, deck.read(section))
        title = next(slide.title for slide in slides if slide.layout == "section")
        demos = " ".join(f"`{demo.id}`" for demo in section.demos)
        table.append(
            [f"{section.number} {title}", str(len(slides)), demos, f"{section.notes.minutes:g}"]
        )
    total = [
        str(sum(int(row[1]) for row in table)),
        str(len(catalogue.demos())),
        f"{sum(float(row[3]) for row in table):g}",
    ]
    return [*table, ["all", *total]]


def test_table_of_sections_is_true():
    assert rows() == expected()


def test_talk_fits_its_slot():
    assert 30 <= sum(section.notes.minutes for section in SECTIONS) <= slot()


def test_talk_has_the_size_that_was_asked_for():
    assert 35 <= sum(int(row[1]) for row in expected()[:-1]) <= 50


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"demos/(\d\d[a-z]_\w+)\.py", README)) - {"09a_name"})
)
def test_demos_named_in_the_readme_exist(name):
    assert catalogue.find(name).name == name


def test_commands_in_the_readme_are_commands():
    from slides import cli

    parser = cli._parser()
    for line in re.findall(
        r"^(?:uv run )?talk (export[^#\n]*|demo[^#\n]*|present[^#\n]*)", README, re.MULTILINE
    ):
        ours, _ = cli._divided(line.split())
        assert parser.parse_args(ours).command


def test_python_of_the_readme_is_the_one_of_the_project():
    wanted = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"][
        "requires-python"
    ]
    assert f"{wanted.removeprefix('>=')} or newer" in README
