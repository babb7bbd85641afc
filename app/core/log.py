"""Log files for finding faults: events and errors, never the text of chats or documents."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

_FORMAT = "%(asctime)s %(process)d %(name)s %(levelname)s %(message)s"


def start(folder: Path, name: str, level: int = logging.INFO) -> None:
    """Log this process to `folder/name.log`, 1 MB kept twice. A folder that can't be written
    costs the log, never the program."""
    root = logging.getLogger()
    root.setLevel(level)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            folder / f"{name}.log", maxBytes=1_000_000, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(handler)
    logging.raiseExceptions = False
