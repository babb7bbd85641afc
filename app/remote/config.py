"""What the child that talks to servers is told at its start. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

WORKER = "app.remote.worker:Worker"


@dataclass(frozen=True, slots=True)
class RemoteConfig:
    """Seconds: `connect` until a connection stands; `first` until the first word of an answer,
    which may wait for a model to be loaded and a long prompt to be read; `silence` between two
    pieces of it; `listing` for a question about the server itself."""

    connect: float = 10.0
    first: float = 600.0
    silence: float = 120.0
    listing: float = 15.0
