"""NVIDIA cards, through CUDA."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.engine.devices import Backend
from app.engine.native import NativeDevice


class _Cuda(Backend):
    kind = "cuda"
    registry = "CUDA"
    label = "CUDA"

    def why_not(self, devices: list[NativeDevice]) -> str:
        if self.mine(devices):
            return ""
        if not _has_card():
            return "There is no NVIDIA card here, or its driver is not installed."
        if not self.is_built():
            return "An NVIDIA card is here, but this llama.cpp was built without CUDA."
        return "An NVIDIA card is here, but its driver does not answer or is too old."


def _has_card() -> bool:
    return Path("/proc/driver/nvidia/gpus").is_dir() or shutil.which("nvidia-smi") is not None


BACKEND = _Cuda()
