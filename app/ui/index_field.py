"""In Settings: where the index by meaning is kept, and the way to the dialog that changes it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.ui.context import Context
from app.ui.documents import index_words
from app.ui.finetune.labels import text_label
from app.ui.setting_fields import SettingField
from app.ui.tokens import S8


class IndexField(SettingField):
    """The value is an address; the dialog has set it, with all that belongs to it, when it is
    told."""

    wide = True
    resets = False

    def __init__(self, context: Context, label: str) -> None:
        holder = QWidget()
        super().__init__(holder, label)
        self._context = context
        self.where = text_label("")
        self.choose = QPushButton(self.tr("Change…"))
        self.choose.setAccessibleName(self.tr("Change where the index is kept"))
        self.choose.clicked.connect(self._open)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S8)
        row.addWidget(self.where, 1)
        row.addWidget(self.choose)

    def _put(self, _value: object) -> None:
        text = index_words.chosen(self._context.loam.index_place.where)
        self.where.setText(text)
        self.where.setAccessibleName(text)

    def _open(self) -> None:
        from app.ui.documents.index_dialog import IndexDialog

        place = self._context.loam.index_place
        dialog = IndexDialog(self.widget.window(), place, self._context.tasks)
        dialog.finished.connect(self._chosen)
        dialog.open()

    def _chosen(self) -> None:
        settings = self._context.loam.settings.current
        self.show_value(settings.index_server)
        # The row's way back to the default is there or gone by it.
        self.changed.emit(settings.index_server)
        self._context.navigator.settings_changed.emit(settings)
