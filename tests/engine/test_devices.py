"""Why a card is not used: every answer, from facts that are given."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import pytest

from app.core.types import LoadedModel
from app.core.unused import UnusedDevice
from app.engine import device_choice
from app.engine.facts import AMD, INTEL, NVIDIA, Facts, PciCard
from app.engine.native import NativeDevice, usable

GB = 1_000_000_000
RTX = PciCard(NVIDIA, "NVIDIA GeForce RTX 3060", "nvidia")
RADEON = PciCard(AMD, "An AMD graphics card", "amdgpu")
PROCESSOR = NativeDevice("CPU", "CPU", "A processor", False, 8 * GB, 16 * GB)
CUDA = NativeDevice("CUDA", "CUDA0", RTX.name, True, 6 * GB, 12 * GB, id="0000:01:00.0")

DRIVEN = Facts(cards=(RTX,), nvidia_driver="535.183.01", cuda=12020, registries=("CPU",))
"""An NVIDIA card with a driver; nothing of Loam that uses it."""
PACKAGE: dict[str, Any] = {"takes_plugins": True, "folder": "/usr/lib/loam/llama_cpp/lib"}
MESA: dict[str, Any] = {
    "vulkan_library": True,
    "vulkan_drivers": ("radeon_icd", "intel_icd", "lvp_icd"),
}


def _with(facts: Facts, **changes: Any) -> Facts:
    return dataclasses.replace(facts, **changes)


CASES = {
    "no card": ("cuda", Facts(), "NoCard", False, ("CUDA",)),
    "no driver": (
        "cuda", Facts(cards=(PciCard(NVIDIA, "An NVIDIA graphics card"),)), "NoDriver", True,
        ("An NVIDIA graphics card is here", "Install NVIDIA's driver"),
    ),
    "the free driver": (
        "cuda", Facts(cards=(PciCard(NVIDIA, "An NVIDIA card", "nouveau"),)),
        "OtherDriver", True, ("nouveau", "Install NVIDIA's driver"),
    ),
    "a driver too old for the plug-in": (
        "cuda", _with(DRIVEN, nvidia_driver="470.82.01", plugin_cuda=12, **PACKAGE),
        "OldDriver", True, ("470.82.01, CUDA 12.2", "525.60 or newer", "Update the driver"),
    ),
    "a driver too old, by what llama.cpp said": (
        "cuda",
        _with(
            DRIVEN, registries=("CPU", "CUDA"),
            log=("failed to initialize CUDA: CUDA driver version is insufficient for CUDA "
                 "runtime version",),
        ),
        "OldDriver", True, ("535.183.01",),
    ),
    "a driver that is silent": (
        "cuda", _with(DRIVEN, cuda_error="unknown error"), "SilentDriver", True,
        ("does not answer", "Start the machine again"),
    ),
    "a build without it": (
        "cuda", DRIVEN, "NoBuild", True, ("built without CUDA", "CMAKE_ARGS=-DGGML_CUDA=on"),
    ),
    "no plug-in": (
        "cuda", _with(DRIVEN, **PACKAGE), "NoPlugin", True,
        ("libggml-cuda.so", "/usr/lib/loam/llama_cpp/lib"),
    ),
    "a plug-in that does not load": (
        "cuda",
        _with(
            DRIVEN, **PACKAGE,
            plugin_errors=(("libggml-cuda.so", "libcudart.so.12: cannot open shared object"),),
        ),
        "BrokenPlugin", True, ("libcudart.so.12", "Install the library that is missing"),
    ),
    "a plug-in that finds nothing": (
        "cuda", _with(DRIVEN, registries=("CPU", "CUDA")), "SilentDriver", True, ("535.183.01",),
    ),
    "not a Mac": ("metal", Facts(), "OtherSystem", False, ("Apple",)),
    "a Mac without it": (
        "metal", Facts(system="Darwin", registries=("CPU",)), "NoBuild", True, ("Metal",),
    ),
    "no Vulkan library": (
        "vulkan", Facts(cards=(RADEON,)), "NoLibrary", True, ("Install libvulkan1",),
    ),
    "no Vulkan driver": (
        "vulkan", Facts(cards=(RADEON,), vulkan_library=True, vulkan_drivers=("lvp_icd",)),
        "NoDriver", True, ("Install mesa-vulkan-drivers",),
    ),
    "no Vulkan plug-in": (
        "vulkan", Facts(cards=(RADEON,), **MESA, **PACKAGE), "NoPlugin", True,
        ("libggml-vulkan.so",),
    ),
    "no right to the card": (
        "vulkan",
        Facts(
            cards=(PciCard(INTEL, "An Intel graphics card", "i915"),), **MESA,
            registries=("CPU", "Vulkan"), nodes=(("/dev/dri/renderD128", "render"),),
        ),
        "NoRights", True, ("/dev/dri/renderD128", "the group render"),
    ),
    "only an imitation": (
        "vulkan", Facts(**MESA, registries=("CPU", "Vulkan")), "SoftwareOnly", False,
        ("imitates",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_reason_says_what_is_so_and_what_to_do(case: str) -> None:
    kind, facts, reason, there, words = CASES[case]
    (found,) = [d for d in device_choice.describe([PROCESSOR], facts) if d.kind == kind]
    assert found.why is not None
    assert (found.available, found.why.reason, found.why.there) == (False, reason, there)
    said = str(found.why)
    assert "{" not in said, said
    for each in words:
        assert each in said
    assert bool(found.to_do) == (there or reason == "SoftwareOnly")


def test_a_card_that_is_used_is_not_missed_elsewhere() -> None:
    facts = _with(DRIVEN, registries=("CPU", "CUDA"), **MESA, **PACKAGE)
    found = {each.kind: each for each in device_choice.describe([PROCESSOR, CUDA], facts)}
    assert found["cuda"].available
    assert (found["cuda"].driver, found["cuda"].build) == (
        "535.183.01, CUDA 12.2", "libggml-cuda.so",
    )  # fmt: skip
    why = found["vulkan"].why
    assert why is not None
    assert not why.there
    assert device_choice.why_unused([PROCESSOR, CUDA], facts) == ()
    missed = device_choice.why_unused([PROCESSOR], _with(facts, registries=("CPU",)))
    assert [each.reason for each in missed] == ["NoPlugin", "NoDriver"]


def test_cards_are_used_in_llama_cpps_order() -> None:
    remote = NativeDevice("RPC", "RPC0", "there", True, GB, GB)
    again = NativeDevice("Vulkan", "Vulkan0", RTX.name, True, GB, GB, id="0000:01:00.0")
    shared = NativeDevice("Vulkan", "Vulkan1", "Intel", True, GB, GB, integrated=True)
    assert usable([CUDA, again, shared, remote, PROCESSOR]) == [remote, CUDA]
    assert usable([PROCESSOR, shared]) == [shared]


def test_reasons_cross_the_pipe() -> None:
    why = device_choice.describe([PROCESSOR], DRIVEN)
    again = pickle.loads(pickle.dumps(why))
    assert [str(each.why) for each in again] == [str(each.why) for each in why]
    assert all(each.why is None or isinstance(each.why, UnusedDevice) for each in again)
    assert LoadedModel.__dataclass_fields__["unused"].default == ()
