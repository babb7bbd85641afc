"""The panel with one row: all its turns to edit, its label, what was found in it, where it is from.

Words are stored with Save or when another row comes; what can't be stored stays in its row's
field with the reason until it can.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import LoamError
from app.core.messages import Turn
from app.services.dataset.service import DatasetService
from app.services.dataset.types import Origin, Row, State
from app.ui import notices
from app.ui.finetune.data import say
from app.ui.finetune.data.findings_box import FindingsBox
from app.ui.finetune.data.turns import TurnsEditor
from app.ui.finetune.labels import text_label
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8, S12, S16


class RowEditor(QWidget):
    """Shows one row. `saved` carries its id after its words were stored."""

    saved = Signal(int)
    accept_asked = Signal()
    reject_asked = Signal()
    step_asked = Signal(int)
    source_asked = Signal(object)
    """The Row whose document the person wants to see."""
    related_asked = Signal(int)
    """The id of another row."""
    left = Signal()
    closed = Signal()

    def __init__(self, service: DatasetService, theme: ThemeKeeper) -> None:
        super().__init__()
        self._service = service
        self._theme = theme
        self._row: Row | None = None
        self._drafts: dict[int, tuple[tuple[Turn, ...], str]] = {}
        self._filling = False
        self.close_button = self._button("", self.closed.emit, self.tr("Close the row"))
        self.close_button.setToolTip(self.tr("Close the row (Esc)"))
        self._about = QLabel()
        self._about.setProperty("kind", "strong")
        self._about.setWordWrap(True)
        self._plain_source = text_label("", "hint")
        self._source = QPushButton()
        self._source.setProperty("kind", "link")
        self._source.clicked.connect(lambda: self.source_asked.emit(self._row))
        self._synthetic = QLabel(
            self.tr("Written by a model. Check it; it is not learnt from until you accept it.")
        )
        self._synthetic.setProperty("kind", "warning")
        self._synthetic.setWordWrap(True)
        self._findings = FindingsBox()
        self._findings.related_asked.connect(self.related_asked)
        self.turns = TurnsEditor(theme)
        self.turns.changed.connect(self._edited)
        self.turns.kept.connect(self.save)
        self.turns.left.connect(self.left)
        self.label = QComboBox()
        self.label.setEditable(True)
        self.label.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.label.setAccessibleName(self.tr("Label of this row"))
        self._label_line = QLineEdit()
        self._label_line.setPlaceholderText(self.tr("No label"))
        self._label_line.setAccessibleName(self.tr("Label of this row"))
        self.label.setLineEdit(self._label_line)
        self.label.setToolTip(
            self.tr("For sorting tasks, such as “positive” and “negative”. Else leave it empty.")
        )
        self.label.editTextChanged.connect(lambda _text: self._edited())
        self._entities = QLabel()
        self._entities.setProperty("kind", "hint")
        self._entities.setWordWrap(True)
        self._problem = QLabel()
        self._problem.setProperty("kind", "danger-text")
        self._problem.setWordWrap(True)
        self.save_button = self._button(self.tr("Save"), self.save)
        self.save_button.setToolTip(self.tr("Save the row (Ctrl+Enter)"))
        self.accept_button = self._button(self.tr("Accept"), self._accept)
        self.accept_button.setToolTip(self.tr("Accept the row and go to the next one (A)"))
        self.reject_button = self._button(self.tr("Reject"), self._reject)
        self.reject_button.setToolTip(
            self.tr("Leave the row out of training and go to the next one (R)")
        )
        self.back_button = self._button("", lambda: self.step_asked.emit(-1), self.tr("Row before"))
        self.next_button = self._button("", lambda: self.step_asked.emit(1), self.tr("Next row"))
        self.back_button.setToolTip(self.tr("Row before (K)"))
        self.next_button.setToolTip(self.tr("Next row (J)"))
        self._lay_out()
        theme.changed.connect(self._tint)
        self._tint()

    @property
    def row(self) -> Row | None:
        """The row shown, as it is stored."""
        return self._row

    @property
    def dirty(self) -> bool:
        """Whether there are words that are not stored yet."""
        if self._row is None:
            return False
        return self._held() != (self._row.turns, self._row.label)

    def show_row(self, row: Row | None, labels: Sequence[str] = ()) -> None:
        """Show a row; the one before is stored first when its words changed."""
        if self._row is not None and (row is None or row.id != self._row.id):
            self.save()
        self._row = row
        if row is None:
            return
        turns, label = self._drafts.get(row.id, (row.turns, row.label))
        self._filling = True
        self.turns.show_turns(turns)
        if [self.label.itemText(n) for n in range(self.label.count())] != list(labels):
            self.label.clear()
            self.label.addItems(list(labels))
        self.label.setCurrentIndex(self.label.findText(label))
        self.label.setEditText(label)
        self._filling = False
        self._describe(row)
        self._edited()

    def reload(self, row: Row, labels: Sequence[str]) -> None:
        """The row changed in the dataset: show it anew; words being typed stay."""
        if self._row is None or row.id != self._row.id:
            return
        if self.dirty:
            self._row = row
            self._describe(row)
            self._edited()
        else:
            self._drafts.pop(row.id, None)
            self.show_row(row, labels)

    def save(self) -> bool:
        """Store the words; False when they can't be, with the reason in the panel."""
        if self._row is None:
            return True
        row_id = self._row.id
        if not self.dirty:
            self._drafts.pop(row_id, None)
            return True
        turns, label = self._held()
        try:
            self._service.edit(row_id, turns, label)
        except LoamError as error:
            self._drafts[row_id] = (turns, label)
            self._problem.setText(notices.what_text(error))
            self._problem.show()
            return False
        self._drafts.pop(row_id, None)
        self._row = self._service.row(row_id)
        self._edited()
        self.saved.emit(row_id)
        return True

    def _held(self) -> tuple[tuple[Turn, ...], str]:
        return self.turns.turns, " ".join(self.label.currentText().split())

    def _accept(self) -> None:
        if self.save():
            self.accept_asked.emit()

    def _reject(self) -> None:
        if self.save():
            self.reject_asked.emit()

    def _edited(self) -> None:
        if self._filling:
            return
        dirty = self.dirty
        self.save_button.setEnabled(dirty)
        self.save_button.setText(self.tr("Save") if dirty else self.tr("Saved"))
        self.save_button.setAccessibleName(self.tr("Save the row"))
        if not dirty:
            self._problem.hide()

    def _describe(self, row: Row) -> None:
        parts = [self.tr("Row {n}").replace("{n}", str(row.id)), say.row_state(row)]
        if row.split:
            parts.append(say.split(row.split))
        self._about.setText("  ·  ".join(parts))
        from_ = self.tr("From: {what}").replace("{what}", say.source(row))
        linked = row.source.origin is Origin.MODEL and bool(row.source.path)
        self._plain_source.setText(from_)
        self._plain_source.setToolTip(row.source.path)
        self._plain_source.setVisible(not linked)
        self._source.setText(from_)
        self._source.setAccessibleName(from_)
        self._source.setToolTip(self.tr("Show the passage in the document"))
        self._source.setVisible(linked)
        self._synthetic.setVisible(row.synthetic and row.state is State.NEW)
        self.accept_button.setEnabled(row.state is not State.ACCEPTED)
        self.reject_button.setEnabled(row.state is not State.REJECTED)
        self._findings.show_findings(row, self._service.findings(row.id))
        spans = [f"{s.label}: {row.turns[0].content[s.start : s.end]}" for s in row.spans]
        self._entities.setText("\n".join(spans))
        self._entities.setVisible(bool(spans))

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setContentsMargins(S16, S8, S8, S4)
        first.setSpacing(0)
        first.addWidget(self._about, 1)
        for button in (self.back_button, self.next_button, self.close_button):
            first.addWidget(button)
        inside = QWidget()
        body = QVBoxLayout(inside)
        body.setContentsMargins(S16, 0, S16, S16)
        body.setSpacing(S8)
        body.addWidget(self._plain_source)
        body.addWidget(self._source, 0, Qt.AlignmentFlag.AlignLeft)
        body.addWidget(self._synthetic)
        body.addWidget(self._findings)
        body.addWidget(self.turns)
        form = QFormLayout()
        form.setContentsMargins(0, S4, 0, 0)
        form.addRow(self.tr("Label"), self.label)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        body.addLayout(form)
        body.addWidget(self._entities)
        body.addStretch(1)
        foot = QFrame()
        buttons = QHBoxLayout()
        buttons.setSpacing(S8)
        buttons.addWidget(self.accept_button)
        buttons.addWidget(self.reject_button)
        buttons.addStretch(1)
        buttons.addWidget(self.save_button)
        column = QVBoxLayout(foot)
        column.setContentsMargins(S16, S8, S12, S12)
        column.setSpacing(S8)
        column.addWidget(self._problem)
        column.addLayout(buttons)
        self._problem.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(first)
        layout.addWidget(_scrolled(inside), 1)
        layout.addWidget(foot)

    def _button(self, text: str, action: object, name: str = "") -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(name or f"{text}: {self.tr('row')}")
        if not text:
            button.setProperty("kind", "icon")
        button.clicked.connect(lambda: action())  # type: ignore[operator]
        return button

    def _tint(self) -> None:
        tokens = self._theme.tokens
        self.accept_button.setIcon(icon("check", tokens.accent, 16))
        self.reject_button.setIcon(icon("x", tokens.danger, 16))
        self.back_button.setIcon(icon("chevron-up", tokens.quiet, 18))
        self.next_button.setIcon(icon("chevron-down", tokens.quiet, 18))
        self.close_button.setIcon(icon("x", tokens.quiet, 18))


def _scrolled(inside: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inside)
    inside.setAutoFillBackground(False)
    area.viewport().setAutoFillBackground(False)
    return area
