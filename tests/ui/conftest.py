"""Fixtures for the views."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.core.paths import Profile
from tests.ui.fakes import Chats


@pytest.fixture
def chats(qtbot: QtBot, profile: Profile) -> Iterator[Chats]:
    """A shown chat page over scripted answers."""
    made = Chats(profile)
    made.page.show()
    made.page.shown()
    qtbot.waitUntil(lambda: made.idle)
    try:
        yield made
    finally:
        made.close()
