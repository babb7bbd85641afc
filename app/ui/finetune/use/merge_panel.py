"""Working the adapter into a new model: its name, its type, the room it needs, how it goes."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
)

from app.core.types import AdapterUse
from app.services.finetune_merging import TYPES, Room
from app.ui import words
from app.ui.finetune.labels import text_label
from app.ui.finetune.progress_row import ProgressRow
from app.ui.spin import inset
from app.ui.tokens import S12, S16


class MergePanel(QFrame):
    """`asked`: the person wants the merge as `wish` says. `measured`: another type was chosen,
    and the room it needs is of interest."""

    asked = Signal()
    measured = Signal()
    models_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        about = text_label(
            self.tr(
                "The new model needs no adapter and works in other programs too. The model and the "
                "adapter stay as they are."
            ),
            "quiet",
        )
        self.name = QLineEdit()
        self.name.setAccessibleName(self.tr("Name of the new model"))
        self.name.setMaxLength(100)
        self.name.textChanged.connect(self._draw)
        self.type = QComboBox()
        self.type.setAccessibleName(self.tr("How coarsely its numbers are kept"))
        self.type.setToolTip(
            self.tr(
                "Fewer bits make a smaller, faster, less exact model; 8 bits lose nearly nothing."
            )
        )
        for name in TYPES:
            self.type.addItem(self._type_words(name), name)
        self.type.currentIndexChanged.connect(self.measured)
        self.scale = QDoubleSpinBox()
        inset(self.scale)
        self.scale.setRange(0.05, 2.0)
        self.scale.setSingleStep(0.05)
        self.scale.setValue(1.0)
        self.scale.setAccessibleName(self.tr("Strength of the adapter"))
        self.scale.setToolTip(self.tr("1 as it was trained, 2 doubly."))
        self.scale.setFixedWidth(110)
        form = QGridLayout()
        form.setHorizontalSpacing(S16)
        form.setVerticalSpacing(S12)
        form.setColumnStretch(1, 1)
        for row, (said, field) in enumerate(
            (
                (self.tr("Name"), self.name),
                (self.tr("Type"), self.type),
                (self.tr("Strength"), self.scale),
            )
        ):
            label = QLabel(said)
            label.setBuddy(field)
            form.addWidget(label, row, 0)
            form.addWidget(field, row, 1)
        self.room = text_label("", "hint")
        self.merge = QPushButton(self.tr("Merge"))
        self.merge.setAccessibleName(self.tr("Merge into a new model"))
        self.merge.clicked.connect(self.asked)
        self.progress = ProgressRow(self.tr("Merging"))
        self.result = text_label("", "accent")
        self.models = QPushButton(self.tr("Show it in Models"))
        self.models.setProperty("kind", "link")
        self.models.setAccessibleName(self.models.text())
        self.models.clicked.connect(self.models_wanted)
        last = QHBoxLayout()
        last.addWidget(self.result, 1)
        last.addWidget(self.models)
        last.addWidget(self.merge)
        column = QVBoxLayout(self)
        column.setContentsMargins(S16, S16, S16, S16)
        column.setSpacing(S12)
        column.addWidget(about)
        column.addLayout(form)
        column.addWidget(self.room)
        column.addWidget(self.progress)
        column.addLayout(last)
        self._fits = False
        self.say_done("")

    @property
    def type_name(self) -> str:
        """The type chosen: 'Q8_0' ..."""
        return str(self.type.currentData())

    def wish(self, path: str) -> tuple[AdapterUse, str, str]:
        """(adapter, name, type) as the person set them."""
        use = AdapterUse(path, round(self.scale.value(), 2))
        return use, self.name.text().strip(), self.type_name

    def suggest(self, name: str) -> None:
        """A name for the new model, unless the person wrote one."""
        if not self.name.isModified():
            self.name.setText(name)

    def show_room(self, room: Room | None) -> None:
        """What the merge needs on the disk; None while that is not known."""
        self._fits = room is not None and room.enough
        if room is None:
            self.room.setText("")
        else:
            said = self.tr(
                "The new model takes about {n}; {m} are needed while it is made, and {free} are "
                "free."
            )
            if not room.enough:
                said += " " + self.tr("Free some space first.")
            said = said.replace("{n}", words.size(room.result))
            said = said.replace("{m}", words.size(room.needed))
            self.room.setText(said.replace("{free}", words.size(room.free)))
        self._draw()

    def say_done(self, name: str) -> None:
        """A merged model was written; empty: none was."""
        said = self.tr("{name} is among your models now.").replace("{name}", name)
        self.result.setText(said if name else "")
        self.models.setVisible(bool(name))

    def refresh(self) -> None:
        """The work began or ended."""
        self._draw()

    def _draw(self) -> None:
        running = self.progress.task is not None
        self.merge.setVisible(not running)
        self.merge.setEnabled(self._fits and bool(self.name.text().strip()) and not running)
        for field in (self.name, self.type, self.scale):
            field.setEnabled(not running)

    def _type_words(self, name: str) -> str:
        return {
            "Q8_0": self.tr("8 bits (Q8_0): nearly as exact as the whole"),
            "Q6_K": self.tr("6 bits (Q6_K): a little smaller"),
            "Q5_K_M": self.tr("5 bits (Q5_K_M): smaller"),
            "Q4_K_M": self.tr("4 bits (Q4_K_M): half of 8 bits, less exact"),
            "Q4_0": self.tr("4 bits (Q4_0): fastest, least exact"),
            "F16": self.tr("16 bits (F16): exact, large"),
            "F32": self.tr("32 bits (F32): for further work, very large"),
        }.get(name, name)
