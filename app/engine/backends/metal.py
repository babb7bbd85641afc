"""Apple's graphics, through Metal."""

from __future__ import annotations

import platform

from app.engine.devices import Backend
from app.engine.native import NativeDevice


class _Metal(Backend):
    kind = "metal"
    registry = "MTL"
    label = "Metal"

    def why_not(self, devices: list[NativeDevice]) -> str:
        if self.mine(devices):
            return ""
        if platform.system() != "Darwin":
            return "Metal is only on Apple computers."
        if not self.is_built():
            return "This llama.cpp was built without Metal."
        return "Metal is here, but it found no usable graphics."


BACKEND = _Metal()
