"""Connecting to a server on the Models page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.core import servernames
from app.ui.models.server_dialog import ServerDialog
from app.ui.models.server_rows import ServerRow
from tests.keys import Keys
from tests.remote.server import FakeServer, serving
from tests.remote.test_certificates import certificate
from tests.ui.models.conftest import Shop


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with serving() as made:
        yield made


def dialog_of(shop: Shop) -> ServerDialog:
    found = shop.dialog(ServerDialog)
    assert isinstance(found, ServerDialog)
    return found


def said(dialog: ServerDialog) -> str:
    return "\n".join(x.text() for x in dialog.findChildren(QLabel) if x.isVisible())


def row_of(shop: Shop, path: str) -> ServerRow:
    shop.qtbot.waitUntil(lambda: path in shop.page.mine.served)
    return shop.page.mine.served[path]


def test_a_server_is_tested_connected_to_used_and_taken_out_again(
    shop: Shop, fake: FakeServer, keys: Keys
) -> None:
    fake.models = [{"id": "big-model"}, {"id": "small-model"}]
    fake.key = "sk-7"
    shop.click("Connect to a server")
    dialog = dialog_of(shop)
    assert not dialog.ok_button.isEnabled()
    dialog.address.setText(f"127.0.0.1:{fake.port}")
    assert f"This machine, port {fake.port}" in said(dialog)
    dialog.test.click()
    shop.qtbot.waitUntil(lambda: "wants a key" in said(dialog))
    dialog.key.setText("sk-7")
    dialog.test.click()
    shop.qtbot.waitUntil(lambda: "It has 2 models" in said(dialog))
    assert not dialog.ok_button.isEnabled(), "nothing is ticked yet"
    dialog.models.item(0).setCheckState(Qt.CheckState.Checked)
    assert dialog.context.isVisible()
    dialog.context.setValue(16384)
    dialog.ok_button.click()
    path = f"{fake.address}#big-model"
    row = row_of(shop, path)
    assert list(keys.kept.values()) == ["sk-7"]
    assert shop.loam.models.spec_for().path != path
    shop.sees(f"This machine, port {fake.port}")
    shop.sees("context 16,384 tokens")

    row.use.click()
    shop.qtbot.waitUntil(lambda: shop.loam.models.spec_for().path == path)
    assert shop.loam.models.spec_for().context_length == 16384
    (entry,) = [x for x in row_of(shop, path).more.menu().actions() if x.data() == "disconnect"]
    entry.trigger()
    shop.qtbot.waitUntil(lambda: not shop.page.mine.served)
    assert not keys.kept
    assert shop.loam.settings.current.model == ""
    assert shop.notices.toasts[-1] == f"Disconnected from 127.0.0.1:{fake.port}."


def test_an_open_line_is_warned_of_before_anything_is_sent(shop: Shop) -> None:
    shop.click("Connect to a server")
    dialog = dialog_of(shop)
    dialog.address.setText("http://192.168.1.5:8080")
    assert "Text goes to 192.168.1.5:8080" in said(dialog)
    assert "Not encrypted" in said(dialog)
    dialog.address.setText("https://models.example.org")
    assert "Text goes to models.example.org" in said(dialog)
    assert "Not encrypted" not in said(dialog)
    dialog.address.setText("no address at all")
    assert not dialog.test.isEnabled()
    dialog.reject()


def test_a_certificate_of_ones_own_is_asked_for_and_kept(shop: Shop, tmp_path: Path) -> None:
    own = certificate(tmp_path)
    with serving(own) as fake:
        shop.click("Connect to a server")
        dialog = dialog_of(shop)
        dialog.address.setText(fake.address.replace("https", "http"))
        assert not dialog.certificate.isVisible(), "there is nothing to trust"
        dialog.address.setText(fake.address)
        assert dialog.certificate.isVisible()
        dialog.test.click()
        shop.qtbot.waitUntil(lambda: "the server signed it itself" in said(dialog))
        assert not dialog.ok_button.isEnabled()
        dialog.certificate.edit.setText(str(own))
        dialog.test.click()
        shop.qtbot.waitUntil(lambda: "It answers, and has one model" in said(dialog))
        assert "Repeat penalty of a chat have no effect there" in said(dialog)
        dialog.ok_button.click()
        row_of(shop, f"{fake.address}#tiny-1")
        assert shop.loam.models.servers.servers()[0].certificate == str(own)


def test_a_server_that_is_silent_can_be_left(shop: Shop, fake: FakeServer) -> None:
    fake.pages = {"/v1/models": lambda reply: fake.go.wait(60)}
    shop.click("Connect to a server")
    dialog = dialog_of(shop)
    dialog.address.setText(fake.address)
    dialog.test.click()
    shop.qtbot.waitUntil(lambda: bool(fake.asked))
    assert dialog.test.text() == "Stop"
    dialog.test.click()
    shop.qtbot.waitUntil(lambda: "Stopped." in said(dialog))
    dialog.reject()


def test_undo_connects_again_with_the_key(shop: Shop, fake: FakeServer, keys: Keys) -> None:
    from app.core.types import Server, ServerModel

    book = shop.loam.models.servers
    server = book.put(Server(fake.address, "Desk", (ServerModel("m", 2048),)), "sk-7")
    path = servernames.join(fake.address, "m")
    shop.page.servers.changed.emit()
    row_of(shop, path)
    undone = []
    shop.notices.toast_shown.connect(lambda _text, undo: undone.append(undo))
    shop.page.servers.disconnect_from(server)
    shop.qtbot.waitUntil(lambda: bool(undone))
    undone[0]()
    shop.qtbot.waitUntil(lambda: bool(book.servers()))
    assert book.key(book.get(path)) == "sk-7"
    row_of(shop, path)


def test_the_connection_is_edited(shop: Shop, fake: FakeServer) -> None:
    from app.core.types import Server, ServerModel

    book = shop.loam.models.servers
    book.put(Server(fake.address, "Desk", (ServerModel("tiny-1", 2048),)))
    shop.page.servers.changed.emit()
    row = row_of(shop, f"{fake.address}#tiny-1")
    (entry,) = [x for x in row.more.menu().actions() if x.data() == "edit"]
    entry.trigger()
    dialog = dialog_of(shop)
    assert dialog.ok_button.isEnabled()
    dialog.test.click()
    shop.qtbot.waitUntil(lambda: "has one model" in said(dialog))
    assert dialog.context.value() == 2048, "what was said before is forgotten"
    dialog.title.setText("Office")
    dialog.ok_button.click()
    shop.qtbot.waitUntil(lambda: [each.title for each in book.servers()] == ["Office"])
    shop.sees("Office")
    assert Path(shop.loam.profile.models / "servers.json").is_file()
