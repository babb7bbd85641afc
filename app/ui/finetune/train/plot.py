"""The loss curve, drawn: training thin, validation bold, axes with units, values on hover."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QLocale, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui import words
from app.ui.finetune.train.curve import Curve, Series, ticks
from app.ui.theme import ThemeKeeper
from app.ui.tokens import RADIUS, S4, S8, S12, S16, S24

_THIN, _TREND, _BOLD, _DOT = 1.2, 1.6, 2.6, 3.0
_FEW = 60  # with so few points each gets a dot


class CurvePlot(QWidget):
    """Shows a Curve; call `update()` after adding to it. The pointer, or the arrow keys, reads
    the values of an update; `reading` holds the one that is read."""

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self.curve = Curve()
        self.reading: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 190)
        self.setAccessibleName(self.tr("Loss curve"))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(720, 210)

    def show_curve(self, curve: Curve) -> None:
        """Draw another curve."""
        self.curve = curve
        self.reading = None
        self.refresh()

    def refresh(self) -> None:
        """Draw what was added."""
        self.setAccessibleDescription(self.words_at(int(self.curve.last)))
        self.update()

    def words_at(self, step: int) -> str:
        """What the curve says at an update."""
        parts = [self.tr("Update {n}").replace("{n}", words.number(step))]
        for name, series in self._named():
            value = series.at(step)
            if value is not None:
                parts.append(f"{name} {loss_text(value)}")
        return "  ·  ".join(parts)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() == Qt.Key.Key_Escape and self.reading is not None:
            self._read(None)
        elif event.key() in moves and not self.curve.empty:
            now = int(self.curve.last) if self.reading is None else self.reading
            at = now + (moves[Qt.Key(event.key())] if self.reading is not None else 0)
            self._read(max(0, min(int(self.curve.last), at)))
            self.setAccessibleDescription(self.words_at(self.reading or 0))
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        frame = self._frame()
        if self.curve.empty or not frame.adjusted(-S8, 0, S8, 0).contains(event.position()):
            self._read(None)
            return
        share = (event.position().x() - frame.left()) / max(1.0, frame.width())
        found = self._nearest(share * self._most_steps())
        self._read(found)

    def leaveEvent(self, event: QEvent) -> None:
        self._read(None)
        super().leaveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = self._theme.tokens
        painter.setPen(QPen(QColor(tokens.accent if self.hasFocus() else tokens.line), 1))
        painter.setBrush(QColor(tokens.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        frame = self._frame()
        if frame.width() < S24 or frame.height() < S24:
            return
        self._draw_axes(painter, frame)
        self._draw_legend(painter, frame)
        painter.save()
        painter.setClipRect(frame.adjusted(-S4, -S4, S4, S4))
        trend = self.curve.training.trend()
        color = tokens.quiet if trend is None else tokens.edge
        self._draw_series(painter, frame, self.curve.training, color, _THIN)
        if trend is not None:
            painter.setPen(QPen(QColor(tokens.quiet), _TREND))
            painter.drawPolyline(QPolygonF([self._place(frame, *point) for point in trend]))
        self._draw_series(painter, frame, self.curve.validation, tokens.accent, _BOLD)
        painter.restore()
        if self.reading is not None:
            self._draw_reading(painter, frame, self.reading)

    # --- places ---------------------------------------------------------------------------------

    def _named(self) -> list[tuple[str, Series]]:
        return [
            (self.tr("training"), self.curve.training),
            (self.tr("validation"), self.curve.validation),
        ]

    def _frame(self) -> QRectF:
        metrics = QFontMetricsF(self.font())
        low, high = self.curve.bounds()
        widest = max(metrics.horizontalAdvance(loss_text(v)) for v in (low, high, 10.0))
        left = S12 + widest + S8
        top = S8 + metrics.height() + S12
        bottom = S8 + 2 * metrics.height() + S8
        last = metrics.horizontalAdvance(words.number(int(self._most_steps())))
        right = max(S24, last / 2 + S8)
        return QRectF(self.rect()).adjusted(left, top, -right, -bottom)

    def _most_steps(self) -> float:
        return max(1.0, self.curve.steps, self.curve.last)

    def _place(self, frame: QRectF, step: float, value: float) -> QPointF:
        low, high = self.curve.bounds()
        x = frame.left() + frame.width() * step / self._most_steps()
        return QPointF(x, frame.bottom() - frame.height() * (value - low) / (high - low))

    def _nearest(self, step: float) -> int | None:
        found = [series.nearest(step) for _name, series in self._named()]
        near = min((f for f in found if f), key=lambda f: abs(f[0] - step), default=None)
        return None if near is None else int(near[0])

    def _read(self, step: int | None) -> None:
        if step != self.reading:
            self.reading = step
            self.update()

    # --- drawing --------------------------------------------------------------------------------

    def _draw_axes(self, painter: QPainter, frame: QRectF) -> None:
        tokens, metrics = self._theme.tokens, QFontMetricsF(self.font())
        low, high = self.curve.bounds()
        grid, text = QPen(QColor(tokens.line), 1), QColor(tokens.quiet)
        rows = max(3, int(frame.height() / (2.4 * metrics.height())))
        values = ticks(low, high, rows) if not self.curve.empty else []
        digits = _digits(values)
        for value in values:
            y = self._place(frame, 0, value).y()
            painter.setPen(grid)
            painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))
            painter.setPen(text)
            box = QRectF(0, y - metrics.height() / 2, frame.left() - S8, metrics.height())
            label = QLocale().toString(value, "f", digits)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, label)
        widest = metrics.horizontalAdvance(words.number(int(self._most_steps()))) + S24
        columns = max(1, min(10, int(frame.width() / widest)))
        painter.setPen(QPen(QColor(tokens.edge), 1))
        painter.drawLine(frame.bottomLeft(), frame.bottomRight())
        for step in ticks(0, self._most_steps(), columns):
            if step != int(step):
                continue
            x = self._place(frame, step, low).x()
            painter.setPen(QPen(QColor(tokens.edge), 1))
            painter.drawLine(QPointF(x, frame.bottom()), QPointF(x, frame.bottom() + S4))
            painter.setPen(text)
            box = QRectF(x - widest / 2, frame.bottom() + S4, widest, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, words.number(int(step)))
        below = QRectF(
            frame.left(), frame.bottom() + S8 + metrics.height(), frame.width(), metrics.height()
        )
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, self.tr("Updates"))
        over = QRectF(S12, S8, frame.width(), metrics.height())
        whole = self.tr("Loss (nats per token)")
        fits = metrics.horizontalAdvance(whole) < frame.width() / 2 - S24
        painter.drawText(
            over, Qt.AlignmentFlag.AlignLeft, whole if fits else self.tr("Loss (nats)")
        )

    def _draw_legend(self, painter: QPainter, frame: QRectF) -> None:
        tokens, metrics = self._theme.tokens, QFontMetricsF(self.font())
        x = frame.right()
        middle = S8 + metrics.height() / 2
        for name, color, width in (
            (self.tr("Validation"), tokens.accent, _BOLD),
            (self.tr("Training"), tokens.quiet, _THIN),
        ):
            wide = metrics.horizontalAdvance(name)
            painter.setPen(QColor(tokens.text))
            box = QRectF(x - wide, S8, wide + 1, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft, name)
            painter.setPen(QPen(QColor(color), width))
            begin = x - wide - S8 - S16
            painter.drawLine(QPointF(begin, middle), QPointF(begin + S16, middle))
            x = begin - S16

    def _draw_series(
        self, painter: QPainter, frame: QRectF, series: Series, color: str, width: float
    ) -> None:
        line = QPolygonF()
        for block in series.blocks:
            line.append(self._place(frame, block.begin, block.low))
            if block.high != block.low:
                line.append(self._place(frame, block.end, block.high))
        pen = QPen(QColor(color), width)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(line)
        if len(series) == 1 or (width == _BOLD and len(series) <= _FEW):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(color))
            for index in range(line.size()):
                painter.drawEllipse(line.at(index), _DOT, _DOT)

    def _draw_reading(self, painter: QPainter, frame: QRectF, step: int) -> None:
        tokens, metrics = self._theme.tokens, QFontMetricsF(self.font())
        low, _high = self.curve.bounds()
        x = self._place(frame, step, low).x()
        painter.setPen(QPen(QColor(tokens.edge), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
        painter.setPen(QPen(QColor(tokens.surface), 1.5))
        colors = (tokens.quiet, tokens.accent)
        for (_name, series), color in zip(self._named(), colors, strict=True):
            value = series.at(step)
            if value is not None:
                painter.setBrush(QColor(color))
                painter.drawEllipse(self._place(frame, step, value), 4.0, 4.0)
        text = self.words_at(step)
        lines = [text]
        if metrics.horizontalAdvance(text) + 2 * S8 > frame.width():
            lines = text.split("  ·  ")
        wide = max(metrics.horizontalAdvance(line) for line in lines) + 2 * S8
        left = max(frame.left(), min(x + S8, self.width() - S8 - wide))
        if left < x < left + wide and x - S8 - wide >= frame.left():
            left = x - S8 - wide
        box = QRectF(left, frame.top(), wide, len(lines) * metrics.height() + S8)
        painter.setPen(QPen(QColor(tokens.edge), 1))
        painter.setBrush(QColor(tokens.ground))
        painter.drawRoundedRect(box, S4, S4)
        painter.setPen(QColor(tokens.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "\n".join(lines))


def _digits(values: list[float]) -> int:
    """How many digits after the point tell neighbouring ticks apart."""
    if len(values) < 2:
        return 2
    return max(0, min(6, -math.floor(math.log10(values[1] - values[0]) + 1e-9)))


def loss_text(value: float) -> str:
    """A loss as a person reads it: three digits after the point, fewer for large ones."""
    digits = 3 if abs(value) < 10 else 2 if abs(value) < 100 else 0
    return QLocale().toString(float(value), "f", digits)
