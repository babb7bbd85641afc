"""A list of named things at the left of a page: search, new, rename, delete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.icons import icon
from app.ui.renaming import NameDelegate
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8, S12

_ID = Qt.ItemDataRole.UserRole
_EDITING = QAbstractItemView.State.EditingState
NOTE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. id: what the page knows it by; about: for its tooltip; note: a few words on how it
    is, drawn below the name by lists that do; picture: its icon, in place of the list's, in the
    colour of the token `tone`."""

    id: object
    name: str
    about: str = ""
    note: str = ""
    picture: str = ""
    tone: str = "quiet"


class NamedList(QWidget):
    """Shows entries and asks for changes; the page makes them, and gives `shortcuts` to the keys
    that the person chose. picture: the icon of every line;
    the other texts are translated ones for the heading, the search field and the button."""

    chosen = Signal(object)
    create_asked = Signal()
    rename_asked = Signal(object, str)
    delete_asked = Signal(object)

    def __init__(
        self, theme: ThemeKeeper, picture: str, heading: str, search: str, create: str
    ) -> None:
        super().__init__()
        self._theme = theme
        self._picture = picture
        self._entries: dict[object, Entry] = {}
        self._filling = False
        title = QLabel(heading)
        title.setProperty("kind", "heading")
        self._new = QToolButton()
        self._new.setProperty("kind", "icon")
        self._new.setToolTip(create)
        self._new.setAccessibleName(create)
        self._new.clicked.connect(self.create_asked)
        head = QHBoxLayout()
        head.setContentsMargins(S4, 0, 0, 0)
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self._new)
        self.search = QLineEdit()
        self.search.setPlaceholderText(search)
        self.search.setAccessibleName(search)
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self._list = QListWidget()
        self._list.setProperty("kind", "list")
        self._list.setAccessibleName(heading)
        self._list.setItemDelegate(NameDelegate(self._list))
        self._list.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.customContextMenuRequested.connect(self._menu)
        self._list.currentItemChanged.connect(self._choose)
        self._list.itemChanged.connect(self._renamed)
        self.shortcuts = {
            "rename": self._shortcut("F2", self.edit_current),
            "delete": self._shortcut("Del", self._delete_current),
        }
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(S8, S12, S8, S8)
        layout.setSpacing(S8)
        layout.addLayout(head)
        self._nothing = QLabel(self.tr("Nothing found"))
        self._nothing.setProperty("kind", "hint")
        self._nothing.setContentsMargins(S8, 0, S8, 0)
        self._nothing.hide()
        layout.addWidget(self.search)
        layout.addWidget(self._nothing)
        layout.addWidget(self._list, 1)
        theme.changed.connect(self._tint)
        self._tint()

    def add_below(self, widget: QWidget, wide: bool = False) -> None:
        """Put a widget under the list; wide: over its whole width."""
        self._column.addWidget(
            widget, 0, Qt.AlignmentFlag(0) if wide else Qt.AlignmentFlag.AlignLeft
        )

    @property
    def current(self) -> object | None:
        """Id of the entry that is chosen."""
        item = self._list.currentItem()
        found: object | None = None if item is None else item.data(_ID)
        return found

    @property
    def names(self) -> list[str]:
        """Names that are shown, in order."""
        items = (self._list.item(row) for row in range(self._list.count()))
        return [item.text() for item in items if not item.isHidden()]

    def show_entries(self, entries: Sequence[Entry], current: object | None = None) -> None:
        """Fill the list; `current` or what was chosen before stays chosen."""
        wanted = current if current is not None else self.current
        self._filling = True
        before = [(each.id, each.name) for each in self._entries.values()]
        self._entries = {each.id: each for each in entries}
        # A list that only says how things are now keeps its place, and a name its editor.
        if before != [(each.id, each.name) for each in entries]:
            self._list.clear()
            for each in entries:
                item = QListWidgetItem(each.name)
                item.setData(_ID, each.id)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
                self._list.addItem(item)
        for row, each in enumerate(entries):
            item = self._list.item(row)
            if item.text() != each.name and self._list.state() is not _EDITING:
                item.setText(each.name)
            item.setData(NOTE, each.note)
            spoken = f"{each.name}, {each.note}" if each.note else each.name
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
            item.setToolTip(f"{each.name}\n{each.about}".strip())
        self._tint()
        self._filling = False
        self._filter(self.search.text())
        ids = list(self._entries)
        if ids:
            row = ids.index(wanted) if wanted in self._entries else 0
            if row != self._list.currentRow():
                self._list.setCurrentRow(row)

    def focus_list(self) -> None:
        """Put the focus on the entries. (A focus proxy would take the search out of Tab's way.)"""
        self._list.setFocus()

    def choose(self, entry_id: object) -> None:
        """Choose an entry that is in the list."""
        for row in range(self._list.count()):
            if self._list.item(row).data(_ID) == entry_id:
                self._list.setCurrentRow(row)

    def edit_current(self) -> None:
        """Let the person type a new name over the current one."""
        item = self._list.currentItem()
        if item is not None:
            self._list.editItem(item)

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None and not self._filling:
            self.chosen.emit(item.data(_ID))

    def _renamed(self, item: QListWidgetItem) -> None:
        if self._filling:
            return
        entry = self._entries[item.data(_ID)]
        name = item.text().strip()
        if name and name != entry.name:
            self.rename_asked.emit(entry.id, name)
        elif item.text() != entry.name:
            item.setText(entry.name)

    def _filter(self, query: str) -> None:
        wanted = query.casefold().strip()
        for row in range(self._list.count()):
            item = self._list.item(row)
            item.setHidden(wanted not in item.text().casefold())
        self._nothing.setVisible(bool(wanted) and not self.names)

    def _shortcut(self, keys: str, action: Callable[[], None]) -> QShortcut:
        shortcut = QShortcut(QKeySequence(keys), self._list)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(action)
        return shortcut

    def _delete_current(self) -> None:
        if self.current is not None:
            self.delete_asked.emit(self.current)

    def _menu(self, place: QPoint) -> None:
        item = self._list.itemAt(place)
        if item is None:
            return
        self._list.setCurrentItem(item)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        tokens = self._theme.tokens
        menu.addAction(icon("pencil", tokens.text), self.tr("Rename"), self.edit_current)
        self.extend_menu(menu)
        menu.addAction(icon("trash-2", tokens.danger), self.tr("Delete"), self._delete_current)
        menu.popup(self._list.mapToGlobal(place))

    def extend_menu(self, menu: QMenu) -> None:
        """Put more into the menu of the entry that is chosen."""

    def _tint(self) -> None:
        tokens = self._theme.tokens
        self._new.setIcon(icon("plus", tokens.text))
        filling, self._filling = self._filling, True
        for row in range(self._list.count()):
            item = self._list.item(row)
            entry = self._entries[item.data(_ID)]
            tone: str = getattr(tokens, entry.tone)
            item.setIcon(icon(entry.picture or self._picture, tone))
        self._filling = filling
