"""Files to learn from, as the trainer takes them: datasets of every format, and ready batches.

What can't be used is said by line and reason; reading goes on after it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import BadInput
from app.core.types import LeftOut, TrainingRow
from app.services.dataset import detection
from app.services.dataset.training import training_row
from app.services.dataset.types import Draft, Origin, Provenance, Row, Split, State


@dataclass(frozen=True, slots=True)
class Lesson:
    """Rows of one file in its order, and what was turned away."""

    rows: tuple[TrainingRow, ...]
    left_out: tuple[LeftOut, ...] = ()


def read_data(path: Path, mapping: Mapping[str, str] | None = None) -> Lesson:
    """A dataset file, its format found by itself; rows are named by their lines. Errors: BadInput
    when no format fits or no row can be used, OSError."""
    rows, left_out = [], []
    for item in detection.detect(path).read(path, mapping or {}):
        if isinstance(item, Draft):
            rows.append(dataclasses.replace(training_row(_row(item)), name=f"line {item.line}"))
        else:
            left_out.append(LeftOut(f"line {item.line}", item.reason))
    if not rows:
        why = f" {left_out[0].name}: {left_out[0].reason}." if left_out else ""
        raise BadInput(problem=f"{path.name} holds no row that can be learnt from.{why}")
    return Lesson(tuple(rows), tuple(left_out))


def read_tokens(path: Path) -> Lesson:
    """Ready batches from JSON: {"batches": [{"tokens": [...], "labels": [...]}, ...]} or the list
    alone; labels are shifted already, -100 is not learnt. Other keys are ignored. Errors: BadInput
    naming the batch, OSError."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInput(repr(error), problem=f"{path.name} is not valid JSON.") from None
    batches = found.get("batches") if isinstance(found, dict) else found
    if not isinstance(batches, list) or not batches:
        raise BadInput(problem=f"{path.name} holds no list of batches.")
    rows = []
    for number, batch in enumerate(batches, 1):
        tokens = _numbers(batch, "tokens")
        labels = _numbers(batch, "labels")
        if not tokens or len(tokens) != len(labels):
            problem = f"{path.name}, batch {number}: needs 'tokens' and as many 'labels'."
            raise BadInput(problem=problem)
        rows.append(TrainingRow(f"batch {number}", tokens=tokens, labels=labels))
    return Lesson(tuple(rows))


def _numbers(batch: object, key: str) -> tuple[int, ...]:
    values = batch.get(key) if isinstance(batch, dict) else None
    if not isinstance(values, list):
        return ()
    # More than any vocabulary: what a 32-bit number can't hold must not reach the trainer.
    whole = (type(v) is int and abs(v) < 1 << 31 for v in values)
    return tuple(values) if all(whole) else ()


def _row(draft: Draft) -> Row:
    """As a dataset would hold it: what becomes of labels and entities is decided there."""
    return Row(
        id=0,
        dataset_id=0,
        turns=draft.turns,
        label=draft.label,
        spans=draft.spans,
        group=draft.group,
        state=State.NEW,
        split=Split.NONE,
        source=Provenance(Origin.FILE, line=draft.line),
        created=0.0,
        edited=0.0,
    )
