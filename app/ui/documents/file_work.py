"""What the Documents page does to files: add, keep what was pasted, read again, unlock, leave out,
remove with undo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.core.errors import CannotUnlock, PasswordNeeded
from app.core.messages import FileChanged, Indexed, Progress, Warned
from app.core.process import Cancel
from app.core.types import Collection, DocumentFile, FileState
from app.ui import words
from app.ui.context import Context
from app.ui.deferred import Deferred
from app.ui.documents import file_actions
from app.ui.documents.file_model import FileModel
from app.ui.documents.passwords import PasswordDialog, Passwords, takes_password
from app.ui.tasks import OnEvent, Task

Adding = Callable[[int, Cancel], Iterator[object]]


class FileWork(QObject):
    """Works on files of one collection at a time. window: what dialogs stand before."""

    created = Signal(object)
    """The Collection that was made because there was none."""
    listed = Signal()
    """Rows are new or gone: ask for the files again."""
    open_asked = Signal(object)
    retitle_asked = Signal(object)

    def __init__(
        self,
        context: Context,
        model: FileModel,
        deferred: Deferred,
        passwords: Passwords,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._context = context
        self._library = context.loam.library
        self._model = model
        self._deferred = deferred
        self._passwords = passwords
        self._window = window
        self.dialog: PasswordDialog | None = None

    def do(self, action: str, files: list[DocumentFile]) -> None:
        """One of the actions of file_actions, to files of one collection."""
        if not files:
            return
        actions: dict[str, Callable[[list[DocumentFile]], None]] = {
            file_actions.OPEN: self._open,
            file_actions.UNLOCK: self.ask_password,
            file_actions.READ: self.read_again,
            file_actions.LEAVE_OUT: lambda some: self.exclude(some, True),
            file_actions.USE: lambda some: self.exclude(some, False),
            file_actions.REMOVE: self.remove,
            file_actions.RETITLE: lambda some: self.retitle_asked.emit(some[0]),
        }
        actions[action](files)

    def add(self, collection_id: int | None, paths: Sequence[str]) -> None:
        """Read files and folders; into a new collection when there is none."""
        title = self.tr("Reading {n}").replace("{n}", words.paths(paths))

        def take(event: object) -> None:
            self._take(event)
            if isinstance(event, Indexed) and event.nothing:
                self._context.notices.toast(words.nothing_in(paths))

        self._fill(collection_id, lambda to, stop: self._library.add(to, paths, stop), title, take)

    def add_note(self, collection_id: int | None, title: str, text: str) -> None:
        """Keep a text as a document."""
        notes = self._context.loam.notes
        self._fill(
            collection_id, lambda to, stop: notes.add_text(to, title, text, stop), self._of(title)
        )

    def add_picture(self, collection_id: int | None, title: str, png: bytes) -> None:
        """Keep a picture as a document."""
        notes = self._context.loam.notes
        self._fill(
            collection_id, lambda to, stop: notes.add_picture(to, title, png, stop), self._of(title)
        )

    def retitle(self, file: DocumentFile, title: str) -> None:
        """Give a note another title."""
        notes = self._context.loam.notes
        self._run(lambda cancel: notes.retitle(file, title, cancel), self._of(title), self._take)

    def read_again(self, files: list[DocumentFile], password: str = "") -> None:
        """Read files anew, changed or not. What was left out of searches stays so."""
        collection_id, ids = files[0].collection_id, [each.id for each in files]
        typed = password
        if not password and len(files) == 1:
            password = self._passwords.of(ids[0])
        locked: dict[int, DocumentFile] = {}

        def take(event: object) -> None:
            if isinstance(event, FileChanged) and event.file.id in ids:
                if event.file.state is FileState.PASSWORD:
                    locked[event.file.id] = event.file
                elif event.file.state is not FileState.READING and password:
                    self._passwords.keep([event.file.id], password)
            elif isinstance(event, Warned) and len(files) == 1 and _unlockable(event):
                locked[ids[0]] = files[0]
                return
            # The dialog says what is wrong with a password.
            if not (isinstance(event, Indexed) and locked and len(locked) == event.failed):
                self._take(event)

        def done() -> None:
            again = [each for each in locked.values() if takes_password(each)]
            if again and (typed or len(files) == 1):
                self.ask_password(again, wrong=bool(typed))

        title = self.tr("Reading {n} again").replace("{n}", words.files(len(files)))
        task = self._run(
            lambda cancel: self._library.read_again(collection_id, ids, password, cancel),
            title,
            take,
        )
        task.finished.connect(done)

    def ask_password(self, files: list[DocumentFile], wrong: bool = False) -> None:
        """Ask for a password, then read the files with it. wrong: one was tried in vain."""
        able = [each for each in files if takes_password(each)] or files
        dialog = PasswordDialog(self._window.window(), able, wrong)
        self.dialog = dialog
        dialog.accepted.connect(lambda: self.read_again(able, dialog.password))
        dialog.finished.connect(self._closed)
        dialog.open()

    def exclude(self, files: list[DocumentFile], excluded: bool) -> None:
        """Leave files out of searches, or take them in again."""
        collection_id, ids = files[0].collection_id, [each.id for each in files]
        self._context.tasks.call(
            lambda: self._library.exclude(collection_id, ids, excluded),
            lambda _files: self._changed(),
        )

    def remove(self, files: list[DocumentFile]) -> None:
        """Take files out of the collection; for some seconds that can be undone."""
        collection_id, ids = files[0].collection_id, {each.id for each in files}
        self._model.hide(ids, True)

        def commit() -> None:
            self._context.tasks.call(
                lambda: self._library.remove(collection_id, sorted(ids)),
                lambda _files: self._changed(),
            )

        def undo() -> None:
            self._model.hide(ids, False)
            self.listed.emit()

        self.listed.emit()
        text = self.tr("Removed {n} from the collection.")
        self._deferred.delete(text.replace("{n}", words.files(len(ids))), commit, undo)

    def go_on(self) -> None:
        """Read what a stopped run left unread, in all collections."""
        self._run(self._library.resume, self.tr("Going on with your documents"), self._take)

    def _of(self, title: str) -> str:
        return self.tr("Reading “{name}”").replace("{name}", title)

    def _fill(
        self, collection_id: int | None, add: Adding, title: str, take: OnEvent | None = None
    ) -> None:
        name = self.tr("My documents")

        def work(cancel: Cancel) -> Iterator[object]:
            wanted = collection_id
            if wanted is None:
                made = self._library.create(name)
                yield made
                wanted = made.id
            yield from add(wanted, cancel)

        self._run(work, title, take or self._take)

    def _run(self, work: Callable[[Cancel], Iterator[object]], title: str, take: OnEvent) -> Task:
        task = self._context.tasks.run(
            work, title=title, shown=True, on_event=take, on_done=self._changed
        )
        task.reads = True
        return task

    def _open(self, files: list[DocumentFile]) -> None:
        if files[0].state is FileState.PASSWORD:
            self.ask_password(files)
        else:
            self.open_asked.emit(files[0])

    def _closed(self) -> None:
        self.dialog = None

    def _take(self, event: object) -> None:
        if isinstance(event, Collection):
            self.created.emit(event)
        elif isinstance(event, Progress) and event.done == 0 and not event.what:
            self.listed.emit()  # those that wait their turn have rows too
        elif isinstance(event, FileChanged):
            self._context.navigator.file_changed.emit(event)
        elif isinstance(event, Warned):
            self._context.notices.show(event.error)
        elif isinstance(event, Indexed) and event.failed:
            text = self.tr("{n} could not be read. The list says why.")
            self._context.notices.toast(text.replace("{n}", words.files(event.failed)))

    def _changed(self) -> None:
        self._context.navigator.library_changed.emit()


def _unlockable(event: Warned) -> bool:
    """Whether a password would help."""
    error = event.error
    return isinstance(error, PasswordNeeded) and not isinstance(error, CannotUnlock)
