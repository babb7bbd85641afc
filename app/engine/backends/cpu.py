"""The processor: always there, and what every other device falls back on."""

from __future__ import annotations

from app.engine.devices import Backend
from app.engine.native import NativeDevice


class _Cpu(Backend):
    kind = "cpu"
    registry = "CPU"
    label = "Processor"

    def why_not(self, devices: list[NativeDevice]) -> str:
        return "" if self.mine(devices) else "This llama.cpp was built without the processor."


BACKEND = _Cpu()
