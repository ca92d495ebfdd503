"""The nbconvert exporter `talk`: one section, for `jupyter nbconvert --to talk`."""

from pathlib import Path
from typing import Any

from nbconvert.exporters.slides import SlidesExporter
from nbformat import NotebookNode

from demos.errors import TalkError
from slides.export import Builder
from slides.sections import sections


class TalkExporter(SlidesExporter):
    """One section as a page: `jupyter nbconvert --to talk slides/07_x.ipynb`."""

    export_from_notebook = "Talk slides"

    def from_notebook_node(  # type: ignore[override]  # nbconvert's templates give str as well
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page of the section that `nb` is on disk, and nbconvert's resources.

        Raises TalkError for what is no section of a talk.
        """
        resources = self._init_resources(resources or {})  # type: ignore[no-untyped-call]
        return _page_of(resources.get("metadata", {})), resources


def _page_of(meta: dict[str, Any]) -> str:
    path = Path(meta.get("path") or ".", f"{meta.get('name')}.ipynb").resolve()
    for section in sections(path.parent.parent):
        if section.notebook.resolve() == path:
            return Builder(path.parent.parent, only=section).html()
    raise TalkError(
        f"{path.name}: not a section of a talk; nbconvert --to talk takes slides/NN_name.ipynb"
    )
