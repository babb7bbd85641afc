"""An index that lives on a server which is away: said where the person is, once, and searched all
the same."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.core.errors import IndexServerAway
from app.core.paths import Profile, resources
from app.services.preferences import SettingsService
from app.ui import app
from tests.window.conftest import PATIENCE_MS, Person, somebody

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def person(qtbot: QtBot, profile: Profile) -> Iterator[Person]:
    """A person whose index is to live where nobody answers."""
    # Before there is a window: its first question to the library starts the child.
    SettingsService(profile.settings).change(index_server=NOBODY)
    with somebody(profile, qtbot) as made:
        yield made


def prepared(person: Person, tmp_path: Path) -> int:
    """A collection with a document."""
    copy = tmp_path / "handbook.pdf"
    shutil.copy(resources() / "samples" / "member-handbook.pdf", copy)
    collection = person.loam.library.create("Papers")
    list(person.loam.library.add(collection.id, [str(copy)]))
    return collection.id


def told(person: Person) -> list[str]:
    """What stands above the page."""
    return person.window.banners.texts if person.window.banners.isVisible() else []


def test_a_search_from_the_chats_tells_of_it_once(
    person: Person, qtbot: QtBot, tmp_path: Path
) -> None:
    collection = prepared(person, tmp_path)
    person.chats.new_chat((collection,))
    qtbot.waitUntil(
        lambda: person.chats.chat is not None and bool(person.chats.chat.collections),
        timeout=PATIENCE_MS,
    )
    # Nothing about this is in the documents: searched without the server, and no model is asked.
    first = person.ask("Which year did the volcano on the island erupt?")
    assert first.sources
    qtbot.waitUntil(lambda: bool(told(person)), timeout=PATIENCE_MS)
    assert "127.0.0.1:9 can't be reached" in told(person)[0]
    assert not person.reading
    watch = person.context.index
    with qtbot.waitSignal(watch.changed, timeout=PATIENCE_MS):
        person.ask("Who painted the ceiling of the chapel?")
    assert watch.report is not None
    assert watch.report.dense_index == "away"
    assert [type(one) for one in person.notices.recent] == [IndexServerAway]
    assert len(told(person)) == 1


def test_the_start_tells_of_it(person: Person, qtbot: QtBot, tmp_path: Path) -> None:
    prepared(person, tmp_path)
    assert person.errors() == []
    app._go_on_reading(person.context)
    qtbot.waitUntil(lambda: bool(told(person)), timeout=PATIENCE_MS)
    assert not person.reading
