"""What a person does with servers: connect, change, disconnect and take that back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.core import servernames
from app.core.errors import LoamError
from app.core.types import Server
from app.services.server_book import Removed, title
from app.services.servers import ServerService
from app.ui.context import Context


class ServerActions(QObject):
    """`changed`: there are other models on servers than before."""

    changed = Signal()

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context = context
        self._window = window
        self._models = context.loam.models
        self._book = self._models.servers

    @property
    def servers(self) -> Sequence[Server]:
        """All that are connected to."""
        return self._book.servers()

    def connect_to(self) -> None:
        """Ask for an address, and which models of it."""
        self._open(None)

    def act(self, what: str, path: str) -> None:
        """Do what a row asked for."""
        try:
            server = self._book.get(path)
        except LoamError as error:
            self._context.notices.show(error)
            self.changed.emit()
            return
        if what == "use":
            self._use(path)
        elif what == "edit":
            self._open(server)
        else:
            self.disconnect_from(server)

    def disconnect_from(self, server: Server) -> None:
        """Forget a server; Undo connects to it again."""
        before = self._context.loam.settings.current.model

        def done(removed: Removed) -> None:
            def undo() -> None:
                self._context.tasks.call(lambda: self._book.restore(removed), back)

            def back(_none: object) -> None:
                if servernames.split(before)[0] == server.address:
                    self._use(before)
                self.changed.emit()

            text = self.tr("Disconnected from {name}.").replace("{name}", title(server))
            self._context.notices.toast(text, undo)
            self._settings_changed()
            self.changed.emit()

        # The keyring may wait for the person to unlock it.
        self._context.tasks.call(lambda: self._models.disconnect(server.address), done)

    def _open(self, server: Server | None) -> None:
        from app.ui.models.server_dialog import ServerDialog

        service = ServerService(self._book, self._context.loam.profile.logs)
        dialog = ServerDialog(self._window, service, self._context.tasks, server)
        dialog.accepted.connect(self._settings_changed)
        dialog.accepted.connect(self.changed)
        dialog.finished.connect(lambda: self._context.tasks.call(service.close, lambda _none: None))
        dialog.open()

    def _use(self, path: str) -> None:
        try:
            now = self._context.loam.settings.change(model=path)
        except LoamError as error:
            self._context.notices.show(error)
            return
        self._context.navigator.settings_changed.emit(now)

    def _settings_changed(self) -> None:
        self._context.navigator.settings_changed.emit(self._context.loam.settings.current)
