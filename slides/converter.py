"""nbconvert with the template of the deck; whoever only needs what is kept does not import it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from markupsafe import Markup
from nbconvert.exporters.slides import SlidesExporter
from traitlets import default

from slides.listing import highlight_code

THEME = Path(__file__).resolve().parent / "theme"


class Converter(SlidesExporter):
    """From a notebook to HTML as theme/index.html.j2 has it."""

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


def _as_lines(code: str) -> Markup:
    """The code of a cell that is shown as it is, for the template."""
    lines = highlight_code(code)
    return Markup("".join(f'<span class="line">{line}</span>' for line in lines))
