"""The row below an answer where there is little room for it."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from app.core.types import GenerationStats, Message, Over, Role, Status
from app.ui.chat.message_actions import MessageActions
from app.ui.chat.painter import Painter
from tests.ui.models.conftest import Shop


def _cut(row: MessageActions) -> list[str]:
    """What is shown and has less room than it needs, or stands outside."""
    every: list[QLabel | QAbstractButton] = [
        *row.findChildren(QAbstractButton),
        *row.findChildren(QLabel),
    ]
    shown = [each for each in every if each.isVisible()]
    return [
        each.text() or each.accessibleName()
        for each in shown
        if each.width() < each.sizeHint().width() - 2 or each.geometry().right() >= row.width()
    ]


def test_what_does_not_fit_below_an_answer_goes_and_comes_back(shop: Shop) -> None:
    row = MessageActions(Painter(shop.context))
    page = QWidget()
    shop.qtbot.addWidget(page)
    page.resize(1000, 100)
    row.setParent(page)
    stats = GenerationStats(900, 0, 300, 100.0, 12.5, 1200, 4096)
    row.show_message(
        Message(
            1, 1, None, Role.ASSISTANT, "An answer", Status.LENGTH, 0.0, stats=stats, branch=2,
            branches=3, explained=True, over=Over.BEST,
        )
    )  # fmt: skip
    row.resize(900, row.height())
    page.show()
    row.show()
    row.reveal(True)
    speed = row._speed
    shop.qtbot.waitUntil(lambda: speed.isVisible() and not _cut(row), timeout=30_000)
    least = row._resume.sizeHint().width()
    seen = set()
    for width in range(900, 420, -20):
        row.resize(width, row.height())
        shop.qtbot.waitUntil(lambda: not _cut(row), timeout=30_000)
        assert row._resume.isVisible()
        assert row._resume.width() >= least
        seen.add(speed.isVisible())
    assert seen == {True, False}
    row.resize(900, row.height())
    shop.qtbot.waitUntil(lambda: speed.isVisible() and not _cut(row), timeout=30_000)
    row.reveal(False)
    assert not speed.isVisible()


def test_what_wrote_nothing_has_no_speed(shop: Shop) -> None:
    row = MessageActions(Painter(shop.context))
    shop.qtbot.addWidget(row)
    for written, shown in ((0, False), (3, True)):
        stats = GenerationStats(30, 0, written, 10.0, float(written), 30, 4096)
        message = Message(1, 1, None, Role.ASSISTANT, "x", Status.STOPPED, 0.0, stats=stats)
        row.resize(900, row.height())
        row.show()
        row.show_message(message)
        row.reveal(True)
        assert row._speed.isVisible() is shown
