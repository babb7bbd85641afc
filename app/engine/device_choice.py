"""Asks every kind of device in `backends/`: what there is, and where a model should run."""

from __future__ import annotations

from typing import cast

from app.core import memory, plugins
from app.core.messages import DeviceList
from app.core.types import ModelInfo
from app.engine import native, shape
from app.engine.config import CONTEXT_DEFAULT
from app.engine.devices import Backend
from app.engine.native import lib
from app.engine.plan import Card, Machine, plan


def backends() -> list[Backend]:
    """All kinds, in order of name."""
    return cast("list[Backend]", plugins.find("app.engine.backends", "BACKEND"))


def report() -> DeviceList:
    """What this machine and this build of llama.cpp offer."""
    devices = native.devices()
    described = [entry for backend in backends() for entry in backend.describe(devices)]
    version = lib.llama_version().decode()
    return DeviceList(tuple(described), version, lib.llama_print_system_info().decode().strip())


def gpu_layers(info: ModelInfo, context_length: int = 0) -> int:
    """How many layers of a model go to graphics cards when a person leaves it to us. Errors:
    MissingFile, NotAModel."""
    machine = here()
    if not machine.cards:
        return 0
    context = context_length or min(info.context_trained or CONTEXT_DEFAULT, CONTEXT_DEFAULT)
    return plan(shape.read(info.path), machine, context).gpu_layers


def here() -> Machine:
    """The memory of this machine and its cards."""
    cards = [
        Card(each.description or each.name, each.memory_free, each.memory_total)
        for each in native.devices()
        if each.is_gpu
    ]
    return Machine(memory.available(), memory.total(), tuple(cards))
