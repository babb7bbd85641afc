"""The processor: always there, and where everything runs that fits no other device."""

from __future__ import annotations

from app.core import unused
from app.engine.devices import Backend
from app.engine.facts import Facts


class _Cpu(Backend):
    kind = "cpu"
    registry = "CPU"
    label = "Processor"

    def why_not(self, facts: Facts) -> unused.UnusedDevice:
        return unused.NoProcessor(label=self.label, folder=facts.folder)


BACKEND = _Cpu()
