"""A small choice beside the field where one writes: the best passages, everything, or as the
question asks."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from app.core.types import Over
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper


class OverChoice(QToolButton):
    """`chosen` carries an Over that the person picked."""

    chosen = Signal(object)

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("kind", "icon")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        group = QActionGroup(self)
        self._actions = {}
        for over, words, hint in (
            (
                Over.AUTO,
                self.tr("As the question asks"),
                self.tr("Everything for counts, lists, comparisons and summaries of documents"),
            ),
            (
                Over.BEST,
                self.tr("Best passages"),
                self.tr("The passages nearest to the question: fast, for single facts"),
            ),
            (
                Over.EVERYTHING,
                self.tr("Everything"),
                self.tr("All passages of the documents, one after the other: thorough, slower"),
            ),
        ):
            action = self._menu.addAction(words)
            action.setToolTip(hint)
            action.setCheckable(True)
            action.triggered.connect(lambda _on, which=over: self._pick(which))
            group.addAction(action)
            self._actions[over] = action
        self._menu.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setMenu(self._menu)
        theme.changed.connect(self._tint)
        self._tint()
        self.show_choice(Over.AUTO)

    def show_choice(self, over: Over) -> None:
        """What the chat in front has."""
        words = {
            Over.AUTO: self.tr("Passages: auto"),
            Over.BEST: self.tr("Best passages"),
            Over.EVERYTHING: self.tr("Everything"),
        }[over]
        self.setText(words)
        self.setAccessibleName(self.tr("Read for answers: {what}").replace("{what}", words))
        self.setToolTip(
            self.tr("What of your documents is read for an answer: the best passages, or all")
        )
        self._actions[over].setChecked(True)

    def _tint(self) -> None:
        self.setIcon(icon("chevron-down", self._theme.tokens.quiet, 14))

    def _pick(self, over: Over) -> None:
        self.show_choice(over)
        self.chosen.emit(over)
