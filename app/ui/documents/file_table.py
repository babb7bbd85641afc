"""The table of files, with what can be done to a row at its right end."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QSize,
    QSortFilterProxyModel,
    Qt,
    QTimer,
    Signal,
    SignalInstance,
)
from PySide6.QtGui import QHoverEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolButton,
)

from app.core.types import DocumentFile
from app.ui.documents.file_model import NAME, PAGES, PASSAGES, SIZE, STATE, FileModel
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8, S16

_NAME_LETTERS = 20


class FileTable(QTableView):
    """Enter or a double click opens, Del removes, F5 reads again; `shortcuts` may be given other
    keys."""

    open_asked = Signal(object)
    read_asked = Signal(list)
    remove_asked = Signal(list)

    def __init__(self, model: FileModel, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._model = model
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(model)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._proxy.setFilterKeyColumn(NAME)
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
            "delete": self._shortcut("Del", self.remove_asked),
            "read_again": self._shortcut("F5", self.read_asked),
        }
        self.row_actions = _RowActions(theme)
        self.row_actions.setParent(self.viewport())
        self.row_actions.read.clicked.connect(lambda: self._act(self.read_asked))
        self.row_actions.remove.clicked.connect(lambda: self._act(self.remove_asked))
        self.row_actions.hide()
        self._row = -1
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.viewport().installEventFilter(self)
        self.verticalScrollBar().valueChanged.connect(lambda _value: self._place(-1))
        self._proxy.rowsRemoved.connect(lambda *_rows: self._place(-1))
        self._proxy.modelReset.connect(lambda: self._place(-1))
        self._proxy.layoutChanged.connect(lambda: self._place(-1))
        # The new font comes to the widgets after the theme has said that it changed.
        theme.changed.connect(lambda: QTimer.singleShot(0, self, self._measure))
        self._measure()

    def filter(self, words: str) -> None:
        """Show only files whose name holds these words."""
        self._proxy.setFilterFixedString(words)

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

    def _shortcut(self, keys: str, asked: SignalInstance) -> QShortcut:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(lambda: self._ask(asked))
        return shortcut

    def _ask(self, asked: SignalInstance) -> None:
        files = self.selected()
        if files:
            asked.emit(files)

    def _place(self, row: int) -> None:
        """Put the actions on a row; -1 takes them away."""
        self._row = row
        if row < 0:
            self.row_actions.hide()
            return
        rect = self.visualRect(self._proxy.index(row, STATE))
        width = self.row_actions.sizeHint().width()
        self.row_actions.setGeometry(
            self.viewport().width() - width - S4, rect.top(), width, rect.height()
        )
        self.row_actions.show()
        self.row_actions.raise_()

    def _act(self, signal: SignalInstance) -> None:
        if self._row >= 0:
            file = self._file(self._proxy.index(self._row, NAME))
            signal.emit([file])

    def _open(self, index: QModelIndex) -> None:
        self.open_asked.emit(self._file(index))

    def _file(self, index: QModelIndex) -> DocumentFile:
        return self._model.file(self._proxy.mapToSource(index).row())

    def _menu(self, place: QPoint) -> None:
        files = self.selected()
        if not files:
            return
        tokens = self._theme.tokens
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if len(files) == 1:
            menu.addAction(
                icon("book-open", tokens.text),
                self.tr("Open"),
                lambda: self.open_asked.emit(files[0]),
            )
        menu.addAction(
            icon("refresh-cw", tokens.text),
            self.tr("Read again"),
            lambda: self.read_asked.emit(files),
        )
        menu.addAction(
            icon("trash-2", tokens.danger),
            self.tr("Remove from collection"),
            lambda: self.remove_asked.emit(files),
        )
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


class _RowActions(QFrame):
    """Read again and Remove, for the row under the pointer. Keyboard: F5, Del or the menu key."""

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("kind", "row-actions")
        self.read = self._button(self.tr("Read again"))
        self.remove = self._button(self.tr("Remove from collection"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(S8, 0, S4, 0)
        layout.setSpacing(S4)
        layout.addWidget(self.read)
        layout.addWidget(self.remove)
        theme.changed.connect(self._tint)
        self._tint()

    def _button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("kind", "icon")
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return button

    def _tint(self) -> None:
        self.read.setIcon(icon("refresh-cw", self._theme.tokens.quiet, 16))
        self.remove.setIcon(icon("trash-2", self._theme.tokens.danger, 16))
