"""The list of collections: search, new, rename, delete."""

from __future__ import annotations

from collections.abc import Sequence

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

from app.core.types import Collection
from app.ui import words
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8, S12

_ID = Qt.ItemDataRole.UserRole


class CollectionList(QWidget):
    """Shows collections and asks for changes; the page makes them."""

    chosen = Signal(int)
    create_asked = Signal()
    rename_asked = Signal(int, str)
    delete_asked = Signal(int)

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._collections: dict[int, Collection] = {}
        self._filling = False
        title = QLabel(self.tr("Collections"))
        title.setProperty("kind", "heading")
        self._new = QToolButton()
        self._new.setProperty("kind", "icon")
        self._new.setToolTip(self.tr("New collection"))
        self._new.setAccessibleName(self.tr("New collection"))
        self._new.clicked.connect(self.create_asked)
        head = QHBoxLayout()
        head.setContentsMargins(S4, 0, 0, 0)
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self._new)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search collections"))
        self.search.setAccessibleName(self.tr("Search collections"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self._list = QListWidget()
        self._list.setProperty("kind", "list")
        self._list.setAccessibleName(self.tr("Collections"))
        self._list.setEditTriggers(
            QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.DoubleClicked
        )
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.customContextMenuRequested.connect(self._menu)
        self._list.currentItemChanged.connect(self._choose)
        self._list.itemChanged.connect(self._renamed)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self._list)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._delete_current)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S8, S12, S8, S8)
        layout.setSpacing(S8)
        layout.addLayout(head)
        layout.addWidget(self.search)
        layout.addWidget(self._list, 1)
        self.setFocusProxy(self._list)
        theme.changed.connect(self._tint)
        self._tint()

    @property
    def current(self) -> int | None:
        """Id of the collection that is chosen."""
        item = self._list.currentItem()
        return None if item is None else int(item.data(_ID))

    @property
    def names(self) -> list[str]:
        """Names that are shown, in order."""
        items = (self._list.item(row) for row in range(self._list.count()))
        return [item.text() for item in items if not item.isHidden()]

    def show_collections(
        self, collections: Sequence[Collection], current: int | None = None
    ) -> None:
        """Fill the list; `current` or what was chosen before stays chosen."""
        wanted = current if current is not None else self.current
        self._filling = True
        self._collections = {each.id: each for each in collections}
        self._list.clear()
        for each in collections:
            item = QListWidgetItem(each.name)
            item.setData(_ID, each.id)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setToolTip(f"{words.files(each.files)} · {words.passages(each.passages)}")
            self._list.addItem(item)
        self._tint()
        self._filling = False
        self._filter(self.search.text())
        ids = list(self._collections)
        if ids:
            row = ids.index(wanted) if wanted in self._collections else 0
            self._list.setCurrentRow(row)

    def choose(self, collection_id: int) -> None:
        """Choose a collection that is in the list."""
        for row in range(self._list.count()):
            if self._list.item(row).data(_ID) == collection_id:
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
        collection = self._collections[item.data(_ID)]
        name = item.text().strip()
        if name and name != collection.name:
            self.rename_asked.emit(collection.id, name)
        elif item.text() != collection.name:
            item.setText(collection.name)

    def _filter(self, query: str) -> None:
        wanted = query.casefold().strip()
        for row in range(self._list.count()):
            item = self._list.item(row)
            item.setHidden(wanted not in item.text().casefold())

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
        menu.addAction(icon("trash-2", tokens.danger), self.tr("Delete"), self._delete_current)
        menu.popup(self._list.mapToGlobal(place))

    def _tint(self) -> None:
        tokens = self._theme.tokens
        self._new.setIcon(icon("plus", tokens.text))
        filling, self._filling = self._filling, True
        for row in range(self._list.count()):
            self._list.item(row).setIcon(icon("library", tokens.quiet))
        self._filling = filling
