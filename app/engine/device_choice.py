"""Asks every kind of device in `backends/`: what there is, and where a model should run."""

from __future__ import annotations

from typing import cast

from app.core import plugins
from app.core.messages import DeviceList
from app.core.types import ModelInfo
from app.engine import native
from app.engine.devices import Backend
from app.engine.native import lib


def backends() -> list[Backend]:
    """All kinds, in order of name."""
    return cast("list[Backend]", plugins.find("app.engine.backends", "BACKEND"))


def report() -> DeviceList:
    """What this machine and this build of llama.cpp offer."""
    devices = native.devices()
    described = [entry for backend in backends() for entry in backend.describe(devices)]
    version = lib.llama_version().decode()
    return DeviceList(tuple(described), version, lib.llama_print_system_info().decode().strip())


def gpu_layers(info: ModelInfo) -> int:
    """How many layers of a model go to a graphics card when a person leaves it to us."""
    devices = native.devices()
    usable = [b for b in backends() if b.mine(devices)]
    return max((b.default_gpu_layers(info, devices) for b in usable), default=0)
