"""The engine's child with little room: a limit of the system on its memory."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from pathlib import Path

from app.engine.config import EngineConfig
from app.engine.worker import Worker as Real


@dataclass(frozen=True, slots=True)
class TightConfig(EngineConfig):
    """room: bytes of address space beyond what the child has when it stands."""

    room: int = 0


class Worker(Real):
    """Its templates are started first: their process is not what is tested."""

    def __init__(self, config: TightConfig) -> None:
        super().__init__(config)
        self._templates.start()
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + config.room
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
