"""Another embedding model is chosen in Settings, and the documents follow."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.core.paths import Profile, bundled_models, resources
from app.ui.documents.embedding_strip import EmbeddingStrip
from app.ui.embedding_field import EmbeddingField
from app.ui.settings_dialog import SettingsDialog
from tests.retrieval.embedding_models import as_gguf, shallow
from tests.window.conftest import Person


@pytest.fixture
def other(profile: Profile, tmp_path: Path) -> Path:
    """A real embedding model of another kind than the default one, among the person's models."""
    weights = bundled_models() / "all-MiniLM-L6-v2"
    if not (weights / "model.safetensors").is_file():
        pytest.skip("the embedding model is not in models/: run 'make run' once")
    profile.models.mkdir(parents=True, exist_ok=True)
    return as_gguf(shallow(weights, tmp_path / "shallow"), profile.models / "other.gguf")


def test_the_documents_are_prepared_for_the_model_that_was_chosen(
    other: Path, person: Person, qtbot: QtBot
) -> None:
    loam, context = person.loam, person.context
    collection = loam.library.create("All")
    for _ in loam.library.add(collection.id, [str(resources() / "samples" / "workshops.md")]):
        pass
    dialog = SettingsDialog(context, person.window)
    dialog.open()
    (section,) = dialog.sections.findItems("Documents", Qt.MatchFlag.MatchExactly)
    dialog.sections.setCurrentItem(section)
    field = dialog.rows["embedding_model"].field
    assert isinstance(field, EmbeddingField)
    qtbot.waitUntil(lambda: field.box.findData(str(other)) > 0)
    chat = loam.models.spec_for().path
    field.try_it(chat)
    qtbot.waitUntil(lambda: "it is a chat model" in field.state.text())
    assert field.box.currentData() == ""
    assert not field.use.isVisible()
    field.try_it(str(other))
    qtbot.waitUntil(lambda: field.use.isVisible())
    assert "3 passages will be prepared for other: less than a minute" in field.state.text()
    assert "searches use all-MiniLM-L6-v2" in field.state.text()
    assert loam.settings.current.embedding_model == "", "not before the person agrees"
    QTest.mouseClick(field.use, Qt.MouseButton.LeftButton)
    assert loam.settings.current.embedding_model == str(other)
    assert field.box.currentData() == str(other)
    qtbot.waitUntil(
        lambda: (
            not context.embedding.running
            and context.embedding.state is not None
            and context.embedding.state.current.place == str(other)
        )
    )
    dialog.close()
    person.window.show_page("documents")
    strip = person.documents.findChild(EmbeddingStrip)
    assert isinstance(strip, EmbeddingStrip)
    assert not strip.isVisible()
    found = loam.library.search("When is the bicycle repair course?", (collection.id,))
    assert "Yusuf Demir" in found.hits[0].passage.text
    assert loam.library.health().embedder.startswith("other@")
    assert person.errors() == []
