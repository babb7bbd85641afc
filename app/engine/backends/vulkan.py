"""Graphics cards of any maker, through Vulkan.

llama.cpp leaves out devices that only imitate a card (llvmpipe), and of two drivers for one card
takes one.
"""

from __future__ import annotations

from app.core import unused
from app.engine.devices import Backend
from app.engine.facts import AMD, INTEL, NVIDIA, Facts

_IMITATIONS = ("lvp_icd", "swrast")
_FILES = {AMD: "radeon", INTEL: "intel", NVIDIA: "nvidia"}
"""How the files begin that describe their drivers."""
_DRIVERS = {
    AMD: "mesa-vulkan-drivers",
    INTEL: "mesa-vulkan-drivers",
    NVIDIA: "NVIDIA's driver",
}


class _Vulkan(Backend):
    kind = "vulkan"
    registry = "Vulkan"
    label = "Vulkan"
    plugin = "libggml-vulkan.so"
    flag = "-DGGML_VULKAN=on"

    def why_not(self, facts: Facts) -> unused.UnusedDevice:
        card = facts.card(AMD, INTEL, NVIDIA)
        if card is None:
            imitated = any(each.startswith(_IMITATIONS) for each in facts.vulkan_drivers)
            if self.registry in facts.registries and imitated:
                return unused.SoftwareOnly(label=self.label)
            return unused.NoCard(label=self.label)
        about = {"card": card.name, "label": self.label, "driver": _DRIVERS[card.maker]}
        real = [each for each in facts.vulkan_drivers if each.startswith(_FILES[card.maker])]
        if not facts.vulkan_library:
            package = "libvulkan1 (the Vulkan loader)"
            return unused.NoLibrary(package=package, **about)
        if facts.system == "Linux" and not real:
            return unused.NoDriver(**about)
        missing = self.not_built(facts, card.name)
        if missing is not None:
            return missing
        for file, group in facts.nodes:
            return unused.NoRights(file=file, group=group, **about)
        found = card.driver or ", ".join(real)
        return unused.SilentDriver("\n".join(facts.log), found=found, **about)

    def driver(self, facts: Facts) -> str:
        """The drivers for the makers of the cards that are here; the others are not asked."""
        words = [_FILES[card.maker] for card in facts.cards if card.maker in _FILES]
        found = [each for each in facts.vulkan_drivers if each.startswith(tuple(words))]
        return ", ".join(found if words else ())


BACKEND = _Vulkan()
