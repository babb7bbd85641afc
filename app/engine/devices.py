"""What a kind of device must tell of itself; `backends/` has a file for each kind."""

from __future__ import annotations

import ctypes
from abc import ABC, abstractmethod
from collections.abc import Sequence

from app.core.messages import Device
from app.core.types import ModelInfo
from app.engine.native import NativeDevice, lib

_ALL_LAYERS = 999
_MEMORY_SHARE = 0.85
"""Of the free memory of a card, what weights may take; the rest is for the context."""


class Backend(ABC):
    """kind: our name; registry: ggml's name of the backend."""

    kind: str
    registry: str
    label: str

    @abstractmethod
    def why_not(self, devices: list[NativeDevice]) -> str:
        """Why no device of this kind can be used, in a sentence; empty when one can."""

    def default_gpu_layers(self, info: ModelInfo, devices: list[NativeDevice]) -> int:
        """How many layers to put on the devices when a person leaves it to us: all where the
        weights fit, else their share by size."""
        free = sum(device.memory_free for device in self.mine(devices)) * _MEMORY_SHARE
        if not free or info.size_bytes <= free:
            return _ALL_LAYERS
        return int(free / info.size_bytes * max(1, info.layers))

    def mine(self, devices: Sequence[NativeDevice]) -> list[NativeDevice]:
        """The devices of this kind."""
        return [device for device in devices if device.backend == self.registry]

    def is_built(self) -> bool:
        """Whether this llama.cpp contains the backend at all."""
        by_name = lib._lib.ggml_backend_reg_by_name
        by_name.restype = ctypes.c_void_p
        return bool(by_name(self.registry.encode()))

    def describe(self, devices: list[NativeDevice]) -> list[Device]:
        """For a person: each device of this kind, or the reason why there is none."""
        found = [
            Device(
                kind=self.kind,
                name=device.description or device.name,
                available=True,
                memory_free=device.memory_free,
                memory_total=device.memory_total,
            )
            for device in self.mine(devices)
        ]
        if found:
            return found
        return [Device(self.kind, self.label, False, self.why_not(devices))]
