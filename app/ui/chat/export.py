"""Saving a chat as a file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, cast

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from app.core.errors import StoreError
from app.core.files import write_atomically
from app.core.types import Chat
from app.ui.context import Context

Kind = Literal["markdown", "json"]
_SUFFIX = {"markdown": ".md", "json": ".json"}


def ask_and_save(parent: QWidget, context: Context, chat: Chat, kind: str) -> QFileDialog:
    """Ask where to, then write."""
    suffix = _SUFFIX[kind]
    dialog = QFileDialog(parent, _tr("Save the chat"))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix[1:])
    dialog.setNameFilter(f"{'Markdown' if kind == 'markdown' else 'JSON'} (*{suffix})")
    dialog.selectFile(file_name(chat.title) + suffix)
    dialog.fileSelected.connect(lambda path: save(context, chat.id, cast("Kind", kind), Path(path)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


def save(context: Context, chat_id: int, kind: Kind, path: Path) -> None:
    """Write a chat to `path`, off the GUI thread, and say when it is done."""

    def work() -> str:
        text = context.loam.chats.export(chat_id, kind)
        try:
            write_atomically(path, text.encode())
        except OSError as error:
            raise StoreError(repr(error), reason=error.strerror or "", path=path.parent) from error
        return path.name

    done = _tr("Saved as {name}")
    context.tasks.call(work, lambda name: context.notices.toast(done.replace("{name}", name)))


def file_name(title: str) -> str:
    """A title as a file's name that every system takes."""
    return re.sub(r'[\s<>:"/\\|?*\x00-\x1f]+', " ", title).strip(" .")[:80] or "chat"


def _tr(text: str) -> str:
    return QCoreApplication.translate("export", text)
