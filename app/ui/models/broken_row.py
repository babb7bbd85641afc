"""The row of a file in My Models that can't be read as a model, or is no longer there."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal

from app.core.errors import LoamError
from app.ui.models.actions import ModelActions
from app.ui.models.rows import Row
from app.ui.notices import do_text, what_text
from app.ui.theme import ThemeKeeper


class BrokenModelRow(Row):
    """asked: as a model's row asks; what can be done is to take the file out of the list."""

    asked = Signal(str, str)

    def __init__(self, error: LoamError, theme: ThemeKeeper, actions: ModelActions) -> None:
        path = error.params.get("path", "")
        super().__init__(
            theme, "triangle-alert", "danger", Path(path).name or " ", what_text(error)
        )
        self.line(do_text(error))
        if actions.is_link(path):
            out = self.button(self.tr("Remove"), "")
            out.setToolTip(self.tr("Take it out of this list; a file that is there stays."))
            out.clicked.connect(lambda: self.asked.emit("remove", path))
        elif actions.can_delete(path):
            out = self.button(self.tr("Delete"), "")
            out.setToolTip(self.tr("For a day it can be had back."))
            out.clicked.connect(lambda: self.asked.emit("delete", path))
