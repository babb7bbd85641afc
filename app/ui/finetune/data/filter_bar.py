"""Search and filters over the review table."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QSizePolicy, QWidget

from app.services.dataset.types import Counts, Filter, Kind, Origin, Split, State
from app.ui import words
from app.ui.finetune.data import say
from app.ui.tokens import S8
from app.ui.wrap_layout import WrapLayout

_SEARCH_MS = 200
_LETTERS = 14


class FilterBar(QWidget):
    """`filter` is what is chosen; `changed` says that it is another one."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._filter = Filter()
        self._filling = False
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search rows"))
        self.search.setAccessibleName(self.tr("Search rows"))
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(140)
        self.search.setMaximumWidth(320)
        self.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_SEARCH_MS)
        self._typed.timeout.connect(self._take)
        self.search.textChanged.connect(lambda _text: self._typed.start())
        self.search.returnPressed.connect(self._take)
        self._boxes: dict[str, QComboBox] = {}
        self._any = {
            "state": self.tr("Any state"),
            "finding": self.tr("Any remark"),
            "origin": self.tr("From anywhere"),
            "split": self.tr("Both parts"),
            "label": self.tr("Any label"),
        }
        names = {
            "state": self.tr("Show by state"),
            "finding": self.tr("Show by remark"),
            "origin": self.tr("Show by where it comes from"),
            "split": self.tr("Show by part"),
            "label": self.tr("Show by label"),
        }
        layout = WrapLayout(self, S8)
        layout.addWidget(self.search)
        for key, name in names.items():
            box = QComboBox()
            box.setAccessibleName(name)
            box.setToolTip(name)
            box.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.setMinimumContentsLength(_LETTERS - 4)
            box.addItem(self._any[key], None)
            box.currentIndexChanged.connect(lambda _index: self._take())
            self._boxes[key] = box
            layout.addWidget(box)
        self.clear_button = QPushButton(self.tr("Show all"))
        self.clear_button.setAccessibleName(self.tr("Show all rows"))
        self.clear_button.setProperty("kind", "link")
        self.clear_button.clicked.connect(self.clear)
        self.clear_button.hide()
        layout.addWidget(self.clear_button)

    @property
    def filter(self) -> Filter:
        """What is wanted now."""
        return self._filter

    def show_counts(self, counts: Counts) -> None:
        """Offer what there is, with how many rows each; what is chosen stays chosen."""
        self._fill("state", State, counts.states, say.state)
        self._fill("finding", Kind, counts.findings, say.kind)
        self._fill("origin", Origin, counts.origins, say.origin)
        self._fill("split", Split, counts.splits, say.split)
        labels = [label for label in counts.labels if label]
        self._fill("label", labels, counts.labels, lambda label: label)
        if labels and counts.labels.get(""):
            box = self._boxes["label"]
            box.insertItem(1, self._counted(self.tr("No label"), counts.labels[""]), "")
        self._boxes["label"].setVisible(bool(labels))
        self._boxes["split"].setVisible(any(counts.splits.get(s) for s in Split if s))
        self._boxes["finding"].setVisible(bool(counts.findings) or self._filter.finding is not None)
        self._boxes["origin"].setVisible(len(counts.origins) > 1)

    def choose(self, **values: object) -> None:
        """Choose a filter by the fields of Filter; all others are cleared."""
        self._filling = True
        self.search.clear()
        for key, box in self._boxes.items():
            at = self._index(box, values.get(key))
            box.setCurrentIndex(at)
        self._filling = False
        self._take()

    def clear(self) -> None:
        """Show all rows."""
        self.choose()

    def _fill(
        self,
        key: str,
        kinds: Iterable[Any],
        counts: Mapping[str, int],
        said: Callable[[Any], str],
    ) -> None:
        box = self._boxes[key]
        chosen = box.currentData()
        filling, self._filling = self._filling, True
        box.clear()
        box.addItem(self._any[key], None)
        for each in kinds:
            # What is chosen stays in the list when the last row of it is gone.
            if counts.get(str(each)) or (chosen is not None and each == chosen):
                box.addItem(self._counted(said(each), counts.get(str(each), 0)), str(each))
        box.setCurrentIndex(self._index(box, chosen))
        self._filling = filling

    @staticmethod
    def _index(box: QComboBox, value: object) -> int:
        if value is None:
            return 0
        return max(0, next((n for n in range(box.count()) if box.itemData(n) == str(value)), 0))

    @staticmethod
    def _counted(text: str, count: int) -> str:
        return f"{text} ({words.number(count)})"

    def _take(self) -> None:
        if self._filling:
            return
        self._typed.stop()
        chosen = {key: box.currentData() for key, box in self._boxes.items()}
        wanted = Filter(
            text=self.search.text().strip(),
            state=State(chosen["state"]) if chosen["state"] else None,
            split=Split(chosen["split"]) if chosen["split"] is not None else None,
            origin=Origin(chosen["origin"]) if chosen["origin"] else None,
            label=chosen["label"],
            finding=Kind(chosen["finding"]) if chosen["finding"] else None,
        )
        if wanted != self._filter:
            self._filter = wanted
            self.clear_button.setVisible(wanted != dataclasses.replace(Filter()))
            self.changed.emit()
