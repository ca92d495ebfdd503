"""Where the talk is found, on its last slide: an address to type, and a QR code to photograph."""

from html import escape

QUIET = 4
"""Modules of light around the code, as the standard asks for."""
SHORT = 30
"""Letters of an address that are set large."""


def figure(url: str) -> str:
    """The QR code of `url` as SVG, dark on light in both themes, with the address below it."""
    import segno

    code = segno.make(url, micro=False).svg_inline(
        border=QUIET, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None
    )
    label = f'role="img" aria-label="QR code of {escape(url)}"'
    shown = url.removeprefix("https://").removesuffix("/")
    size = "" if len(shown) <= SHORT else ' class="long"'
    return (
        f'<figure class="address">{code.replace("<svg ", f"<svg {label} ", 1)}'
        f'<figcaption{size}><a href="{escape(url)}">{escape(shown)}</a></figcaption></figure>'
    )
