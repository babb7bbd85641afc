"""Labelling, one text at a time. Being built."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.services.dataset.service import DatasetService
from app.services.dataset.types import Filter
from app.ui.context import Context


class AnnotateView(QWidget):
    closed = Signal()

    def __init__(self, context: Context, service: DatasetService) -> None:
        super().__init__()

    def begin(self, dataset_id: int, wanted: Filter) -> None:
        """Begin with the rows that the filter lets through."""
        self.closed.emit()
