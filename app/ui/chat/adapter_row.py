"""One adapter in the menu of models: on or off, and how strongly it acts."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from app.core.types import AdapterUse
from app.ui.theme import ThemeKeeper
from app.ui.tokens import RADIUS, S4, S8, S12

_STEP = 0.05
_MOST = 2.0
_NAME_WIDTH = 190
_SLIDER_WIDTH = 130
_TELL_MS = 150


class AdapterRow(QWidget):
    """`changed`: the person turned it on or off, or gave it another scale; shortly after the
    last move. One stop for the keyboard: Space turns it on and off, left and right change the
    scale, up and down go on in the menu."""

    changed = Signal()

    def __init__(self, theme: ThemeKeeper, path: str, name: str) -> None:
        super().__init__()
        self._theme = theme
        self.path = path
        self.name = name
        self.check = QCheckBox()
        self.check.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.check.setAccessibleName(self.tr("Use adapter {name}").replace("{name}", name))
        self.check.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        metrics = QFontMetrics(self.font())
        self.check.setText(metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, _NAME_WIDTH - 36))
        self.check.setFixedWidth(_NAME_WIDTH)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, round(_MOST / _STEP))
        self.slider.setPageStep(5)
        self.slider.setFixedWidth(_SLIDER_WIDTH)
        self.slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.slider.setAccessibleName(self.tr("Strength of {name}").replace("{name}", name))
        self.slider.setToolTip(
            self.tr("How strongly the adapter acts: 0 not at all, 1 as it was trained, 2 doubly.")
        )
        self.value = QLabel(alignment=Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.value.setFixedWidth(metrics.horizontalAdvance("0.000"))
        self.reason = QLabel()
        self.reason.setProperty("kind", "hint")
        self.reason.setFixedWidth(_SLIDER_WIDTH + S8 + self.value.width())
        row = QHBoxLayout(self)
        row.setContentsMargins(S8, S4, S12, S4)
        row.setSpacing(S8)
        for widget in (self.check, self.slider, self.value, self.reason):
            row.addWidget(widget)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._tell = QTimer(self, interval=_TELL_MS, singleShot=True)
        self._tell.timeout.connect(self.changed)
        self.show_use(None)
        self.show_refusal("")
        self.check.toggled.connect(self._toggled)
        self.slider.valueChanged.connect(self._moved)

    @property
    def use(self) -> AdapterUse | None:
        """What the person has set; None while it is off."""
        if not self.check.isChecked():
            return None
        return AdapterUse(self.path, round(self.slider.value() * _STEP, 2))

    def show_use(self, use: AdapterUse | None) -> None:
        """Show what the chat keeps."""
        for widget in (self.check, self.slider):
            widget.blockSignals(True)
        self.check.setChecked(use is not None)
        self.slider.setValue(round((use.scale if use else 1.0) / _STEP))
        for widget in (self.check, self.slider):
            widget.blockSignals(False)
        self._say()

    def show_refusal(self, reason: str, short: str = "") -> None:
        """Why it can't be turned on, empty when it can; short: in a few words. One that is on
        can always be turned off."""
        self._refused = bool(reason)
        self.check.setEnabled(not reason or self.check.isChecked())
        self.slider.setVisible(not reason)
        self.value.setVisible(not reason)
        self.reason.setVisible(bool(reason))
        metrics = QFontMetrics(self.reason.font())
        words = metrics.elidedText(
            short or reason, Qt.TextElideMode.ElideRight, self.reason.width() - S8
        )
        self.reason.setText(words)
        self.reason.setToolTip(reason)
        self.setToolTip(f"{self.name}: {reason}" if reason else self.name)
        self.setAccessibleDescription(reason)

    def flush(self) -> None:
        """Tell a change that is still waiting."""
        if self._tell.isActive():
            self._tell.stop()
            self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.check.click()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and not self.slider.isHidden():
            step = 1 if key == Qt.Key.Key_Right else -1
            self.slider.setValue(self.slider.value() + step)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            pass  # else the menu would take them for its own
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self._theme.tokens.accent), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), RADIUS / 2, RADIUS / 2)

    def _toggled(self) -> None:
        if self._refused:
            self.check.setEnabled(self.check.isChecked())
        self._say()
        self._tell.stop()
        self.changed.emit()

    def _moved(self) -> None:
        if not self.check.isChecked():
            # Whoever gives it a strength wants it to act.
            self.check.setChecked(True)
        self._say()
        self._tell.start()

    def _say(self) -> None:
        words = QLocale().toString(self.slider.value() * _STEP, "f", 2)
        self.value.setText(words)
        state = self.tr("on, strength {n}").replace("{n}", words)
        if not self.check.isChecked():
            state = self.tr("off")
        self.setAccessibleName(f"{self.name}: {state}")
