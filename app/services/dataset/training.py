"""Rows of a dataset as the trainer takes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from app.core.types import TrainingRow
from app.services.dataset.types import TEXT, Dataset, Row, Split, TrainingData


def training_data(dataset: Dataset, rows: Iterable[Row]) -> TrainingData:
    """Usable rows in the parts of the split; all are trained on when none was made."""
    parts: dict[Split, list[TrainingRow]] = {split: [] for split in Split}
    digest = hashlib.sha256()
    for row in rows:
        ready = training_row(row)
        parts[row.split].append(ready)
        digest.update(f"{row.split}\0{ready.turns}\0{ready.text}\1".encode())
    made = bool(parts[Split.TRAIN] or parts[Split.VALIDATION])
    notes: dict[str, object] = {"dataset": dataset.name, "sha256": digest.hexdigest()}
    if made:
        notes |= {"split_seed": dataset.split_seed, "split_fraction": dataset.split_fraction}
    return TrainingData(
        train=tuple(parts[Split.TRAIN] if made else parts[Split.NONE]),
        validation=tuple(parts[Split.VALIDATION]),
        unassigned=len(parts[Split.NONE]) if made else 0,
        digest=digest.hexdigest(),
        notes=notes,
    )


def training_row(row: Row) -> TrainingRow:
    """A conversation as it is. A labelled text becomes a question, its label (or its entities as
    JSON) the answer; any other text stays text."""
    if row.turns[0].role != TEXT:
        return TrainingRow(row.name, tuple((turn.role, turn.content) for turn in row.turns))
    text = row.turns[0].content
    if row.label:
        return TrainingRow(row.name, (("user", text), ("assistant", row.label)))
    if row.spans:
        found = [{"text": text[s.start : s.end], "label": s.label} for s in row.spans]
        answer = json.dumps(found, ensure_ascii=False)
        return TrainingRow(row.name, (("user", text), ("assistant", answer)))
    return TrainingRow(row.name, text=text)
