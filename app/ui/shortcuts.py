"""The window's shortcuts in one list, and the keys that a person gave them instead of the defaults.

What listens is governed by `Keys`, so that other keys count at once, everywhere. They are kept in
the window's memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, cast

from PySide6.QtCore import QCoreApplication, QKeyCombination, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.ui.memory import Memory


class Place(StrEnum):
    """Where a shortcut is heard; the value heads its group in the list."""

    WINDOW = "Everywhere"
    CHAT = "In a chat"
    MESSAGE = "While writing a message"
    LIST = "In a list"
    DOCUMENT = "In a document"


@dataclass(frozen=True, slots=True)
class Shortcut:
    """name: who acts on it; keys, and others that do the same by default, in Qt's words; text:
    English source of what it does."""

    name: str
    keys: str
    text: str
    place: Place = Place.WINDOW
    also: tuple[str, ...] = ()


PAGES = 6
"""So many pages of the rail have a shortcut."""

SHORTCUTS = (
    Shortcut("new_chat", "Ctrl+N", "New chat"),
    Shortcut("search", "Ctrl+K", "Search in this page's list"),
    Shortcut("sidebar", "Ctrl+B", "Show or hide the list"),
    Shortcut("model", "Ctrl+L", "Choose the model"),
    Shortcut("settings", "Ctrl+,", "Settings"),
    Shortcut("shortcuts", "Ctrl+/", "Keyboard shortcuts"),
    Shortcut("help", "F1", "Help"),
    *(Shortcut(f"page_{n}", f"Ctrl+{n}", f"Page {n}") for n in range(1, PAGES + 1)),
    Shortcut("quit", "Ctrl+Q", "Close Loam"),
    Shortcut("stop", "Esc", "Stop the answer", Place.CHAT),
    Shortcut("send", "Return", "Send the message", Place.MESSAGE),
    Shortcut("newline", "Shift+Return", "New line in a message", Place.MESSAGE),
    Shortcut("rename", "F2", "Rename what is selected", Place.LIST),
    Shortcut("delete", "Del", "Delete what is selected", Place.LIST),
    Shortcut("read_again", "F5", "Read the selected documents again", Place.LIST),
    Shortcut("zoom_in", "Ctrl++", "Larger", Place.DOCUMENT, ("Ctrl+=",)),
    Shortcut("zoom_out", "Ctrl+-", "Smaller", Place.DOCUMENT),
)
_BY_NAME = {each.name: each for each in SHORTCUTS}

_TOGETHER = ({Place.CHAT, Place.MESSAGE}, {Place.CHAT, Place.LIST})
_BARE = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Delete)
_CURSOR = (
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home),
    *(Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Backspace),
    *(Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Space),
)
_EDITING = ("Ctrl+A", "Ctrl+C", "Ctrl+V", "Ctrl+X", "Ctrl+Y", "Ctrl+Z", "Ctrl+Shift+Z")
_CONTROL = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


class Keys(QObject):
    """The keys of each shortcut now. `changed` carries the name of one."""

    changed = Signal(str)

    def __init__(self, memory: Memory) -> None:
        super().__init__()
        self._memory = memory
        self._own: dict[str, str] = {}
        for each in SHORTCUTS:
            kept = memory.text(_key(each.name))
            # A file that was written by hand, or by another Loam, must not make two act on one.
            if kept and not self.refusal(each.name, kept):
                self._own[each.name] = kept

    def of(self, name: str) -> QKeySequence:
        """The keys of a shortcut."""
        return QKeySequence(self._own.get(name, _BY_NAME[name].keys))

    def words(self, name: str) -> str:
        """The keys as this system writes them: 'Ctrl+N'."""
        return spelled(self.of(name))

    def is_default(self, name: str) -> bool:
        """Whether the person has left these keys as they were."""
        return name not in self._own

    def put(self, name: str, keys: str) -> None:
        """Give a shortcut other keys, which `refusal` has nothing against, and keep them."""
        if QKeySequence(keys) == QKeySequence(_BY_NAME[name].keys):
            self._own.pop(name, None)
        else:
            self._own[name] = keys
        self._memory.put(_key(name), self._own.get(name, ""))
        self._memory.save()
        self.changed.emit(name)

    def reset(self) -> None:
        """Give all shortcuts their defaults."""
        names, self._own = list(self._own), {}
        for name in names:
            self._memory.put(_key(name), "")
            self.changed.emit(name)
        self._memory.save()

    def refusal(self, name: str, keys: str) -> str:
        """Why a shortcut can't have these keys, in words; empty when it can."""
        wanted = QKeySequence(keys)
        if wanted.count() != 1:
            return _tr("Press one key, together with Ctrl, Alt or Shift if you like.")
        # The bindings' types don't know that a sequence can be indexed.
        combination: QKeyCombination = cast("Any", wanted)[0]
        place = _BY_NAME[name].place
        key, with_control = combination.key(), combination.keyboardModifiers() & _CONTROL
        function_key = Qt.Key.Key_F1 <= key <= Qt.Key.Key_F35
        bare = key in _BARE and place is not Place.WINDOW
        typing = not (with_control or function_key or bare)
        if typing or key in _CURSOR or any(wanted == QKeySequence(each) for each in _EDITING):
            text = _tr("{keys} is needed for writing and moving about.")
            return text.replace("{keys}", spelled(wanted))
        taken = self._taken_by(name, wanted)
        if taken is not None:
            text = _tr("{keys} is taken by “{what}”. Choose others, or change that one first.")
            return text.replace("{keys}", spelled(wanted)).replace("{what}", what(taken))
        return ""

    def govern(self, made: Mapping[str, QShortcut]) -> None:
        """Let shortcuts, by name, have the keys of this list from now on."""
        for name, shortcut in made.items():
            self.watch(name, partial(self._give, shortcut, name))

    def watch(self, name: str, action: Callable[[], object]) -> None:
        """Call `action` now and whenever the keys of a shortcut change."""

        def hear(which: str) -> None:
            if which == name:
                action()

        self.changed.connect(hear)
        action()

    def _give(self, shortcut: QShortcut, name: str) -> None:
        if isValid(shortcut):
            also = _BY_NAME[name].also if self.is_default(name) else ()
            shortcut.setKeys([self.of(name), *(QKeySequence(each) for each in also)])

    def _taken_by(self, name: str, keys: QKeySequence) -> Shortcut | None:
        place = _BY_NAME[name].place
        for other in SHORTCUTS:
            if other.name == name or not _meet(place, other.place):
                continue
            also = other.also if self.is_default(other.name) else ()
            if keys in (self.of(other.name), *(QKeySequence(each) for each in also)):
                return other
        return None


def connect(keys: Keys, window: QWidget, actions: Mapping[str, Callable[[], object]]) -> None:
    """Make the window's own shortcuts."""
    made = {}
    for name, action in actions.items():
        shortcut = made[name] = QShortcut(window)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(partial(action))
    keys.govern(made)


def pressed(event: QKeyEvent) -> QKeySequence:
    """The keys of an event; the number pad's Enter counts as Return."""
    key = Qt.Key.Key_Return if event.key() == Qt.Key.Key_Enter else Qt.Key(event.key())
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return QKeySequence(QKeyCombination(modifiers, key))


def spelled(keys: QKeySequence) -> str:
    """Keys as this system writes them."""
    return keys.toString(QKeySequence.SequenceFormat.NativeText)


def what(shortcut: Shortcut) -> str:
    """What a shortcut does, in the person's language."""
    return QCoreApplication.translate("shortcuts", shortcut.text)


def _meet(one: Place, other: Place) -> bool:
    """Whether both may be heard at once."""
    return one is other or Place.WINDOW in (one, other) or {one, other} in _TOGETHER


def _key(name: str) -> str:
    return f"keys.{name}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("shortcuts", text)
