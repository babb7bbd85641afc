"""The processor: always there, and where everything runs that fits no other device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.core import memory, unused
from app.core.messages import Device
from app.engine.devices import Backend
from app.engine.facts import Facts
from app.engine.native import NativeDevice


class _Cpu(Backend):
    kind = "cpu"
    registry = "CPU"
    label = "Processor"

    def describe(self, devices: Sequence[NativeDevice], facts: Facts) -> list[Device]:
        """What llama.cpp calls free is all that the machine has; this is what can be had now."""
        found = super().describe(devices, facts)
        free, total = memory.available(), memory.total()
        return [
            replace(each, memory_free=free, memory_total=total) if each.available else each
            for each in found
        ]

    def why_not(self, facts: Facts) -> unused.UnusedDevice:
        return unused.NoProcessor(label=self.label, folder=facts.folder)


BACKEND = _Cpu()
