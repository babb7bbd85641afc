"""Discover: searches, downloads and what stops them, against a hub on this machine."""

from __future__ import annotations

import socket
from collections.abc import Callable
from types import SimpleNamespace

import keyring
import pytest
from keyring.backends import fail
from PySide6.QtWidgets import QLabel, QPushButton

from app.core.paths import Profile
from app.engine.plan import Machine
from app.ui.models.dialogs import TokenDialog
from app.ui.models.found import type_of
from app.ui.models.offer_rows import CatalogRow, OfferRow
from tests.hub.server import REPOSITORY, Hub, gguf
from tests.hub.test_looking import header
from tests.keys import Keys
from tests.ui.models.conftest import Shop

MB = 1 << 20
NAME = "tiny-Q8_0.gguf"


def _found(hub: Hub, size: int = 4 * MB) -> None:
    hub.files = {NAME: gguf(size), "mmproj-tiny-F16.gguf": gguf(MB, seed=1)}
    hub.search = [
        {"id": REPOSITORY, "downloads": 1234, "likes": 3, "gated": False, "tags": ["gguf"]}
    ]


def _to_files(shop: Shop) -> None:
    shop.search("tiny")
    shop.click(f"Show files: {REPOSITORY}")
    shop.wait()


def test_files_are_judged_by_a_header_once_they_are_shown(shop: Shop, hub: Hub) -> None:
    """Small, and with more to keep in mind than any machine could."""
    hub.search = [{"id": REPOSITORY}]
    hub.files = {"huge-context-Q4_0.gguf": header(2_000_000_000)}
    shop.page.open_tab("discover")
    shop.page.discover.show_machine(Machine(8 << 30, 8 << 30))
    shop.search("tiny")
    assert not hub.asked(f"/{REPOSITORY}/resolve"), "nobody opened it yet"
    hub.hold_after = 40
    shop.click(f"Show files: {REPOSITORY}")
    shop.sees("Fits")
    shop.sees("Looking into a file to judge what fits")
    assert "Won't fit" not in shop.texts()
    hub.go.set()
    shop.sees("Won't fit")
    shop.wait()
    assert "Looking into a file" not in shop.texts()


def test_what_does_not_tell_is_judged_by_its_size(shop: Shop, hub: Hub) -> None:
    hub.search = [{"id": REPOSITORY}]
    hub.files = {"odd-Q4_0.gguf": b"no model" * 100}
    shop.page.open_tab("discover")
    shop.page.discover.show_machine(Machine(8 << 30, 8 << 30))
    _to_files(shop)
    shop.sees("Fits")
    assert "Looking into a file" not in shop.texts()
    assert not shop.notices.recent


def test_the_list_says_what_fits_and_asks_nothing(shop: Shop, hub: Hub) -> None:
    shop.page.open_tab("discover")
    discover = shop.page.discover
    discover.show_machine(Machine(8 << 30, 8 << 30))
    discover.show_list()
    rows = [row for row in discover.rows if isinstance(row, CatalogRow)]
    assert len(rows) >= 15
    marks = {row.model.id: [x.text() for x in row.findChildren(QLabel)] for row in rows}
    assert [row.model.id for row in rows if "Recommended" in marks[row.model.id]] == [
        rows[0].model.id
    ]
    assert "Fits" in marks["smollm2-135m"]
    largest = max(rows, key=lambda row: row.model.parameters)
    assert "Won't fit" in marks[largest.model.id]
    assert "Nothing leaves this machine before." in shop.texts()
    shop.search("   ")
    assert hub.seen == []
    assert all(button.accessibleName() for button in shop.page.findChildren(QPushButton))

    row = next(row for row in rows if row.model.id == "smollm2-360m")
    before = row.offer
    other = next(n for n, offer in enumerate(row.offers) if offer != before)
    assert row.types is not None
    row.types.menu().actions()[other].trigger()
    assert row.offer == row.offers[other]
    assert row.types.text() == row.offer.short != before.short
    assert row.offer.type in row.types.toolTip()


