"""The way to a Chroma server in the window: asked before anything leaves, and said all the time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.core.errors import IndexServerAway
from app.ui.context import Context
from app.ui.documents.index_dialog import IndexDialog
from app.ui.index_field import IndexField
from app.ui.pages.documents import DocumentsPage
from app.ui.settings_dialog import SettingsDialog
from app.ui.window import Window
from tests.retrieval.chroma_server import ChromaServer
from tests.ui.frame_helpers import ChatsStandIn


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    made = ChromaServer(tmp_path_factory.mktemp("chroma"))
    made.start()
    yield made
    made.stop()


def test_an_address_of_another_machine_needs_leave(qtbot: QtBot, context: Context) -> None:
    parent = QPushButton()
    dialog = IndexDialog(parent, context.loam.index_place, context.tasks)
    dialog.open()
    assert not dialog.ok_button.isEnabled()
    dialog.address.setText("192.0.2.7:8000")
    assert "192.0.2.7:8000" in dialog.leaves.text()
    assert not dialog.leaves.isHidden()
    assert not dialog.warning.isHidden()
    assert not dialog.ok_button.isEnabled()
    dialog.agree.click()
    assert dialog.ok_button.isEnabled()
    dialog.address.setText("localhost:8000")
    assert dialog.leaves.isHidden()
    assert dialog.agree.isHidden()
    assert dialog.ok_button.isEnabled()
    dialog.reject()
    assert context.loam.settings.current.index_server == ""


def test_from_settings_to_a_server_and_back(
    qtbot: QtBot, context: Context, server: ChromaServer
) -> None:
    window = Window(context, (ChatsStandIn, DocumentsPage), QPushButton("Model"))
    window.show()
    page = window.show_page("documents")
    assert isinstance(page, DocumentsPage)
    badge = page.extras.index
    assert badge.isHidden()
    settings = SettingsDialog(context, window)
    settings.open()
    field = settings.rows["index_server"].field
    assert isinstance(field, IndexField)

    def through_the_dialog() -> IndexDialog:
        field.choose.click()
        return next(each for each in window.findChildren(IndexDialog) if each.isVisible())

    assert field.where.text() == "On this machine"
    dialog = through_the_dialog()
    dialog.address.setText(server.address)
    with qtbot.waitSignal(dialog.accepted):
        dialog.ok_button.click()
    place = server.address.removeprefix("http://")
    assert field.where.text() == f"On {place}"
    qtbot.waitUntil(lambda: badge.text == f"Index on {place}")
    assert badge.isVisible()

    server.stop()
    settings.accept()
    context.index.look()
    qtbot.waitUntil(lambda: "away" in badge.text)
    assert [type(each) for each in context.notices.recent] == [IndexServerAway]
    server.start()
    qtbot.waitUntil(lambda: badge.text == f"Index on {place}")

    badge.change.click()
    dialog = next(each for each in window.findChildren(IndexDialog) if each.isVisible())
    with qtbot.waitSignal(dialog.accepted):
        dialog.here.click()
    qtbot.waitUntil(badge.isHidden)
    assert context.loam.settings.current.index_server == ""
    window.close()
