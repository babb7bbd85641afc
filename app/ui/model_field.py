"""In Settings: which model new chats use, chosen by its name."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QComboBox

from app.core.messages import Inspected
from app.core.servernames import is_remote
from app.ui.chat.model_titles import ModelTitles
from app.ui.context import Context
from app.ui.setting_fields import SettingField, keep_wheel_for_scrolling


class ModelField(SettingField):
    """The value is a file or a model on a server, '' for the one that came with Loam."""

    wide = True

    def __init__(self, context: Context, label: str) -> None:
        self.box = QComboBox()
        super().__init__(self.box, label)
        self._models = context.loam.models
        self._titles = ModelTitles(self._models)
        self._value = ""
        keep_wheel_for_scrolling(self.box)
        self.box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._fill()
        self.box.activated.connect(lambda row: self.changed.emit(str(self.box.itemData(row))))
        context.tasks.run(
            self._models.list,
            on_event=self._inspected,
            on_error=lambda _error: None,
            on_done=self._fill,
        )

    def _put(self, value: object) -> None:
        self._value = str(value)
        self._fill()

    def _inspected(self, event: object) -> None:
        if isinstance(event, Inspected):
            self._titles.infos[event.info.path] = event.info

    def _fill(self) -> None:
        """The models known by now, and the one chosen, wherever it has gone."""
        offered = {"": self.tr("The one that came with Loam")}
        default = self._models.came_with_loam()
        if default:
            name = self.tr("{name}, came with Loam").replace("{name}", self._titles.name(default))
            offered[""] = name
        for path in map(str, self._models.choosable()):
            if path == default and path != self._value:
                continue
            info = self._titles.infos.get(path)
            if info is None or not (info.is_embedding or info.is_projector):
                offered[path] = self._titles.in_menu(path)
        for path in self._models.servers.names():
            offered[path] = _served(path)
        if self._value not in offered:
            lost = self._value
            lost = _served(lost) if is_remote(lost) else Path(lost).name
            offered[self._value] = self.tr("{name}: no longer there").replace("{name}", lost)
        self.box.blockSignals(True)
        self.box.clear()
        for path, name in offered.items():
            self.box.addItem(name, path)
        self.box.setCurrentIndex(self.box.findData(self._value))
        self.box.blockSignals(False)


def _served(path: str) -> str:
    from app.ui import server_words

    return server_words.in_menu(path)
