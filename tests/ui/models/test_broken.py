"""My Models with files that are no models, or no longer there, and with two of one name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMenu

from app.core.errors import HubUnreachable
from app.core.paths import Profile
from app.services.model_notes import Note
from app.ui.chat.model_picker import ModelPicker
from app.ui.finetune.column import ScrollColumn
from app.ui.models.broken_row import BrokenModelRow
from app.ui.models.rows import BrokenRow
from tests.hub.server import gguf
from tests.ui.models.conftest import Shop

_LOW = 130
"""Pixels: a row of three lines."""


def _broken(shop: Shop) -> list[BrokenModelRow]:
    found = shop.page.mine.findChildren(BrokenModelRow)
    return [row for row in found if row.isVisible()]


@pytest.fixture
def linked(shop: Shop, tmp_path: Path) -> Path:
    """A model elsewhere, in the list."""
    path = tmp_path / "elsewhere" / "mine.gguf"
    path.parent.mkdir()
    path.write_bytes(gguf(4096))
    assert shop.page.accept_paths([str(path)])
    shop.wait()
    shop.row("mine.gguf")
    return path


def test_a_link_whose_file_is_gone_can_be_taken_out_and_had_back(shop: Shop, linked: Path) -> None:
    shop.loam.models.rename(linked, "My own")
    linked.unlink()
    shop.page.refresh()
    shop.wait()
    (row,) = _broken(shop)
    assert row.name.whole == "mine.gguf"
    assert str(linked) in row.detail.text()
    shop.qtbot.waitUntil(lambda: 0 < row.height() < _LOW, timeout=30_000)
    undone: list[Callable[[], None]] = []
    shop.notices.toast_shown.connect(lambda _text, undo: undone.append(undo))
    shop.click("Remove: mine.gguf")
    shop.wait()
    assert not _broken(shop)
    assert not shop.loam.models.is_link(linked)
    undone[0]()
    shop.wait()
    assert len(_broken(shop)) == 1
    linked.write_bytes(gguf(4096))
    shop.page.refresh()
    shop.wait()
    assert shop.row("mine.gguf").name.whole == "My own"


def test_a_file_of_loams_own_that_is_broken_can_be_deleted(shop: Shop, profile: Profile) -> None:
    bad = profile.models / "bad.gguf"
    bad.write_bytes(b"GGUF, but no more of it")
    shop.page.refresh()
    shop.wait()
    shop.click("Delete: bad.gguf")
    shop.wait()
    assert not bad.exists()
    assert not _broken(shop)
    shop.sees("Deleted a short time ago")


def test_removing_and_deleting_are_undone_with_all_that_was_chosen(
    shop: Shop, linked: Path, profile: Profile
) -> None:
    own = profile.models / "own.gguf"
    shutil.copy(linked, own)
    note = Note(title="My own", repository="someone/it", sha256=("0" * 64,))
    for path in (linked, own):
        shop.loam.models.notes.put(path, note)
        settings = shop.loam.models.loading(path).changed(context_length=2048)
        shop.loam.models.set_loading(path, settings)
    shop.page.refresh()
    shop.wait()
    undone: list[Callable[[], None]] = []
    shop.notices.toast_shown.connect(lambda _text, undo: undone.append(undo))
    shop.choose("mine.gguf", "remove")
    shop.wait()
    shop.choose("own.gguf", "delete")
    shop.wait()
    for undo in undone:
        undo()
        shop.wait()
    for path in (linked, own):
        kept = shop.loam.models.notes.get(path)
        assert (kept.title, kept.repository, kept.sha256) == ("My own", "someone/it", ("0" * 64,))
        assert shop.loam.models.loading(path).context_length == 2048


def test_a_row_without_a_name_is_no_higher_than_its_lines(shop: Shop) -> None:
    column = ScrollColumn()
    shop.qtbot.addWidget(column)
    row = BrokenRow(HubUnreachable(host="example.org"), shop.context.theme)
    column.body.addWidget(row)
    column.resize(900, 600)
    column.show()
    shop.qtbot.waitUntil(lambda: 0 < row.height() < _LOW, timeout=30_000)


def test_a_folder_of_models_is_dropped_on_the_page(shop: Shop, tmp_path: Path) -> None:
    for name in ("models/a/One-Q8_0.gguf", "models/b/Two-Q8_0.gguf", "papers/paper.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_bytes(gguf(4096))
    models, papers = str(tmp_path / "models"), str(tmp_path / "papers")
    assert not shop.page.accept_paths([papers])
    assert not shop.page.accept_paths([models, papers])
    assert shop.page.drop_hint([models]) == "Add the models in the folder to Models"
    assert shop.page.accept_paths([models])
    shop.wait()
    assert shop.row("One-Q8_0.gguf").name.whole == "One"
    assert shop.row("Two-Q8_0.gguf").name.whole == "Two"


def test_a_title_is_on_the_button_and_those_of_one_name_are_told_apart(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QMenu, "popup", lambda _menu, _place: None)
    paths = []
    for folder in ("here", "there"):
        path = tmp_path / folder / "Twin-Q8_0.gguf"
        path.parent.mkdir()
        path.write_bytes(gguf(4096))
        paths.append(str(path))
    shop.page.accept_paths(paths)
    shop.wait()
    picker = ModelPicker(shop.context)
    shop.qtbot.addWidget(picker)
    picker.open_menu()
    shop.wait()
    entries = [each.text() for each in picker.menu_shown.actions()]
    assert any("Twin (" in each and each.endswith(", here)") for each in entries)
    assert any("Twin (" in each and each.endswith(", there)") for each in entries)
    assert not any("SmolLM2" in each and "models)" in each for each in entries)
    for each in paths:
        row = shop.page.mine.rows[each]
        assert row.detail.text().endswith(f"in {Path(each).parent}")
    shop.loam.models.rename(Path(paths[0]), "The first twin")
    shop.loam.settings.change(model=paths[0])
    picker.refresh()
    assert picker.text().startswith("The first twin - ")
    picker.open_menu()
    (twin,) = [x.text() for x in picker.menu_shown.actions() if x.text().startswith("Twin (")]
    assert "there" not in twin
