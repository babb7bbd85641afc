"""My Models: what is on this machine, what can be had back, and what models run on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.core import servernames
from app.core.errors import LoamError
from app.core.messages import Device
from app.core.types import LoadedModel, ModelInfo, Server
from app.engine.plan import Plan
from app.services.model_files import Deleted
from app.ui import words
from app.ui.finetune.column import ScrollColumn
from app.ui.finetune.labels import text_label
from app.ui.models.actions import ModelActions
from app.ui.models.broken_row import BrokenModelRow
from app.ui.models.model_row import ModelRow
from app.ui.models.rows import DeviceRow, Row, refill
from app.ui.models.server_rows import ServerRow
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S8, S16


class MineView(ScrollColumn):
    """asked: what to do, and with the model at which path; restore_asked: which deleted one."""

    asked = Signal(str, str)
    restore_asked = Signal(str)
    server_asked = Signal(str, str)
    """As `asked`, of a model on a server."""

    def __init__(self, theme: ThemeKeeper, actions: ModelActions) -> None:
        super().__init__()
        # Always there, so that nothing moves sideways when a list grows.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._theme = theme
        self._actions = actions
        self.rows: dict[str, ModelRow] = {}
        self.served: dict[str, ServerRow] = {}
        hint = self.tr(
            "A model is one GGUF file, or one in several parts. Add one here or drop it on the "
            "window; it is used where it lies."
        )
        self.body.addWidget(text_label(hint, "hint"))
        self._models = self._section()
        self._served_title, self._served = self._titled(self.tr("On servers"))
        self._served_title.hide()
        self._gone_title, self._gone = self._titled(self.tr("Deleted a short time ago"))
        _title, self._devices = self._titled(self.tr("This machine"))
        actions.told.connect(self._tell)

    def show_models(
        self, infos: Sequence[ModelInfo], broken: Sequence[LoamError], used: str
    ) -> None:
        """used: the path of the model that new chats take."""
        self.rows = {}
        rows: list[QWidget] = []
        names = Counter(info.name for info in infos)
        for info in infos:
            row = ModelRow(info, self._theme, self._actions, info.path == used)
            if names[info.name] > 1:
                row.tell_folder()
            row.asked.connect(self.asked)
            self.rows[info.path] = row
            rows.append(row)
        for error in broken:
            bad = BrokenModelRow(error, self._theme, self._actions)
            bad.asked.connect(self.asked)
            rows.append(bad)
        refill(self._models, rows)

    def show_servers(self, servers: Sequence[Server], used: str) -> None:
        """The models on servers. used: as in show_models."""
        self.served = {}
        for server in servers:
            for model in server.models:
                path = servernames.join(server.address, model.name)
                row = ServerRow(server, model, self._theme, path == used)
                row.asked.connect(self.server_asked)
                self.served[path] = row
        refill(self._served, list(self.served.values()))
        self._served_title.setVisible(bool(self.served))

    def show_plans(self, plans: Mapping[str, Plan], loaded: LoadedModel | None) -> None:
        """Where the layers of each model would go, by its path."""
        for path, row in self.rows.items():
            row.tell_plan(plans.get(path), loaded)

    def show_deleted(self, deleted: Sequence[Deleted]) -> None:
        """What can still be had back."""
        rows: list[QWidget] = []
        for each in deleted:
            left = words.about(max(0.0, each.until - time.time()))
            text = self.tr("{size}; it is kept for {time} yet").replace("{time}", left)
            text = text.replace("{size}", words.size(each.size_bytes))
            row = Row(self._theme, "trash-2", "quiet", each.name, text)
            button = row.button(self.tr("Restore"), "")
            button.clicked.connect(lambda _on=False, id=each.id: self.restore_asked.emit(id))
            rows.append(row)
        refill(self._gone, rows)
        self._gone_title.setVisible(bool(rows))

    def show_devices(self, devices: Sequence[Device]) -> None:
        """What models can run on."""
        refill(self._devices, [DeviceRow(each, self._theme) for each in devices])

    def _tell(self, path: str) -> None:
        if path in self.rows:
            self.rows[path].tell()

    def _titled(self, title: str) -> tuple[QLabel, QVBoxLayout]:
        label = QLabel(title)
        label.setProperty("kind", "heading")
        label.setContentsMargins(0, S16, 0, 0)
        self.body.addWidget(label)
        return label, self._section()

    def _section(self) -> QVBoxLayout:
        layout = QVBoxLayout()
        layout.setSpacing(S8)
        self.body.addLayout(layout)
        return layout
