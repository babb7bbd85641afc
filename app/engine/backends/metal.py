"""Apple's graphics, through Metal."""

from __future__ import annotations

from app.core import unused
from app.engine.devices import Backend
from app.engine.facts import Facts


class _Metal(Backend):
    kind = "metal"
    registry = "MTL"
    label = "Metal"
    plugin = "libggml-metal.so"
    flag = "-DGGML_METAL=on"

    def why_not(self, facts: Facts) -> unused.UnusedDevice:
        if facts.system != "Darwin":
            return unused.OtherSystem(label=self.label)
        card = "The graphics of this Mac"
        return self.not_built(facts, card) or unused.SilentDriver(
            "\n".join(facts.log), card=card, label=self.label, found="Metal"
        )


BACKEND = _Metal()
