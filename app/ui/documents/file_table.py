"""The table of files, with what can be done to a row at its right end."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QHoverEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from app.core.types import DocumentFile, FileState
from app.ui.documents.file_actions import OPEN, READ, REMOVE, RowActions, menu_for
from app.ui.documents.file_filter import FileFilter
from app.ui.documents.file_model import NAME, PAGES, PASSAGES, SIZE, STATE, FileModel
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S16

_NAME_LETTERS = 20


class FileTable(QTableView):
    """Enter or a double click opens, Del removes, F5 reads again; `shortcuts` may be given other
    keys. What was selected stays so when the rows come anew."""

    asked = Signal(str, list)
    """A key of file_actions, and the files."""

    def __init__(self, model: FileModel, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._model = model
        self._proxy = FileFilter(model, self)
        self.setModel(self._proxy)
        self.setAccessibleName(self.tr("Files"))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setItemDelegateForColumn(STATE, _CutAtTheEnd(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column in (PAGES, PASSAGES, SIZE):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setResizeContentsPrecision(20)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)
        self.doubleClicked.connect(lambda index: self._open(index))
        self.shortcuts = {
            "delete": self._shortcut("Del", REMOVE),
            "read_again": self._shortcut("F5", READ),
        }
        self.row_actions = RowActions(theme)
        self.row_actions.setParent(self.viewport())
        self.row_actions.chosen.connect(self._act)
        self.row_actions.hide()
        self._row = -1
        self._kept: tuple[set[int], int, int] = (set(), 0, 0)
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._put_back)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.viewport().installEventFilter(self)
        self.verticalScrollBar().valueChanged.connect(lambda _value: self._place(-1))
        self._proxy.rowsRemoved.connect(lambda *_rows: self._place(-1))
        self._proxy.modelReset.connect(lambda: self._place(-1))
        self._proxy.layoutChanged.connect(lambda: self._place(-1))
        # The new font comes to the widgets after the theme has said that it changed.
        theme.changed.connect(lambda: QTimer.singleShot(0, self, self._measure))
        self._measure()

    def show_only(self, words: str, states: frozenset[FileState], kind: str) -> None:
        """As FileFilter.show_only."""
        self._proxy.show_only(words, states, kind)

    def selected(self) -> list[DocumentFile]:
        """The files of the rows selected."""
        return [self._file(index) for index in self.selectionModel().selectedRows()]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.HoverMove and isinstance(event, QHoverEvent):
            self._place(self.rowAt(event.position().toPoint().y()))
        elif event.type() in (QEvent.Type.HoverLeave, QEvent.Type.Resize):
            self._place(-1)
            self._fit()
        return False

    def _shortcut(self, keys: str, action: str) -> QShortcut:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(lambda: self._ask(action))
        return shortcut

    def _ask(self, action: str) -> None:
        files = self.selected()
        if files:
            self.asked.emit(action, files)

    def _keep(self) -> None:
        current = self.currentIndex()
        self._kept = (
            {each.id for each in self.selected()},
            self._file(current).id if current.isValid() else 0,
            self.verticalScrollBar().value(),
        )

    def _put_back(self) -> None:
        ids, current, scrolled = self._kept
        flag = QItemSelectionModel.SelectionFlag
        chosen = QItemSelection()
        for row in range(self._proxy.rowCount() if ids or current else 0):
            index = self._proxy.index(row, NAME)
            file = self._file(index)
            if file.id in ids:
                chosen.select(index, index)
            if file.id == current:
                self.selectionModel().setCurrentIndex(index, flag.NoUpdate)
        self.selectionModel().select(chosen, flag.ClearAndSelect | flag.Rows)
        self.verticalScrollBar().setValue(scrolled)

    def _place(self, row: int) -> None:
        """Put the actions on a row; -1 takes them away."""
        self._row = row
        if row < 0:
            self.row_actions.hide()
            return
        self.row_actions.offer(self._file(self._proxy.index(row, NAME)))
        rect = self.visualRect(self._proxy.index(row, STATE))
        width = self.row_actions.sizeHint().width()
        self.row_actions.setGeometry(
            self.viewport().width() - width - S4, rect.top(), width, rect.height()
        )
        self.row_actions.show()
        self.row_actions.raise_()

    def _act(self, action: str) -> None:
        if self._row >= 0:
            self.asked.emit(action, [self._file(self._proxy.index(self._row, NAME))])

    def _open(self, index: QModelIndex) -> None:
        self.asked.emit(OPEN, [self._file(index)])

    def _file(self, index: QModelIndex) -> DocumentFile:
        return self._model.file(self._proxy.mapToSource(index).row())

    def _menu(self, place: QPoint) -> None:
        files = self.selected()
        if files:
            menu = menu_for(self, self._theme, files, self.asked.emit)
            menu.popup(self.viewport().mapToGlobal(place))

    def _measure(self) -> None:
        height = self.fontMetrics().height()
        self.verticalHeader().setDefaultSectionSize(height + S16)
        self.setIconSize(QSize(height, height))
        self._fit()

    def _fit(self) -> None:
        """Leave out what matters least until the name has room."""
        letter, width = self.fontMetrics().averageCharWidth(), self.viewport().width()
        state = min(30 * letter, width * 2 // 5)
        left = width - state - _NAME_LETTERS * letter
        self.horizontalHeader().resizeSection(STATE, state)
        for column in (PAGES, PASSAGES, SIZE):
            # The header itself knows no width for a column that is hidden.
            title = self._model.headerData(column, Qt.Orientation.Horizontal)
            wanted = self.fontMetrics().horizontalAdvance(title) + 5 * letter
            self.setColumnHidden(column, wanted > left)
            left -= wanted if wanted <= left else 0


class _CutAtTheEnd(QStyledItemDelegate):
    """States begin with what matters; names of files, cut in the middle, often end with it."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideRight
