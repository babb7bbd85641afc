"""Rows of the Models page: a card with text and controls; a file that is no model; a device."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import LoamError
from app.core.messages import Device
from app.ui import words
from app.ui.elided import ElidedLabel
from app.ui.finetune.labels import text_label
from app.ui.icons import pixmap
from app.ui.notices import do_text, what_text
from app.ui.theme import ThemeKeeper, set_kind
from app.ui.tokens import S4, S8, S12, S16

_ICON = 24


class Row(QFrame):
    """An icon; a name with chips, lines below it; controls at the right."""

    def __init__(self, theme: ThemeKeeper, picture: str, role: str, name: str, detail: str) -> None:
        """role: the token that colours the picture."""
        super().__init__()
        self.setProperty("kind", "card")
        self.theme = theme
        self._picture, self._role = picture, role
        self._image = QLabel()
        theme.changed.connect(self._tint)
        self._tint()
        self.name = ElidedLabel(name, "strong")
        self.detail = text_label(detail, "hint")
        self._head = QHBoxLayout()
        self._head.setSpacing(S8)
        self._head.addWidget(self.name, 1)
        self.text = QVBoxLayout()
        self.text.setSpacing(S4)
        self.text.addLayout(self._head)
        self.text.addWidget(self.detail)
        self.side = QHBoxLayout()
        self.side.setSpacing(S8)
        across = QHBoxLayout()
        across.setSpacing(S12)
        across.addWidget(self._image)
        middle = QVBoxLayout()
        middle.addStretch(1)
        middle.addLayout(self.text)
        middle.addStretch(1)
        across.addLayout(middle, 1)
        across.addLayout(self.side)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(S16, S12, S12, S12)
        self.column.setSpacing(S8)
        self.column.addLayout(across)
        self.detail.setVisible(bool(detail))

    def _tint(self) -> None:
        color = getattr(self.theme.tokens, self._role)
        self._image.setPixmap(pixmap(self._picture, color, _ICON, self.devicePixelRatioF()))

    def chip(self, text: str, kind: str = "chip", tip: str = "") -> QLabel:
        """A small mark beside the name."""
        label = QLabel(text)
        label.setProperty("kind", kind)
        label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        label.setToolTip(tip)
        self._head.addWidget(label)
        return label

    def line(self, text: str, kind: str = "hint", tip: str = "") -> QLabel:
        """One more line of text; hidden while it is empty."""
        label = text_label(text, kind)
        label.setToolTip(tip)
        self.text.addWidget(label)
        # Not before it has its place: it would be a window of its own for a moment.
        label.setVisible(bool(text))
        return label

    def button(self, text: str, kind: str) -> QPushButton:
        """A button at the right."""
        button = named_button(text, kind, self.name.whole)
        self.side.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        return button


class BrokenRow(Row):
    """A file that could not be read as a model."""

    def __init__(self, error: LoamError, theme: ThemeKeeper) -> None:
        super().__init__(theme, "triangle-alert", "danger", "", "")
        self.name.hide()
        # In place of the name: without any the lines would get no width, and all the height.
        self._head.addWidget(text_label(what_text(error), "strong"), 1)
        self.line(do_text(error))


class DeviceRow(Row):
    """A device: its memory, driver and build; or why there is none of a kind, and what to do."""

    def __init__(self, device: Device, theme: ThemeKeeper) -> None:
        why = device.why
        missed = why is not None and why.there
        role = "accent" if device.available else "warning" if missed else "quiet"
        picture = "triangle-alert" if missed else "cpu"
        super().__init__(theme, picture, role, device.name or device.kind, self._facts(device))
        if why is not None:
            self.line(what_text(why), "strong" if missed else "hint")
            self.line(do_text(why))
        if device.available:
            self.chip(self.tr("Ready"))
        else:
            self.chip(self.tr("Not used"), "quiet")

    def _facts(self, device: Device) -> str:
        parts = []
        if device.available and device.memory_total:
            free = self.tr("{n} free of {m}").replace("{n}", words.size(device.memory_free))
            parts.append(free.replace("{m}", words.size(device.memory_total)))
        if device.kind == "rpc" and device.available:
            parts.append(self.tr("another machine: parts of the model and of text go there"))
        if device.driver:
            parts.append(self.tr("driver {name}").replace("{name}", device.driver))
        if device.build:
            parts.append(device.build)
        return "  ·  ".join(parts)


def named_button(text: str, kind: str, of: str) -> QPushButton:
    """A button that says to those who hear the window what it belongs to."""
    button = QPushButton(text)
    button.setProperty("kind", kind)
    button.setAccessibleName(f"{text}: {of}" if of else text)
    return button


def say(label: QLabel, text: str, kind: str) -> None:
    """Give a line of a row its text and look; hidden while it is empty."""
    label.setText(text)
    if label.property("kind") != kind:
        set_kind(label, kind)
    label.setVisible(bool(text))


def refill(layout: QVBoxLayout, rows: list[QWidget]) -> None:
    """Put other rows into a layout. What had the focus has it again where it still exists."""
    focused = ""
    while (item := layout.takeAt(0)) is not None:
        old = item.widget()
        if old is not None:
            now = old.focusWidget()
            if now is not None and now.hasFocus():
                focused = now.accessibleName()
            old.hide()
            old.deleteLater()
    for row in rows:
        layout.addWidget(row)
        if focused:
            for each in row.findChildren(QWidget):
                if each.accessibleName() == focused and each.isEnabled():
                    each.setFocus()
