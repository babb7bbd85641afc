"""Chroma in a folder of the library: a cache of its vectors, thrown away when it fails."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_VOID = "void"


class Here:
    """folder: where Chroma's folders may be; identity: the library's, and model: what its vectors
    are made by now, so that a Chroma made from others is never used. One process a folder."""

    checked = False

    def __init__(self, folder: Path, identity: str, model: Callable[[], str] = str) -> None:
        self._folder = folder
        self._identity = identity
        self._model = model

    @property
    def _prefix(self) -> str:
        digest = hashlib.sha256(self._model().encode()).hexdigest()[:8]
        return f"chroma-{self._identity}-{digest}-"

    def settings(self) -> dict[str, Any]:
        """How collections are made."""
        return {"space": "cosine", "sync_threshold": 20_000, "ef_search": 200}

    def name(self, collection_id: int) -> str:
        """Chroma wants three characters at least."""
        return f"collection-{collection_id}"

    def owns(self, _name: str) -> bool:
        """Nobody else is there."""
        return True

    def is_new(self) -> bool:
        """Whether `open` will begin with an empty one."""
        return self._usable() is None

    def void(self) -> None:
        """Nothing of it can be used."""
        for old in self._folders():
            (old / _VOID).touch()

    def remove(self) -> None:
        """Free the disk, when it is not open."""
        self.void()
        for old in self._folders():
            shutil.rmtree(old, ignore_errors=True)

    def open(self) -> Any:
        """A client whose collections all answer. Errors: whatever Chroma raises."""
        import chromadb
        from chromadb.config import Settings

        folder = self._usable()
        for old in self._folders():
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)
        if folder is None:
            folder = self._folder / f"{self._prefix}{time.time_ns()}"
            folder.mkdir(mode=0o700)
        # Should opening take the process down, the next start finds this mark and begins anew.
        (folder / _VOID).touch()
        client = chromadb.PersistentClient(folder, Settings(anonymized_telemetry=False))
        for known in client.list_collections():
            found = client.get_collection(known.name, embedding_function=None)
            if found.count():
                any_vector = found.get(limit=1, include=["embeddings"])["embeddings"]
                found.query(query_embeddings=any_vector, n_results=1, include=["distances"])
        (folder / _VOID).unlink()
        return client

    def close(self, client: Any) -> None:
        """Let go of it."""
        client.close()

    def _usable(self) -> Path | None:
        good = (
            old
            for old in self._folders()
            if old.name.startswith(self._prefix) and not (old / _VOID).exists()
        )
        return next(good, None)

    def _folders(self) -> list[Path]:
        return sorted(self._folder.glob("chroma-*"))
