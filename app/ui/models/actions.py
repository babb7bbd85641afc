"""What a person does with a model that is here, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from app.core.errors import Cancelled, LoamError
from app.core.types import ModelInfo
from app.services.model_files import Converted, Deleted, Verified
from app.ui.context import Context
from app.ui.models import facts
from app.ui.models.conversion import as_one
from app.ui.notices import do_text, what_text
from app.ui.tasks import Task


@dataclass(frozen=True, slots=True)
class Said:
    """A line about a model; kind: a look of labels."""

    text: str
    kind: str = "hint"
    tip: str = ""


class ModelActions(QObject):
    """jobs: the work that goes on, by the path of its model; said: what was last found out."""

    changed = Signal()
    """There are other models than before, or other names."""
    told = Signal(str)
    """Work on the model with this path began or ended."""

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context = context
        self._window = window
        self._models = context.loam.models
        self._files = context.loam.model_files
        self.jobs: dict[str, Task] = {}
        self.said: dict[str, Said] = {}

    def can_delete(self, path: str) -> bool:
        """Whether the file is Loam's own."""
        return self._files.can_delete(Path(path))

    def is_link(self, path: str) -> bool:
        """Whether Loam can forget the file."""
        return self._models.is_link(Path(path))

    def use(self, path: str) -> None:
        """New chats take this model from now on."""
        try:
            now = self._context.loam.settings.change(model=path)
        except LoamError as error:
            self._context.notices.show(error)
            return
        self._context.navigator.settings_changed.emit(now)

    def rename(self, info: ModelInfo) -> None:
        """Ask for another title."""
        from app.ui.models.dialogs import RenameDialog

        dialog = RenameDialog(self._window, info.name)
        dialog.accepted.connect(lambda: self.call_it(info.path, dialog.field.text()))
        dialog.open()

    def ask_load_settings(self, info: ModelInfo) -> None:
        """How the model is loaded."""
        from app.ui.models import load_dialog

        load_dialog.open_for(self._context, self._window, info.path, info.name)

    def call_it(self, path: str, title: str) -> None:
        """Give a model a title; '' is its own name again."""
        try:
            self._models.rename(Path(path), title)
        except LoamError as error:
            self._context.notices.show(error)
            return
        self.changed.emit()

    def show_folder(self, path: str) -> None:
        """Open the folder in the system's file manager."""
        folder = str(Path(path).parent)
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(folder)):
            text = self.tr("No file manager answered. The file is in {folder}.")
            self._context.notices.toast(text.replace("{folder}", folder))

    def verify(self, info: ModelInfo) -> None:
        """Read the file from end to end and compare it with what was promised."""

        def take(event: object) -> None:
            if isinstance(event, Verified):
                self.said[info.path] = self._verdict(event)

        title = self.tr("Checking {name}").replace("{name}", info.name)
        self._begin(
            info.path,
            self._context.tasks.run(
                lambda cancel: self._files.verify(Path(info.path), cancel),
                title=title,
                on_event=take,
                on_error=lambda error: self._fail(info.path, error),
                shown=True,
            ),
        )

    def ask_convert(self, info: ModelInfo) -> None:
        """Ask for the type to convert to."""
        from app.ui.models.dialogs import ConvertDialog

        dialog = ConvertDialog(self._window, info, self._context.loam.profile.models)
        dialog.accepted.connect(lambda: self.convert(info, dialog.type_name))
        dialog.open()

    def convert(self, info: ModelInfo, type_name: str) -> None:
        """Write the model again as another type."""

        def take(event: object) -> None:
            if isinstance(event, Converted):
                text = facts.cost(event.before, event.after)
                self.said[event.path] = Said(text, "hint", facts.cost_explained())
                done = self.tr("Converted {name} to {type}. {cost}.")
                done = done.replace("{name}", info.name).replace("{type}", type_name)
                self._context.notices.toast(done.replace("{cost}", text))
                self.changed.emit()

        text = self.tr("Converting {name} to {type}").replace("{name}", info.name)
        self._begin(
            info.path,
            self._context.tasks.run(
                lambda cancel: as_one(
                    self._files.convert(Path(info.path), type_name, cancel=cancel)
                ),
                title=text.replace("{type}", type_name),
                on_event=take,
                on_error=lambda error: self._fail(info.path, error),
                shown=True,
            ),
        )

    def delete(self, path: str, name: str) -> None:
        """Delete a file of Loam's own; Undo has it back."""
        before = self._context.loam.settings.current.model

        def done(gone: Deleted) -> None:
            def undo() -> None:
                self.restore(gone.id, before == path)

            self.said.pop(path, None)
            text = self.tr("Deleted {name}.").replace("{name}", name)
            self._context.notices.toast(text, undo)
            self._settings_changed()
            self.changed.emit()

        # A loaded model is put out of memory first, which may take a moment.
        self._context.tasks.call(lambda: self._files.delete(Path(path)), done)

    def restore(self, identifier: str, use: bool = False) -> None:
        """Have a deleted model back."""

        def done(path: Path) -> None:
            if use:
                self.use(str(path))
            self.changed.emit()

        self._context.tasks.call(lambda: self._files.restore(identifier), done)

    def forget(self, path: str) -> None:
        """Forget a linked model; Undo has it back with its title and load settings."""
        before = self._context.loam.settings.current.model
        try:
            note = self._models.remove(Path(path))
        except LoamError as error:
            self._context.notices.show(error)
            return

        def undo() -> None:
            try:
                self._models.have_back(Path(path), note)
            except LoamError as error:
                self._context.notices.show(error)
                return
            if before == path:
                self.use(path)
            self.changed.emit()

        self.said.pop(path, None)
        text = self.tr("Removed {name}. Its file stays.")
        if not Path(path).exists():
            text = self.tr("Removed {name} from the list.")
        self._context.notices.toast(text.replace("{name}", Path(path).name), undo)
        self._settings_changed()
        self.changed.emit()

    def _begin(self, path: str, task: Task) -> None:
        def end() -> None:
            if self.jobs.get(path) is task:
                del self.jobs[path]
            self.told.emit(path)

        self.said.pop(path, None)
        self.jobs[path] = task
        task.finished.connect(end)
        self.told.emit(path)

    def _fail(self, path: str, error: LoamError) -> None:
        if isinstance(error, Cancelled):
            self.said[path] = Said(self.tr("Stopped. Nothing was changed."))
        else:
            text = f"{what_text(error)} {do_text(error)}".strip()
            self.said[path] = Said(text, "danger-text", error.detail)

    def _verdict(self, found: Verified) -> Said:
        tip = self.tr("SHA-256, the fingerprint of the file:") + "\n" + "\n".join(found.sha256)
        if found.good is None:
            text = self.tr(
                "Read from end to end. Loam knows no fingerprint to compare it with; it is {sha}"
            )
            return Said(text.replace("{sha}", " ".join(found.sha256)), "hint", tip)
        if found.good:
            return Said(
                self.tr("Checked: the file is whole and as it was promised."), "accent", tip
            )
        text = self.tr(
            "The file is not what was promised: it is damaged or was changed. Delete it and "
            "download it again."
        )
        return Said(text, "danger-text", tip)

    def _settings_changed(self) -> None:
        self._context.navigator.settings_changed.emit(self._context.loam.settings.current)
