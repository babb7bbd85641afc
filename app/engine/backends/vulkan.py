"""Graphics cards of any maker, through Vulkan."""

from __future__ import annotations

import ctypes.util
import platform
from pathlib import Path

from app.engine.devices import Backend
from app.engine.native import NativeDevice


class _Vulkan(Backend):
    kind = "vulkan"
    registry = "Vulkan"
    label = "Vulkan"

    def why_not(self, devices: list[NativeDevice]) -> str:
        if self.mine(devices):
            return ""
        if platform.system() == "Linux" and not Path("/dev/dri").is_dir():
            return "There is no graphics card here that Vulkan could use."
        if not self.is_built():
            return "This llama.cpp was built without Vulkan."
        if ctypes.util.find_library("vulkan") is None:
            return "The Vulkan library is not installed."
        return "Vulkan is installed, but it found no usable graphics card."


BACKEND = _Vulkan()
