"""The head of the Models page: its title, what can be added, and the two tabs."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QTabBar, QVBoxLayout, QWidget

from app.ui.finetune.column import WIDE
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S8, S16, S24


class ModelsHead(QWidget):
    """`add_asked`: a file is wanted; `connect_asked`: a server."""

    add_asked = Signal()
    connect_asked = Signal()

    def __init__(self, theme: ThemeKeeper, bar: int) -> None:
        """bar: pixels that the scroll bar below takes at the right."""
        super().__init__()
        self._theme = theme
        title = QLabel(self.tr("Models"))
        title.setProperty("kind", "title")
        self.connect_to = QPushButton(self.tr("Connect to a server"))
        self.connect_to.setAccessibleName(self.connect_to.text())
        self.connect_to.setToolTip(
            self.tr("Use a model that runs elsewhere: llama-server, vLLM, Ollama, LM Studio.")
        )
        self.connect_to.clicked.connect(lambda: self.connect_asked.emit())
        self.add = QPushButton(self.tr("Add a model"))
        self.add.setProperty("kind", "primary")
        self.add.setAccessibleName(self.add.text())
        self.add.setToolTip(self.tr("Choose a GGUF file; it is used where it lies."))
        self.add.setIconSize(QSize(24, 18))
        self.add.clicked.connect(lambda: self.add_asked.emit())
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.addTab(self.tr("My Models"))
        self.tabs.addTab(self.tr("Discover"))
        self.tabs.setAccessibleName(self.tr("Models here, and models to get"))
        first = QHBoxLayout()
        first.setSpacing(S8)
        first.addWidget(title)
        first.addStretch(1)
        first.addWidget(self.connect_to)
        first.addWidget(self.add)
        inside = QWidget()
        inside.setMaximumWidth(WIDE)
        column = QVBoxLayout(inside)
        column.setContentsMargins(S24, S16, S24, 0)
        column.setSpacing(S8)
        column.addLayout(first)
        column.addWidget(self.tabs)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, bar, 0)
        row.addStretch(1)
        row.addWidget(inside, 1000)
        row.addStretch(1)
        theme.changed.connect(self.tint)
        self.tint()

    def tint(self) -> None:
        """Colour the icon as the theme has it."""
        self.add.setIcon(icon("plus", self._theme.tokens.on_accent))
