"""The form that a chat's answers must have: free text, JSON (by a schema, if wanted), a grammar."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from app.core.errors import BadInput
from app.core.types import AnswerForm
from app.ui.tokens import S4

_LINES = 7
_ANY_JSON = "{}"
_FREE, _JSON, _GRAMMAR = range(3)


class _Choice(QComboBox):
    """The wheel scrolls the panel; it must not change the form that it passes over."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class FormField(QWidget):
    """`changed`: there is another form now, and it can be used. What can't be is said beneath, and
    the form before it stays."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._good = AnswerForm()
        self._filling = False
        self.kind = _Choice()
        self.kind.addItems([self.tr("Free text"), self.tr("JSON"), self.tr("A grammar (GBNF)")])
        self.kind.setAccessibleName(self.tr("Form of the answers"))
        self.kind.setToolTip(
            self.tr("JSON can be read by other programs; the model can then write nothing else.")
        )
        self.kind.currentIndexChanged.connect(self._touched)
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(_LINES * self.text.fontMetrics().lineSpacing() + 24)
        self.text.textChanged.connect(self._touched)
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.problem.setProperty("kind", "danger-text")
        self._caption = QLabel(self.tr("Form of the answers"))
        self._caption.setProperty("kind", "strong")
        self._caption.setBuddy(self.kind)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(S4)
        for widget in (self._caption, self.kind, self.text, self.problem):
            lines.addWidget(widget)
        self._show()

    def form(self) -> AnswerForm:
        """The last form that could be used."""
        return self._good

    def show_form(self, form: AnswerForm) -> None:
        """Show what a chat keeps."""
        self._filling = True
        self._good = form
        kind = _JSON if form.schema.strip() else _GRAMMAR if form.grammar.strip() else _FREE
        self.kind.setCurrentIndex(kind)
        schema = "" if form.schema.strip() == _ANY_JSON else form.schema
        self.text.setPlainText(schema or form.grammar)
        self._filling = False
        self._show()

    def _typed(self) -> AnswerForm:
        kind, text = self.kind.currentIndex(), self.text.toPlainText()
        if kind == _JSON:
            return AnswerForm(schema=text if text.strip() else _ANY_JSON)
        return AnswerForm(grammar=text) if kind == _GRAMMAR else AnswerForm()

    def _touched(self) -> None:
        if self._filling:
            return
        problem = self._show()
        if not problem and self._typed() != self._good:
            self._good = self._typed()
            self.changed.emit()

    def _show(self) -> str:
        """Bring the field in line with what was chosen; gives what is wrong with it."""
        kind = self.kind.currentIndex()
        self.text.setVisible(kind != _FREE)
        self.text.setAccessibleName(
            self.tr("JSON schema") if kind == _JSON else self.tr("Grammar (GBNF)")
        )
        if kind == _JSON:
            self.text.setPlaceholderText(self.tr("Any JSON. A JSON schema here fixes its shape."))
            self.text.setToolTip(
                self.tr("A JSON schema says which fields there are, of what type.")
            )
        else:
            self.text.setPlaceholderText('root ::= "yes" | "no"')
            self.text.setToolTip(
                self.tr("llama.cpp's notation for what may be written, beginning with 'root'.")
            )
        problem = ""
        if self._typed():
            from app.core.answer_form import rules_of

            try:
                rules_of(self._typed())
            except BadInput as error:
                problem = error.what_text
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        return problem
