"""An index of files that are asked about once from the terminal, beside the person's library.

The index of a set of paths is kept in the profile, so that a second question costs no reading;
only the last few are kept. When another process uses it, a temporary one serves.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.core.lock import FileLock
from app.core.paths import Profile, existing
from app.core.process import Cancel
from app.services.children import retrieval_process
from app.services.embedding import EmbedderService
from app.services.library import LibraryService
from app.services.preferences import SettingsService, picture_languages

_KEPT = 5
_COLLECTION = "Documents"


@contextlib.contextmanager
def opened(profile: Profile, paths: Sequence[str]) -> Iterator[tuple[LibraryService, list[str]]]:
    """A library service over an index for these files and folders, not brought up to date yet.

    Gives it with the absolute paths. Errors: MissingFile for a path that isn't there, OSError.
    """
    absolute = [str(existing(path)) for path in paths]
    key = hashlib.sha256("\0".join(sorted(absolute)).encode()).hexdigest()[:16]
    folder = profile.adhoc / key
    lock = FileLock(profile.adhoc / f"{key}.lock")
    if not lock.acquire():
        folder = Path(tempfile.mkdtemp(prefix="loam-"))
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    worker = retrieval_process(profile, folder)
    settings = SettingsService(profile.settings)
    languages = picture_languages(settings.current.picture_languages)
    chosen = settings.current.reranker
    try:
        # Kept with another model, it is built anew here: its texts are few.
        for _event in EmbedderService(worker, settings).build():
            pass
        yield LibraryService(worker, lambda: languages, lambda: chosen), absolute
    finally:
        worker.close(patience=10.0)
        if profile.adhoc not in folder.parents:
            shutil.rmtree(folder, ignore_errors=True)
        lock.release()
        _forget_old(profile.adhoc)


def update(
    library: LibraryService, paths: Sequence[str], cancel: Cancel | None = None
) -> Iterator[object]:
    """Read what is new or changed and forget what is gone; yields as LibraryService.add."""
    collection = library.named(_COLLECTION)
    gone = [file.id for file in library.files(collection.id) if not Path(file.path).exists()]
    if gone:
        library.remove(collection.id, gone)
    yield from library.add(collection.id, paths, cancel)


def _forget_old(folder: Path) -> None:
    indexes = sorted(
        (p for p in folder.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime, reverse=True
    )
    for old in indexes[_KEPT:]:
        lock = FileLock(folder / f"{old.name}.lock")
        if lock.acquire():
            shutil.rmtree(old, ignore_errors=True)
            lock.release()
            (folder / f"{old.name}.lock").unlink(missing_ok=True)
