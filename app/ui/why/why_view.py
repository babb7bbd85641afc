"""How one answer came about, from the question down to the prompt, in plain words."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.types import Autopsy, Cut, Examined
from app.ui.back_bar import BackBar
from app.ui.finetune.column import ScrollColumn
from app.ui.finetune.labels import text_label
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S8, S16
from app.ui.why import say
from app.ui.why.found_table import FoundTable
from app.ui.why.prompt_box import PromptBox
from app.ui.why.searches_box import SearchesBox
from app.ui.why.through_box import ThroughBox
from app.ui.why.wrong_box import WrongBox
from app.ui.wrap_layout import WrapLayout

_WIDEST = 960


class WhyView(QWidget):
    """`show_autopsy` draws. `closed` asks to go back; `opened` carries a Passage; `expected` the
    Examined that the right answer rests on."""

    closed = Signal()
    opened = Signal(object)
    expected = Signal(object)
    place_opened = Signal(str, int, int)
    """Path, start and end of what shall be shown in its document."""

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        bar = BackBar(self.tr("Back to the chat"), self.tr("Why this answer?"))
        bar.asked.connect(self.closed)
        self._back = bar.button
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(S16)
        self._facts.setVerticalSpacing(S8)
        self._facts.setColumnStretch(1, 1)
        self.table = FoundTable(theme)
        self.more = self._button("", self._show_all, "link")
        self.open = self._button(self.tr("Open in its document"), self._open)
        self.this = self._button(self.tr("The right answer is in this one"), self._expect)
        self._nothing = text_label(self.tr("Nothing was found."), "quiet")
        self._reasons = text_label(kind="hint")
        doing = QWidget()
        wrap = WrapLayout(doing, S8)
        for button in (self.open, self.this, self.more):
            wrap.addWidget(button)
        self.through = ThroughBox(theme)
        self.searches = SearchesBox(theme)
        self._found = text_label(self.tr("Passages found"), "heading")
        self.prompt = PromptBox(theme)
        self.wrong = WrongBox(theme)
        self.column = ScrollColumn(_WIDEST)
        body = self.column.body
        body.addLayout(self._facts)
        body.addWidget(self.through)
        body.addWidget(self.searches)
        body.addWidget(self._found)
        body.addWidget(self._nothing)
        body.addWidget(self.table)
        body.addWidget(self._reasons)
        body.addWidget(doing)
        body.addWidget(self.wrong)
        body.addWidget(self.prompt)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self.column, 1)
        self.table.chosen.connect(self._choose)
        self.searches.chosen.connect(self._choose)
        self.through.opened.connect(self.place_opened)
        for found in (self.table, self.searches):
            found.opened.connect(lambda each: self.opened.emit(each.hit.passage))
        theme.changed.connect(self._tint)
        self._tint()

    def show_autopsy(self, autopsy: Autopsy, model: str) -> None:
        """Draw a record; model: what its model is called."""
        self._show_facts(autopsy, model)
        self.table.show_found(autopsy)
        self.through.show_through(autopsy.through)
        self.searches.show_searches(autopsy)
        # Of searches that the model made each has its own table.
        one = autopsy.through is None and not autopsy.searches
        some = bool(autopsy.found) and one
        self.table.setVisible(some)
        self._found.setVisible(one)
        self._nothing.setVisible(one and not some)
        for button in (self.open, self.this):
            button.setVisible(some or bool(self.searches.tables))
        self._show_more()
        found = [*autopsy.found, *(each for made in autopsy.searches for each in made.found)]
        reasons = {each.cut for each in found} - {Cut.READ}
        said = ". ".join(say.cut(reason) for reason in sorted(reasons))
        self._reasons.setText(self.tr("Why not read: {why}.").replace("{why}", said))
        self._reasons.setVisible(bool(said))
        self.prompt.show_prompt(autopsy)
        self.wrong.clear()
        self._choose()
        self.column.verticalScrollBar().setValue(0)
        self._back.setFocus()

    def show_wrong(self) -> None:
        """Bring the verdict into sight, once it has its place."""
        QTimer.singleShot(0, self, lambda: self.column.ensureWidgetVisible(self.wrong.card, 0, S16))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _show_facts(self, autopsy: Autopsy, model: str) -> None:
        while (item := self._facts.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        # Everything was gone through, or each search has its own words below.
        asked = "" if autopsy.through is not None or autopsy.searches else autopsy.query
        if asked and asked != autopsy.question:
            asked += "\n" + self.tr(
                "The question leans on the one before it, so both were searched for."
            )
        where = ", ".join(name or self.tr("a collection that is gone") for name in autopsy.names)
        if autopsy.only:
            where += "  ·  " + self.tr("only some of its documents")
        lines = (
            (self.tr("Asked"), autopsy.question),
            (self.tr("Searched for"), asked),
            (self.tr("In"), where),
            (self.tr("Decision"), say.decision(autopsy)),
            (self.tr("Read"), "" if autopsy.declined else say.read(autopsy)),
            (self.tr("Model"), "" if autopsy.declined else model),
            (self.tr("Settings"), "" if autopsy.through is not None else say.settings(autopsy)),
        )
        for row, (name, words) in enumerate(line for line in lines if line[1]):
            label = QLabel(name)
            label.setProperty("kind", "quiet")
            self._facts.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            value = text_label(words)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(f"{name}: {words}")
            self._facts.addWidget(value, row, 1)

    def _show_all(self) -> None:
        self.table.show_all()
        self._show_more()

    def _show_more(self) -> None:
        hidden = self.table.hidden_rows
        text = self.tr("Show {n} more").replace("{n}", str(hidden))
        self.more.setText(text)
        self.more.setAccessibleName(text)
        self.more.setVisible(hidden > 0 and self.table.isVisibleTo(self))

    def _choose(self) -> None:
        for button in (self.open, self.this):
            button.setEnabled(self.current is not None)

    @property
    def current(self) -> Examined | None:
        """The passage that is chosen."""
        tables = self.searches.tables or [self.table]
        focused = [each for each in tables if each.hasFocus()]
        chosen = (each.current for each in (*focused, *tables))
        return next((each for each in chosen if each is not None), None)

    def _open(self) -> None:
        if self.current is not None:
            self.opened.emit(self.current.hit.passage)

    def _expect(self) -> None:
        if self.current is not None:
            self.expected.emit(self.current)

    def _button(self, text: str, action: object, kind: str = "") -> QPushButton:
        button = QPushButton(text)
        button.setProperty("kind", kind)
        button.setAccessibleName(text)
        button.clicked.connect(action)
        return button

    def _tint(self) -> None:
        self._back.setIcon(icon("chevron-left", self._theme.tokens.text))
