"""The nbconvert exporter `talk`: one section, for `jupyter nbconvert --to talk`."""

from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from demos import about
from demos.errors import TalkError
from slides.export import Builder
from slides.page import PageExporter
from slides.sections import sections


class TalkExporter(PageExporter):
    """One section as a page: `jupyter nbconvert --to talk slides/07_x.ipynb`."""

    export_from_notebook = "Talk slides"

    def from_notebook_node(  # type: ignore[override]  # nbconvert's templates give str as well
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Puts everything in place, then converts it: `nb` is a section as it is on disk.

        Gives the page and nbconvert's resources. Raises TalkError for what is no section of a talk.
        """
        meta = (resources or {}).get("metadata", {})
        path = Path(meta.get("path") or ".", f"{meta.get('name')}.ipynb").resolve()
        deck = _as_deck(path)
        self.page_about = about.read(path.parent.parent)
        return super().from_notebook_node(deck, resources, **kw)


def _as_deck(path: Path) -> NotebookNode:
    for section in sections(path.parent.parent):
        if section.notebook.resolve() == path:
            return Builder(path.parent.parent, only=section).notebook()
    raise TalkError(
        f"{path.name}: not a section of a talk; nbconvert --to talk takes slides/NN_name.ipynb"
    )
