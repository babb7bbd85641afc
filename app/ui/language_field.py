"""A tick for each language that text in pictures can be read in here."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget

from app.services.pictures import PictureLanguages, picture_languages_here
from app.ui.context import Context
from app.ui.setting_fields import SettingField
from app.ui.tokens import S4, S12
from app.ui.wrap_layout import WrapLayout


class LanguageField(SettingField):
    """The value is what tesseract takes: 'eng+deu'. `found` is called when it is known which ones
    are installed; one that was chosen and is not stays ticked, and says so."""

    wide = True

    def __init__(self, context: Context, label: str) -> None:
        holder = QWidget()
        super().__init__(holder, label)
        self._chosen: list[str] = []
        self._here: PictureLanguages | None = None
        self.boxes: dict[str, QCheckBox] = {}
        self._ticks = QWidget()
        self._row = WrapLayout(self._ticks, S12)
        self.more = QLabel(self.tr("Looking which languages are installed"))
        self.more.setProperty("kind", "hint")
        self.more.setWordWrap(True)
        self.more.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S4)
        column.addWidget(self._ticks)
        column.addWidget(self.more)
        context.tasks.call(picture_languages_here, self.found)

    def found(self, here: PictureLanguages) -> None:
        """Offer what is installed."""
        self._here = here
        if here.installed:
            text = self.tr("More languages, on Debian: {line} (another ending for another one)")
        else:
            text = self.tr(
                "Pictures are read by the program tesseract, which is not installed. On Debian:"
                " {line}"
            )
        self.more.setText(text.replace("{line}", here.more))
        self._clear()
        self._offer()

    def _put(self, value: object) -> None:
        self._chosen = [one for one in re.split(r"[+,;\s]+", str(value)) if one]
        self._offer()

    def _offer(self) -> None:
        """A box for each language that is installed or chosen."""
        if self._here is None:
            return
        wanted = list(dict.fromkeys([*self._here.installed, *self._chosen]))
        if wanted != list(self.boxes):
            self._clear()
            self.boxes = {one: self._box(one) for one in wanted}
        for one, box in self.boxes.items():
            box.blockSignals(True)
            box.setChecked(one in self._chosen)
            box.blockSignals(False)

    def _clear(self) -> None:
        for old in self.boxes.values():
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.boxes = {}

    def _box(self, one: str) -> QCheckBox:
        text = language_name(one)
        if self._here is not None and one not in self._here.installed:
            text = self.tr("{language} (not installed)").replace("{language}", text)
        box = QCheckBox(text)
        box.setAccessibleName(text)
        box.toggled.connect(lambda on: self._tick(one, on))
        self._row.addWidget(box)
        return box

    def _tick(self, one: str, on: bool) -> None:
        # The order counts: tesseract tries the first one first.
        self._chosen = [each for each in self._chosen if each != one] + ([one] if on else [])
        self.changed.emit("+".join(self._chosen))


def language_name(code: str) -> str:
    """'English' for 'eng'; what Qt does not know keeps tesseract's name."""
    language = QLocale.codeToLanguage(code[:3])
    if language is QLocale.Language.AnyLanguage:
        return code
    name = QCoreApplication.translate("languages", QLocale.languageToString(language))
    return f"{name} ({code})" if "_" in code else name
