"""How much memory there is, how much this process holds, and how much a run will need."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from app.engine import native

_CGROUP = Path("/sys/fs/cgroup")


def held() -> int:
    """Bytes of memory that this process holds now; 0 where the system doesn't say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def available() -> int:
    """Bytes that can be used without pushing others out. Where the system doesn't say: half of
    all memory."""
    room = _meminfo()
    limit = _cgroup_room()
    if room and limit:
        return min(room, limit)
    if room or limit:
        return room or limit
    return next((d.memory_total // 2 for d in native.devices() if not d.is_gpu), 0)


def _meminfo() -> int:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvail"))
    except (OSError, ValueError, StopIteration):
        return 0


def _cgroup_room() -> int:
    with contextlib.suppress(OSError, ValueError):
        limit = int((_CGROUP / "memory.max").read_text(encoding="ascii"))
        used = int((_CGROUP / "memory.current").read_text(encoding="ascii"))
        return max(0, limit - used)
    return 0
