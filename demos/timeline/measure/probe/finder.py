"""Finds the modules that are wrapped as Python does, and wraps each as soon as it is loaded."""

from __future__ import annotations

import sys

from .log import log
from .modules import PATCHES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any


def patch_loaded() -> None:
    """Wrap what is imported already."""
    for name, patch in PATCHES.items():
        if name in sys.modules:
            patch(sys.modules[name])


class Finder:
    """The first of Python's finders: the others find, it has their modules wrapped."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A module of PATCHES as another finder finds it; None for all the rest."""
        if name not in PATCHES or name in sys.modules:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            if spec := finder.find_spec(name, path, target):
                loader: Any = _Loader(spec.loader)
                spec.loader = loader
                return spec
        return None


class _Loader:
    """Loads a module with its own loader, then patches it."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> Any:
        return self.loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        module.__spec__.loader = module.__loader__ = self.loader
        self.loader.exec_module(module)
        try:
            PATCHES[module.__name__](module)
        except AttributeError as error:  # a Python built otherwise: less is seen
            log.write("!", f"{module.__name__}: {error}")
