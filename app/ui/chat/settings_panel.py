"""What one chat keeps for itself: instructions, how freely the model writes, how much it keeps."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import QCoreApplication, QTimer, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from app.core.settings import Settings
from app.core.types import ChatSettings, Sampling
from app.ui.chat.form_field import FormField
from app.ui.chat.side_panel import SidePanel
from app.ui.spin import inset
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S8, S12

_SAVE_MS = 300
_PROMPT_LINES = 5
_FIELD_LEAST = 96


class ChatSettingsPanel(SidePanel):
    """`changed` carries the new ChatSettings, shortly after the last change."""

    changed = Signal(object)
    reset_wanted = Signal()

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__(theme, QCoreApplication.translate("ChatSettingsPanel", "Chat settings"))
        self._filling = False
        self._wait = QTimer(self, interval=_SAVE_MS, singleShot=True)
        self._wait.timeout.connect(lambda: self.changed.emit(self.settings()))
        self.prompt = QPlainTextEdit()
        self.prompt.setTabChangesFocus(True)
        self.prompt.setFixedHeight(_PROMPT_LINES * self.prompt.fontMetrics().lineSpacing() + 24)
        self.prompt.textChanged.connect(self._touched)
        self.only_documents = QCheckBox(self.tr("Answer only from my documents"))
        self.only_documents.setAccessibleName(self.only_documents.text())
        self.only_documents.setToolTip(
            self.tr("While a collection is attached, a question it does not cover is declined.")
        )
        self.only_documents.toggled.connect(self._touched)
        self.tools = QCheckBox(self.tr("Let the model search by itself"))
        self.tools.setAccessibleName(self.tools.text())
        self.tools.setToolTip(
            self.tr(
                "It decides what to look for in your documents, and may look several times. For "
                "models that can call tools; with others nothing changes. Each search is shown."
            )
        )
        self.tools.toggled.connect(self._touched)
        self.form = FormField()
        self.form.changed.connect(self._touched)
        self.temperature = self._decimal(0.0, 2.0, 0.05)
        self.top_p = self._decimal(0.05, 1.0, 0.05)
        self.top_k = self._whole(0, 1000, 5, self.tr("Off"))
        self.min_p = self._decimal(0.0, 1.0, 0.01)
        self.repeat_penalty = self._decimal(1.0, 2.0, 0.05)
        self.seed = self._whole(-1, 2**31 - 1, 1, self.tr("New each time"))
        self.max_tokens = self._whole(0, 32768, 64, self.tr("No limit"))
        self.context_length = self._whole(0, 131072, 512, self.tr("As in Settings"))
        self._lay_out()

    def show_settings(self, settings: ChatSettings) -> None:
        """Show the settings of a chat; what was typed before and not yet told, is told first."""
        self.flush()
        self._filling = True
        sampling = settings.sampling
        self.prompt.setPlainText(settings.system_prompt)
        self.only_documents.setChecked(settings.only_documents)
        self.tools.setChecked(settings.tools)
        self.form.show_form(settings.form)
        for name in ("temperature", "top_p", "min_p", "repeat_penalty"):
            getattr(self, name).setValue(getattr(sampling, name))
        for name in ("top_k", "seed", "max_tokens"):
            getattr(self, name).setValue(getattr(sampling, name))
        self.context_length.setValue(settings.context_length)
        self._filling = False

    def show_chat_fields(self, shown: bool) -> None:
        """Whether there is a conversation, with instructions and documents, or a plain page."""
        for widget in (self._prompt_label, self.prompt, self.only_documents, self.tools, self.form):
            widget.setVisible(shown)

    def settings(self) -> ChatSettings:
        """What the fields say."""
        sampling = Sampling(
            temperature=round(self.temperature.value(), 4),
            top_p=round(self.top_p.value(), 4),
            top_k=self.top_k.value(),
            min_p=round(self.min_p.value(), 4),
            repeat_penalty=round(self.repeat_penalty.value(), 4),
            seed=self.seed.value(),
            max_tokens=self.max_tokens.value(),
        )
        return dataclasses.replace(
            ChatSettings(),
            system_prompt=self.prompt.toPlainText(),
            sampling=sampling,
            context_length=self.context_length.value(),
            only_documents=self.only_documents.isChecked(),
            form=self.form.form(),
            tools=self.tools.isChecked(),
        )

    def flush(self) -> None:
        """Tell a change that is still waiting, before the chat changes."""
        if self._wait.isActive():
            self._wait.stop()
            self.changed.emit(self.settings())

    def _lay_out(self) -> None:
        label = QLabel(self.tr("System prompt"))
        label.setProperty("kind", "strong")
        label.setBuddy(self.prompt)
        tip = self.tr("Instructions that the model gets before the conversation.")
        self.prompt.setAccessibleName(label.text())
        self.prompt.setToolTip(tip)
        label.setToolTip(tip)
        self._prompt_label = label
        self.body.addWidget(label)
        self.body.addWidget(self.prompt)
        self.body.addSpacing(S8)
        self.body.addWidget(self.only_documents)
        self.body.addSpacing(S8)
        self.body.addWidget(self.tools)
        self.body.addSpacing(S8)
        self.body.addWidget(self.form)
        self.body.addSpacing(S8)
        form = QGridLayout()
        form.setHorizontalSpacing(S12)
        form.setVerticalSpacing(S8)
        form.setColumnStretch(1, 1)
        for row, (field, name, words) in enumerate(self._explained()):
            caption = QLabel(name)
            caption.setToolTip(words)
            caption.setBuddy(field)
            field.setToolTip(words)
            field.setAccessibleName(name)
            field.setMinimumWidth(_FIELD_LEAST)  # Qt's own is that of the longest number
            form.addWidget(caption, row, 0)
            form.addWidget(field, row, 1)
        self.body.addLayout(form)
        reset = QPushButton(self.tr("Reset to default"))
        reset.setAccessibleName(reset.text())
        reset.clicked.connect(self._reset)
        self.body.addSpacing(S8)
        self.body.addWidget(reset)
        self.body.addStretch(1)

    def _explained(self) -> list[tuple[QWidget, str, str]]:
        return [
            (
                self.temperature,
                self.tr("Temperature"),
                self.tr("Low values answer soberly and alike, high values more freely."),
            ),
            (
                self.top_p,
                self.tr("Top-p"),
                self.tr("Only the likeliest words that together reach this share are chosen from."),
            ),
            (
                self.top_k,
                self.tr("Top-k"),
                self.tr("At most so many of the likeliest words are chosen from."),
            ),
            (
                self.min_p,
                self.tr("Min-p"),
                self.tr("Words less likely than this share of the likeliest one are left out."),
            ),
            (
                self.repeat_penalty,
                self.tr("Repeat penalty"),
                self.tr("Above 1, words that were just used become less likely."),
            ),
            (
                self.seed,
                self.tr("Seed"),
                self.tr("The same seed gives the same answer again; -1 takes a new one each time."),
            ),
            (
                self.max_tokens,
                self.tr("Longest answer"),
                self.tr("In tokens; an answer ends here at the latest. 0 means no limit."),
            ),
            (
                self.context_length,
                self.tr("Context length"),
                self.tr("How much the model can keep in mind, in tokens. More needs more memory."),
            ),
        ]

    def _decimal(self, least: float, most: float, step: float) -> QDoubleSpinBox:
        field = _Decimal()
        field.setRange(least, most)
        field.setSingleStep(step)
        field.setDecimals(2)
        field.valueChanged.connect(self._touched)
        field.setKeyboardTracking(False)
        inset(field)
        return field

    def _whole(self, least: int, most: int, step: int, lowest: str) -> QSpinBox:
        field = _Whole()
        field.setRange(least, most)
        field.setSingleStep(step)
        field.setSpecialValueText(lowest)
        field.setGroupSeparatorShown(step > 1)
        field.valueChanged.connect(self._touched)
        field.setKeyboardTracking(False)
        inset(field)
        return field

    def _reset(self) -> None:
        self._wait.stop()
        self.reset_wanted.emit()

    def _touched(self) -> None:
        if not self._filling:
            self._wait.start()


def default_settings(current: Settings) -> ChatSettings:
    """What a new chat begins with."""
    return ChatSettings(
        system_prompt=current.system_prompt,
        sampling=Sampling(temperature=current.temperature, max_tokens=current.max_tokens),
        only_documents=current.only_documents,
    )


class _Decimal(QDoubleSpinBox):
    """The wheel scrolls the panel; it must not change a value that it passes over."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _Whole(QSpinBox):
    """As _Decimal, for whole numbers."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
