"""All training settings as fields, each with a line on what it does."""

from __future__ import annotations

import dataclasses
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QWidget,
)

from app.core import tuning
from app.core.types import LORA_TARGETS, HyperParameters, Schedule
from app.ui.setting_fields import keep_wheel_for_scrolling
from app.ui.spin import inset
from app.ui.tokens import S4, S8, S12, S24

_WIDTH = 168


class SettingsForm(QWidget):
    """`changed` carries the new HyperParameters; `problem` says what is wrong with what stands
    there, empty when nothing is."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._hyper = HyperParameters()
        self.rank = self._whole(1, 512, 4)
        self.alpha = self._decimal(0.0, 2048.0, 4.0, 1)
        self.learning_rate = self._decimal(0.0, 1.0, 0.0001, 6)
        self.schedule = self._choice(
            [
                (self.tr("Constant"), Schedule.CONSTANT),
                (self.tr("Falling (cosine)"), Schedule.COSINE),
            ]
        )
        self.warmup_steps = self._whole(0, 100_000, 1, self.tr("None"))
        self.epochs = self._whole(1, 1000, 1)
        self.steps = self._whole(0, 1_000_000, 10, self.tr("By passes"))
        self.context = self._whole(0, 131_072, 256, self.tr("As the rows need"))
        self.accumulate = self._whole(1, 1024, 1)
        self.clip = self._decimal(0.0, 1000.0, 0.1, 2, self.tr("Off"))
        self.weight_decay = self._decimal(0.0, 1.0, 0.01, 3)
        self.seed = self._whole(0, 2**31 - 1, 1)
        self.answers_only = self._choice(
            [(self.tr("Answers only"), True), (self.tr("All of the text"), False)]
        )
        self.pack = self._choice(
            [(self.tr("Several at once"), True), (self.tr("One at a time"), False)]
        )
        self.targets = {name: QCheckBox(title) for name, title in self._parts()}
        for name, box in self.targets.items():
            box.setAccessibleName(box.text())
            box.setToolTip(name)
            box.toggled.connect(self._touched)
        self.words = QLabel()
        self.words.setProperty("kind", "danger-text")
        self.words.setWordWrap(True)
        self.words.hide()
        self._lay_out()

    @property
    def problem(self) -> str:
        """What is wrong with what stands there, in words."""
        return self.words.text()

    def show_hyper(self, hyper: HyperParameters) -> None:
        """Fill the fields without telling it as a change."""
        self._hyper = hyper
        for name in _NUMBERS:
            field = getattr(self, name)
            if field.value() != getattr(hyper, name):
                with QSignalBlocker(field):
                    field.setValue(getattr(hyper, name))
        for name in _CHOICES:
            field = getattr(self, name)
            with QSignalBlocker(field):
                field.setCurrentIndex(field.findData(getattr(hyper, name)))
        for name, box in self.targets.items():
            with QSignalBlocker(box):
                box.setChecked(name in hyper.targets)
        self._check(hyper)

    def hyper(self) -> HyperParameters:
        """What the fields say."""
        values: dict[str, Any] = {name: getattr(self, name).value() for name in _NUMBERS}
        for name in ("alpha", "learning_rate", "clip", "weight_decay"):
            values[name] = round(values[name], 6)
        values |= {name: getattr(self, name).currentData() for name in _CHOICES}
        values["schedule"] = Schedule(values["schedule"])
        values["targets"] = tuple(n for n in LORA_TARGETS if self.targets[n].isChecked())
        return dataclasses.replace(self._hyper, **values)

    def commit(self) -> None:
        """Tell now what was typed and not left yet."""
        for name in _NUMBERS:
            getattr(self, name).interpretText()

    def _touched(self) -> None:
        hyper = self.hyper()
        self._check(hyper)
        if not self.problem and hyper != self._hyper:
            self._hyper = hyper
            self.changed.emit(hyper)

    def _check(self, hyper: HyperParameters) -> None:
        found = tuning.problem(hyper)
        if not found and hyper.steps and hyper.warmup_steps >= hyper.steps:
            found = self.tr("The warm-up is as long as the whole run; make it shorter.")
        self.words.setText(found)
        self.words.setVisible(bool(found))

    def _whole(self, low: int, high: int, step: int, zero: str = "") -> QSpinBox:
        box = QSpinBox()
        box.setRange(low, high)
        box.setSingleStep(step)
        box.setGroupSeparatorShown(True)
        self._number(box, zero)
        return box

    def _decimal(
        self, low: float, high: float, step: float, digits: int, zero: str = ""
    ) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setDecimals(digits)
        box.setRange(low, high)
        box.setSingleStep(step)
        self._number(box, zero)
        return box

    def _number(self, box: QSpinBox | QDoubleSpinBox, zero: str) -> None:
        box.setKeyboardTracking(False)
        box.setSpecialValueText(zero)
        inset(box)
        box.setFixedWidth(_WIDTH)
        keep_wheel_for_scrolling(box)
        box.valueChanged.connect(self._touched)

    def _choice(self, items: list[tuple[str, object]]) -> QComboBox:
        box = QComboBox()
        for text, value in items:
            box.addItem(text, value)
        box.setFixedWidth(_WIDTH)
        keep_wheel_for_scrolling(box)
        box.currentIndexChanged.connect(self._touched)
        return box

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(S12)
        grid.setVerticalSpacing(S8)
        explained = self._explained()
        half = (len(explained) + 1) // 2
        for index, (field, name, tip) in enumerate(explained):
            caption = QLabel(name)
            caption.setToolTip(tip)
            caption.setBuddy(field)
            field.setToolTip(tip)
            field.setAccessibleName(name)
            field.setAccessibleDescription(tip)
            column = 3 * (index // half)
            grid.addWidget(caption, index % half, column)
            grid.addWidget(field, index % half, column + 1)
        grid.setColumnMinimumWidth(2, S24)
        grid.setColumnStretch(5, 1)
        parts = QLabel(self.tr("Parts that change"))
        parts.setToolTip(
            self.tr("Which matrices of each layer the adapter may change; all of them learn most.")
        )
        boxes = QGridLayout()
        boxes.setHorizontalSpacing(S12)
        boxes.setVerticalSpacing(S4)
        for index, box in enumerate(self.targets.values()):
            boxes.addWidget(box, index // 4, index % 4)
        beside = QHBoxLayout()
        beside.addLayout(boxes)
        beside.addStretch(1)
        grid.addWidget(parts, half, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(beside, half, 1, 1, 5)
        grid.addWidget(self.words, half + 1, 0, 1, 6)

    def _parts(self) -> list[tuple[str, str]]:
        return [
            ("attn_q", self.tr("Attention: query")),
            ("attn_k", self.tr("key")),
            ("attn_v", self.tr("value")),
            ("attn_output", self.tr("output")),
            ("ffn_gate", self.tr("Feed-forward: gate")),
            ("ffn_up", self.tr("up")),
            ("ffn_down", self.tr("down")),
        ]

    def _explained(self) -> list[tuple[QWidget, str, str]]:
        tr = self.tr
        return [
            (self.epochs, tr("Passes"), tr("How often the model reads all rows (epochs).")),
            (self.steps, tr("Updates"), tr("A fixed number of updates instead of passes.")),
            (
                self.learning_rate,
                tr("Learning rate"),
                tr("How far each update goes; too high comes apart, too low learns nothing."),
            ),
            (
                self.schedule,
                tr("Schedule"),
                tr("Whether the learning rate stays, or falls to zero towards the end."),
            ),
            (
                self.warmup_steps,
                tr("Warm-up"),
                tr("Updates in which the learning rate rises from zero, for a gentle start."),
            ),
            (
                self.accumulate,
                tr("Accumulation"),
                tr("Contexts that are read for one update; more are steadier and slower."),
            ),
            (
                self.context,
                tr("Context"),
                tr("Tokens read at once; rows that are longer are left out by name."),
            ),
            (
                self.rank,
                tr("Rank"),
                tr("Size of the adapter: more can learn more, and forget more."),
            ),
            (
                self.alpha,
                tr("Alpha"),
                tr("How strongly the adapter acts, in relation to its rank; twice it is usual."),
            ),
            (
                self.clip,
                tr("Clipping"),
                tr("The largest gradient that is followed, so that one odd row can't do harm."),
            ),
            (
                self.weight_decay,
                tr("Weight decay"),
                tr("A pull towards no change at all, against learning rows by heart."),
            ),
            (
                self.seed,
                tr("Seed"),
                tr("Fixes what is left to chance: the same seed gives the same adapter."),
            ),
            (
                self.answers_only,
                tr("Learn from"),
                tr("Whether only the answers are learnt, or the questions as well."),
            ),
            (
                self.pack,
                tr("Short rows"),
                tr("Several short rows share a context, which is faster; none sees another."),
            ),
        ]


_NUMBERS = (
    "rank",
    "alpha",
    "learning_rate",
    "warmup_steps",
    "epochs",
    "steps",
    "context",
    "accumulate",
    "clip",
    "weight_decay",
    "seed",
)
_CHOICES = ("schedule", "answers_only", "pack")
