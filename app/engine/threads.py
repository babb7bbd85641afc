"""How many processor threads a model should use: one a physical core that this process may use.

Two threads on one core only wait for each other in matrix products. A container's quota counts
too: threads beyond it are paused in the middle of every product.
"""

from __future__ import annotations

import os
from pathlib import Path


def usable_cores() -> int:
    """Physical cores, at least 1. Where the system does not say, all logical ones."""
    if hasattr(os, "sched_getaffinity"):
        allowed = os.sched_getaffinity(0)
    else:
        allowed = set(range(os.cpu_count() or 1))
    siblings = {_siblings(cpu) for cpu in allowed}
    return max(1, min(len(siblings), _quota()))


def _siblings(cpu: int) -> str:
    file = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return str(cpu)


def _quota() -> int:
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return max(1, -(-int(quota) // int(period)))
    except (OSError, ValueError):
        return 1 << 16
