"""Log files for finding faults: events and errors, never the text of chats or documents."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path

_FORMAT = "%(asctime)s %(process)d %(name)s %(levelname)s %(message)s"
_LONGEST = 1_000_000  # bytes


class _Rotating(logging.FileHandler):
    """As logging.handlers has one; that module imports sockets and queues, which takes a window
    that starts as long as its theme."""

    def emit(self, record: logging.LogRecord) -> None:
        # On a full disk even asking for the place in the file fails: it writes what is left first.
        with contextlib.suppress(OSError):
            if self.stream is not None and self.stream.tell() > _LONGEST:
                self.close()
                Path(self.baseFilename).replace(f"{self.baseFilename}.1")
        super().emit(record)


def start(folder: Path, name: str, level: int = logging.INFO) -> None:
    """Log this process to `folder/name.log`, 1 MB kept twice. A folder that can't be written
    costs the log, never the program."""
    root = logging.getLogger()
    root.setLevel(level)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = _Rotating(folder / f"{name}.log", encoding="utf-8", delay=True)
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(handler)
    logging.raiseExceptions = False
