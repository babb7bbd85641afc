"""How much main memory this machine has and how much of it is free, in bytes."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def available() -> int:
    """What can be used without pushing others out; where the system does not say, two thirds of
    all there is."""
    found = [size for size in (_meminfo("MemAvailable"), _windows()[0]) if size]
    room = found[0] if found else total() * 2 // 3
    limit, used = _cgroup()
    return min(room, max(0, limit - used)) if limit else room


def total() -> int:
    """All memory that this process may use; 0 where the system does not say."""
    size = _meminfo("MemTotal") or _windows()[1] or _pages()
    limit, _ = _cgroup()
    return min(size, limit) if limit and size else size


def _meminfo(name: str) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
    return 0


def _cgroup() -> tuple[int, int]:
    """(limit, used) of a container; (0, 0) without one. File caches are given back when asked
    for, so they don't count as used."""
    with contextlib.suppress(OSError, ValueError):
        limit = int((_CGROUP / "memory.max").read_text(encoding="ascii"))
        used = int((_CGROUP / "memory.current").read_text(encoding="ascii"))
        stat = (_CGROUP / "memory.stat").read_text(encoding="ascii").split()
        return limit, max(0, used - int(stat[stat.index("inactive_file") + 1]))
    return 0, 0


def _pages() -> int:
    with contextlib.suppress(AttributeError, ValueError, OSError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 0


if sys.platform == "win32":
    import ctypes

    class _Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            ("total", ctypes.c_ulonglong),
            ("available", ctypes.c_ulonglong),
            ("rest", ctypes.c_ulonglong * 5),
        )

    def _windows() -> tuple[int, int]:
        status = _Status(length=ctypes.sizeof(_Status))
        ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        return status.available, status.total

else:

    def _windows() -> tuple[int, int]:
        return 0, 0
