"""NVIDIA cards, through CUDA.

A plug-in that needs the driver's own library (libcuda) is not even loaded without it; one that is
loaded says in llama.cpp's log why it found no card.
"""

from __future__ import annotations

from app.core import unused
from app.engine.devices import Backend
from app.engine.facts import NVIDIA, Facts

_LEAST = {11: "450.80", 12: "525.60", 13: "580.65"}
"""The oldest driver for each major version of CUDA, of NVIDIA's release notes."""
_TOO_OLD = "driver version is insufficient"
_DRIVER = "NVIDIA's driver"


class _Cuda(Backend):
    kind = "cuda"
    registry = "CUDA"
    label = "CUDA"
    plugin = "libggml-cuda.so"
    flag = "-DGGML_CUDA=on"

    def why_not(self, facts: Facts) -> unused.UnusedDevice:
        card = facts.card(NVIDIA)
        if card is None:
            return unused.NoCard(label=self.label)
        about = {"card": card.name, "label": self.label, "driver": _DRIVER}
        # First the driver: without it no build of Loam helps.
        if not facts.nvidia_driver and not facts.cuda:
            if card.driver and card.driver not in ("nvidia", "vfio-pci"):
                return unused.OtherDriver(found=card.driver, **about)
            return unused.NoDriver(**about)
        driver = self.driver(facts) or "NVIDIA"
        log = "\n".join(facts.log)
        needed = _LEAST.get(facts.plugin_cuda, "")
        if _TOO_OLD in log or _is_older(facts.nvidia_driver, needed):
            newest = f"{needed} or newer" if needed else "a newer one"
            return unused.OldDriver(log, found=driver, needed=newest, **about)
        if facts.cuda_error:
            return unused.SilentDriver(facts.cuda_error, found=driver, **about)
        missing = self.not_built(facts, card.name)
        if missing is not None:
            return missing
        return unused.SilentDriver(log, found=driver, **about)

    def driver(self, facts: Facts) -> str:
        cuda = f"CUDA {facts.cuda // 1000}.{facts.cuda % 1000 // 10}" if facts.cuda else ""
        return ", ".join(each for each in (facts.nvidia_driver, cuda) if each)


def _is_older(version: str, than: str) -> bool:
    if not version or not than:
        return False
    return _numbers(version) < _numbers(than)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")[:2] if part.isdigit()]


BACKEND = _Cuda()
