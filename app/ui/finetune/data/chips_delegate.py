"""Draws a cell's words as chips; those for which there is no room become '+2'."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.ui.finetune.data.row_model import MARKS
from app.ui.theme import ThemeKeeper
from app.ui.tokens import RADIUS, S4, S8

_SMALLER = 9 / 10.5


class ChipsDelegate(QStyledItemDelegate):
    """For columns whose cells have MARKS."""

    def __init__(self, theme: ThemeKeeper, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        marks = list(index.data(MARKS) or ())
        if not marks:
            return
        rect = option.rect
        font = QFont(option.font)
        font.setPointSizeF(font.pointSizeF() * _SMALLER)
        metrics = QFontMetrics(font)
        high = metrics.height() + S4
        painter.save()
        painter.setFont(font)
        painter.setClipRect(rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, right = rect.left() + S4, rect.right() - S4
        for number, mark in enumerate(marks):
            more = len(marks) - number
            room = right - x - (0 if more == 1 else metrics.horizontalAdvance("+9") + S8)
            if metrics.horizontalAdvance(mark) + 2 * S8 > room:
                if number:
                    painter.setPen(QColor(self._theme.tokens.quiet))
                    painter.drawText(x, rect.top(), right - x, rect.height(), _LEFT, f"+{more}")
                    break
                mark = metrics.elidedText(mark, Qt.TextElideMode.ElideRight, room - 2 * S8)
            width = metrics.horizontalAdvance(mark) + 2 * S8
            chip = QRectF(x, rect.center().y() - high / 2 + 0.5, width, high)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.tokens.warning_ground))
            painter.drawRoundedRect(chip, RADIUS, RADIUS)
            painter.setPen(QColor(self._theme.tokens.warning))
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, mark)
            x += width + S4
        painter.restore()


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
