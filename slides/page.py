"""From the merged notebook to the page: nbconvert with the deck's template, styles and scripts."""

from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbconvert.exporters.slides import SlidesExporter
from nbformat import NotebookNode
from traitlets import default

from demos import about, cast
from demos.about import About
from slides import assets, lanes
from slides.listing import highlight_code

THEME = Path(__file__).resolve().parent / "theme"
SCRIPTS = (
    "steps", "typist", "edits", "code", "editor", "link", "terminal", "picture", "reload", "stage",
    "scheduler", "plan", "rehearsal", "talk",
)  # fmt: skip
"""The deck's own scripts, in the order in which they need each other."""
SERVED_SCRIPTS = ("edits", "editor", "link", "reload", "plan", "rehearsal")
"""What only the served deck has."""


class PageExporter(SlidesExporter):
    """A merged notebook as a page that needs no network."""

    page_notes = False
    page_served = False
    page_about: About | None = None
    """What the talk is; None for this checkout's."""

    @default("template_name")
    def _template_name_default(self) -> str:
        return THEME.name

    @default("extra_template_basedirs")
    def _extra_template_basedirs_default(self) -> list[str]:
        return [str(THEME.parent)]

    @default("exclude_anchor_links")
    def _exclude_anchor_links_default(self) -> bool:
        return True

    def default_filters(self) -> Iterator[tuple[str, Callable[..., object]]]:
        """nbconvert's, and the one that sets a code cell."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]  # nbconvert's
        yield "highlight_lines", _as_lines

    def from_notebook_node(  # type: ignore[override]  # nbconvert's templates give str as well
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Gives the page and nbconvert's resources."""
        resources = self._init_resources(  # type: ignore[no-untyped-call]  # nbconvert's
            resources or {}
        )
        resources["talk"] = self._page(nb)
        page, resources = super().from_notebook_node(nb, resources, **kw)
        # put in last: nbconvert parses and writes the whole page once more, which costs seconds
        # with scripts in it
        page = page.replace("<!--styles-->", self._styles(), 1).replace(
            "<!--scripts-->", self._scripts(), 1
        )
        return page, resources

    def _page(self, nb: NotebookNode) -> dict[str, object]:
        """What the template wants to know beyond the notebook."""
        minutes = nb.metadata.get("minutes", 0)
        talk = self.page_about or about.read()
        return {
            "page": {
                "served": self.page_served,
                "base": "/talk/",
                "notes": self.page_notes,
                "seconds": round(minutes * 60),
            },
            "numbers": sorted(
                {
                    number
                    for cell in nb.cells
                    if (number := cell.metadata.get("talk", {}).get("number"))
                }
            ),
            "about": talk,
            "lanes": lanes.lanes(),
            "generator": f"{talk.kit}, nbconvert {version('nbconvert')}, reveal.js",
        }

    def _styles(self) -> str:
        ours = {path.name: path.read_text("utf-8") for path in sorted(THEME.glob("*.css"))}
        styles = {**assets.styles(), "fonts": assets.fonts(), "cast": cast.css(), **ours}
        return "\n".join(f'<style data-of="{name}">{text}</style>' for name, text in styles.items())

    def _scripts(self) -> str:
        ours = [name for name in SCRIPTS if self.page_served or name not in SERVED_SCRIPTS]
        scripts = assets.scripts(self.page_notes) | {
            f"{name}.js": (THEME / f"{name}.js").read_text("utf-8") for name in ours
        }
        return "\n".join(
            f'<script data-of="{name}">{text}</script>' for name, text in scripts.items()
        )


def _as_lines(code: str) -> Markup:
    """The code of a cell that is shown as it is, for the template."""
    lines = highlight_code(code)
    return Markup("".join(f'<span class="line">{line}</span>' for line in lines))
