"""Where models would run: asks for devices and works out plans, away from the window's thread."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from app.core.errors import LoamError
from app.core.messages import DeviceList
from app.core.types import ModelSpec
from app.engine.plan import Machine, Plan
from app.services.device_plan import machine_of
from app.ui.context import Context


class Planner(QObject):
    """plans: by the path of a model, empty until the devices are known."""

    devices_known = Signal(object)
    """A DeviceList."""
    planned = Signal()

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.machine: Machine | None = None
        self.plans: dict[str, Plan] = {}

    def look(self) -> None:
        """Ask what there is to run on, and how much memory is free now."""
        self._context.tasks.run(self._context.loam.models.devices, on_event=self._take)

    def spec(self) -> ModelSpec | None:
        """The model and settings of new chats, if there is a model."""
        try:
            return self._context.loam.models.spec_for()
        except LoamError:
            return None

    def plan(self, paths: Sequence[str]) -> None:
        """Work out where the layers of these models would go."""
        machine, models = self.machine, self._context.loam.models
        if machine is None:
            return

        def work() -> dict[str, Plan]:
            made: dict[str, Plan] = {}
            for path in paths:
                try:
                    spec = models.as_chosen(models.spec_of(path))
                    made[path] = self._context.loam.plans.plan(spec, machine)
                except LoamError:
                    continue  # the list says already what is wrong with the file
            return made

        def take(made: dict[str, Plan]) -> None:
            self.plans = made
            self.planned.emit()

        self._context.tasks.call(work, take)

    def _take(self, event: object) -> None:
        if isinstance(event, DeviceList):
            self.machine = machine_of(event)
            self.devices_known.emit(event)
