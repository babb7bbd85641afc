"""What is on the clipboard, as documents: files as they are, text and pictures as own files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QDateTime, QIODevice, QMimeData, QObject
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from app.core.types import DocumentFile
from app.ui.context import Context
from app.ui.documents.file_work import FileWork
from app.ui.documents.note_dialog import NoteDialog
from app.ui.drop import local_paths

if TYPE_CHECKING:
    from app.ui.documents.note_dialog import NoteDialog


class Pasting(QObject):
    """current: the collection that it goes into, None where there is none yet. window: what
    dialogs stand before."""

    def __init__(
        self,
        context: Context,
        work: FileWork,
        current: Callable[[], int | None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._context = context
        self._work = work
        self._current = current
        self._window = window
        self.dialog: NoteDialog | None = None

    def paste(self) -> None:
        """Take what is on the clipboard."""
        self.take(QGuiApplication.clipboard().mimeData())

    def take(self, data: QMimeData) -> None:
        """Text goes before a picture: programs give a picture of their text as well."""
        paths = local_paths(data)
        text = data.text() if data.hasText() else ""
        image = data.imageData() if data.hasImage() else None
        if paths:
            self._work.add(self._current(), paths)
        elif any(letter.isalnum() for letter in text):
            self.offer_text(text)
        elif isinstance(image, QImage) and not image.isNull():
            now = QDateTime.currentDateTime().toString("yyyy-MM-dd HH.mm.ss")
            title = self.tr("Picture {time}").replace("{time}", now)
            self._work.add_picture(self._current(), title, _png(image))
        else:
            text = self.tr("There is nothing on the clipboard that can be added.")
            self._context.notices.toast(text)

    def offer_text(self, text: str) -> None:
        """Ask for a title, then keep a text as a document."""
        from app.services.notes import suggested_title
        from app.ui.documents.note_dialog import NoteDialog

        into = self._current()
        dialog = self._open(NoteDialog(self._window.window(), suggested_title(text), text))
        dialog.accepted.connect(lambda: self._work.add_note(into, dialog.title, text))
        dialog.open()

    def retitle(self, file: DocumentFile) -> None:
        """Ask for another title of a note."""
        from app.ui.documents.note_dialog import NoteDialog

        before = file.name.removesuffix(".md")
        dialog = self._open(NoteDialog(self._window.window(), before))

        def done() -> None:
            if dialog.title != before:
                self._work.retitle(file, dialog.title)

        dialog.accepted.connect(done)
        dialog.open()

    def _open(self, dialog: NoteDialog) -> NoteDialog:
        self.dialog = dialog
        dialog.finished.connect(self._closed)
        return dialog

    def _closed(self) -> None:
        self.dialog = None


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
