"""The button on the top bar: which model answers, where it runs, and a menu to take another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from app.core import messages
from app.core.errors import Cancelled, LoamError, NoModel
from app.core.lazy import on_first_use
from app.core.messages import Progress
from app.core.servernames import is_remote
from app.ui.chat.model_titles import LONGEST, ModelTitles, short
from app.ui.context import Context
from app.ui.icons import icon
from app.ui.tasks import Task

if TYPE_CHECKING:
    from app.core.types import Chat, ModelSpec
    from app.ui.chat.adapter_menu import AdapterMenu

_LOOK_MS = 1000
_FIRST_LOAD_MS = 250
_MOST_NAMES = 2


class ModelPicker(QPushButton):
    """Loads the default model once the window stands, so that the first answer comes soon."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._models = context.loam.models
        self._chat: Chat | None = None
        self._percent: int | None = None
        self._loading: Task | None = None
        self._asked = ""
        self._was_loaded = False
        self._began = False
        self._tinted = ""
        self._titles = ModelTitles(self._models)
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self.setProperty("kind", "quiet")
        self.setToolTip(self.tr("Choose the model (Ctrl+L)"))
        self.clicked.connect(self.open_menu)
        navigator = context.navigator
        navigator.chat_opened.connect(self._show_chat)
        navigator.model_event.connect(self._take)
        navigator.settings_changed.connect(lambda _settings: self._take_settings())
        navigator.adapters_changed.connect(self.refresh)
        navigator.load_settings_changed.connect(self._take_load_settings)
        context.theme.changed.connect(self.refresh)
        # A child that dies says nothing to the window; this is how the state stays true.
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self.refresh)
        self.refresh()

    @on_first_use
    def adapters(self) -> AdapterMenu:
        """The menu's part about adapters."""
        from app.ui.chat.adapter_menu import AdapterMenu

        made = AdapterMenu(self._context, self._menu)
        made.chosen.connect(self._context.navigator.adapters_chosen)
        return made

    @property
    def menu_shown(self) -> QMenu:
        """The menu of models, filled when it opens."""
        return self._menu

    def refresh(self) -> None:
        """Say the state as it is now."""
        name, state, picture = self._words()
        name += self._adapter_words()
        text = f"{name} - {state}" if name else state
        if (tip := self._tip()) != self.toolTip():  # how it is computed may change in a chat
            self.setToolTip(tip)
        if text == self.text() and not self.icon().isNull() and self._tinted == self._tint():
            return
        self._tinted = self._tint()
        self.setText(text)
        self.setAccessibleName(self.tr("Model: {text}").replace("{text}", text))
        self.setIcon(icon(picture, self._context.theme.tokens.quiet, 16))

    def open_menu(self) -> None:
        """Show the models there are."""
        self._menu.clear()
        current = self._path()
        for path in self._models.choosable():
            action = self._menu.addAction(self._titles.in_menu(str(path)))
            action.setCheckable(True)
            action.setChecked(str(path) == current)
            action.triggered.connect(lambda _on, path=str(path): self._choose(path))
        self._add_served(current)
        if self._menu.isEmpty():
            self._menu.addAction(self.tr("No model yet")).setEnabled(False)
        self._menu.addSeparator()
        chat = self._chat
        own = current if chat and not is_remote(current) else ""
        self.adapters.fill(own, chat.settings.adapters if chat else ())
        self._menu.addSeparator()
        how = self._menu.addAction(self.tr("Load settings…"))
        how.setToolTip(self.tr("Graphics card, context and memory of this model"))
        how.setEnabled(bool(current) and not is_remote(current))
        how.triggered.connect(lambda: self._open_load_settings(current))
        more = self._menu.addAction(self.tr("Models…"))
        more.triggered.connect(lambda: self._context.navigator.show_page.emit("models"))
        if len(self._titles.infos) < len(self._models.choosable()):
            self._context.tasks.run(
                self._models.list, on_event=self._inspected, on_error=lambda _error: None
            )
        self._menu.popup(self.mapToGlobal(QPoint(0, self.height())))

    def load(self) -> None:
        """Load the model of the chat in front ahead of its first message."""
        if self._loading is not None:
            return
        try:
            # Adapters go on with the first message, which can say what is wrong with them.
            spec = replace(self._models.spec_for(self._chat), adapters=())
        except LoamError:
            self.refresh()
            return
        if is_remote(spec.path):
            # Nothing is asked of a server before the person asks.
            self.refresh()
            return
        self._percent = 0
        self._asked = spec.path
        self._loading = self._context.tasks.run(
            lambda cancel: self._models.load(spec, cancel),
            title=self.tr("Loading the model"),
            on_event=self._context.navigator.model_event.emit,
            on_error=lambda error: self._failed(error, spec),
            on_done=self._loaded,
        )
        self.refresh()

    def _failed(self, error: LoamError, spec: ModelSpec) -> None:
        from app.ui.chat import load_trouble

        if not isinstance(error, Cancelled):
            load_trouble.show(self._context, error, spec, self._chat)

    def _open_load_settings(self, path: str) -> None:
        from app.ui.models import load_dialog

        load_dialog.open_for(self._context, self.window(), path, self._titles.name(path))

    def _take_load_settings(self, path: str) -> None:
        loaded = self._models.loaded()
        if path == self._path() and (loaded is None or loaded.info.path == path):
            self.load()

    def sizeHint(self) -> QSize:
        # Changing words must not push the bar about.
        hint = super().sizeHint()
        return QSize(max(hint.width(), 260), hint.height())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look.start()
        if not self._began:
            self._began = True
            QTimer.singleShot(_FIRST_LOAD_MS, self, self.load)

    def _tip(self) -> str:
        """What the button does, and where the model in memory really runs."""
        does = self.tr("Choose the model (Ctrl+L)")
        loaded = self._models.loaded()
        if loaded is None or loaded.info.path != self._path():
            return does
        from app.ui.models import facts

        return "\n".join([does, facts.loaded(loaded), facts.buffers(loaded)]).strip()

    def _words(self) -> tuple[str, str, str]:
        """(name, state, icon)"""
        path = self._path()
        if not path:
            return "", self.tr("No model yet"), "triangle-alert"
        if is_remote(path):
            return self._served_words(path)
        loaded = self._models.loaded()
        name = self._titles.name(path)
        if self._percent is not None:
            words = self.tr("loading {n} %").replace("{n}", str(self._percent))
            return name, words, "loader"
        if loaded is not None and loaded.info.path == path:
            self._was_loaded = True
            ready = self.tr("{device}, ready").replace("{device}", loaded.device)
            return name, ready, "cpu"
        if self._was_loaded and not self._models.alive():
            return name, self.tr("stopped: starts again with the next message"), "circle-alert"
        return name, self.tr("not loaded"), "cpu"

    def _served_words(self, path: str) -> tuple[str, str, str]:
        from app.ui import server_words

        name = short(server_words.model_name(path))
        if path not in self._models.servers.names():
            return name, self.tr("no longer connected"), "circle-alert"
        return name, server_words.where(path), server_words.picture(path)

    def _add_served(self, current: str) -> None:
        """The models on servers, each with the place to which text goes."""
        names = self._models.servers.names()
        if not names:
            return
        from app.ui import server_words

        self._menu.addSeparator()
        for path in names:
            action = self._menu.addAction(server_words.in_menu(path))
            action.setCheckable(True)
            action.setChecked(path == current)
            action.setToolTip(server_words.explained(path))
            action.triggered.connect(lambda _on, path=path: self._choose(path))

    def _adapter_words(self) -> str:
        """' + polite' while adapters act; two by name, more by number."""
        adapters = self._chat.settings.adapters if self._chat is not None else ()
        names = [self._context.loam.adapters.name_of(use.path) for use in adapters]
        if len(names) > _MOST_NAMES:
            return self.tr(" + {n} adapters").replace("{n}", str(len(names)))
        return "".join(f" + {short(name, LONGEST // 2)}" for name in names)

    def _path(self) -> str:
        try:
            return self._models.spec_for(self._chat).path
        except NoModel:
            return ""

    def _choose(self, path: str) -> None:
        if self._chat is not None:
            self._context.navigator.model_chosen.emit(path)
        else:
            self._context.loam.settings.change(model=path)
        self.load()

    def _inspected(self, event: object) -> None:
        if not isinstance(event, messages.Inspected):
            return
        self._titles.infos[event.info.path] = event.info
        for action, path in zip(self._menu.actions(), self._models.choosable(), strict=False):
            if str(path) == event.info.path and action.isCheckable():
                action.setText(self._titles.in_menu(str(path)))

    def _show_chat(self, chat: Chat | None) -> None:
        self._chat = chat
        self.refresh()

    def _take_settings(self) -> None:
        self.refresh()
        loaded = self._models.loaded()
        if self._began and loaded is not None and loaded.info.path != self._path():
            # Another model was chosen for new chats: what takes long begins at once.
            self.load()

    def _take(self, event: object) -> None:
        if isinstance(event, Progress) and event.what == "Loading the model":
            self._percent = min(100, round(100 * event.done / event.total)) if event.total else 0
        elif isinstance(event, messages.Loaded):
            if event.model.unused and not event.again:
                from app.ui.chat import load_trouble

                load_trouble.tell_unused(self._context, event.model)
            self._titles.infos[event.model.info.path] = event.model.info
            self._percent = None
        else:
            self._percent = None
        self.refresh()

    def _loaded(self) -> None:
        self._loading = None
        self._percent = None
        self.refresh()
        if self._asked != self._path():
            # Another one was chosen meanwhile.
            self.load()

    def _tint(self) -> str:
        return self._context.theme.tokens.quiet
