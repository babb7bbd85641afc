"""Labelling, one text at a time: number keys choose, Enter goes on, Backspace goes back.

A label stands for the whole row; an entity is a passage of its first text. What was chosen is
stored before the next text is shown.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import LoamError
from app.services.dataset.service import DatasetService
from app.services.dataset.types import TEXT, Filter, Row, Span
from app.ui import words
from app.ui.context import Context
from app.ui.finetune.data import say
from app.ui.finetune.data.label_bar import LabelBar
from app.ui.finetune.data.span_text import SpanText
from app.ui.finetune.labels import text_label
from app.ui.tokens import READING_WIDTH, S8, S12, S16, S24

_LOOKED_AT, _TALL = 500, 440


class AnnotateView(QWidget):
    """Works on the rows of one dataset that a filter lets through."""

    closed = Signal()

    def __init__(self, context: Context, service: DatasetService) -> None:
        super().__init__()
        self._context = context
        self._service = service
        self._dataset_id = 0
        self._wanted = Filter()
        self._ids: list[int] = []
        self._place = 0
        self._row: Row | None = None
        self._undone_to: list[int] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.back_button = self._button(self.tr("Back to the rows"), self.closed.emit, "quiet")
        self.progress = QLabel()
        self.progress.setProperty("kind", "strong")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Labelled so far"))
        self.whole = self._button(self.tr("The whole text"), None, "quiet")
        self.passages = self._button(self.tr("Passages in it"), None, "quiet")
        for mode in (self.whole, self.passages):
            mode.setCheckable(True)
        self.whole.setChecked(True)
        group = QButtonGroup(self)
        group.addButton(self.whole)
        group.addButton(self.passages)
        group.buttonToggled.connect(lambda _button, on: self.step(0) if on else None)
        self.text = SpanText(context.theme)
        self.labels = LabelBar()
        self.labels.chosen.connect(self.choose)
        self.labels.changed.connect(self._labels_changed)
        self.labels.renamed.connect(self._rename)
        self._entities = text_label("", "hint")
        self.undo_button = self._button(self.tr("Undo"), self.undo)
        self.before_button = self._button(self.tr("Text before"), lambda: self.step(-1))
        self.next_button = self._button(self.tr("Next text"), lambda: self.step(1))
        self.undo_button.setToolTip(self.tr("Take the last label back (Ctrl+Z)"))
        self.before_button.setToolTip(self.tr("Backspace or K"))
        self.next_button.setToolTip(self.tr("Enter or J"))
        self._lay_out()

    @property
    def row(self) -> Row | None:
        """The row shown."""
        return self._row

    def begin(self, dataset_id: int, wanted: Filter) -> None:
        """Begin with the first row without a label among those that the filter lets through."""
        self._dataset_id, self._wanted = dataset_id, wanted
        self._undone_to = []
        try:
            self._ids = self._service.ids(dataset_id, wanted)
            counts = self._service.counts(dataset_id)
            looked = self._service.rows(self._ids[:_LOOKED_AT])
            open_ids = self._service.ids(dataset_id, dataclasses.replace(wanted, label=""))
        except LoamError as error:
            self._context.notices.show(error)
            self.closed.emit()
            return
        entities = [span.label for row in looked for span in row.spans]
        kept = [line for line in self._context.memory.text(self._key).split("\n") if line]
        used = [label for label in counts.labels if label]
        self.passages.setChecked(bool(entities) and not used)
        self.labels.show_labels([*kept, *used, *dict.fromkeys(entities)], "")
        without = next((n for n, row_id in enumerate(self._ids) if row_id in set(open_ids[:1])), 0)
        self._place = 0 if self.passages.isChecked() else without
        self._show()
        self.setFocus()
        if not self.labels.labels:
            self.labels.field.setFocus()

    def choose(self, label: str) -> None:
        """Give the text, or the passage that is selected, a label; '' takes it away."""
        row = self._row
        if row is None:
            return
        if self.passages.isChecked():
            self._choose_span(row, label)
        elif self._do(lambda: self._service.set_label(row.dataset_id, [row.id], label)):
            self._undone_to.append(row.id)
            if label:
                self.step(1)
            else:
                self._show()

    def step(self, by: int) -> None:
        """Go on (1) or back (-1)."""
        self._place = min(max(self._place + by, 0), max(0, len(self._ids) - 1))
        self._show()
        self.setFocus()

    def undo(self) -> None:
        """Take back the last label given here, and show its text again."""
        if not self._undone_to:
            return
        row_id = self._undone_to.pop()
        if self._do(lambda: self._service.undo(self._dataset_id)):
            self._place = self._ids.index(row_id)
            self._show()
            self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if Qt.Key.Key_0 <= key <= Qt.Key.Key_9 and not ctrl:
            self.labels.press(key - Qt.Key.Key_0)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_J, Qt.Key.Key_Space):
            self.step(1)
        elif key in (Qt.Key.Key_Backspace, Qt.Key.Key_K):
            self.step(-1)
        elif key == Qt.Key.Key_Delete:
            self.labels.press(0)
        elif key == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.labels.hint.setVisible(self.height() >= _TALL)

    @property
    def _key(self) -> str:
        return f"finetune.labels.{self._dataset_id}"

    def _choose_span(self, row: Row, label: str) -> None:
        start, end = self.text.selected
        if start == end:
            # Nothing selected: the entity under the cursor is meant.
            here = next((s for s in row.spans if s.start <= self.text.here <= s.end), None)
            if here is None:
                self._context.notices.toast(self.tr("Select a passage first."))
                return
            start, end = here.start, here.end
        kept = [s for s in row.spans if s.end <= start or s.start >= end]
        if label:
            kept = sorted([*kept, Span(start, end, label)], key=lambda s: s.start)
        if tuple(kept) != row.spans and self._do(lambda: self._service.edit(row.id, entities=kept)):
            self._undone_to.append(row.id)
            # Else the selection would hide the mark.
            self.text.select(end, end)
            self._show()

    def _show(self) -> None:
        self._row = None
        if self._ids:
            found = self._service.rows([self._ids[self._place]])
            self._row = found[0] if found else None
        row = self._row
        talk = row is not None and row.turns[0].role != TEXT
        if row is None:
            text = self.tr("There is no text to label.")
        elif talk and not self.passages.isChecked():
            text = "\n\n".join(f"{say.role(t.role)}: {t.content}" for t in row.turns)
        else:
            text = row.turns[0].content
        spans = row.spans if row and self.passages.isChecked() else ()
        self.text.show_text(text, spans)
        self.labels.show_labels(self.labels.labels, row.label if row else "")
        self._entities.setText("   ".join(f"{text[s.start : s.end]}: {s.label}" for s in spans))
        self._entities.setVisible(bool(spans))
        self._count()
        self.undo_button.setEnabled(bool(self._undone_to))
        self.before_button.setEnabled(self._place > 0)
        self.next_button.setEnabled(self._place + 1 < len(self._ids))
        self.labels.hint.setText(
            self.tr("Select a passage, then press the number of its label. 0 takes it away.")
            if self.passages.isChecked()
            else self.tr("Press the number of a label; the next text follows. 0 takes it away.")
        )

    def _count(self) -> None:
        total = len(self._ids)
        at = self.tr("{n} of {m}").replace("{n}", words.number(min(total, self._place + 1)))
        text = at.replace("{m}", words.number(total))
        self._bar.setVisible(not self.passages.isChecked())
        if not self.passages.isChecked():
            without = dataclasses.replace(self._wanted, label="")
            done = total - min(total, self._service.count(self._dataset_id, without))
            self._bar.setRange(0, max(1, total))
            self._bar.setValue(done)
            text += "  ·  " + self.tr("{n} labelled").replace("{n}", words.number(done))
        self.progress.setText(text)

    def _labels_changed(self) -> None:
        self._context.memory.put(self._key, "\n".join(self.labels.labels))
        self.setFocus()

    def _rename(self, old: str, new: str) -> None:
        """All rows with the label get the new one, as one change."""
        rows = self._service.ids(self._dataset_id, Filter(label=old))
        if rows and self._do(lambda: self._service.set_label(self._dataset_id, rows, new)):
            self._undone_to = []  # taken back among the rows: no label given to one text
        self.labels.show_labels(
            [new if label == old else label for label in self.labels.labels], ""
        )
        self._labels_changed()
        self._show()

    def _do(self, change: Callable[[], object]) -> bool:
        try:
            change()
        except LoamError as error:
            self._context.notices.show(error)
            return False
        return True

    def _button(
        self, text: str, action: Callable[[], object] | None, kind: str = ""
    ) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(text)
        if kind:
            button.setProperty("kind", kind)
        if action is not None:
            button.clicked.connect(lambda: action())
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(S8)
        head.addWidget(self.back_button)
        head.addStretch(1)
        head.addWidget(self.progress)
        kinds = QHBoxLayout()
        kinds.setSpacing(S8)
        kinds.addWidget(QLabel(self.tr("Label")))
        kinds.addWidget(self.whole)
        kinds.addWidget(self.passages)
        kinds.addStretch(1)
        card = QFrame()
        card.setProperty("kind", "card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.text)
        steps = QHBoxLayout()
        steps.setSpacing(S8)
        steps.addWidget(self.undo_button)
        steps.addStretch(1)
        steps.addWidget(self.before_button)
        steps.addWidget(self.next_button)
        middle = QWidget()
        middle.setMaximumWidth(READING_WIDTH)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S12)
        column.addLayout(head)
        column.addWidget(self._bar)
        column.addLayout(kinds)
        column.addWidget(card, 1)
        column.addWidget(self._entities)
        column.addWidget(self.labels)
        column.addLayout(steps)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(S24, S16, S24, S16)
        layout.addStretch(1)
        layout.addWidget(middle, 100)
        layout.addStretch(1)
