"""Rows of the Models page: a model, a file that is none, a device."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout

from app.core.errors import LoamError
from app.core.messages import Device
from app.core.types import ModelInfo
from app.ui import words
from app.ui.icons import pixmap
from app.ui.models import facts
from app.ui.notices import do_text, what_text
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8, S12, S16

_ICON = 24


class Row(QFrame):
    """A card with an icon, a name and a line below it."""

    def __init__(
        self, theme: ThemeKeeper, picture: str, color: str, name: str, detail: str
    ) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        image = QLabel()
        image.setPixmap(pixmap(picture, color, _ICON, self.devicePixelRatioF()))
        self.name = QLabel(name)
        self.name.setProperty("kind", "strong")
        self.detail = QLabel(detail)
        self.detail.setProperty("kind", "hint")
        self.detail.setWordWrap(True)
        for label in (self.name, self.detail):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        text = QVBoxLayout()
        text.setSpacing(S4)
        text.addWidget(self.name)
        text.addWidget(self.detail)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(S16, S12, S12, S12)
        self.row.setSpacing(S12)
        self.row.addWidget(image)
        self.row.addLayout(text, 1)
        self.theme = theme

    def chip(self, text: str) -> QLabel:
        """A small mark at the right."""
        label = QLabel(text)
        label.setProperty("kind", "chip")
        label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.row.addWidget(label)
        return label

    def button(self, text: str, kind: str) -> QPushButton:
        """A button at the right."""
        button = QPushButton(text)
        button.setProperty("kind", kind)
        button.setAccessibleName(f"{text}: {self.name.text()}")
        self.row.addWidget(button)
        return button


class ModelRow(Row):
    """One model. used: new chats take it; linked: Loam can forget it."""

    use_asked = Signal(str)
    remove_asked = Signal(str)

    def __init__(self, info: ModelInfo, theme: ThemeKeeper, used: bool, linked: bool) -> None:
        color = theme.tokens.accent if used else theme.tokens.quiet
        super().__init__(theme, "box", color, info.name or Path(info.path).stem, facts.line(info))
        self.info = info
        self.setToolTip(info.path)
        self.detail.setToolTip(facts.explained())
        self.row.setSpacing(S8)
        self.chip(facts.use(info))
        if linked:
            self.remove = self.button(self.tr("Remove"), "quiet")
            self.remove.setToolTip(self.tr("Loam forgets the model; its file stays."))
            self.remove.clicked.connect(lambda: self.remove_asked.emit(info.path))
        if not info.is_embedding:
            self.use = self.button(self.tr("In use") if used else self.tr("Use"), "primary")
            self.use.setEnabled(not used)
            self.use.clicked.connect(lambda: self.use_asked.emit(info.path))


class BrokenRow(Row):
    """A file that could not be read as a model."""

    def __init__(self, error: LoamError, theme: ThemeKeeper) -> None:
        super().__init__(
            theme, "triangle-alert", theme.tokens.danger, what_text(error), do_text(error)
        )
        self.name.setWordWrap(True)


class DeviceRow(Row):
    """A device kind: what it is, or why it can't be used."""

    def __init__(self, device: Device, theme: ThemeKeeper) -> None:
        color = theme.tokens.accent if device.available else theme.tokens.quiet
        detail = device.why_not
        if device.available:
            detail = self.tr("Ready")
            if device.memory_total:
                free = self.tr("{n} free of {m}").replace("{n}", words.size(device.memory_free))
                detail += "  ·  " + free.replace("{m}", words.size(device.memory_total))
        super().__init__(theme, "cpu", color, device.name or device.kind, detail)
        self.chip(self.tr("Ready") if device.available else self.tr("Not used"))
