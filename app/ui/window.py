"""The main window: rail, model picker, pages, notices, what is running, drops and shortcuts.

It knows pages only as `Page`; closing it stops what runs, within three seconds.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QByteArray, QCoreApplication, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.ui import shortcuts
from app.ui.adopting import adopt
from app.ui.context import Context
from app.ui.drop import DropZone, local_paths
from app.ui.first_start import FirstStart, Samples, mark_welcomed
from app.ui.footer import Footer
from app.ui.notice_views import Banners, Toasts
from app.ui.page import Page
from app.ui.rail import Rail
from app.ui.tokens import S4, S12

_SIZE = (1280, 800)
_LEAST = (720, 480)
_STOP_SECONDS = 3.0
_CHATS, _DOCUMENTS, _MODELS = "chats", "documents", "models"


class Window(QMainWindow):
    """pages: in the order of the rail; picker: the model picker of the top bar."""

    closed = Signal()

    def __init__(self, context: Context, pages: Sequence[type[Page]], picker: QPushButton) -> None:
        super().__init__()
        self._context = context
        self._kinds = {kind.key: kind for kind in pages}
        self._built: dict[str, Page] = {}
        self._current: Page | None = None
        self._first: FirstStart | None = None
        self._samples = Samples(context, self.tr("Sample documents"))
        self._picker = picker
        self.setWindowTitle("Loam")
        self.setMinimumSize(*_LEAST)
        self.setAcceptDrops(True)

        self._rail = Rail(pages, context.theme, context.memory)
        self._stack = QStackedWidget()
        self.banners = Banners(context.notices, context.theme)
        bar = QFrame()
        bar.setProperty("kind", "bar")
        top = QHBoxLayout(bar)
        top.setContentsMargins(S12, S4, S12, S4)
        top.addStretch(1)
        top.addWidget(picker)
        top.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(self.banners)
        column.addWidget(self._stack, 1)
        across = QHBoxLayout()
        across.setSpacing(0)
        across.addWidget(self._rail)
        across.addLayout(column, 1)
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(across, 1)
        layout.addWidget(Footer(context.tasks))
        self.setCentralWidget(middle)
        self._toasts = Toasts(context.notices, context.theme, self._stack, self._foot)
        self._drop = DropZone(self, context.theme, self._drop_hint)
        self._drop.dropped.connect(self.take_paths)

        self._connect()
        self._restore()
        self._begin()
        context.theme.changed.connect(lambda: self._rail.fit(self.width()))
        context.theme.dress()
        context.notices.open()

    @property
    def page(self) -> Page | None:
        """The page in front; None while the welcome is shown."""
        return self._current

    def show_page(self, key: str) -> Page:
        """Bring a page to the front, building it the first time."""
        page = self._built.get(key)
        if page is None:
            page = self._built[key] = self._kinds[key](self._context)
            self._stack.addWidget(page)
        self._leave_welcome()
        if page is not self._current:
            before, self._current = self._current, page
            if before is not None:
                before.hidden()
            self._stack.setCurrentWidget(page)
            self._context.memory.put("page", key)
            page.shown()
        self._rail.select(key)
        return page

    def take_paths(self, paths: list[str]) -> None:
        """Files that were dropped, or named at the start: models go to Models, adapters to the
        page that is shown or else among the adapters, the rest to the page that is shown or else
        to Documents."""
        from app.ui import dropped

        taken = dropped.by_kind(paths)
        page = self._current
        if taken.others and (page is None or not page.accept_paths(taken.others)):
            self.show_page(_DOCUMENTS).accept_paths(taken.others)
        page = self._current
        if taken.adapters and (page is None or not page.accept_adapters(taken.adapters)):
            adopt(self._context, taken.adapters)
        if taken.models:
            self.show_page(_MODELS).accept_paths(taken.models)

    def come_forward(self, paths: list[str]) -> None:
        """Another start of Loam came, with these files."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        if paths:
            self.take_paths(paths)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._drop.watch()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._drop.offer(local_paths(event.mimeData())):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self._drop.dropEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._rail.fit(self.width())

    def closeEvent(self, event: QCloseEvent) -> None:
        memory = self._context.memory
        geometry = bytes(self.saveGeometry().data())
        memory.put("geometry", base64.b64encode(geometry).decode())
        if self._current is not None:
            self._current.hidden()
        for page in self._built.values():
            page.closing()
        self.hide()
        # The person sees it closed at once; what runs gets its time to save.
        self._context.tasks.stop_all(_STOP_SECONDS)
        memory.save()
        event.accept()
        self.closed.emit()

    def _connect(self) -> None:
        navigator = self._context.navigator
        self._rail.chosen.connect(self.show_page)
        self._rail.settings_asked.connect(self._show_settings)
        navigator.show_page.connect(self.show_page)
        navigator.prepare_samples.connect(self._prepare_samples)
        navigator.new_chat.connect(self._open_chats)
        navigator.open_document.connect(self._open_document)
        navigator.try_adapter.connect(self._try_adapter)
        actions: dict[str, Callable[[], object]] = {
            "new_chat": lambda: navigator.new_chat.emit(()),
            "search": self._search,
            "sidebar": self._toggle_list,
            "model": self._picker.click,
            "settings": self._show_settings,
            "shortcuts": self._show_shortcuts,
            "help": self._show_help,
            "quit": self.close,
        }
        for index, key in enumerate(list(self._kinds)[: shortcuts.PAGES]):
            actions[f"page_{index + 1}"] = partial(self.show_page, key)
        keys = self._context.keys
        shortcuts.connect(keys, self, actions)
        keys.watch("model", lambda: self._picker.setToolTip(self._picker_words()))

    def _drop_hint(self, paths: list[str]) -> str:
        from app.ui import dropped

        return dropped.hint(paths, self._current)

    def _foot(self) -> int:
        return self._current.foot if self._current is not None else 0

    def _restore(self) -> None:
        kept = self._context.memory.text("geometry")
        if not kept or not self.restoreGeometry(QByteArray.fromBase64(kept.encode())):
            screen = QApplication.primaryScreen().availableGeometry()
            self.resize(min(_SIZE[0], screen.width()), min(_SIZE[1], screen.height()))

    def _begin(self) -> None:
        if self._context.loam.settings.current.welcomed:
            kept = self._context.memory.text("page")
            self.show_page(kept if kept in self._kinds else next(iter(self._kinds)))
            return
        self._first = FirstStart(self._context)
        self._first.left.connect(lambda: self.show_page(_CHATS))
        self._stack.addWidget(self._first)
        self._first.begin()

    def _leave_welcome(self) -> None:
        if self._first is not None:
            self._stack.removeWidget(self._first)
            self._first.deleteLater()
            self._first = None
            mark_welcomed(self._context)
            if self._samples.running is not None:
                self._context.tasks.show(self._samples.running)

    def _prepare_samples(self) -> None:
        title = self.tr("Reading the sample documents")
        task = self._samples.prepare(title, shown=self._first is None)
        if self._first is not None:
            self._first.follow(task)

    def _open_chats(self, collections: tuple[int, ...]) -> None:
        self._first_shown(_CHATS, lambda: self._context.navigator.new_chat.emit(collections))

    def _open_document(self, file_id: int, start: int, end: int) -> None:
        navigator = self._context.navigator
        self._first_shown(_DOCUMENTS, lambda: navigator.open_document.emit(file_id, start, end))

    def _try_adapter(self, model: str, use: object) -> None:
        navigator = self._context.navigator
        self._first_shown(_CHATS, lambda: navigator.try_adapter.emit(model, use))

    def _first_shown(self, key: str, repeat: Callable[[], None]) -> None:
        """Show the page that a signal is for. One that had to be built for it listens only from
        now on, so the signal is given once more."""
        built = key in self._built
        self.show_page(key)
        if not built:
            repeat()

    def _search(self) -> None:
        if self._current is not None:
            if self._current.panes is not None:
                self._current.panes.show_list(True)
            self._current.search()

    def _toggle_list(self) -> None:
        panes = self._current.panes if self._current is not None else None
        if panes is not None:
            panes.show_list(not panes.list_visible)

    def _show_settings(self) -> None:
        from app.ui.settings_dialog import SettingsDialog

        dialog = SettingsDialog(self._context, self)
        dialog.shortcuts_asked.connect(self._show_shortcuts)
        dialog.help_asked.connect(self._show_help)
        dialog.open()

    def _show_help(self) -> None:
        from app.ui.help.dialog import HelpDialog

        HelpDialog(self._context, self).open()

    def _show_shortcuts(self) -> None:
        from app.ui.shortcuts_dialog import ShortcutsDialog

        titles = [QCoreApplication.translate("pages", kind.title) for kind in self._kinds.values()]
        pages = {f"page_{n}": title for n, title in enumerate(titles[: shortcuts.PAGES], 1)}
        ShortcutsDialog(self._context.keys, self._context.theme, pages, self).open()

    def _picker_words(self) -> str:
        text = self.tr("Choose the model ({keys})")
        return text.replace("{keys}", self._context.keys.words("model"))
