"""What the Documents page tells while documents are prepared for another embedding model."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.core.cancel import Cancel
from app.core.messages import EmbedderSeen, Progress
from app.core.paths import Profile
from app.core.types import EmbedderFacts, EmbedderState
from app.ui.documents.embedding_strip import EmbeddingStrip
from tests import patience
from tests.ui.frame_helpers import Frame, frame

OLD = EmbedderFacts("", "all-MiniLM-L6-v2@1", "all-MiniLM-L6-v2", 384, 256)
NEW = EmbedderFacts("/models/e5", "e5-small@2", "e5-small", 384, 508)
DUE = EmbedderState(OLD, NEW, "", 34_000, 0)


class Service:
    """An EmbedderService whose work waits until it is let go, or stopped."""

    def __init__(self) -> None:
        self.state = DUE
        self.chosen = NEW.place
        self.go = threading.Event()

    def look(self, place: str | None = None, measured: bool = False) -> EmbedderState:
        return self.state

    def choose(self, place: str) -> None:
        self.chosen = place
        self.state = EmbedderState(OLD, OLD, "", 34_000, 34_000)

    def build(self, cancel: Cancel) -> Iterator[object]:
        yield Progress("", 3_400, 34_000, "passages")
        with cancel.heard_by(self.go.set):
            self.go.wait(patience.SECONDS)
        self.go.clear()
        if cancel.is_set():
            self.state = EmbedderState(OLD, NEW, "", 34_000, 3_400)
        else:
            self.state = EmbedderState(NEW, NEW, "", 34_000, 34_000)
        yield EmbedderSeen(self.state)


@pytest.fixture
def made(qtbot: QtBot, profile: Profile) -> Iterator[Frame]:
    with frame(profile) as made:
        profile.library.mkdir(exist_ok=True)
        (profile.library / "library.sqlite3").touch()
        cast("Any", made.loam).embedding = Service()
        yield made


@pytest.fixture
def strip(made: Frame) -> EmbeddingStrip:
    return cast("EmbeddingStrip", made.documents.findChild(EmbeddingStrip))


def service(made: Frame) -> Service:
    return cast("Service", made.loam.embedding)


def press(button: Any) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_it_goes_on_stops_and_is_gone_when_all_is_done(
    qtbot: QtBot, made: Frame, strip: EmbeddingStrip
) -> None:
    qtbot.waitUntil(strip.isVisible)
    assert "not prepared for e5-small" in strip.title.text()
    assert "0 of 34,000 passages" in strip.detail.text()
    assert strip.keep.text() == "Keep all-MiniLM-L6-v2"
    press(strip.go_on)
    qtbot.waitUntil(lambda: "3,400 of 34,000 passages" in strip.detail.text())
    assert "Searches use all-MiniLM-L6-v2 meanwhile" in strip.detail.text()
    assert strip.bar.isVisible()
    assert strip.bar.value() * 10 == strip.bar.maximum()
    assert not strip.keep.isVisible()
    assert [task.title for task in made.context.tasks.shown]
    press(strip.stop)
    qtbot.waitUntil(strip.go_on.isVisible)
    assert "3,400 of 34,000 passages" in strip.detail.text()
    press(strip.go_on)
    qtbot.waitUntil(strip.stop.isVisible)
    service(made).go.set()
    qtbot.waitUntil(lambda: not strip.isVisible())
    assert made.context.embedding.state is not None
    assert made.context.embedding.state.current == NEW


def test_it_names_the_model_that_was_just_chosen(
    qtbot: QtBot, made: Frame, strip: EmbeddingStrip
) -> None:
    qtbot.waitUntil(strip.isVisible)
    service(made).state = EmbedderState(OLD, OLD, "", 34_000, 34_000)
    made.context.embedding.look()
    qtbot.waitUntil(lambda: not strip.isVisible())
    later = EmbedderFacts("/models/bge", "bge@3", "bge-base", 768, 512)
    service(made).choose(later.place)
    service(made).state = EmbedderState(OLD, later, "", 34_000, 0, running=True)
    made.context.embedding.begin()
    qtbot.waitUntil(lambda: strip.title.text() == "Preparing documents for bge-base")
    service(made).go.set()
    qtbot.waitUntil(lambda: not made.context.embedding.running)


def test_who_looks_meanwhile_does_not_keep_it_from_going_on(
    qtbot: QtBot, made: Frame, strip: EmbeddingStrip, monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.waitUntil(strip.isVisible)
    # Both looks are under way before either answers.
    both, calls = threading.Barrier(2), itertools.count(1)
    real = service(made).look

    def look() -> EmbedderState:
        if next(calls) <= 2:
            both.wait(patience.SECONDS)
        return real()

    monkeypatch.setattr(service(made), "look", look)
    made.context.embedding.look(go_on=True)
    made.context.embedding.look()
    qtbot.waitUntil(lambda: made.context.embedding.running)
    monkeypatch.undo()
    service(made).go.set()
    qtbot.waitUntil(lambda: not made.context.embedding.running)


def test_the_model_before_can_be_kept(qtbot: QtBot, made: Frame, strip: EmbeddingStrip) -> None:
    qtbot.waitUntil(strip.isVisible)
    service(made).go.set()
    press(strip.keep)
    qtbot.waitUntil(lambda: service(made).chosen == "")


def test_one_that_can_not_be_used_is_told(qtbot: QtBot, made: Frame) -> None:
    lost = EmbedderFacts("/models/e5", "e5-small@2", "e5-small", 0, 0)
    problem = "/models/e5 can't be used to search documents by meaning: it is no longer there."
    service(made).state = EmbedderState(lost, None, problem, 34_000, 34_000)
    strip = made.documents.findChild(EmbeddingStrip)
    assert isinstance(strip, EmbeddingStrip)
    qtbot.waitUntil(strip.isVisible)
    assert strip.detail.text() == problem
    assert not strip.go_on.isVisible()
    assert strip.keep.text() == "Use the default one"
    service(made).go.set()
    press(strip.keep)
    qtbot.waitUntil(lambda: service(made).chosen == "")
