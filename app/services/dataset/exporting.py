"""Writing rows to a file in any of the formats; the file is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.core.errors import Cancelled
from app.core.files import sync_folder
from app.core.messages import Progress
from app.core.process import Cancel
from app.services.dataset.formats._base import Format
from app.services.dataset.types import Draft, Exported, Rejected, Row

_SAY_EVERY = 500


def export(
    rows: Iterable[Row], total: int, path: Path, kind: Format, cancel: Cancel | None
) -> Iterator[Progress | Exported]:
    """Progress, at last Exported. Errors: Cancelled, OSError; `path` is then as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    left_out: list[Rejected] = []
    names: list[str] = []

    def drafts() -> Iterator[Draft]:
        for row in rows:
            names.append(row.name)
            yield row.draft

    try:
        done = 0
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as target:
            for done, problem in enumerate(kind.write(drafts(), target, path.suffix.lower()), 1):
                if problem:
                    left_out.append(Rejected(0, problem, names[-1]))
                names.clear()
                if done % _SAY_EVERY == 0:
                    if cancel is not None and cancel.is_set():
                        raise Cancelled
                    yield Progress(f"Exporting {path.name}", done, total, "rows")
            target.flush()
            os.fsync(target.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    sync_folder(path.parent)
    yield Exported(str(path), done - len(left_out), tuple(left_out))
