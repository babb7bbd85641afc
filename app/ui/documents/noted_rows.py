"""Rows of a list with a name and, below it, a few quiet words on how it is."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QIcon, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QListView,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from app.ui.named_list import NOTE
from app.ui.renaming import NameDelegate
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8

_Index = QModelIndex | QPersistentModelIndex
_SMALLER = 0.86


class NotedRows(NameDelegate):
    """Draws NOTE below the name; the icon stands at the name."""

    def __init__(self, parent: QListView, theme: ThemeKeeper) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        hint = super().sizeHint(option, index)
        name, note = self._heights(option.font)
        return QSize(hint.width(), name + note + 2 * S8)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        bare = QStyleOptionViewItem(option)
        self.initStyleOption(bare, index)
        picture, name = QIcon(bare.icon), bare.text
        bare.text, bare.icon = "", QIcon()
        bare.features &= ~QStyleOptionViewItem.ViewItemFeature.HasDecoration
        style = bare.widget.style() if bare.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, bare, painter, bare.widget)
        top, bottom = self._places(option)
        tokens = self._theme.tokens
        side = top.height()
        spot = QRect(option.rect.left() + S8, top.center().y() - side // 2, side, side)
        painter.save()
        picture.paint(painter, spot)
        painter.setFont(option.font)
        painter.setPen(QColor(tokens.text))
        _write(painter, top, name)
        painter.setFont(_small(option.font))
        painter.setPen(QColor(tokens.quiet))
        _write(painter, bottom, index.data(NOTE) or "")
        painter.restore()

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: _Index
    ) -> None:
        top, _bottom = self._places(option)
        editor.setGeometry(top.adjusted(-S4, -S4, 0, S4))

    def _places(self, option: QStyleOptionViewItem) -> tuple[QRect, QRect]:
        """Where the name and the note are written."""
        name, note = self._heights(option.font)
        left = S8 + name + S8
        top = option.rect.adjusted(left, S8, -S8, 0)
        top.setHeight(name)
        return top, QRect(top.left(), top.bottom() + 1, top.width(), note)

    def _heights(self, font: QFont) -> tuple[int, int]:
        return QFontMetrics(font).height(), QFontMetrics(_small(font)).height()


def _small(font: QFont) -> QFont:
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * _SMALLER)
    return small


def _write(painter: QPainter, place: QRect, text: str) -> None:
    metrics = painter.fontMetrics()
    cut = metrics.elidedText(text, Qt.TextElideMode.ElideRight, place.width())
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, cut)
