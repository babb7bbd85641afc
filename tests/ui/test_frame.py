"""The frame: pages, shortcuts, notices, drops, running work, closing, first start."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QProgressBar, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.core.errors import ChildDied, LoamError
from app.core.messages import Progress
from app.core.paths import Profile
from app.core.process import Cancel
from app.core.settings import Theme
from app.ui import icons, tokens, words
from app.ui.footer import Estimate
from app.ui.memory import Memory
from app.ui.page import Page
from app.ui.settings_dialog import SettingsDialog
from app.ui.shortcuts_dialog import ShortcutsDialog
from app.ui.window import Window
from tests import patience
from tests.ui.frame_helpers import Frame, frame


@pytest.fixture
def shown(qtbot: QtBot, profile: Profile) -> Iterator[Frame]:
    with frame(profile) as made:
        yield made


def button(parent: QWidget, name: str) -> QPushButton:
    """The visible button with this accessible name."""
    found = [
        each
        for each in parent.findChildren(QPushButton)
        if each.accessibleName() == name and each.isVisible()
    ]
    assert len(found) == 1, f"{len(found)} buttons called {name}"
    return found[0]


def front(window: Window) -> Page | None:
    """The page that is shown; a function, so that mypy doesn't take it for a constant."""
    return window.page


def drop(target: QWidget, paths: list[str], qtbot: QtBot) -> None:
    """Drag files over a window and let them go, as the windowing system tells it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    handle = target.windowHandle()
    at = QPoint(target.width() // 2, target.height() // 2)
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    action = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(at, action, data, buttons, keys)
    QApplication.sendEvent(handle, enter)
    assert enter.isAccepted()
    let_go = QDropEvent(QPointF(at), action, data, buttons, keys)
    QApplication.sendEvent(handle, let_go)
    assert let_go.isAccepted()


def test_pages_are_built_when_first_shown_and_remembered(
    shown: Frame, qtbot: QtBot, profile: Profile
) -> None:
    assert front(shown.window) is shown.chats
    QTest.mouseClick(button(shown.window, "Models"), Qt.MouseButton.LeftButton)
    assert front(shown.window) is shown.model_page
    assert button(shown.window, "Models").isChecked()
    shown.window.close()
    assert Memory(profile.window).text("page") == "models"


def test_shortcuts_act(shown: Frame, qtbot: QtBot) -> None:
    window = shown.window
    asked: list[bool] = []
    shown.picker.clicked.connect(lambda: asked.append(True))
    window.activateWindow()
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(window, Qt.Key.Key_2, control)
    assert front(window) is shown.documents

    def list_visible() -> bool:
        panes = shown.documents.panes
        return panes is not None and panes.list_visible

    QTest.keyClick(window, Qt.Key.Key_B, control)
    assert not list_visible()
    QTest.keyClick(window, Qt.Key.Key_K, control)
    assert list_visible()
    assert shown.documents.list.search.hasFocus()
    QTest.keyClick(window, Qt.Key.Key_L, control)
    assert asked == [True]
    QTest.keyClick(window, Qt.Key.Key_N, control)
    assert front(window) is shown.chats
    assert shown.chats.opened[-1] == ()
    QTest.keyClick(window, Qt.Key.Key_Comma, control)
    dialog = window.findChild(SettingsDialog)
    assert dialog is not None
    dialog.close()
    QTest.keyClick(window, Qt.Key.Key_Slash, control)
    listing = window.findChild(ShortcutsDialog)
    assert listing is not None
    texts = {each.text() for each in listing.findChildren(QLabel)}
    assert {"New chat", "Choose the model", "Chats", "Documents", "Stop the answer"} <= texts
    assert {"Ctrl+N", "Ctrl+L", "Esc"} <= {row[0].text() for row in listing.rows.values()}
    listing.close()


def test_a_signal_for_a_page_that_is_not_built_is_not_lost(shown: Frame) -> None:
    shown.library.views = {}
    shown.context.navigator.open_document.emit(7, 0, 0)
    assert front(shown.window) is shown.documents


def test_an_error_is_shown_once_with_what_to_do(shown: Frame, qtbot: QtBot) -> None:
    error = ChildDied("SIGKILL", name="The model", reason="it crashed")
    shown.notices.show(error)
    shown.notices.show(error)
    banners = shown.window.banners
    assert len(banners.texts) == 1
    assert "The model stopped unexpectedly (it crashed)." in banners.texts[0]
    assert "starts again" in banners.texts[0]
    QTest.mouseClick(button(banners, "Close this message"), Qt.MouseButton.LeftButton)
    assert not banners.isVisible()


def test_markup_in_an_error_is_shown_as_text(shown: Frame) -> None:
    shown.notices.show(ChildDied(name="<b>{reason}</b>", reason="x"))
    labels = shown.window.banners.findChildren(QLabel)
    assert any("<b>{reason}</b>" in each.text() for each in labels)
    assert all(
        each.textFormat() is Qt.TextFormat.PlainText for each in labels if "<b>" in each.text()
    )


def test_errors_before_the_window_wait_for_it(qtbot: QtBot, profile: Profile) -> None:
    made = Frame(profile)
    early = LoamError("early")
    made.notices.show(early)
    assert len(made.window.banners.texts) == 1
    made.window.close()
    made.loam.close()


def test_nobody_caught_it_and_still_it_is_shown(shown: Frame, qtbot: QtBot) -> None:
    restore = shown.notices.catch_all()
    try:
        thread = threading.Thread(target=lambda: 1 // 0)
        thread.start()
        thread.join()
        qtbot.waitUntil(lambda: bool(shown.window.banners.texts))
    finally:
        restore()
    assert "ZeroDivisionError" in shown.notices.recent[-1].detail


def test_undo_in_a_toast_acts_once(shown: Frame, qtbot: QtBot) -> None:
    undone: list[bool] = []
    shown.notices.toast("Deleted it.", lambda: undone.append(True))
    undo = button(shown.window, "Undo: Deleted it.")
    QTest.mouseClick(undo, Qt.MouseButton.LeftButton)
    assert undone == [True]
    qtbot.waitUntil(lambda: not undo.isVisible())


def test_files_dropped_anywhere_go_to_documents(shown: Frame, qtbot: QtBot, tmp_path: Path) -> None:
    paths = [str(tmp_path / "a.txt"), str(tmp_path / "b.txt")]
    drop(shown.window, paths, qtbot)
    assert front(shown.window) is shown.documents
    qtbot.waitUntil(lambda: bool(shown.library.kept) and len(shown.library.kept[1]) == 2)
    assert [each.path for each in shown.library.kept[1]] == paths
    qtbot.waitUntil(lambda: shown.documents.files.model.rowCount() == 2)


def test_models_dropped_anywhere_go_to_models(shown: Frame, qtbot: QtBot, tmp_path: Path) -> None:
    drop(shown.window, [str(tmp_path / "new.gguf"), str(tmp_path / "broken.GGUF")], qtbot)
    assert front(shown.window) is shown.model_page
    qtbot.waitUntil(lambda: any(info.name == "new" for info in shown.models.infos))
    qtbot.waitUntil(lambda: bool(shown.window.banners.texts))
    assert "broken.GGUF is not a model" in shown.window.banners.texts[0]


def test_the_foot_lists_only_what_takes_long_and_can_stop_it(shown: Frame, qtbot: QtBot) -> None:
    def work(cancel: Cancel) -> Iterator[object]:
        yield Progress("Reading", 1, 4, "files")
        while not cancel.is_set():
            time.sleep(0.01)

    task = shown.context.tasks.run(work, title="Reading 4 files", shown=True)
    bars = shown.window.findChildren(QProgressBar)
    assert not any(bar.accessibleName() == "Reading 4 files" for bar in bars)

    def row() -> list[QProgressBar]:
        bars = shown.window.findChildren(QProgressBar)
        return [b for b in bars if b.accessibleName() == "Reading 4 files" and b.isVisible()]

    qtbot.waitUntil(lambda: bool(row()))
    qtbot.waitUntil(lambda: row()[0].value() == 250)
    QTest.mouseClick(button(shown.window, "Stop: Reading 4 files"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not task.running)
    qtbot.waitUntil(lambda: not row())


def test_closing_ends_running_work_in_time(
    shown: Frame, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ui.window._STOP_SECONDS", patience.SECONDS)
    ended: list[str] = []

    def work(cancel: Cancel) -> Iterator[object]:
        while not cancel.is_set():
            time.sleep(0.01)
        ended.append("saved")
        yield "last"

    shown.context.tasks.run(work, shown=True, title="Answering")
    began = time.monotonic()
    shown.window.close()
    assert ended == ["saved"]
    assert time.monotonic() - began < patience.SECONDS / 2


def test_first_start_leads_to_a_chat_with_the_samples(qtbot: QtBot, profile: Profile) -> None:
    with frame(profile, welcomed=False) as made:
        made.library.sample_paths = ["/samples/a.pdf", "/samples/b.md"]
        assert front(made.window) is None
        QTest.mouseClick(
            button(made.window, "Try it on the sample documents"), Qt.MouseButton.LeftButton
        )
        qtbot.waitUntil(lambda: front(made.window) is not None)
        assert front(made.window) is made.chats
        qtbot.waitUntil(lambda: bool(made.chats.questions))
        (collection,) = made.library.collections()
        assert made.chats.opened == [(collection.id,)]
        assert collection.files == 2
        assert all(question.endswith("?") for question in made.chats.questions[0])
        assert len(made.chats.questions[0]) == 3
        assert made.loam.settings.current.welcomed
        assert json.loads(profile.settings.read_text())["welcomed"] is True


def test_skipping_the_welcome_is_remembered(qtbot: QtBot, profile: Profile) -> None:
    with frame(profile, welcomed=False) as made:
        QTest.mouseClick(button(made.window, "Start with an empty chat"), Qt.MouseButton.LeftButton)
        assert front(made.window) is made.chats
        assert made.loam.settings.current.welcomed


def test_every_control_has_a_name_to_be_read_out(shown: Frame, qtbot: QtBot) -> None:
    shown.documents.refresh()
    shown.model_page.refresh()
    qtbot.waitUntil(lambda: not shown.context.tasks.running)
    nameless = [
        each
        for kind in (QPushButton, QToolButton)
        for each in shown.window.findChildren(kind)
        if not each.accessibleName() and each is not shown.picker and not _inside_qt(each)
    ]
    assert nameless == []


def _inside_qt(widget: QWidget) -> bool:
    """Buttons that Qt makes itself: the cross in a search field, the corner of a table."""
    return type(widget.parent()).__name__ in ("QLineEdit", "FileTable")


def test_text_can_be_read_on_every_ground() -> None:
    for palette in (tokens.LIGHT, tokens.DARK):
        for ground in (palette.ground, palette.surface, palette.sunken, palette.accent_ground):
            for text in (palette.text, palette.quiet, palette.accent):
                assert tokens.contrast(text, ground) >= 4.5, (palette.name, text, ground)
        for ground in (palette.ground, palette.surface, palette.warning_ground):
            assert tokens.contrast(palette.warning, ground) >= 4.5
            assert tokens.contrast(palette.text, ground) >= 4.5
        for ground in (palette.ground, palette.surface, palette.danger_ground):
            assert tokens.contrast(palette.danger, ground) >= 4.5
        assert tokens.contrast(palette.on_accent, palette.accent) >= 4.5
        assert tokens.contrast(palette.on_accent, palette.accent_hover) >= 4.5
        assert tokens.contrast(palette.text, palette.mark) >= 4.5
        for name in (each for each in palette.__dataclass_fields__ if each.startswith("syntax")):
            assert tokens.contrast(getattr(palette, name), palette.code_ground) >= 4.5, name


@pytest.mark.parametrize("accent", ["#FFFF00", "#FF00AA", "#101010", "#FFFFFF"])
def test_any_system_accent_becomes_readable(accent: str) -> None:
    for palette in (tokens.LIGHT, tokens.DARK):
        got = tokens.with_accent(palette, accent)
        assert tokens.contrast(got.accent, got.ground) >= 4.5
        assert tokens.contrast(got.accent, got.accent_ground) >= 4.5
        assert tokens.contrast(got.on_accent, got.accent) >= 4.5


def test_only_the_tokens_name_a_colour() -> None:
    folder = Path(tokens.__file__).parent
    for path in folder.rglob("*.py"):
        if path.name == "tokens.py":
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            for word in line.replace('"', " ").replace("'", " ").split():
                body = word.strip(";,()")
                is_color = body.startswith("#") and len(body) in (4, 7)
                assert not (is_color and _is_hex(body[1:])), f"{path.name}: {line.strip()}"


def _is_hex(text: str) -> bool:
    return all(letter in "0123456789abcdefABCDEF" for letter in text)


def test_the_theme_follows_the_setting(shown: Frame) -> None:
    theme = shown.context.theme
    theme.apply(shown.loam.settings.change(theme=Theme.DARK))
    assert theme.tokens == tokens.DARK
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    assert application.palette().window().color().name().upper() == tokens.DARK.ground
    points = theme.points
    theme.apply(shown.loam.settings.change(theme=Theme.LIGHT, font_percent=150))
    assert theme.points == pytest.approx(points * 1.5)
    theme.apply(shown.loam.settings.change(font_percent=100))


def test_icons_are_tinted_and_unknown_ones_refused(qtbot: QtBot) -> None:
    image = icons.pixmap("x", "#FF0000", 24).toImage()
    seen = {
        image.pixelColor(x, y).name()
        for x in range(24)
        for y in range(24)
        if image.pixelColor(x, y).alpha() == 255
    }
    assert seen == {"#ff0000"}
    with pytest.raises(FileNotFoundError):
        icons.icon("no-such-icon", "#FF0000")


def test_a_damaged_memory_costs_only_the_sizes(tmp_path: Path) -> None:
    path = tmp_path / "window.json"
    for content in (b"[1, 2]", b"{", b'{"page": 5, "w": "x"}', b"\xff"):
        path.write_bytes(content)
        memory = Memory(path)
        assert memory.text("page", "chats") == "chats"
        assert memory.number("w", 7) == 7
    memory.put("w", 300)
    memory.save()
    assert Memory(path).number("w") == 300


def test_time_left_is_said_once_it_is_known() -> None:
    estimate = Estimate()
    assert estimate.seconds_left(Progress("", 10, 100), 100.0) is None
    assert estimate.seconds_left(Progress("", 11, 100), 101.0) is None
    assert estimate.seconds_left(Progress("", 40, 100), 110.0) == pytest.approx(20.0)
    assert words.time_left(20) == "about 20 s left"
    assert words.time_left(240) == "about 4 min left"
    assert words.time_left(3) == "a few seconds left"
    assert words.time_left(7300) == "about 2 h left"
