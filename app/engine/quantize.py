"""Writing a model again in another type: runs the quantizer's process and cleans up after it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from app.core.errors import ChildStuck, StoreError
from app.core.messages import Progress, Quantize
from app.core.process import Cancel, WorkerProcess
from app.engine.quantizer import Write

ENTRY = "app.engine.quantizer:Worker"
_LOOK = 0.1  # seconds between looks at whether the caller has lost interest


def quantize(request: Quantize, cancelled: Callable[[], bool], logs: Path) -> Iterator[Progress]:
    """Errors: BadInput, MissingFile, NotAModel, ModelError, StoreError, ChildDied."""
    target = Path(request.target)
    temporary = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError.of(error, request.target) from error
    child = WorkerProcess("The model writer", ENTRY, None, logs, grace=0.1)
    cancel = Cancel()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK):
            if cancelled():
                cancel.set()
                return

    threading.Thread(target=watch, name="watch quantize", daemon=True).start()
    try:
        yield from child.stream(Write(request, str(temporary)), cancel)
    except ChildStuck:
        if not cancelled():
            raise
    finally:
        over.set()
        child.close(patience=0.2)
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
