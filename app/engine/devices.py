"""What a kind of device must tell of itself; `backends/` has a file for each kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from app.core import unused
from app.core.messages import Device
from app.core.unused import UnusedDevice
from app.engine.facts import Facts
from app.engine.native import NativeDevice


class Backend(ABC):
    """kind: our name; registry: ggml's name of the backend; label: for a person; plugin: name of
    the file that brings it to a llama.cpp that takes plug-ins; flag: builds it into one."""

    kind: str
    registry: str
    label: str
    plugin = ""
    flag = ""

    @abstractmethod
    def why_not(self, facts: Facts) -> UnusedDevice:
        """Why there is no device of this kind, when llama.cpp has none."""

    def driver(self, facts: Facts) -> str:
        """What drives devices of this kind, with its version."""
        return ""

    def mine(self, devices: Sequence[NativeDevice]) -> list[NativeDevice]:
        """The devices of this kind."""
        return [device for device in devices if device.backend == self.registry]

    def describe(self, devices: Sequence[NativeDevice], facts: Facts) -> list[Device]:
        """For a person: each device of this kind, or the reason why there is none."""
        found = [
            Device(
                kind=self.kind,
                name=device.description or device.name,
                available=True,
                memory_free=device.memory_free,
                memory_total=device.memory_total,
                driver=self.driver(facts),
                build=self.plugin if facts.takes_plugins else "",
            )
            for device in self.mine(devices)
        ]
        return found or [Device(self.kind, self.label, False, self.why_not(facts))]

    def not_built(self, facts: Facts, card: str) -> UnusedDevice | None:
        """Why llama.cpp does not have this backend at all; None when it has."""
        if self.registry in facts.registries:
            return None
        about = {"card": card, "label": self.label, "file": self.plugin}
        for file, reason in facts.plugin_errors:
            if file == self.plugin:
                return unused.BrokenPlugin(reason, reason=reason, **about)
        if facts.takes_plugins:
            return unused.NoPlugin(folder=facts.folder, **about)
        return unused.NoBuild(flag=self.flag, **about)
