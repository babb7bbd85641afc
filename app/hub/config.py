"""What the hub's child is told at its start. Imports nothing heavy: the window loads this."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_ADDRESS = "https://huggingface.co"
WORKER = "app.hub.worker:Worker"


@dataclass(frozen=True, slots=True)
class HubConfig:
    """address: the hub or a mirror of it, without a slash at the end; proxy: an address, or empty
    for what the system uses."""

    address: str = DEFAULT_ADDRESS
    proxy: str = ""
