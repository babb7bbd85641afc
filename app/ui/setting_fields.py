"""A field for each type of setting: choice, switch, number, line and text."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from app.core.declared import Shown
from app.ui.spin import inset

_TYPING_MS = 700
_NUMBER_WIDTH, _NUMBER_LETTERS = 160, 20
_ARROWS = 60  # pixels that the arrows of a number and the space around it take


class SettingField(QObject):
    """A widget for one setting's value.

    titled: the widget shows the setting's name itself; wide: it wants the whole width; resets: the
    default can simply be put in its place.
    """

    changed = Signal(object)
    titled = False
    wide = False
    resets = True

    def __init__(self, widget: QWidget, label: str) -> None:
        super().__init__(widget)
        self.widget = widget
        widget.setAccessibleName(label)

    def show_value(self, value: object) -> None:
        """Show a value without telling it as a change."""
        self.widget.blockSignals(True)
        self._put(value)
        self.widget.blockSignals(False)

    def commit(self) -> None:
        """Tell now what was typed and waits."""

    def _put(self, value: object) -> None:
        raise NotImplementedError


class _Switch(SettingField):
    titled = True

    def __init__(self, label: str) -> None:
        self._box = QCheckBox(label)
        super().__init__(self._box, label)
        self._box.toggled.connect(lambda on: self.changed.emit(on))

    def _put(self, value: object) -> None:
        self._box.setChecked(bool(value))


class _Choice(SettingField):
    def __init__(self, kind: type[StrEnum], label: str) -> None:
        self._box = QComboBox()
        super().__init__(self._box, label)
        self._box.setMinimumWidth(_number_width(self._box))
        keep_wheel_for_scrolling(self._box)
        for each in kind:
            shown = QCoreApplication.translate("settings", each.value.capitalize())
            self._box.addItem(shown, each)
        self._box.currentIndexChanged.connect(
            lambda index: self.changed.emit(list(kind)[index] if index >= 0 else None)
        )

    def _put(self, value: object) -> None:
        self._box.setCurrentIndex(self._box.findData(value))


class _Whole(SettingField):
    def __init__(self, shown: Shown, label: str) -> None:
        self._box = QSpinBox()
        super().__init__(self._box, label)
        self._box.setRange(int(shown.minimum), int(shown.maximum))
        self._box.setSingleStep(int(shown.step))
        self._box.setGroupSeparatorShown(True)
        self._box.setKeyboardTracking(False)
        inset(self._box)
        lowest = QCoreApplication.translate("settings", shown.zero) if shown.zero else ""
        self._box.setSpecialValueText(lowest)
        wanted = self._box.fontMetrics().horizontalAdvance(lowest) + _ARROWS
        self._box.setMinimumWidth(max(_number_width(self._box), wanted))
        keep_wheel_for_scrolling(self._box)
        self._box.valueChanged.connect(lambda value: self.changed.emit(value))

    def _put(self, value: object) -> None:
        assert isinstance(value, int)
        self._box.setValue(value)

    def commit(self) -> None:
        self._box.interpretText()


class _Decimal(SettingField):
    def __init__(self, shown: Shown, label: str) -> None:
        self._box = QDoubleSpinBox()
        super().__init__(self._box, label)
        self._box.setDecimals(2)
        self._box.setRange(shown.minimum, shown.maximum)
        self._box.setSingleStep(shown.step)
        self._box.setKeyboardTracking(False)
        inset(self._box)
        self._box.setMinimumWidth(_number_width(self._box))
        keep_wheel_for_scrolling(self._box)
        self._box.valueChanged.connect(lambda value: self.changed.emit(round(value, 2)))

    def _put(self, value: object) -> None:
        assert isinstance(value, float)
        self._box.setValue(value)

    def commit(self) -> None:
        self._box.interpretText()


class _Typed(SettingField):
    """Told when the typing pauses or the field is left, not at each letter."""

    wide = True

    def __init__(self, widget: QWidget, label: str, read: Callable[[], str]) -> None:
        super().__init__(widget, label)
        self._read = read
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_MS)
        self._pause.timeout.connect(self.commit)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.commit()
        return False

    def commit(self) -> None:
        self._pause.stop()
        self.changed.emit(self._read())

    def typed(self) -> None:
        """A letter came."""
        self._pause.start()


class _Line(_Typed):
    def __init__(self, label: str) -> None:
        self._edit = QLineEdit()
        super().__init__(self._edit, label, self._edit.text)
        self._edit.textEdited.connect(self.typed)

    def _put(self, value: object) -> None:
        if self._edit.text() != value:
            self._edit.setText(str(value))


class _Text(_Typed):
    def __init__(self, shown: Shown, label: str) -> None:
        self._edit = QPlainTextEdit()
        super().__init__(self._edit, label, self._edit.toPlainText)
        self._edit.setTabChangesFocus(True)
        self._edit.setFixedHeight(self._edit.fontMetrics().lineSpacing() * shown.lines + 24)
        self._edit.textChanged.connect(self.typed)

    def _put(self, value: object) -> None:
        if self._edit.toPlainText() != value:
            self._edit.setPlainText(str(value))


class _WheelGuard(QObject):
    """A wheel turned over a number scrolls the page, unless the number has the focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QWheelEvent) or not isinstance(watched, QWidget):
            return False
        if watched.hasFocus():
            return False
        event.ignore()
        return True


def keep_wheel_for_scrolling(widget: QWidget) -> None:
    """A wheel turned over a field that has not the focus scrolls the page."""
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    widget.installEventFilter(_WheelGuard(widget))


def _number_width(widget: QWidget) -> int:
    """One width for all short fields, in pixels, at any size of text."""
    widget.ensurePolished()
    return max(_NUMBER_WIDTH, _NUMBER_LETTERS * widget.fontMetrics().averageCharWidth())


def field_for(value: object, shown: Shown, label: str) -> SettingField:
    """The field that suits a setting's value."""
    if isinstance(value, bool):
        return _Switch(label)
    if isinstance(value, StrEnum):
        return _Choice(type(value), label)
    if isinstance(value, int):
        return _Whole(shown, label)
    if isinstance(value, float):
        return _Decimal(shown, label)
    return _Text(shown, label) if shown.lines > 1 else _Line(label)
