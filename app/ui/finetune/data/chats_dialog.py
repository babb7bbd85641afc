"""Which answers of the chats become rows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from app.core.types import Message
from app.ui.finetune.data import say
from app.ui.finetune.data.dialog import StepDialog

_ID = Qt.ItemDataRole.UserRole
_LONGEST = 160


class ChatsDialog(StepDialog):
    """`chosen`: ids of the answers that are ticked. found: answers with the titles of their
    chats."""

    def __init__(self, parent: QWidget, found: Sequence[tuple[Message, str]]) -> None:
        super().__init__(parent)
        self.resize(620, 460)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Answers that you liked"))
        self.list.setWordWrap(True)
        for message, title in found:
            why = self.tr("Written by you") if message.rewrites else self.tr("Thumbs up")
            said = " ".join(message.content[: 2 * _LONGEST].split())[:_LONGEST]
            item = QListWidgetItem(f"{said}\n{title}  ·  {why}")
            item.setData(_ID, message.id)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
            self.list.addItem(item)
        self.list.itemChanged.connect(lambda _item: self._judge())
        self.body.addWidget(self.list, 1)
        if found:
            about = self.tr("Each becomes a row, with all that was said before it in its chat.")
        else:
            about = self.tr(
                "There are none that this dataset does not have. In a chat, give good answers a "
                "thumbs up, or write them better; then come back."
            )
            self.list.hide()
            self.resize(460, 180)
        self.say(self.tr("Collect from chats"), about, self.tr("Add the rows") if found else "")
        self._judge()

    @property
    def chosen(self) -> list[int]:
        """Ids of messages, in the order of the list."""
        items = (self.list.item(row) for row in range(self.list.count()))
        return [i.data(_ID) for i in items if i.checkState() is Qt.CheckState.Checked]

    def _judge(self) -> None:
        count = len(self.chosen)
        self.ok_button.setEnabled(count > 0)
        if self.list.count():
            self.ok_button.setText(self.tr("Add {n}").replace("{n}", say.rows(count)))
