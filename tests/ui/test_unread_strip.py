"""Documents that wait while nothing reads them: said, and read on when the person asks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.core.messages import Indexed, Progress
from app.core.paths import Profile
from app.core.process import Cancel
from app.core.types import Collection
from tests.ui.frame_fakes import FakeLibrary
from tests.ui.frame_helpers import frame

_PATIENCE_MS = 30_000


class Stopped(FakeLibrary):
    """Two of three files wait; `resume` reads them when it may `end`."""

    waiting = 2

    def __init__(self) -> None:
        super().__init__()
        self.end = threading.Event()

    def collections(self) -> list[Collection]:
        return [replace(each, waiting=self.waiting) for each in super().collections()]

    def resume(self, cancel: Cancel | None = None) -> Iterator[object]:
        yield Progress("", 0, 2, "files")
        self.end.wait(_PATIENCE_MS / 1000)
        self.waiting = 0
        yield Indexed(2, 0, 0, False)


def test_what_a_stop_left_unread_is_told_and_read_on_request(
    qtbot: QtBot, profile: Profile
) -> None:
    with frame(profile) as made:
        library = made.library = made.loam.library = Stopped()  # type: ignore[assignment]
        list(library.add(library.create("Papers").id, ["/x/a.txt", "/x/b.txt", "/x/c.txt"]))
        page = made.documents
        strip, summary = page.unread, page.files._summary

        def ends(text: str) -> None:
            qtbot.waitUntil(lambda: summary.whole.endswith(text), timeout=_PATIENCE_MS)

        try:
            qtbot.waitUntil(strip.isVisible, timeout=_PATIENCE_MS)
            assert strip.text.text() == "2 files still to be read. Answers don't know them yet."
            ends("1 of 3 read")
            QTest.mouseClick(strip.button, Qt.MouseButton.LeftButton)
            qtbot.waitUntil(lambda: not strip.isVisible(), timeout=_PATIENCE_MS)
            assert strip.reading
            ends("Reading 2 of 3")
        finally:
            library.end.set()
        qtbot.waitUntil(lambda: not strip.reading, timeout=_PATIENCE_MS)
        ends("passages")
        assert not strip.isVisible()
