"""The list of chats: search, new, rename, pin, delete with undo, export."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from PySide6.QtCore import QPoint, QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.types import Chat, ChatKind
from app.ui.icons import icon
from app.ui.renaming import NameDelegate
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S8, S12

_CHAT = Qt.ItemDataRole.UserRole
_SEARCH_MS = 180


class ChatList(QWidget):
    """Shows what it is given; every wish goes out as a signal with the chat's id."""

    opened = Signal(int)
    new_wanted = Signal(object)
    renamed = Signal(int, str)
    pinned = Signal(int, bool)
    deleted = Signal(int)
    exported = Signal(int, str)
    searched = Signal(str)

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._query = ""
        self._later: tuple[list[Chat], int | None, str] | None = None
        self.search = QLineEdit()
        self.search.setProperty("kind", "search")
        self.search.setPlaceholderText(self.tr("Search chats"))
        self.search.setAccessibleName(self.tr("Search chats"))
        self.search.setClearButtonEnabled(True)
        for button in self.search.findChildren(QToolButton):
            button.setAccessibleName(self.tr("Clear search"))
        self._wait = QTimer(self, interval=_SEARCH_MS, singleShot=True)
        self._wait.timeout.connect(self._tell_search)
        self.search.textChanged.connect(self._wait.start)
        self._new = QPushButton(self.tr("New chat"))
        self._new.setAccessibleName(self._new.text())
        self._new.setIconSize(QSize(20, 16))
        self._new.clicked.connect(lambda: self.new_wanted.emit(ChatKind.CHAT))
        self._more = QToolButton()
        self._more.setProperty("kind", "icon")
        self._more.setAccessibleName(self.tr("More"))
        self._more.setToolTip(self.tr("More"))
        self._more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        page = menu.addAction(self.tr("New completion page"))
        page.setToolTip(self.tr("A plain page that a base model writes on"))
        page.triggered.connect(lambda: self.new_wanted.emit(ChatKind.COMPLETION))
        self._more.setMenu(menu)
        self.list = _List()
        self.list.setAccessibleName(self.tr("Chats"))
        self.list.setItemDelegate(NameDelegate(self.list))
        self.list.currentItemChanged.connect(self._current_changed)
        self.list.itemChanged.connect(self._item_changed)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.itemDelegate().closeEditor.connect(
            self._show_later, Qt.ConnectionType.QueuedConnection
        )
        self.shortcuts = {
            "rename": self._shortcut("F2", self._rename_current),
            "delete": self._shortcut("Del", self._delete_current),
        }
        top = QHBoxLayout()
        top.setSpacing(S8)
        top.addWidget(self._new, 1)
        top.addWidget(self._more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S12, S12, S12, S8)
        layout.setSpacing(S8)
        layout.addWidget(self.search)
        layout.addLayout(top)
        layout.addWidget(self.list, 1)
        theme.changed.connect(self._tint)
        self._tint()

    def show_chats(self, chats: list[Chat], current: int | None, query: str = "") -> None:
        """Show these, pinned first, then by day; `current` is the one that is open."""
        if self.list.editing:
            # The title that is being typed would be lost.
            self._later = (chats, current, query)
            return
        self._later = None
        self._query = query
        with QSignalBlocker(self.list):
            self.list.clear()
            group = ""
            for chat in chats:
                name = self._group(chat)
                if name != group:
                    group = name
                    self._add_heading(name)
                self._add(chat, chat.id == current)
            if not chats:
                self._add_heading(self.tr("Nothing found") if query else self.tr("No chats yet"))

    def show_keys(self, keys: str) -> None:
        """What makes a new chat without the mouse."""
        self._new.setToolTip(keys)

    def select(self, chat_id: int | None) -> None:
        """Mark a chat as the open one, without opening it."""
        with QSignalBlocker(self.list):
            for row in range(self.list.count()):
                item = self.list.item(row)
                chat = item.data(_CHAT)
                if isinstance(chat, Chat) and chat.id == chat_id:
                    self.list.setCurrentItem(item)
                    return
            self.list.setCurrentRow(-1)

    def forget_search(self) -> None:
        """Don't tell of what was typed last; there will be nobody to look for it."""
        self._wait.stop()

    def edit_title(self, chat_id: int) -> None:
        """Let the person rename a chat in place."""
        self.select(chat_id)
        item = self.list.currentItem()
        if item is not None:
            self.list.setFocus()
            self.list.editItem(item)

    def _add_heading(self, text: str) -> None:
        item = QListWidgetItem(text)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.86)
        font.setWeight(QFont.Weight.DemiBold)
        item.setFont(font)
        self.list.addItem(item)

    def _add(self, chat: Chat, current: bool) -> None:
        item = QListWidgetItem(chat.title)
        item.setData(_CHAT, chat)
        item.setToolTip(chat.title)
        item.setFlags(
            Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable
        )
        if chat.pinned:
            item.setIcon(icon("pin", self._theme.tokens.quiet, 14))
        elif chat.kind is ChatKind.COMPLETION:
            item.setIcon(icon("file-text", self._theme.tokens.quiet, 14))
        self.list.addItem(item)
        if current:
            self.list.setCurrentItem(item)

    def _group(self, chat: Chat) -> str:
        if chat.pinned:
            return self.tr("Pinned")
        if self._query:
            return self.tr("Found")
        today = datetime.date.today()
        days = (today - datetime.date.fromtimestamp(chat.updated)).days
        if days <= 0:
            return self.tr("Today")
        if days == 1:
            return self.tr("Yesterday")
        return self.tr("Last 7 days") if days < 8 else self.tr("Older")

    def _current_changed(self, item: QListWidgetItem | None) -> None:
        chat = item.data(_CHAT) if item is not None else None
        if isinstance(chat, Chat):
            self.opened.emit(chat.id)

    def _item_changed(self, item: QListWidgetItem) -> None:
        chat = item.data(_CHAT)
        if not isinstance(chat, Chat) or item.text() == chat.title:
            return
        title = " ".join(item.text().split())
        if title:
            self.renamed.emit(chat.id, title)
        else:
            with QSignalBlocker(self.list):
                item.setText(chat.title)

    def _shortcut(self, keys: str, action: Callable[[], None]) -> QShortcut:
        shortcut = QShortcut(QKeySequence(keys), self.list)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(action)
        return shortcut

    def _rename_current(self) -> None:
        chat = self._chat_at(self.list.currentItem())
        if chat is not None:
            self.edit_title(chat.id)

    def _delete_current(self) -> None:
        chat = self._chat_at(self.list.currentItem())
        if chat is not None:
            self.deleted.emit(chat.id)

    def _show_menu(self, place: QPoint) -> None:
        item = self.list.itemAt(place) or self.list.currentItem()
        chat = self._chat_at(item)
        if chat is None:
            return
        menu = QMenu(self)
        menu.addAction(self.tr("Rename")).triggered.connect(lambda: self.edit_title(chat.id))
        words = self.tr("Unpin") if chat.pinned else self.tr("Pin")
        menu.addAction(words).triggered.connect(lambda: self.pinned.emit(chat.id, not chat.pinned))
        menu.addSeparator()
        menu.addAction(self.tr("Save as Markdown…")).triggered.connect(
            lambda: self.exported.emit(chat.id, "markdown")
        )
        menu.addAction(self.tr("Save as JSON…")).triggered.connect(
            lambda: self.exported.emit(chat.id, "json")
        )
        menu.addSeparator()
        menu.addAction(self.tr("Delete")).triggered.connect(lambda: self.deleted.emit(chat.id))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.list.viewport().mapToGlobal(place))

    def _show_later(self) -> None:
        if self._later is not None:
            later, self._later = self._later, None
            self.show_chats(*later)

    def _tell_search(self) -> None:
        self.searched.emit(self.search.text().strip())

    def _tint(self) -> None:
        tokens = self._theme.tokens
        self._new.setIcon(icon("message-square-plus", tokens.accent, 16, gap=4))
        self._more.setIcon(icon("ellipsis", tokens.quiet, 18))

    @staticmethod
    def _chat_at(item: QListWidgetItem | None) -> Chat | None:
        chat = item.data(_CHAT) if item is not None else None
        return chat if isinstance(chat, Chat) else None


class _List(QListWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "list")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    @property
    def editing(self) -> bool:
        """Whether a title is being typed."""
        return self.state() == QAbstractItemView.State.EditingState
