"""The Models page over the real services, a local hub, and a keyring in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.core.paths import Profile
from app.core.types import ModelInfo
from app.services import assemble
from app.ui.app import make_application, make_context
from app.ui.models.model_row import ModelRow
from app.ui.notices import Notices
from app.ui.pages.models import ModelsPage
from tests.hub.conftest import hub, keys
from tests.hub.server import Hub

__all__ = ["hub", "keys"]


class Shop:
    """A shown page, and what a test does with it."""

    def __init__(self, profile: Profile, address: str, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        application = make_application()
        self.loam = assemble.build(profile)
        self.loam.settings.change(hub_address=address)
        self.notices = Notices()
        self.context = make_context(self.loam, self.notices, application)
        self.page = ModelsPage(self.context)
        self.page.resize(1000, 700)
        self.page.show()
        self.page.shown()
        self.wait()

    def wait(self) -> None:
        """Until nothing runs."""
        self.qtbot.waitUntil(lambda: not self.context.tasks.running)

    def texts(self) -> str:
        """All text that can be seen on the page."""
        return "\n".join(x.text() for x in self.page.findChildren(QLabel) if x.isVisible())

    def sees(self, text: str) -> None:
        """Wait until this is on the page."""
        self.qtbot.waitUntil(lambda: text in self.texts())

    def button(self, name: str) -> QPushButton:
        """The visible button with this accessible name, as soon as it is there."""

        def found() -> list[QPushButton]:
            named = [x for x in self.page.findChildren(QPushButton) if x.accessibleName() == name]
            return [x for x in named if x.isVisible()]

        self.qtbot.waitUntil(lambda: len(found()) == 1)
        return found()[0]

    def click(self, name: str) -> None:
        QTest.mouseClick(self.button(name), Qt.MouseButton.LeftButton)

    def row(self, file: str) -> ModelRow:
        """The row of the model whose file has this name."""
        rows = self.page.mine.rows
        return next(row for path, row in rows.items() if path.endswith("/" + file))

    def info(self, file: str) -> ModelInfo:
        return self.row(file).info

    def choose(self, file: str, what: str) -> None:
        """An entry in the menu of a model's row."""
        (action,) = [x for x in self.row(file).more.menu().actions() if x.data() == what]
        action.trigger()

    def dialog(self, kind: type[QDialog]) -> QDialog:
        """The open dialog of that kind."""
        (found,) = [each for each in self.page.findChildren(kind) if each.isVisible()]
        return found

    def search(self, words: str) -> None:
        """Type into the field and press Enter."""
        self.page.open_tab("discover")
        self.page.discover.field.setText(words)
        QTest.keyClick(self.page.discover.field, Qt.Key.Key_Return)
        self.wait()

    def close(self) -> None:
        self.page.closing()
        self.context.tasks.stop_all(20)
        self.page.close()
        self.page.deleteLater()
        self.loam.close()


@pytest.fixture
def open_shop(qtbot: QtBot, profile: Profile, hub: Hub) -> Iterator[Callable[[], Shop]]:
    """Opens the page; each time over the same profile, as Loam does when it is started again."""
    opened: list[Shop] = []

    def make() -> Shop:
        for each in opened:
            each.close()
        opened[:] = [Shop(profile, hub.address, qtbot)]
        return opened[0]

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def shop(open_shop: Callable[[], Shop]) -> Shop:
    return open_shop()
