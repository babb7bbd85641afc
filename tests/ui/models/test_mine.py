"""My Models: what a row tells, and what its menu does, over real files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from app.core.paths import Profile
from app.core.types import LoadedModel
from app.engine.plan import Fit, Plan, Share
from app.services.model_notes import Note
from app.training import tinymodel
from app.ui.models import facts
from app.ui.models.dialogs import ConvertDialog, RenameDialog
from tests.hub.server import gguf
from tests.ui.models.conftest import Shop

OWN = "own.gguf"


@pytest.fixture
def full(open_shop: Callable[[], Shop], profile: Profile) -> Shop:
    (profile.models / OWN).write_bytes(gguf(4096))
    return open_shop()


def test_a_row_tells_what_a_model_is_and_where_it_would_run(full: Shop) -> None:
    default = full.info("SmolLM2-135M-Instruct-Q8_0.gguf")
    row = full.row("SmolLM2-135M-Instruct-Q8_0.gguf")
    full.sees("30 of 30 layers on the CPU, ")
    assert row.name.whole == "SmolLM2 135M Instruct"
    assert row.detail.text().startswith("Large (Q8_0)  ·  145 MB  ·  llama")
    assert "context 8,192 tokens" in row.detail.text()
    assert not row.use.isEnabled()
    assert full.row(OWN).use.isEnabled()
    row.tell_plan(None, LoadedModel(default, 4096, "A card", 10, 31, 2))
    assert row.plan.text() == "In memory now: 10 of 31 layers on A card"
    # It came with Loam: neither to be deleted nor removed.
    assert [x.data() for x in row.more.menu().actions()] == [
        "load", "rename", "folder", "verify", "convert",
    ]  # fmt: skip


def test_plans_in_words() -> None:
    shares = (Share("A card", 22, 6_100_000_000),)
    part = Plan(22, 28, shares, 2_000_000_000, 4096, Fit.FITS)
    assert facts.plan(part) == (
        "22 of 28 layers on GPU 0 (A card), 6.1 GB; the rest on the CPU, 2.0 GB"
    )
    whole = Plan(29, 28, (Share("A card", 28, 7_000_000_000),), 200_000_000, 4096, Fit.FITS)
    assert facts.plan(whole).endswith(
        "28 of 28 layers on GPU 0 (A card), 7.0 GB; 200 MB in main memory"
    )


def test_a_model_is_renamed_checked_deleted_and_had_back(
    full: Shop, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    full.choose(OWN, "rename")
    dialog = full.dialog(RenameDialog)
    assert isinstance(dialog, RenameDialog)
    dialog.field.setText("My own")
    dialog.ok_button.click()
    full.wait()
    assert full.row(OWN).name.whole == "My own"

    full.choose(OWN, "verify")
    full.sees("Loam knows no fingerprint to compare it with")
    full.loam.models.notes.put(profile.models / OWN, Note(sha256=("0" * 64,), title="My own"))
    full.wait()
    full.choose(OWN, "verify")
    full.sees("The file is not what was promised")
    full.wait()

    opened: list[str] = []

    def note(url: QUrl) -> bool:
        opened.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", note)
    full.choose(OWN, "folder")
    assert opened == [str(profile.models)]

    full.page.act("use", str(profile.models / OWN))
    undone: list[Callable[[], None]] = []
    full.notices.toast_shown.connect(lambda _text, undo: undone.append(undo))
    full.choose(OWN, "delete")
    full.wait()
    assert not (profile.models / OWN).exists()
    assert "Deleted a short time ago" in full.texts()
    assert full.loam.settings.current.model == ""
    undone[0]()
    full.wait()
    assert (profile.models / OWN).exists()
    assert full.row(OWN).name.whole == "My own"
    assert full.loam.settings.current.model == str(profile.models / OWN)
    full.choose(OWN, "delete")
    full.wait()
    full.click("Restore: own")
    full.wait()
    assert (profile.models / OWN).exists()
    assert "Deleted a short time ago" not in full.texts()


def test_converting_says_what_it_cost(shop: Shop, profile: Profile, tmp_path: Path) -> None:
    source = tmp_path / "tiny.gguf"
    tinymodel.write(source, seed=3)
    shop.page.accept_paths([str(source)])
    shop.wait()
    shop.choose("tiny.gguf", "convert")
    dialog = shop.dialog(ConvertDialog)
    assert isinstance(dialog, ConvertDialog)
    (wanted,) = [b for b in dialog.types if b.property("type_name") == "Q8_0"]
    wanted.setChecked(True)
    dialog.ok_button.click()
    shop.qtbot.waitUntil(lambda: str(source) in shop.page.actions_on.jobs)
    assert shop.context.tasks.shown[0].title.startswith("Converting ")
    shop.wait()
    row = shop.row("tiny-Q8_0.gguf")
    assert "perplexity" in row.state.text()
    assert (profile.models / "tiny-Q8_0.gguf").exists()
    assert source.exists()
    shop.choose("tiny.gguf", "convert")
    again = shop.dialog(ConvertDialog)
    assert isinstance(again, ConvertDialog)
    (taken,) = [b for b in again.types if b.property("type_name") == "Q8_0"]
    assert not taken.isEnabled()
    again.reject()
    shop.choose("tiny.gguf", "remove")
    shop.wait()
    assert source.exists()
    assert str(source) not in shop.page.mine.rows


def test_what_a_conversion_cost_in_words() -> None:
    assert facts.cost(20.0, 20.1).startswith("It is as good as before: perplexity 20.00 before")
    assert facts.cost(20.0, 20.6).startswith("It is hardly worse")
    assert facts.cost(20.0, 22.0).endswith("22.00 after (+10.0 %)")
    assert facts.cost(20.0, 40.0).startswith("It is clearly worse")
