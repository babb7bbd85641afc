"""Finding parts that are one file each: formats, embedders, devices, pages.

A plug-in package is a folder of modules; a module that defines the wanted name is a plug-in.
The installer asks `modules()` for its hidden imports, so both always agree.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

PACKAGES = (
    "app.engine.backends",
    "app.retrieval.loaders",
    "app.retrieval.embedders",
    "app.retrieval.rerankers",
    "app.services.dataset.formats",
    "app.ui.pages",
    "app.ui.finetune.steps",
)


def modules(package: str) -> list[str]:
    """Dotted names of the modules directly inside `package`, sorted; none are imported."""
    folder = importlib.import_module(package)
    return sorted(
        f"{package}.{found.name}"
        for found in pkgutil.iter_modules(folder.__path__)
        if not found.name.startswith("_")
    )


def find(package: str, attribute: str) -> list[Any]:
    """The objects called `attribute` in the modules of `package`, in order of module name."""
    imported = (importlib.import_module(name) for name in modules(package))
    return [getattr(module, attribute) for module in imported if hasattr(module, attribute)]
