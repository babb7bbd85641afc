"""How one model is loaded: fields made from core/load_settings.py, and the plan that follows from
them, worked out anew with each change.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QScrollArea, QWidget

from app.core import load_settings
from app.core.errors import LoamError
from app.core.load_settings import DEFAULTS, LoadSettings
from app.engine.plan import Fit, Machine, Plan
from app.ui import words
from app.ui.context import Context
from app.ui.finetune.data.dialog import StepDialog
from app.ui.finetune.labels import text_label
from app.ui.models import facts
from app.ui.models.draft_choice import AddOnChoice, DraftChoice
from app.ui.models.rows import say
from app.ui.notices import do_text, what_text
from app.ui.setting_fields import SettingField, field_for
from app.ui.tokens import S4, S8, S12, S16

_SIZE = (620, 640)
_PAUSE_MS = 120
_ONE_CARD = 1


class LoadDialog(StepDialog):
    """Nothing counts before Save. fields: by the names of the settings."""

    def __init__(self, context: Context, parent: QWidget, path: str, name: str) -> None:
        super().__init__(parent)
        self._context = context
        self._path = path
        self._models = context.loam.models
        self._settings = self._models.loading(path)
        self._machine: Machine | None = None
        self._asked = 0
        self.plan: Plan | None = None
        self.fields: dict[str, SettingField] = {}
        self._labels: dict[str, QLabel] = {}
        self.say(
            self.tr("Load settings of {name}").replace("{name}", name),
            self.tr("Kept for this model. If it is in memory, it is loaded again at once."),
            self.tr("Save"),
        )
        self.where = text_label(self.tr("Looking at this machine"), "strong")
        self.where.setToolTip(facts.plan_explained())
        self.memory = text_label("", "hint")
        self.problem = text_label("", "danger-text")
        self.problem.hide()
        self.body.setSpacing(S4)
        self.body.addWidget(self.where)
        self.body.addWidget(self.memory)
        self.body.addWidget(self.problem)
        self.body.addSpacing(S8)
        self.body.addWidget(self._form(), 1)
        self.reset = QPushButton(self.tr("Reset to auto"))
        self.reset.setProperty("kind", "quiet")
        self.reset.setAccessibleName(self.reset.text())
        self.reset.setToolTip(self.tr("Leave everything to Loam and to Settings."))
        self.reset.setAutoDefault(False)
        self.reset.clicked.connect(lambda: self._take(LoadSettings()))
        self.feet.insertWidget(0, self.reset)
        # Changes that come fast are worked out together.
        self._pause = QTimer(self, interval=_PAUSE_MS, singleShot=True)
        self._pause.timeout.connect(self._work_out)
        self._show()
        room = parent.window().size()
        wanted = [round(context.theme.scaled(each)) for each in _SIZE]
        self.resize(min(wanted[0], room.width()), min(wanted[1], room.height()))
        context.tasks.call(
            lambda: context.loam.plans.machine(helpers=self._models.helpers()),
            self._know,
            on_error=self._cannot_plan,
        )

    @property
    def settings(self) -> LoadSettings:
        """As the fields say."""
        return self._settings

    def accept(self) -> None:
        for field in self.fields.values():
            field.commit()
        if self.problem.text():
            return
        try:
            self._models.set_loading(self._path, self._settings)
        except LoamError as error:
            self._refuse(error)
            return
        super().accept()

    def _form(self) -> QWidget:
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, S12, 0)
        grid.setHorizontalSpacing(S16)
        grid.setVerticalSpacing(S8)
        grid.setColumnStretch(0, 1)
        for row, (name, shown) in enumerate(load_settings.shown().items()):
            label = QCoreApplication.translate("settings", shown.label)
            tip = QCoreApplication.translate("settings", shown.help)
            if name == "draft":
                known = self._models.paths()
                field: SettingField = DraftChoice(label, known, Path(self._path))
            elif name == "projector":
                field = AddOnChoice(label, self._models.paths())
            else:
                field = field_for(getattr(self._settings, name), shown, label)
            field.changed.connect(lambda value, name=name: self._change(name, value))
            field.widget.setToolTip(tip)
            field.widget.setAccessibleDescription(tip)
            self.fields[name] = field
            if field.titled:
                grid.addWidget(field.widget, row, 0, 1, 2)
                continue
            caption = QLabel(label)
            caption.setToolTip(tip)
            caption.setBuddy(field.widget)
            self._labels[name] = caption
            grid.addWidget(caption, row, 0)
            grid.addWidget(field.widget, row, 1)
        grid.setRowStretch(len(self.fields), 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        return area

    def _change(self, name: str, value: object) -> None:
        try:
            self._take(self._settings.changed(**{name: value}))
        except LoamError as error:
            self._refuse(error)

    def _take(self, settings: LoadSettings) -> None:
        self._settings = settings
        say(self.problem, "", "danger-text")
        self.ok_button.setEnabled(True)
        self._show()
        self._pause.start()

    def _show(self) -> None:
        for name, field in self.fields.items():
            value = getattr(self._settings, name)
            field.show_value(value)
            label = self._labels.get(name)
            if label is not None:
                # Told by weight and by what a screen reader says, not by colour.
                font = label.font()
                font.setBold(value != DEFAULTS[name])
                label.setFont(font)
        self.reset.setEnabled(self._settings != LoadSettings())

    def _refuse(self, error: LoamError) -> None:
        say(self.problem, f"{what_text(error)} {do_text(error)}".strip(), "danger-text")
        self.ok_button.setEnabled(False)

    def _know(self, machine: Machine) -> None:
        self._machine = machine
        several = len(machine.cards) > _ONE_CARD
        for widget in (self._labels["split"], self.fields["split"].widget):
            widget.setVisible(several or bool(self._settings.split))
        self._work_out()

    def _work_out(self) -> None:
        machine = self._machine
        if machine is None:
            return
        spec = self._settings.put_on(self._models.spec_of(self._path))
        self._asked += 1
        number = self._asked

        def take(plan: Plan) -> None:
            if number == self._asked:
                self._show_plan(plan, machine)

        self._context.tasks.call(
            lambda: self._context.loam.plans.plan(spec, machine), take, on_error=self._cannot_plan
        )

    def _show_plan(self, plan: Plan, machine: Machine) -> None:
        self.plan = plan
        text = facts.plan(plan)
        if not machine.cards:
            text = self.tr("{plan} (no graphics card can be used here)").replace("{plan}", text)
        say(self.where, text, "strong")
        free = machine.free + sum(card.free for card in machine.cards)
        need = self.tr("Needs {need} of {free} free, with {n} tokens of context")
        if plan.draft:
            need = self.tr(
                "Needs {need} of {free} free, with {n} tokens of context; {draft} of it for the "
                "draft model"
            ).replace("{draft}", words.size(plan.draft_bytes))
        need = need.replace("{need}", words.size(plan.total_bytes))
        need = need.replace("{free}", words.size(free)).replace("{n}", words.number(plan.context))
        if plan.fit is Fit.FITS:
            say(self.memory, need, "hint")
        else:
            verdict = f"{facts.fit(plan.fit)}: {facts.fit_explained(plan.fit)}"
            say(self.memory, f"{need}. {verdict}", "warning")

    def _cannot_plan(self, error: LoamError) -> None:
        say(self.where, what_text(error), "warning")


def open_for(context: Context, parent: QWidget, path: str, name: str = "") -> LoadDialog:
    """Show it; the model is loaded anew when it was saved and this model is the one in memory."""
    dialog = LoadDialog(context, parent, path, name or Path(path).name)
    before = dialog.settings

    def saved() -> None:
        if dialog.settings != before:
            context.navigator.load_settings_changed.emit(path)

    dialog.accepted.connect(saved)
    dialog.open()
    return dialog
