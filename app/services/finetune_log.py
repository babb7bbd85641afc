"""The log of a run: one JSON object a line for each update, in one or several files.

A run that goes on after a kill goes back to its last checkpoint. The log is written anew from what
the checkpoint knows: its child may have made updates that nobody was there to write down, and the
log may have lines of updates that are made again.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from app.core.errors import StoreError
from app.core.files import write_atomically
from app.core.messages import Prepared, Step, Validation


class TrainingLog:
    """Written line by line; a line whose validation loss is still to come waits for it. Errors of
    all methods: StoreError."""

    def __init__(self, paths: Sequence[Path], prepared: Prepared) -> None:
        self._files: list[TextIO] = []
        self._waiting: dict[str, Any] | None = None
        validated = {int(step): loss for step, loss in prepared.earlier_validation}
        lines = [_line(point, validated.get(int(point[0]))) for point in prepared.earlier]
        if lines and prepared.validate_every and lines[-1]["validation_loss"] is None:
            # The run may have been stopped while it measured here, and does so again now.
            self._waiting = lines.pop()
        text = "".join(json.dumps(line) + "\n" for line in lines)
        for path in paths:
            try:
                write_atomically(path, text.encode())
                self._files.append(path.open("a", encoding="utf-8"))
            except OSError as error:
                self.close()
                raise StoreError.of(error, path) from error

    def step(self, step: Step, waits: bool) -> None:
        """An update was made; waits: its validation comes next."""
        self._write()
        self._waiting = _line(
            (
                step.step,
                step.loss,
                step.gradient_norm,
                step.learning_rate,
                step.tokens,
                step.seconds,
            )
        )
        if not waits:
            self._write()

    def validation(self, found: Validation) -> None:
        """The validation loss after an update."""
        if self._waiting and self._waiting["step"] == found.step:
            self._waiting["validation_loss"] = found.loss
        self._write()

    def close(self) -> None:
        """Write what waits and close the files."""
        try:
            self._write()
        finally:
            for file in self._files:
                with contextlib.suppress(OSError):
                    file.close()

    def _write(self) -> None:
        line, self._waiting = self._waiting, None
        if line is None:
            return
        for file in self._files:
            try:
                file.write(json.dumps(line) + "\n")
                file.flush()
            except OSError as error:
                raise StoreError.of(error, Path(file.name)) from error


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a log, up to the first that is not whole; none when there is no file."""
    found: list[dict[str, Any]] = []
    try:
        with path.open(encoding="utf-8") as file:
            for text in file:
                line = json.loads(text)
                if not isinstance(line, dict) or not isinstance(line.get("step"), int):
                    break
                found.append(line)
    except (FileNotFoundError, ValueError):
        # Cut off by a kill in the middle of a line, or never begun.
        pass
    return found


def _line(point: Sequence[float], validation_loss: float | None = None) -> dict[str, Any]:
    """point: as in Prepared.earlier."""
    step, loss, gradient_norm, learning_rate, tokens, seconds = point
    return {
        "step": step,
        "loss": loss,
        "validation_loss": validation_loss,
        "gradient_norm": gradient_norm,
        "learning_rate": learning_rate,
        "tokens": tokens,
        "seconds": round(seconds, 4),
    }
