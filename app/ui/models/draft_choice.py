"""Which file helps a model: one that Loam knows, another, or none. A smaller model that guesses
ahead for it, or the add-on that lets it see."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QComboBox, QFileDialog

from app.ui.setting_fields import SettingField, keep_wheel_for_scrolling

_FILE = "?"  # what a person chooses to look for one
_WIDEST = 26  # letters of a name that the field has room for


class FileChoice(SettingField):
    """Its value is a path, or one of `fixed`, entries as (words, value) of which the first is what
    counts without a choice. title: what is asked when a file is looked for."""

    def __init__(
        self, label: str, title: str, fixed: Sequence[tuple[str, str]], known: Sequence[Path]
    ) -> None:
        self._box = QComboBox()
        self._title = title
        self._first = len(fixed)
        super().__init__(self._box, label)
        self._value = ""
        self._box.setMinimumContentsLength(12)
        keep_wheel_for_scrolling(self._box)
        for words, value in fixed:
            self._box.addItem(words, value)
        for path in known:
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
        at = max(self._first, self._box.count() - (self._box.findData(_FILE) >= 0))
        self._box.insertItem(at, shown, path)
        self._box.setItemData(at, path, Qt.ItemDataRole.ToolTipRole)

    def _chosen(self, index: int) -> None:
        value = self._box.itemData(index)
        if value == _FILE:
            value, _kind = QFileDialog.getOpenFileName(self._box, self._title, "", "GGUF (*.gguf)")
            if not value:
                self._put(self._value)
                return
        self._put(value)
        self.changed.emit(value)


class DraftChoice(FileChoice):
    """known: model files that there are; target: the one that would be drafted for, which only
    smaller ones can help."""

    def __init__(self, label: str, known: Sequence[Path], target: Path) -> None:
        title = QCoreApplication.translate("draft", "Choose a draft model")
        none = QCoreApplication.translate("draft", "None")
        smaller = [each for each in known if each != target and _size(each) < _size(target)]
        models = [each for each in smaller if not _is_add_on(each)]
        super().__init__(label, title, ((none, ""),), models)


class AddOnChoice(FileChoice):
    """known: files that there are, of which only vision add-ons count."""

    def __init__(self, label: str, known: Sequence[Path]) -> None:
        title = QCoreApplication.translate("draft", "Choose a vision add-on")
        beside = QCoreApplication.translate("draft", "The one beside it")
        none = QCoreApplication.translate("draft", "None")
        fixed = ((beside, ""), (none, "none"))
        super().__init__(label, title, fixed, [each for each in known if _is_add_on(each)])


def _is_add_on(path: Path) -> bool:
    return "mmproj" in path.name.lower()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 1 << 62
