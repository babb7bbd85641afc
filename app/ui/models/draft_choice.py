"""Which model guesses ahead for another: none, a smaller one that Loam knows, or a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QComboBox, QFileDialog

from app.ui.setting_fields import SettingField, keep_wheel_for_scrolling

_FILE = "?"  # what a person chooses to look for one
_WIDEST = 26  # letters of a name that the field has room for


class DraftChoice(SettingField):
    """Its value is a path, '' for none. known: model files that there are; target: the one that
    would be drafted for, which only smaller ones can help."""

    def __init__(self, label: str, known: Sequence[Path], target: Path) -> None:
        self._box = QComboBox()
        super().__init__(self._box, label)
        self._value = ""
        self._box.setMinimumContentsLength(12)
        keep_wheel_for_scrolling(self._box)
        self._box.addItem(QCoreApplication.translate("draft", "None"), "")
        for path in known:
            if path != target and _size(path) < _size(target):
                self._add(str(path))
        self._box.addItem(QCoreApplication.translate("draft", "Choose a file"), _FILE)
        # The field is its child: a method of it connected here outlived it, and crashed.
        self._box.activated.connect(lambda index: self._chosen(index))

    def _put(self, value: object) -> None:
        self._value = str(value)
        if self._box.findData(self._value) < 0:
            self._add(self._value)
        self._box.setCurrentIndex(self._box.findData(self._value))

    def _add(self, path: str) -> None:
        name = Path(path).stem
        shown = name if len(name) <= _WIDEST else name[: _WIDEST - 1] + "…"
        at = max(1, self._box.count() - (self._box.findData(_FILE) >= 0))
        self._box.insertItem(at, shown, path)
        self._box.setItemData(at, path, Qt.ItemDataRole.ToolTipRole)

    def _chosen(self, index: int) -> None:
        value = self._box.itemData(index)
        if value == _FILE:
            title = QCoreApplication.translate("draft", "Choose a draft model")
            value, _kind = QFileDialog.getOpenFileName(self._box, title, "", "GGUF (*.gguf)")
            if not value:
                self._put(self._value)
                return
        self._put(value)
        self.changed.emit(value)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 1 << 62
