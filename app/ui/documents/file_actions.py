"""What can be done to files of a collection: as a menu, and as icons on the row under the
pointer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from app.core.notes import is_note
from app.core.types import DocumentFile, FileState
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8

OPEN, UNLOCK, READ, LEAVE_OUT, USE, REMOVE = "open", "unlock", "read", "leave_out", "use", "remove"
RETITLE = "retitle"


@dataclass(frozen=True, slots=True)
class Action:
    """key: one of those above; picture: an icon; tone: the token of its colour."""

    key: str
    text: str
    picture: str
    tone: str = "text"


def actions_for(files: list[DocumentFile]) -> list[Action]:
    """What makes sense for these files, in the order of a menu."""
    tr = QCoreApplication.translate
    states = {each.state for each in files}
    found = []
    if len(files) == 1 and files[0].passages:
        found.append(Action(OPEN, tr("FileActions", "Open"), "book-open"))
    if states == {FileState.PASSWORD}:
        found.append(Action(UNLOCK, tr("FileActions", "Enter password…"), "lock"))
    if len(files) == 1 and is_note(files[0].path):
        found.append(Action(RETITLE, tr("FileActions", "Edit title…"), "pencil"))
    found.append(Action(READ, tr("FileActions", "Read again"), "refresh-cw"))
    if states - {FileState.EXCLUDED, FileState.WAITING, FileState.READING}:
        found.append(Action(LEAVE_OUT, tr("FileActions", "Leave out of searches"), "eye-off"))
    if FileState.EXCLUDED in states:
        found.append(Action(USE, tr("FileActions", "Use in searches again"), "eye"))
    found.append(
        Action(REMOVE, tr("FileActions", "Remove from collection"), "trash-2", tone="danger")
    )
    return found


def menu_for(
    parent: QWidget,
    theme: ThemeKeeper,
    files: list[DocumentFile],
    chosen: Callable[[str, list[DocumentFile]], None],
) -> QMenu:
    """A menu that goes away by itself."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for action in actions_for(files):
        picture = icon(action.picture, getattr(theme.tokens, action.tone))
        menu.addAction(picture, action.text, lambda key=action.key: chosen(key, files))
    return menu


class RowActions(QFrame):
    """The actions of one row but Open, which a double click does. Keyboard: the menu key."""

    chosen = Signal(str)

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._shown: list[Action] = []
        self.setProperty("kind", "row-actions")
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(S8, 0, S4, 0)
        self._layout.setSpacing(S4)
        self._buttons: dict[str, QToolButton] = {}
        for key in (UNLOCK, RETITLE, READ, LEAVE_OUT, USE, REMOVE):
            button = QToolButton()
            button.setProperty("kind", "icon")
            button.setAccessibleName(key)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked=False, key=key: self.chosen.emit(key))
            button.hide()
            self._layout.addWidget(button)
            self._buttons[key] = button
        theme.changed.connect(self._tint)

    @property
    def remove(self) -> QToolButton:
        """The button that removes."""
        return self._buttons[REMOVE]

    def button(self, key: str) -> QToolButton:
        """The button of an action."""
        return self._buttons[key]

    def offer(self, file: DocumentFile) -> None:
        """Show what can be done to a file."""
        self._shown = [each for each in actions_for([file]) if each.key != OPEN]
        keys = {each.key for each in self._shown}
        for key, button in self._buttons.items():
            button.setVisible(key in keys)
        for each in self._shown:
            self._buttons[each.key].setToolTip(each.text)
            self._buttons[each.key].setAccessibleName(each.text)
        self._tint()

    def _tint(self) -> None:
        tokens = self._theme.tokens
        for each in self._shown:
            tone = tokens.danger if each.tone == "danger" else tokens.quiet
            self._buttons[each.key].setIcon(icon(each.picture, tone, 16))
