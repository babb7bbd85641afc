"""What a kind of device must tell of itself; `backends/` has a file for each kind."""

from __future__ import annotations

import ctypes
from abc import ABC, abstractmethod
from collections.abc import Sequence

from app.core.messages import Device
from app.engine.native import NativeDevice, lib


class Backend(ABC):
    """kind: our name; registry: ggml's name of the backend."""

    kind: str
    registry: str
    label: str

    @abstractmethod
    def why_not(self, devices: list[NativeDevice]) -> str:
        """Why no device of this kind can be used, in a sentence; empty when one can."""

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
