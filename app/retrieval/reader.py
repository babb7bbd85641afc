"""Reading documents in a parser child that may be killed: time and crashes cost one file only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.core.errors import Cancelled, ChildDied, ChildStuck, DocumentError, TooBig
from app.core.messages import Depict, FindBoxes, FindWords, Located, Parse, Parsed, Progress
from app.core.process import Cancel, WorkerProcess
from app.retrieval.config import PARSER, RetrievalConfig

_GRACE = 0.3
_START_S = 120.0  # that the parser may take to be there, which is no document's fault
SCRATCH = "reading"
"""The folder in the library's own where the parser's temporary files are."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person said about reading a file: its password, and languages of its pictures."""

    password: str = field(default="", repr=False)
    languages: tuple[str, ...] = ()


class Reader:
    """One parser child, started when it is needed. One call at a time."""

    def __init__(self, config: RetrievalConfig) -> None:
        self._config = config
        self._seconds = config.parse_seconds
        self.up_since: float | None = None
        """When its child was first there, on time.monotonic()'s clock."""
        self._worker = WorkerProcess(
            "The document reader",
            PARSER,
            replace(config.parser, scratch=config.folder / SCRATCH),
            config.logs,
            grace=_GRACE,
        )

    def read(
        self, path: Path, cancelled: Callable[[], bool], wanted: Wanted
    ) -> Iterator[Progress | Parsed]:
        """Progress in pages where reading takes long, at last the text of a file. Errors:
        DocumentError tree, Cancelled."""
        request = Parse(str(path), wanted.password, wanted.languages)
        yield from self._ask(request, path, cancelled)

    def locate(
        self,
        path: Path,
        spans: tuple[tuple[int, int, int], ...],
        cancelled: Callable[[], bool],
        wanted: Wanted,
    ) -> Located:
        """Boxes of (page, start, end) spans. Errors: DocumentError tree, Cancelled."""
        request = FindBoxes(str(path), spans, wanted.password, wanted.languages)
        (located,) = self._ask(request, path, cancelled)
        assert isinstance(located, Located)
        return located

    def depict(self, path: Path, target: Path, cancelled: Callable[[], bool]) -> None:
        """Write the pages of a file as a PDF. Errors: NoLook, DocumentError tree, Cancelled."""
        for _ in self._ask(Depict(str(path), str(target)), path, cancelled):
            pass

    def find(self, pdf: Path, text: str, page: int, cancelled: Callable[[], bool]) -> Located:
        """Where a text stands on the pages of a PDF that `depict` made. Errors: as there."""
        (located,) = self._ask(FindWords(str(pdf), text, page), pdf, cancelled)
        assert isinstance(located, Located)
        return located

    def another(self) -> Reader:
        """One with a child of its own."""
        return Reader(self._config)

    def close(self) -> None:
        """End the child."""
        self._worker.close(patience=0.5)

    def _ask(self, request: object, path: Path, cancelled: Callable[[], bool]) -> Iterator[Any]:
        deadline = time.monotonic() + _START_S
        cancel = Cancel()
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.1):
                if cancelled() or time.monotonic() > deadline:
                    cancel.set()
                    return

        threading.Thread(target=watch, daemon=True).start()
        try:
            self._worker.start(cancel)
            self.up_since = self.up_since or time.monotonic()
            # Each page that is over gives the next one as much time again.
            deadline = time.monotonic() + self._seconds
            for event in self._worker.stream(request, cancel):
                deadline = time.monotonic() + self._seconds
                yield event
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
