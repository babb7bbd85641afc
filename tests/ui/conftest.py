"""Fixtures for the views."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.core.paths import Profile
from app.services import assemble
from app.ui.app import make_application, make_context
from app.ui.context import Context
from app.ui.notices import Notices
from tests import patience
from tests.ui.fakes import Chats


@pytest.fixture
def context(qtbot: QtBot, profile: Profile) -> Iterator[Context]:
    """What pages share, over the real services of a person who was welcomed before."""
    loam = assemble.build(profile)
    loam.settings.change(welcomed=True)
    context = make_context(loam, Notices(), make_application())
    yield context
    context.tasks.stop_all(patience.SECONDS)
    loam.close()


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
