"""Reading documents in a parser child that may be killed: time and crashes cost one file only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.core.errors import Cancelled, ChildDied, ChildStuck, DocumentError, TooBig
from app.core.messages import FindBoxes, Located, Parse, Parsed
from app.core.process import Cancel, WorkerProcess
from app.retrieval.config import PARSER, RetrievalConfig

_GRACE = 0.3


class Reader:
    """One parser child, started when it is needed. One call at a time."""

    def __init__(self, config: RetrievalConfig) -> None:
        self._seconds = config.parse_seconds
        self._worker = WorkerProcess(
            "The document reader", PARSER, config.parser, config.logs, grace=_GRACE
        )

    def read(self, path: Path, cancelled: Callable[[], bool]) -> Parsed:
        """The text of a file. Errors: DocumentError tree, Cancelled."""
        parsed: Parsed = self._ask(Parse(str(path)), path, cancelled)
        return parsed

    def locate(
        self,
        path: Path,
        spans: tuple[tuple[int, int, int], ...],
        cancelled: Callable[[], bool],
    ) -> Located:
        """Boxes of (page, start, end) spans. Errors: DocumentError tree, Cancelled."""
        located: Located = self._ask(FindBoxes(str(path), spans), path, cancelled)
        return located

    def close(self) -> None:
        """End the child."""
        self._worker.close(patience=0.5)

    def _ask(self, request: object, path: Path, cancelled: Callable[[], bool]) -> Any:
        deadline = time.monotonic() + self._seconds
        cancel = Cancel()
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.1):
                if cancelled() or time.monotonic() > deadline:
                    cancel.set()
                    return

        threading.Thread(target=watch, daemon=True).start()
        try:
            return self._worker.ask(request, cancel)
        except ChildStuck:
            if cancelled():
                raise Cancelled from None
            raise TooBig(path=path.name, reason="reading it took too long") from None
        except ChildDied as error:
            raise DocumentError(
                error.detail, path=path.name, reason="it made the document reader fail"
            ) from None
        finally:
            done.set()
