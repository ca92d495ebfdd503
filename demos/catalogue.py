"""Which demos there are; the file names are the list.

`07a_lost_update.py` is demo `07a` of section `07`.
"""

import ast
import difflib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from demos import files
from demos.errors import TalkError, WrongUse, in_one_line

FOLDER = Path(__file__).resolve().parent
STAGE_NAME = re.compile(r"(?P<id>(?P<section>\d\d)[a-z])_(?P<title>[a-z0-9_]+)")


@dataclass(frozen=True)
class Demo:
    """One demo on stage; `name` is its file name without the ending, such as `07a_lost_update`."""

    name: str
    path: Path
    python: str = ""
    """The Python it is asked to run on, such as `3.13`; empty for one that it fits."""

    @property
    def key(self) -> str:
        """What its runs are known by: the name, and the Python it is asked to run on."""
        return f"{self.name}@{self.python}" if self.python else self.name

    @property
    def id(self) -> str:
        """The short name: `07a`."""
        return self.name.partition("_")[0]

    @property
    def section(self) -> str:
        """The number of its section: `07`."""
        return self.name[:2]

    @property
    def title(self) -> str:
        """The name without its number: `lost_update`."""
        return self.name.partition("_")[2]

    @property
    def command(self) -> str:
        """What somebody types to run it, from the top folder of the checkout."""
        return f"python demos/{self.name}.py"

    @property
    def source(self) -> str:
        """The file as it is now; it may be edited while the talk runs.

        Raises TalkError where it can't be read.
        """
        return files.read_text(self.path, self.where)

    @property
    def where(self) -> str:
        """The file as errors name it."""
        return f"demos/{self.path.name}"

    @cached_property
    def claim(self) -> str:
        """The first line of its docstring: what it shows; in brackets, why that can't be told."""
        try:
            docstring = ast.get_docstring(ast.parse(self.source)) or ""
        except SyntaxError as error:
            return f"(syntax error in line {error.lineno})"
        except (TalkError, ValueError, RecursionError, MemoryError) as error:
            return f"({str(error).removeprefix(f'{self.where}: ') or 'nested too deeply'})"
        return in_one_line(docstring.partition("\n")[0])


def demos(folder: Path = FOLDER) -> list[Demo]:
    """All demos of `folder` in the order of the stage.

    Raises TalkError for a file that starts with a digit but is not named like a demo, or that
    takes the short name of another.
    """
    found: list[Demo] = []
    for path in sorted(folder.glob("[0-9]*.py")):
        if not STAGE_NAME.fullmatch(path.stem):
            raise TalkError(f"demos/{path.name}: a demo is named like 01a_some_words.py; rename it")
        if found and found[-1].id == path.stem.partition("_")[0]:
            raise TalkError(
                f"demos/{path.name}: {found[-1].id} is already demos/{found[-1].path.name}; "
                "choose another letter"
            )
        found.append(Demo(path.stem, path))
    return found


def find(query: str, folder: Path = FOLDER) -> Demo:
    """The demo that `query` names: `07a`, `lost_update` or `07a_lost_update`, also with `.py`.

    Raises WrongUse with the nearest names when there is none.
    """
    wanted = query.removesuffix(".py")
    everything = demos(folder)
    for demo in everything:
        if wanted in (demo.name, demo.id, demo.title):
            return demo
    names = {alias: demo.name for demo in everything for alias in (demo.name, demo.id, demo.title)}
    near = dict.fromkeys(
        names[alias] for alias in difflib.get_close_matches(wanted, names, n=4, cutoff=0.5)
    )
    hint = f"did you mean {' or '.join(near)}?" if near else "`talk demo` lists them"
    raise WrongUse(f"no demo is called {query!r}: {hint}")
