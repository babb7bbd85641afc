"""What the dataset is made of, in chips that show the rows they count."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from app.services.dataset.types import Counts, Dataset, Kind, Origin, Split, State
from app.ui import words
from app.ui.finetune.data import say
from app.ui.tokens import S4, S8
from app.ui.wrap_layout import WrapLayout

_MOST_LABELS = 8


class Summary(QWidget):
    """`chosen` says which field of Filter to set to what; ('', None) for all rows."""

    chosen = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self._chips = QWidget()
        self._row = WrapLayout(self._chips, S8)
        self._warnings = QLabel()
        self._warnings.setProperty("kind", "warning")
        self._warnings.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(S4)
        layout.addWidget(self._chips)
        layout.addWidget(self._warnings)

    @property
    def texts(self) -> list[str]:
        """What the chips say."""
        found = (self._row.itemAt(n) for n in range(self._row.count()))
        widgets = (item.widget() for item in found if item is not None)
        return [w.text() for w in widgets if isinstance(w, QPushButton)]

    def show_counts(
        self, dataset: Dataset, counts: Counts, checked: bool, warnings: Sequence[str]
    ) -> None:
        """checked: whether the checks have run over these rows; warnings: about the labels."""
        self._row.clear()
        self._chip(say.rows(dataset.rows), "", None)
        rejected = counts.states.get(State.REJECTED, 0)
        waiting = dataset.rows - dataset.usable - rejected
        if waiting > 0 and counts.origins.get(Origin.MODEL):
            text = self.tr("{n} written by a model, to check")
            self._chip(text.replace("{n}", words.number(waiting)), "origin", Origin.MODEL)
        if rejected:
            text = self.tr("{n} rejected").replace("{n}", words.number(rejected))
            self._chip(text, "state", State.REJECTED)
        for part in (Split.TRAIN, Split.VALIDATION):
            if counts.splits.get(part):
                text = f"{say.split(part)}: {words.number(counts.splits[part])}"
                self._chip(text, "split", part)
        for kind in Kind:
            if counts.findings.get(kind):
                chip = self._chip(
                    f"{say.kind(kind)}: {words.number(counts.findings[kind])}", "finding", kind
                )
                chip.setToolTip(say.about_kind(kind))
        if checked and not counts.findings:
            clean = QLabel(self.tr("The checks found nothing"))
            clean.setProperty("kind", "hint")
            self._row.addWidget(clean)
        self._labels(counts)
        self._warnings.setText("  ".join(warnings))
        self._warnings.setVisible(bool(warnings))
        self._chips.updateGeometry()

    def _labels(self, counts: Counts) -> None:
        labels = {label: n for label, n in counts.labels.items() if label}
        total = sum(labels.values())
        for label, number in list(labels.items())[:_MOST_LABELS]:
            share = round(100 * number / total)
            self._chip(f"{label}: {words.number(number)} ({share} %)", "label", label)
        if (more := len(labels) - _MOST_LABELS) > 0:
            rest = QLabel(self.tr("and {n} more labels").replace("{n}", words.number(more)))
            rest.setProperty("kind", "hint")
            self._row.addWidget(rest)

    def _chip(self, text: str, key: str, value: object) -> QPushButton:
        chip = QPushButton(text)
        chip.setProperty("kind", "chip")
        chip.setAccessibleName(self.tr("Show: {what}").replace("{what}", text))
        chip.clicked.connect(lambda: self.chosen.emit(key, value))
        self._row.addWidget(chip)
        return chip
