"""Asking where rows should come from, and showing where a row came from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from app.core.errors import LoamError, NotFound
from app.core.types import Collection, Message
from app.services.dataset.formats.table import Preview
from app.services.dataset.types import Row
from app.ui.context import Context
from app.ui.finetune.data import say
from app.ui.finetune.data.work import Failed, Source, told

if TYPE_CHECKING:
    from app.ui.finetune.data.actions import DataActions
    from app.ui.finetune.steps.data import DataStep

Prepared = tuple[Source, Preview | None] | Failed


class SourceAsker(QObject):
    """The dialogs before rows come in."""

    def __init__(self, step: DataStep, context: Context, control: DataActions) -> None:
        super().__init__(step)
        self._step = step
        self._context = context
        self._control = control
        self._service = context.loam.datasets

    def ask_files(self) -> None:
        """Let the person choose files."""
        from app.ui.finetune.steps.data import SUFFIXES

        patterns = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        chosen, _kind = QFileDialog.getOpenFileNames(
            self._step,
            self.tr("Choose files"),
            "",
            f"{self.tr('Rows and texts')} ({patterns});;{self.tr('All files')} (*)",
        )
        if chosen:
            self.begin_import([Path(path) for path in chosen])

    def begin_import(self, found: Sequence[Path]) -> None:
        """Find out what the files are, ask about the columns of tables, and import them."""

        def look() -> list[Prepared]:
            return [self._look(path) for path in found]

        self._context.tasks.call(look, lambda looked: self._ask_next(looked, []))

    def _look(self, path: Path) -> Prepared:
        try:
            kind = self._service.detect(path)
            preview = self._service.table_preview(path) if kind == "table" else None
        except (LoamError, OSError) as error:
            return Failed(path, told(error, path))
        return Source(path, kind), preview

    def _ask_next(self, waiting: Sequence[Prepared], ready: list[Source]) -> None:
        """Go through the files; a table stops for the person and goes on with the answer."""
        for number, item in enumerate(waiting):
            if isinstance(item, Failed):
                self._context.notices.show(item.error)
                continue
            source, preview = item
            if preview is not None:
                self._ask_columns(source, preview, waiting[number + 1 :], ready)
                return
            ready.append(source)
        if ready:
            self._control.begin(ready)

    def _ask_columns(
        self, source: Source, preview: Preview, rest: Sequence[Prepared], ready: list[Source]
    ) -> None:
        from app.ui.finetune.data.mapping_dialog import MappingDialog

        dialog = MappingDialog(self._step, source.path, preview)

        def take() -> None:
            ready.append(Source(source.path, source.kind, dialog.mapping))
            self._ask_next(rest, ready)

        dialog.accepted.connect(take)
        dialog.rejected.connect(lambda: self._ask_next(rest, ready))
        dialog.open()

    def ask_chats(self) -> None:
        """Let the person choose among answers that they liked."""
        chats = self._context.loam.chats
        key = self._step.dataset.id if self._step.dataset else 0

        def look() -> list[tuple[Message, str]]:
            return [
                (each, chats.get(each.chat_id).title) for each in self._service.liked(key, chats)
            ]

        self._context.tasks.call(look, self._show_chats)

    def _show_chats(self, found: list[tuple[Message, str]]) -> None:
        from app.ui.finetune.data.chats_dialog import ChatsDialog

        dialog = ChatsDialog(self._step, found)
        dialog.accepted.connect(lambda: self._collect(dialog.chosen))
        dialog.open()

    def _collect(self, message_ids: Sequence[int]) -> None:
        key = self._control.dataset_id() if message_ids else 0
        if not key:
            return
        try:
            ids, rejected = self._service.collect_answers(
                key, self._context.loam.chats, message_ids
            )
        except LoamError as error:
            self._context.notices.show(error)
            return
        self._step.show_adding(False)
        self._step.reload()
        self._step.head.warn(rejected)
        self._context.notices.toast(self.tr("{n} added.").replace("{n}", say.rows(len(ids))))

    def ask_documents(self) -> None:
        """Let the person choose a collection to write about."""
        self._context.tasks.call(self._context.loam.library.collections, self._show_documents)

    def _show_documents(self, collections: list[Collection]) -> None:
        from app.ui.finetune.data.documents_dialog import DocumentsDialog

        dialog = DocumentsDialog(self._step, collections)
        dialog.accepted.connect(lambda: self._generate(dialog.collection_id, dialog.count))
        dialog.open()

    def _generate(self, collection_id: int, count: int) -> None:
        if not collection_id:
            self._context.navigator.show_page.emit("documents")
            return
        key = self._control.dataset_id()
        if key:
            self._step.show_adding(False)
            self._step.work.generate(key, collection_id, count)

    def show_document(self, row: Row) -> None:
        """Open the document of a row at its passage."""
        library, held = self._context.loam.library, row.source

        def look() -> int:
            for collection in library.collections():
                for file in library.files(collection.id):
                    if file.path == held.path:
                        return file.id
            raise NotFound(thing=f"{held.name or held.path}")

        def show(file_id: int) -> None:
            navigator = self._context.navigator
            navigator.show_page.emit("documents")
            navigator.back_to = "finetune"
            navigator.open_document.emit(file_id, held.start, held.end)

        self._context.tasks.call(look, show)
