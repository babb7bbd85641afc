"""Pictures on their way into a message: added, pasted or dropped; shown above the field; sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QBoxLayout, QFileDialog

from app.core.messages import PictureKept
from app.core.process import Cancel
from app.services.gallery import SUFFIXES, is_picture
from app.ui.context import Context

if TYPE_CHECKING:
    from app.core.types import Picture
    from app.ui.chat.blind_bar import BlindBar
    from app.ui.chat.composer import Composer
    from app.ui.chat.waiting_pictures import WaitingPictures

_MOST = 16
"""Pictures in one message."""


class PictureFlow(QObject):
    """Puts its widgets into the composer and at the front of `layout` when they are needed.
    `text_wanted`: files of pictures whose text shall be read, since the model can't see."""

    text_wanted = Signal(object)

    def __init__(self, context: Context, composer: Composer, layout: QBoxLayout) -> None:
        super().__init__()
        self._context = context
        self._composer = composer
        self._layout = layout
        self._chat_id = 0
        self._waiting: dict[int, list[Picture]] = {}
        self._unseen: list[str] = []
        # Who then chooses a model that sees meant these.
        context.navigator.model_chosen.connect(lambda _: QTimer.singleShot(0, self, self._again))
        self.row: WaitingPictures | None = None
        self.bar: BlindBar | None = None

    @property
    def height(self) -> int:
        """Pixels that the question about a model that can't see takes."""
        bar = self.bar
        return bar.sizeHint().height() if bar is not None and not bar.isHidden() else 0

    @property
    def waiting(self) -> tuple[Picture, ...]:
        """Those that will go with the next message of the chat in front."""
        return tuple(self._waiting.get(self._chat_id, ()))

    def show_chat(self, chat_id: int) -> None:
        """Another chat is in front now."""
        if chat_id != self._chat_id:
            self._drop_bar()
        self._chat_id = chat_id
        self._show()

    def sent(self, pictures: Sequence[Picture]) -> None:
        """A message of the chat in front went out with these."""
        if pictures and tuple(pictures) == self.waiting:
            del self._waiting[self._chat_id]
            self._show()

    def choose(self) -> None:
        """Ask for files."""
        dialog = QFileDialog(self._composer, self.tr("Add pictures"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        endings = " ".join(f"*{each}" for each in SUFFIXES)
        dialog.setNameFilter(self.tr("Pictures ({endings})").replace("{endings}", endings))
        dialog.filesSelected.connect(self.add)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def take(self, paths: Sequence[str]) -> list[str]:
        """Of files that were dropped take the pictures; gives the others."""
        pictures = [each for each in paths if is_picture(each)]
        if pictures:
            self.add(pictures)
        return [each for each in paths if each not in pictures]

    def add(self, paths: Sequence[str]) -> None:
        """Have files shown with the next message, if the model sees."""
        gallery = self._context.loam.chats.gallery
        self._if_seen(list(paths), lambda cancel: gallery.add(paths, cancel))

    def paste(self, found: list[str] | bytes) -> None:
        """Take what was on the clipboard: paths, or the content of a picture."""
        if isinstance(found, bytes):
            gallery, name = self._context.loam.chats.gallery, self.tr("Pasted picture")
            self._if_seen([], lambda cancel: gallery.paste(found, name, cancel))
        else:
            self.add(found)

    def _if_seen(self, paths: list[str], keep: Callable[[Cancel], Iterator[object]]) -> None:
        chat_id, chats = self._chat_id, self._context.loam.chats
        self._drop_bar()

        def work(cancel: Cancel) -> Iterator[object]:
            if not chats.sees(chat_id):
                yield False
                return
            yield from keep(cancel)

        def take(event: object) -> None:
            if isinstance(event, PictureKept):
                self._add(chat_id, event.picture)
            elif event is False and chat_id == self._chat_id:
                self._ask(paths)

        self._context.tasks.run(work, title=self.tr("Reading the picture"), on_event=take)

    def _add(self, chat_id: int, picture: Picture) -> None:
        waiting = self._waiting.setdefault(chat_id, [])
        if picture not in waiting and len(waiting) < _MOST:
            waiting.append(picture)
        self._show()
        self._composer.field.setFocus()

    def _remove(self, picture: Picture) -> None:
        self._waiting[self._chat_id].remove(picture)
        self._show()
        self._composer.field.setFocus()

    def _show(self) -> None:
        waiting = self.waiting
        self._composer.let_send(bool(waiting))
        if self.row is None:
            if not waiting:
                return
            from app.ui.chat.waiting_pictures import WaitingPictures

            small = self._context.loam.chats.gallery.small
            self.row = WaitingPictures(self._context.theme, small)
            self.row.removed.connect(self._remove)
            self.row.opened.connect(self._open)
            self._composer.add_above(self.row)
        self.row.show_pictures(waiting)
        self.row.come_after(self._composer.field)

    def _open(self, picture: Picture) -> None:
        from app.ui.chat import large_picture

        path = self._context.loam.chats.picture_path(picture)
        large_picture.show(self._composer, picture, path, self._context.tasks)

    def _ask(self, paths: list[str]) -> None:
        self._unseen = paths
        if self.bar is None:
            from app.ui.chat.blind_bar import BlindBar

            self.bar = BlindBar()
            self.bar.read.connect(self._read_text)
            self.bar.given_up.connect(self._give_up)
            self._layout.insertWidget(0, self.bar)
        self.bar.ask(bool(paths))

    def _read_text(self) -> None:
        paths = self._unseen
        self._give_up()
        self.text_wanted.emit(paths)

    def _again(self) -> None:
        if self._unseen:
            self.add(self._unseen)

    def _give_up(self) -> None:
        self._drop_bar()
        self._composer.field.setFocus()

    def _drop_bar(self) -> None:
        self._unseen = []
        if self.bar is not None:
            self.bar.hide()
