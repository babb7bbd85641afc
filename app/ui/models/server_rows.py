"""Rows of models that are on servers."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QMenu, QToolButton

from app.core import servernames
from app.core.types import Server, ServerModel
from app.services.server_book import title
from app.ui import server_words
from app.ui.icons import icon
from app.ui.models import facts
from app.ui.models.rows import Row
from app.ui.theme import ThemeKeeper

_MORE = 18
_WIDE = 78


class ServerRow(Row):
    """asked: what to do ('use', 'edit', 'disconnect'), and the name of the model."""

    asked = Signal(str, str)

    def __init__(self, server: Server, model: ServerModel, theme: ThemeKeeper, used: bool) -> None:
        path = servernames.join(server.address, model.name)
        name = server_words.model_name(path)
        role = "accent" if used else "quiet"
        detail = facts.joined([title(server), facts.context(model.context)])
        super().__init__(theme, server_words.picture(path), role, name, detail)
        self.path = path
        self.name.show_text(name, model.name)
        self.where = self.line(server_words.where(path), tip=server_words.explained(path))
        if warning := server_words.open_line(server.address):
            self.line(warning, "warning")
        self.chip(self.tr("On a server"))
        self.use = self.button(self.tr("In use") if used else self.tr("Use"), "primary")
        self.use.setMinimumWidth(round(theme.scaled(_WIDE)))
        self.use.setEnabled(not used)
        self.use.setToolTip(self.tr("New chats take this model."))
        self.use.clicked.connect(lambda: self.asked.emit("use", path))
        self.more = QToolButton()
        self.more.setProperty("kind", "icon")
        self.more.setIcon(icon("ellipsis", theme.tokens.quiet))
        self.more.setIconSize(QSize(_MORE, _MORE))
        self.more.setToolTip(self.tr("More"))
        self.more.setAccessibleName(self.tr("More: {name}").replace("{name}", name))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(self._menu())
        self.side.addWidget(self.more)

    def _menu(self) -> QMenu:
        menu = QMenu(self.more)
        for key, picture, text in (
            ("edit", "pencil", self.tr("Edit the connection")),
            ("disconnect", "x", self.tr("Disconnect from the server")),
        ):
            action = menu.addAction(icon(picture, self.theme.tokens.quiet), text)
            action.setData(key)
            action.triggered.connect(
                lambda _checked=False, key=key: self.asked.emit(key, self.path)
            )
        return menu
