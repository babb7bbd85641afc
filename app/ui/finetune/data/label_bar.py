"""The labels to choose from, each with its number key; more can be added, and taken out again."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget

from app.ui.finetune.labels import text_label
from app.ui.tokens import S8
from app.ui.wrap_layout import WrapLayout

_KEYS = 9


class LabelBar(QWidget):
    """`chosen` carries a label ('' takes it away); `changed` comes when the set is another one,
    `renamed` with the old and the new name."""

    chosen = Signal(str)
    changed = Signal()
    renamed = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._labels: list[str] = []
        self._current = ""
        self._chips = QWidget()
        self._row = WrapLayout(self._chips, S8)
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("New label, such as “positive”"))
        self.field.setAccessibleName(self.tr("New label"))
        self.field.setMaximumWidth(260)
        self.field.returnPressed.connect(self._add)
        self.add_button = QPushButton(self.tr("Add label"))
        self.add_button.setAccessibleName(self.tr("Add label"))
        self.add_button.clicked.connect(self._add)
        adding = QHBoxLayout()
        adding.setSpacing(S8)
        adding.addWidget(self.field, 1)
        adding.addWidget(self.add_button)
        adding.addStretch(1)
        self.hint = text_label("", "hint")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(S8)
        layout.addWidget(self._chips)
        layout.addLayout(adding)
        layout.addWidget(self.hint)

    @property
    def labels(self) -> list[str]:
        """In the order of their keys."""
        return list(self._labels)

    def show_labels(self, labels: Sequence[str], current: str) -> None:
        """All labels, and the one that the text has."""
        self._labels, self._current = list(dict.fromkeys(labels)), current
        self._draw()

    def press(self, number: int) -> None:
        """What a number key stands for; 0 takes the label away."""
        if number == 0:
            self.chosen.emit("")
        elif number <= min(_KEYS, len(self._labels)):
            self.chosen.emit(self._labels[number - 1])

    def _draw(self) -> None:
        self._row.clear()
        for number, label in enumerate(self._labels, 1):
            text = f"{number}  {label}" if number <= _KEYS else label
            chip = QPushButton(text)
            chip.setProperty("kind", "primary" if label == self._current else "")
            chip.setAccessibleName(self.tr("Label: {name}").replace("{name}", label))
            chip.setToolTip(self.tr("Right click: rename it or take it out of the list"))
            chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            chip.clicked.connect(lambda _on=False, label=label: self.chosen.emit(label))
            chip.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            chip.customContextMenuRequested.connect(
                lambda place, chip=chip, label=label: self._menu(chip, place, label)
            )
            self._row.addWidget(chip)
        self._chips.setVisible(bool(self._labels))
        self._chips.updateGeometry()

    def _add(self) -> None:
        name = " ".join(self.field.text().split())
        self.field.clear()
        if name and name not in self._labels:
            self._labels.append(name)
            self._draw()
            self.changed.emit()

    def _menu(self, chip: QPushButton, place: QPoint, label: str) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Rename…"), lambda: self.rename(label))
        menu.addAction(self.tr("Take out of the list"), lambda: self.take_out(label))
        menu.popup(chip.mapToGlobal(place))

    def rename(self, label: str) -> None:
        """Ask for another name."""
        from PySide6.QtWidgets import QInputDialog

        name, sure = QInputDialog.getText(
            self, self.tr("Rename label"), self.tr("Name"), text=label
        )
        name = " ".join(name.split())
        if sure and name and name != label:
            self.renamed.emit(label, name)

    def take_out(self, label: str) -> None:
        """Offer a label no longer; rows that have it keep it."""
        if label in self._labels:
            self._labels.remove(label)
            self._draw()
            self.changed.emit()
