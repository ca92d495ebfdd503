"""Cells and notebooks of the small talks that tests make."""


def cell(kind: str, source: str, slide_type: str, name: str, **talk) -> dict:
    """A cell of the kind "markdown" or "code"; `talk` is what it says to the kit."""
    made = {
        "cell_type": kind,
        "id": name,
        "metadata": {"slideshow": {"slide_type": slide_type}} | ({"talk": talk} if talk else {}),
        "source": source,
    }
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def notebook(cells: list[dict]) -> dict:
    """A notebook of such cells, as Jupyter writes one."""
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
        "cells": cells,
    }
