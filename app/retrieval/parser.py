"""The parser child: extracts one document at a time, with capped memory.

It may crash, hang or run out of memory on a hostile file; whoever started it kills it, reports
that one file and starts another. Limits: the cap on memory holds only where the system has one.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core.errors import DocumentError, LoamError, NoLook, TooBig
from app.core.messages import (
    Depict,
    Depicted,
    FindBoxes,
    FindWords,
    Located,
    Parse,
    Parsed,
    Progress,
)
from app.retrieval import contents, wordsearch
from app.retrieval.config import ParserConfig
from app.retrieval.loaders import _pages, _picture
from app.retrieval.loaders._base import Loader, Reading

_log = logging.getLogger(__name__)


class Worker:
    """Handler of Parse, FindBoxes, Depict and FindWords."""

    parallel = 1

    def __init__(self, config: ParserConfig) -> None:
        _cap_memory(config.memory_bytes)
        self._scratch = config.scratch
        # The native log libraries of the parsers would name documents.
        logging.getLogger("charset_normalizer").setLevel(logging.ERROR)

    def handle(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        """Yield the events of a request. Errors: DocumentError tree."""
        path = Path(request.path)
        if isinstance(request, FindWords):
            with failures_named(path):
                yield _find(path, request.text, request.page)
            return
        with failures_named(path):
            loader, note = contents.loader_of(path)
        match request:
            case Parse(password=password, languages=languages):
                for event in self._parse(loader, path, password, languages):
                    yield _noted(event, note)
            case FindBoxes(spans=spans, password=password, languages=languages):
                reading = Reading(password, languages, self._scratch)
                with failures_named(path):
                    yield Located(loader.locate(path, spans, reading) if loader.locate else ())
            case Depict(target=target):
                with failures_named(path):
                    _depict(loader, path, Path(target), self._scratch)
                yield Depicted()
            case _:
                raise TypeError(f"not for the parser: {type(request).__name__}")

    def _parse(
        self, loader: Loader, path: Path, password: str, languages: tuple[str, ...]
    ) -> Iterator[Progress | Parsed]:
        """The loader works in a thread, so that what it says of its progress is heard at once."""
        heard: queue.SimpleQueue[Progress | Parsed | Exception] = queue.SimpleQueue()

        def tell(done: int, total: int) -> None:
            heard.put(Progress(path.name, done, total, "pages"))

        def work() -> None:
            try:
                with failures_named(path):
                    heard.put(loader.parse(path, Reading(password, languages, self._scratch, tell)))
            except Exception as error:
                heard.put(error)

        threading.Thread(target=work, daemon=True).start()
        while isinstance(event := heard.get(), Progress):
            yield event
        if isinstance(event, Exception):
            raise event
        yield event

    def close(self) -> None:
        """Nothing is open between requests."""


@contextlib.contextmanager
def failures_named(path: Path) -> Iterator[None]:
    """What a format's library raises becomes a DocumentError: the file is what failed."""
    try:
        yield
    except LoamError:
        raise
    except FileNotFoundError:
        raise DocumentError(path=path.name, reason="it is no longer there") from None
    except PermissionError:
        raise DocumentError(path=path.name, reason="you may not open it") from None
    except MemoryError:
        raise TooBig(path=path.name, reason="it needs too much memory") from None
    except Exception as error:
        _log.warning("A document could not be read: %s", type(error).__name__)
        raise DocumentError(repr(error), path=path.name, reason="it seems damaged") from error


def _noted(event: Progress | Parsed, note: str) -> Progress | Parsed:
    """With what is to be said of the file besides what its loader says."""
    if note and isinstance(event, Parsed):
        return replace(event, note=" ".join(filter(None, (note, event.note))))
    return event


def _depict(loader: Loader, path: Path, target: Path, scratch: Path | None) -> None:
    """Write the pages of a document as a PDF. Errors: NoLook, DocumentError."""
    if loader.kind == "image":
        _picture.write_pdf(path, target)
    elif loader.kind in _pages.KINDS:
        _pages.write_pdf(path, target, scratch)
    else:
        raise NoLook(path=path.name, reason="such files have no pages")


def _find(path: Path, text: str, page: int) -> Located:
    """Boxes of a text on the pages of a PDF of ours."""
    from app.retrieval.loaders import pdf

    words = [one.text for one in pdf.load(path).pages]
    return Located(pdf.locate(path, tuple(wordsearch.find(words, text, page))))


def _cap_memory(limit: int) -> None:
    if not limit:
        return
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        bound = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
