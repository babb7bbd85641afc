"""How much there is to learn from, for one line above Start."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.core.errors import LoamError
from app.services.dataset.service import DatasetService
from app.services.dataset.types import Filter, Split
from app.ui import words


def counted(datasets: DatasetService, dataset_id: int) -> tuple[int, int]:
    """(rows to learn from, rows held back); rows in neither part of a split are not learnt."""
    if not dataset_id:
        return 0, 0
    try:
        usable = datasets.get(dataset_id).usable
        held = datasets.count(dataset_id, Filter(usable=True, split=Split.VALIDATION))
        train = datasets.count(dataset_id, Filter(usable=True, split=Split.TRAIN))
    except LoamError:
        return 0, 0
    return (train, held) if train or held else (usable, 0)


def said(train: int, held: int) -> str:
    """'48 rows to learn from, 12 held back to measure on.'"""
    text = _tr("{n} rows to learn from").replace("{n}", words.number(train))
    if not held:
        return text + _tr(". None are held back, so there will be no validation curve.")
    more = _tr("{n} held back to measure on").replace("{n}", words.number(held))
    return f"{text}, {more}."


def _tr(text: str) -> str:
    return QCoreApplication.translate("training", text)
