"""Where training runs, from what a machine has."""

from __future__ import annotations

from app.engine.native import NativeDevice
from app.training.device import Place, place

GB = 10**9


def card(backend: str, free: int, name: str = "card") -> NativeDevice:
    return NativeDevice(backend, f"{backend}0", name, True, free, 2 * free)


CPU = NativeDevice("CPU", "CPU", "a processor", False, 16 * GB, 32 * GB)


def test_without_a_card_there_is_nothing_to_explain() -> None:
    assert place([CPU], full_precision=True, needed=GB) == Place(-1, "CPU", "")


def test_a_cuda_card_trains_whole_models_in_f32() -> None:
    devices = [CPU, card("CUDA", 4 * GB, "small"), card("CUDA", 24 * GB, "large")]
    assert place(devices, full_precision=True, needed=20 * GB) == Place(1, "large", "")


def test_cards_are_counted_without_processors() -> None:
    devices = [card("Vulkan", 8 * GB), CPU, card("CUDA", 8 * GB, "able")]
    assert place(devices, full_precision=True, needed=GB) == Place(1, "able", "")


def test_otherwise_the_processor_trains_and_it_is_said_why() -> None:
    for devices, full_precision, needed, named in (
        ([card("MTL", 16 * GB)], True, GB, "MTL"),
        ([card("Vulkan", 16 * GB)], True, GB, "Vulkan"),
        ([card("CUDA", 16 * GB)], False, GB, "F32"),
        ([card("CUDA", 16 * GB)], True, 15 * GB, "15.0 GB are needed"),
    ):
        found = place([CPU, *devices], full_precision, needed)
        assert (found.gpu, found.name) == (-1, "CPU")
        assert "runs on the processor" in found.reason
        assert named in found.reason
