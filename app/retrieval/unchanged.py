"""Whether a file on the disk is still the one that was read."""

from __future__ import annotations

from pathlib import Path

from app.core.errors import DocumentError
from app.core.files import sha256
from app.retrieval.entries import Fingerprint


def need_unchanged(path: Path, read: Fingerprint) -> None:
    """Size and date tell, and the content where they differ. Errors: DocumentError when the file is
    gone or holds something else."""
    try:
        facts = path.stat()
        same = (facts.st_size, facts.st_mtime_ns) == (read.size, read.modified)
        if not same and sha256(path) != read.sha256:
            raise DocumentError(path=path.name, reason="it changed since it was added")
    except OSError:
        raise DocumentError(path=path.name, reason="it is no longer there") from None
