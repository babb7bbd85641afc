"""Takes the screenshots of docs/screenshots from the real window with the real model.

    make screenshots      (or: QT_QPA_PLATFORM=offscreen python docs/make_screenshots.py [FOLDER])

A fresh profile in a temporary folder, the sample documents, 1280x800, light and dark.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QPushButton

from app.core.paths import Profile
from app.services import assemble
from app.ui.app import make_application, make_context, make_window
from app.ui.notices import Notices
from app.ui.pages.chats import ChatsPage
from app.ui.pages.models import ModelsPage

if TYPE_CHECKING:
    from app.ui.finetune.steps.train import TrainStep

PATIENCE_S = 600.0
_UPDATES = 24
QUESTION = "How much is the membership fee?"
OVER_ALL = "List all e-mail addresses."
ABSENT = "Who won the football world cup in 1998?"


class Camera:
    """A window over a fresh profile that is driven and photographed."""

    def __init__(self, profile: Profile, folder: Path, theme: str) -> None:
        self._application = make_application()
        self._folder = folder
        self._theme = theme
        self.loam = assemble.build(profile)
        self.loam.settings.change(theme=theme)
        self.context = make_context(self.loam, Notices(), self._application)
        self.window = make_window(self.context)
        self.window.resize(1280, 800)
        self.window.show()
        self.settle()

    def settle(self, seconds: float = 0.6) -> None:
        """Let the window do what it has to do."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._application.processEvents()
            time.sleep(0.01)

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Until `condition` holds."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(what)
            self.settle(0.05)

    def shoot(self, name: str, dialog: type[QDialog] | None = None) -> None:
        """Save the window, or the dialog in front of it."""
        self.settle()
        target = self.window.findChild(dialog) if dialog else self.window
        assert target is not None
        target.grab().save(str(self._folder / f"{name}-{self._theme}.png"))

    def tour(self) -> None:
        """Every page."""
        from app.ui.settings_dialog import SettingsDialog
        from app.ui.shortcuts_dialog import ShortcutsDialog

        self.shoot("welcome")
        self.context.navigator.prepare_samples.emit()
        self.wait(lambda: bool(self._questions()), "sample questions")
        chats = self.window.show_page("chats")
        assert isinstance(chats, ChatsPage)
        self.shoot("questions")
        chats.view.send(QUESTION)
        self.wait(lambda: not chats.view.running, "an answer")
        self.shoot("chat")
        chat = chats.chat
        assert chat is not None
        answer = self.loam.chats.thread(chat.id)[-1]
        self._press("Why this answer?")
        self._idle()
        self.shoot("why")
        self._press("Back to the chat")
        for question, name in ((OVER_ALL, "everything"), (ABSENT, "nothing-there")):
            chats.view.send(question)
            self.wait(lambda: not chats.view.running, name)
            self.shoot(name)
        cited = next(s for s in answer.sources if f"[{s.number}]" in answer.content)
        chats.view.conversation.cited.emit(answer.id, cited.number)
        self.settle(3.0)
        self.shoot("reader")
        self.window.show_page("documents")
        for button in self.window.findChildren(QPushButton):
            if button.isVisible() and button.text().startswith("Back"):
                button.click()
        self.window.show_page("documents")
        self.settle(1.0)
        self.shoot("documents")
        models = self.window.show_page("models")
        assert isinstance(models, ModelsPage)
        self._idle()
        self.shoot("models")
        models.open_tab("discover")
        self._idle()
        self.shoot("discover")
        models.open_tab("mine")
        for dialog, name in ((SettingsDialog, "settings"), (ShortcutsDialog, "shortcuts")):
            self._open(name)
            self.shoot(name, dialog)
            found = self.window.findChild(dialog)
            assert found is not None
            found.close()

    def loading(self) -> None:
        """How a model is loaded, what is said when memory runs out, and why a card is not used."""
        from app.core.errors import OutOfMemory
        from app.ui.chat import load_trouble
        from app.ui.models.load_dialog import LoadDialog
        from docs.device_reasons import sheet

        models = self.window.show_page("models")
        assert isinstance(models, ModelsPage)
        self.wait(lambda: self.loam.models.loaded() is not None and bool(models.infos), "a model")
        self._idle()
        spec = self.loam.models.spec_for()
        models.act("load", spec.path)
        dialog = models.findChild(LoadDialog)
        assert dialog is not None
        self.wait(lambda: dialog.plan is not None, "a plan")
        self.shoot("load-settings", LoadDialog)
        dialog.reject()
        self.window.show_page("chats")
        name = Path(spec.path).name
        failed = OutOfMemory("", path=spec.path, name=name, context="8,192", gpu_layers=0)
        load_trouble.show(self.context, failed, spec)
        self._idle()
        self.shoot("out-of-memory")
        reasons = sheet(self.context.theme)
        self.settle()
        reasons.grab().save(str(self._folder / f"device-reasons-{self._theme}.png"))
        reasons.deleteLater()

    def finetune(self, themes: Sequence[str]) -> None:
        """The Fine-tune page from an example set to a judged adapter; it is trained once."""
        from app.ui.finetune.data.split_dialog import SplitDialog
        from app.ui.finetune.steps.data import DataStep
        from app.ui.finetune.steps.train import TrainStep
        from app.ui.pages.finetune import FinetunePage

        page = self.window.show_page("finetune")
        assert isinstance(page, FinetunePage)
        self.shoot("finetune-empty")
        page.new_project()
        assert page.project is not None
        self.loam.projects.change(page.project.id, name="Plain words")
        page.refresh()
        self.wait(page.steps["model"].done, "the look at the model")
        page.open_step("data")
        data, train = page.steps["data"], page.steps["train"]
        assert isinstance(data, DataStep)
        assert isinstance(train, TrainStep)
        data.start.cards["example"].click()
        self._idle()
        data.control.ask("split")
        self.settle()
        (dialog,) = data.findChildren(SplitDialog)
        dialog.percent.setValue(25)
        dialog.ok_button.click()
        self._idle()
        data.review.open_row(data.review.model.ids[2])
        page.open_step("train")
        self._idle()
        self.shoot("finetune-presets")
        train.setup.form.steps.setValue(_UPDATES)
        train.setup.form.commit()
        train.start()
        self.wait(lambda: self._step_of(train) >= _UPDATES // 2, "the run")
        self.shoot("finetune-run")
        self.wait(lambda: train.work.watch is None, "the end of the run")
        page.open_step("judge")
        self._idle()
        page.steps["judge"].start.click()  # type: ignore[attr-defined]
        self.wait(page.steps["judge"].done, "the judgement")
        for theme in themes:
            self._theme = theme
            now = self.loam.settings.change(theme=theme)
            self.context.theme.apply(now)
            for key in page.steps:
                page.open_step(key)
                self._idle()
                self.shoot(f"finetune-{key}")

    def _step_of(self, train: TrainStep) -> int:
        assert train.work.watch is not None, train.work.errors
        return train.work.watch.figures.step

    def _idle(self) -> None:
        self.settle(0.3)
        self.wait(lambda: not self.context.tasks.running, "the end of what runs")

    def _open(self, name: str) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        self.window.activateWindow()
        self.settle()
        key = Qt.Key.Key_Comma if name == "settings" else Qt.Key.Key_Slash
        QTest.keyClick(self.window, key, Qt.KeyboardModifier.ControlModifier)

    def _press(self, words: str) -> None:
        buttons = self.window.findChildren(QAbstractButton)
        shown = [b for b in buttons if b.isVisible()]
        next(b for b in shown if words in (b.text(), b.accessibleName())).click()

    def _questions(self) -> list[QPushButton]:
        buttons = self.window.findChildren(QPushButton)
        return [b for b in buttons if b.isVisible() and b.text().endswith("?")]

    def close(self) -> None:
        """End the window and its children."""
        self.window.close()
        self.loam.close()
        self.window.deleteLater()
        QApplication.processEvents()


def main() -> None:
    """Both themes, one after the other."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        with tempfile.TemporaryDirectory() as home:
            camera = Camera(Profile(Path(home) / "profile").create(), folder, theme)
            try:
                camera.tour()
                camera.loading()
            finally:
                camera.close()
    with tempfile.TemporaryDirectory() as home:
        camera = Camera(Profile(Path(home) / "profile").create(), folder, "light")
        try:
            camera.finetune(("light", "dark"))
        finally:
            camera.close()


if __name__ == "__main__":
    main()
