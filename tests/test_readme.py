"""The README's table of sections is what is there."""

import re
import tomllib

from slides import readme
from slides.sections import TOP

README = (TOP / "README.md").read_text("utf-8")


def test_table_of_sections_is_true():
    assert readme.with_table(README) == README, f"`{readme.COMMAND}` writes its table anew"


def test_the_command_writes_a_table_that_went_wrong():
    assert readme.with_table(README.replace("| Section |", "| Section | Old |")) == README
    assert readme.with_table("no table") == "no table"


def test_commands_in_the_readme_are_commands():
    from slides import cli

    parser = cli._parser()
    names = "export|demo|present|check|rehearse"
    for line in re.findall(rf"^(?:uv run )?talk ((?:{names})\b[^#\n]*)", README, re.MULTILINE):
        ours, _ = cli._divided(line.split())
        assert parser.parse_args(ours).command


def test_python_of_the_readme_is_the_one_of_the_project():
    wanted = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"][
        "requires-python"
    ]
    assert f"{wanted.removeprefix('>=')} or newer" in README
