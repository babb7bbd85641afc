"""The models that a person means on the terminal: by file, or by the name that the list shows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from app.core import paths
from app.core.errors import BadInput, MissingFile
from app.core.hubnames import all_parts

if TYPE_CHECKING:
    from app.services.models import ModelService

_MOST_FOLDERS = 20_000
_FEW_FOLDERS = 200


def here(models: ModelService, text: str | os.PathLike[str]) -> Path:
    """The file of a model on this machine: its path, or a title, a name or a file's name of one in
    the list, however its letters are written. A model in the list counts also when its file has
    gone. Errors: MissingFile; BadInput when several are called so, or one
    on a server."""
    known = models.paths()
    try:
        path = paths.existing_file(text)
    except MissingFile:
        path = Path(os.path.abspath(Path(text).expanduser()))  # noqa: PTH100 - as it is listed
        if path in known:
            return path
        found = _called(models, os.fspath(text))
        if len(found) > 1:
            places = ", ".join(map(str, found))
            raise BadInput(problem=f"Several models are called {text}: {places}.") from None
        if models.servers.named(os.fspath(text)):
            problem = f"{text} is on a server; this can be done with models on this machine."
            raise BadInput(problem=problem) from None
        if not found:
            raise
        return found[0]
    # Links are kept as the files that they lead to.
    whole = path.resolve()
    if path in known or whole not in known:
        return path
    from app.engine import projector

    # One with a vision add-on beside it sees, which the file that it leads to may not.
    return path if projector.beside(str(path)) else whole


def in_folder(folder: Path, most_folders: int = _MOST_FOLDERS) -> list[Path]:
    """The GGUF files in a folder and those below it; of a model in parts the first. What can't be
    looked into is left out."""
    found: list[Path] = []
    for number, (place, below, names) in enumerate(os.walk(folder)):
        if number >= most_folders:
            break
        below[:] = sorted(name for name in below if not name.startswith("."))
        files = [name for name in sorted(names) if name.lower().endswith(".gguf")]
        found += [Path(place, name) for name in files if all_parts(name)[:1] == (name,)]
    return found


def holds_models(folder: str) -> bool:
    """Whether there are GGUF files in what is a folder; a quick look, not into all of a disk."""
    return Path(folder).is_dir() and bool(in_folder(Path(folder), _FEW_FOLDERS))


def _called(models: ModelService, text: str) -> list[Path]:
    from app.engine import header

    wanted, titles = " ".join(text.split()).casefold(), models.notes.titles()
    named, filed = [], []
    for path in models.paths():
        if (titles.get(str(path)) or header.title(path)).casefold() == wanted:
            named.append(path)
        elif wanted in (path.name.casefold(), path.stem.casefold()):
            filed.append(path)
    return named or filed