def test_a_download_is_paused_and_goes_on_after_a_restart(
    open_shop: Callable[[], Shop], hub: Hub, profile: Profile
) -> None:
    _found(hub)
    hub.hold_after = 2 * MB
    shop = open_shop()
    _to_files(shop)
    shop.sees("1,234 downloads")
    shop.sees("Large (Q8_0)")
    shop.sees("5.2 MB with its vision add-on")
    assert "mmproj" not in shop.texts()
    shop.click("Download: Large (Q8_0)")
    shop.sees("2.1 MB of 5.2 MB")
    assert [task.title for task in shop.context.tasks.shown] == [f"Downloading {NAME}"]
    shop.click(f"Pause: {NAME}")
    shop.wait()
    shop.sees("Paused  ·  2.1 MB of 5.2 MB")
    hub.go.set()
    undone: list[Callable[[], None]] = []
    shop.notices.toast_shown.connect(lambda _text, undo: undone.append(undo))
    shop.click(f"Discard: {NAME}")
    assert shop.button("Download: Large (Q8_0)").isEnabled()
    undone[0]()
    shop.sees("Paused  ·  2.1 MB of 5.2 MB")

    shop = open_shop()
    shop.page.open_tab("discover")
    shop.sees("Paused  ·  2.1 MB of 5.2 MB")
    shop.click(f"Resume: {NAME}")
    shop.wait()
    assert hub.asked(f"/store/{NAME}")[-1]["range"] == f"bytes={2 * MB}-"
    assert (profile.models / NAME).read_bytes() == hub.files[NAME]
    assert (profile.models / "mmproj-tiny-F16.gguf").exists()
    assert f"{NAME} has arrived, whole and checked." in shop.notices.toasts
    assert "Paused" not in shop.texts()
    shop.page.open_tab("mine")
    shop.row(NAME).use.click()
    assert shop.loam.settings.current.model == str(profile.models / NAME)


def test_why_a_download_failed_stands_in_its_row(
    shop: Shop, hub: Hub, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    _found(hub, 2 * MB)
    _to_files(shop)
    with monkeypatch.context() as patch:
        usage = SimpleNamespace(total=10 << 30, used=0, free=513 * MB)
        patch.setattr("app.services.downloads.shutil.disk_usage", lambda _path: usage)
        shop.click("Download: Large (Q8_0)")
        shop.wait()
        shop.sees(f"There is no room for {NAME}: 0.5 GB are needed and 0.5 GB are free")
    hub.swap = gguf(2 * MB, seed=9)
    shop.click(f"Try again: {NAME}")
    shop.wait()
    shop.sees(f"{NAME} did not arrive as the file that the hub promised.")
    assert not (profile.models / NAME).exists()
    hub.swap, hub.status, hub.error_code = b"", 403, "GatedRepo"
    shop.click(f"Try again: {NAME}")
    shop.wait()
    shop.sees("The model hub does not give")
    shop.click(f"Access token: {NAME}")
    assert shop.dialog(TokenDialog).isVisible()
    shop.wait()
    shop.dialog(TokenDialog).reject()
    # What failed and left something behind is thrown away for good when the window closes.
    shop.click(f"Discard: {NAME}")
    shop.page.closing()
    shop.wait()
    assert shop.loam.downloads.unfinished() == ()
    assert shop.button("Download: Large (Q8_0)").isEnabled()


def test_without_a_connection_the_page_says_what_can_be_done(shop: Shop) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        shop.loam.settings.change(hub_address=f"http://127.0.0.1:{port}")
        shop.page.open_tab("discover")
        assert not shop.page.discover.offline.isVisible()
        shop.search("tiny")
    shop.sees(f"The model hub http://127.0.0.1:{port} can't be reached")
    assert "work without a connection" in shop.texts()
    assert shop.button("Try again: the model hub").isEnabled()
    assert shop.button("Add a model file").isEnabled()
    # The list that came with Loam is still there.
    assert any(isinstance(row, OfferRow) and row.isVisible() for row in shop.page.discover.rows)


def test_a_token_goes_into_the_keyring_or_nowhere(shop: Shop, hub: Hub, keys: Keys) -> None:
    shop.page.open_tab("discover")
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    shop.click("Access token")
    dialog = shop.dialog(TokenDialog)
    assert isinstance(dialog, TokenDialog)
    shop.wait()
    assert dialog.state.text() == "No token is kept."
    dialog.field.setText("hf_abc")
    dialog.ok_button.click()
    shop.wait()
    assert "This system offers no safe place for an access token" in dialog.state.text()
    assert dialog.isVisible()
    keyring.set_keyring(keys)
    dialog.ok_button.click()
    shop.wait()
    assert list(keys.kept.values()) == ["hf_abc"]
    _found(hub)
    shop.search("tiny")
    assert hub.asked("/api/models")[0]["authorization"] == "Bearer hf_abc"


def test_types_are_read_from_names() -> None:
    assert type_of("Q4/some-7B-Instruct-Q4_K_M-00001-of-00002.gguf") == "Q4_K_M"
    assert type_of("some.iq2_xxs.gguf") == "IQ2_XXS"
    assert type_of("some-F16.gguf") == "F16"
    assert type_of("some-model.gguf") == ""
