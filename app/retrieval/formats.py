"""Which loader reads a file, told by its suffix; and which files of a folder are documents."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from app.core import plugins
from app.retrieval.loaders._base import Loader

_LEAST_PICTURE = 8192
PACKAGE = "app.retrieval.loaders"
_SKIPPED_FOLDERS = {"node_modules", "__pycache__"}


@functools.cache
def _loaders() -> dict[str, Loader]:
    found: list[Loader] = plugins.find(PACKAGE, "LOADER")
    return {suffix: loader for loader in found for suffix in loader.suffixes}


def suffixes() -> tuple[str, ...]:
    """All suffixes that can be read, sorted, lower case, with the dot."""
    return tuple(sorted(_loaders()))


def loader_for(path: Path) -> Loader | None:
    """The loader of a file's format; None when it can't be read."""
    return _loaders().get(path.suffix.lower())


def kind_of(path: Path) -> str:
    """The format's kind; the bare suffix when it can't be read."""
    loader = loader_for(path)
    return loader.kind if loader else path.suffix.lower().lstrip(".")


def walk(path: Path) -> Iterator[Path]:
    """`path` itself when it is a file, whatever its format; else the readable documents below it,
    sorted, without hidden ones and without following links to folders."""
    if not path.is_dir():
        yield path
        return
    yield from documents(path, lambda _error: None)


def documents(path: Path, failed: Callable[[OSError], None]) -> Iterator[Path]:
    """The readable documents below a folder, as `walk` has them. failed: told of folders that
    can't be looked into."""
    for folder, folders, names in os.walk(path, onerror=failed):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in _SKIPPED_FOLDERS
        )
        for name in sorted(names):
            file = Path(folder) / name
            if not name.startswith((".", "~$")) and _is_document(file):
                yield file


def _is_document(file: Path) -> bool:
    loader = loader_for(file)
    if loader is None or not file.is_file():
        return False
    # Smaller pictures are icons and the like, which would only be listed as without text.
    return loader.kind != "image" or file.stat().st_size >= _LEAST_PICTURE
