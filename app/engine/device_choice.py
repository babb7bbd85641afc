"""Asks every kind of device in `backends/`: what there is, and where a model should run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from app.core import memory, plugins, unused
from app.core.errors import HelperMissing
from app.core.messages import Device, DeviceList
from app.core.types import ModelInfo, ModelSpec
from app.core.unused import UnusedDevice
from app.engine import facts, native, rpc, shape, vision_plan
from app.engine.config import CONTEXT_DEFAULT
from app.engine.devices import Backend
from app.engine.facts import Facts
from app.engine.native import NativeDevice, lib
from app.engine.plan import Card, Machine, plan

_PROCESSOR = "cpu"


def backends() -> list[Backend]:
    """All kinds, in order of name."""
    return cast("list[Backend]", plugins.find("app.engine.backends", "BACKEND"))


def report(helpers: Sequence[str] = ()) -> DeviceList:
    """What this machine and this build of llama.cpp offer."""
    described = describe(native.devices(), facts.look())
    described += [each for address in helpers for each in _helper(address)]
    version = lib.llama_version().decode()
    return DeviceList(tuple(described), version, lib.llama_print_system_info().decode().strip())


def describe(devices: Sequence[NativeDevice], found: Facts) -> list[Device]:
    """Each device, and for kinds of which there is none the reason."""
    listed = [entry for kind in backends() for entry in kind.describe(devices, found)]
    used = [each for each in listed if each.available and each.kind != _PROCESSOR]
    return [_once(each, used[0]) if each.why and used else each for each in listed]


def why_unused(devices: Sequence[NativeDevice], found: Facts) -> tuple[UnusedDevice, ...]:
    """What is in the way of cards that are there, where no card can be used; without doubles: two
    kinds may say the same of one card."""
    reasons: dict[str, UnusedDevice] = {}
    for each in describe(devices, found):
        if each.why is not None and each.why.there:
            reasons.setdefault(f"{each.why.reason} {each.why}", each.why)
    return tuple(reasons.values())


def gpu_layers(info: ModelInfo, spec: ModelSpec) -> int:
    """How many layers of a model go to graphics cards when a person leaves it to us. Errors:
    MissingFile, NotAModel."""
    machine = here(spec.rpc)
    if not machine.cards:
        return 0
    trained = info.context_trained or CONTEXT_DEFAULT
    context = min(spec.context_length or CONTEXT_DEFAULT, trained)
    left = vision_plan.without(machine, vision_plan.bytes_for(spec))
    return plan(shape.read(info.path), left, context, -1, spec.options).gpu_layers


def not_taken(spec: ModelSpec) -> tuple[UnusedDevice, ...]:
    """Why a model that was loaded has no layer on a card; nothing where there is no card."""
    cards = native.usable(native.devices())
    if not cards:
        return why_unused(native.devices(), facts.look())
    if spec.gpu_layers == 0:
        return tuple(unused.NotChosen(card=name_of(card), label="") for card in cards)
    return tuple(
        unused.CardFull(card=name_of(card), label="", free=f"{card.memory_free / 1e9:.1f} GB")
        for card in cards
    )


def here(helpers: Sequence[str] = ()) -> Machine:
    """The memory of this machine, of others that help, and of its cards, in llama.cpp's order.
    Errors: HelperMissing."""
    cards = [
        Card(helper_name(each.address, each.number), each.memory_free, each.memory_total)
        for each in rpc.look_at_all(helpers)
    ]
    cards += [
        Card(name_of(each), each.memory_free, each.memory_total)
        for each in native.usable(native.devices())
    ]
    return Machine(memory.available(), memory.total(), tuple(cards))


def helper_name(address: str, number: int) -> str:
    """'192.168.1.7:50052', with a number for the second and further devices there."""
    return f"{address} ({number + 1})" if number else address


def _helper(address: str) -> list[Device]:
    """The devices of another machine, or why it can't help."""
    if not rpc.is_built():
        return [Device("rpc", address, False, unused.NoHelperPlugin(label="RPC", card=address))]
    try:
        found = rpc.look(address)
    except HelperMissing as error:
        why = unused.NoHelper(error.detail, label="RPC", card=address, **error.params)
        return [Device("rpc", address, False, why)]
    return [
        Device(
            "rpc",
            helper_name(address, each.number),
            True,
            memory_free=each.memory_free,
            memory_total=each.memory_total,
        )
        for each in found
    ]


def name_of(device: NativeDevice) -> str:
    """What its maker calls it."""
    return device.description or device.name


def _once(device: Device, other: Device) -> Device:
    """A kind that can't use the card that another kind uses is nothing to complain about."""
    if device.why is None or not device.why.there:
        return device
    why = unused.UsedOtherwise(label=device.name, card=other.name, other=other.kind)
    return replace(device, why=why)
