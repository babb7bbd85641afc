"""What a report of a fault needs, with nothing of a person in it.

Versions, devices, settings that differ from the defaults, the kinds of the last errors and the
last crash. No names of files, folders, models or accounts, no addresses, no text of chats or
documents: what a person typed is only told to be there.
"""

from __future__ import annotations

import dataclasses
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.core import crashes, errors, lazy, memory
from app.core.declared import declarations
from app.core.errors import LoamError
from app.core.messages import DeviceList
from app.core.process import Cancel
from app.core.settings import Settings
from app.services.about import version, version_of

if TYPE_CHECKING:
    from app.services.assemble import Loam

PACKAGES = (
    "llama-cpp-python",
    "pyside6",
    "chromadb",
    "sentence-transformers",
    "torch",
    "tokenizers",
    "numpy",
    "pypdfium2",
    "xberg",
)
_SHOWN = re.compile(r"^(\S+ \S+),\d+ \d+ \S+ WARNING Shown: (\w+):")
_LOG_END = 200_000
_MOST_ERRORS = 20
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\w+://\S+")
_GB = 10**9


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """sections: lines under a heading, in the order in which they are read."""

    sections: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def text(self) -> str:
        """All of it, as it is copied."""
        return "\n\n".join(
            "\n".join([heading, *(f"  {line}" for line in lines)])
            for heading, lines in self.sections
        )


def collect(loam: Loam, cancel: Cancel | None = None) -> Iterator[Diagnostics]:
    """One Diagnostics; starts the engine to ask for devices when it does not run."""
    logs = loam.profile.logs
    sections = [
        ("Loam", _program()),
        ("Machine", _machine(loam.profile.root)),
        ("Devices", _devices(loam, cancel)),
        ("Packages", tuple(f"{name} {version_of(name)}" for name in PACKAGES)),
        ("Settings that were changed", _settings(loam.settings.current) or ("none",)),
        ("Last errors shown", last_errors(logs) or ("none",)),
        ("Last crash", last_crash(logs) or ("none",)),
    ]
    yield Diagnostics(tuple(sections))


def watch(logs: Path) -> crashes.CrashWatch:
    """The crash reports of a profile."""
    return crashes.CrashWatch(logs / "crashes")


def last_crash(logs: Path) -> tuple[str, ...]:
    """The newest report, or nothing; a child's as well, which wrote it where it prints."""
    for printed in logs.glob("*-native.log"):
        watch(logs).keep_of_child(printed)
    kept = watch(logs).reports()
    return tuple(crashes.read(kept[0]).splitlines()) if kept else ()


def last_errors(logs: Path) -> tuple[str, ...]:
    """When the last errors were shown, and of what kind they were."""
    lazy.load_all(errors)
    known = _kinds(LoamError)
    found = []
    for file in (logs / "window.log", logs / "terminal.log"):
        for line in _end_of(file):
            match = _SHOWN.match(line)
            if match and match[2] in known:
                found.append(f"{match[1]} {match[2]}")
    return tuple(sorted(found)[-_MOST_ERRORS:])


def _program() -> tuple[str, ...]:
    packed = "package" if getattr(sys, "frozen", False) else "source checkout"
    return (f"Loam {version()} ({packed})", f"Python {platform.python_version()}")


def _machine(data: Path) -> tuple[str, ...]:
    lines = [
        platform.platform(),
        f"{_processor()}, {os.cpu_count()} cores",
        f"memory: {memory.available() / _GB:.1f} of {memory.total() / _GB:.1f} GB free",
        f"screen: {os.environ.get('XDG_SESSION_TYPE', '') or 'not known'}",
    ]
    try:
        lines.append(f"data disk: {shutil.disk_usage(data).free / _GB:.1f} GB free")
    except OSError as error:
        lines.append(f"data disk: {type(error).__name__}")
    return tuple(lines)


def _devices(loam: Loam, cancel: Cancel | None) -> tuple[str, ...]:
    lines: list[str] = []
    try:
        for event in loam.models.devices(cancel):
            if isinstance(event, DeviceList):
                lines.append(f"llama.cpp {event.llama_version}")
                lines += [
                    f"{each.name}: {'ready' if each.available else f'not used, {each.why_not}'}"
                    for each in event.devices
                ]
    except LoamError as error:
        lines.append(f"could not be asked: {type(error).__name__}")
    return tuple(_ADDRESS.sub("[address]", crashes.without_folders(line)) for line in lines)


def _settings(current: Settings) -> tuple[str, ...]:
    defaults, declared = Settings(), declarations(Settings)
    lines = []
    for field in dataclasses.fields(current):
        value, default = getattr(current, field.name), getattr(defaults, field.name)
        if field.name not in declared or value == default:
            continue
        # What a person typed may be a path, an address, a key.
        typed = type(value) is str
        lines.append(f"{field.name}: {'its own text' if typed else value}")
    return tuple(lines)


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _kinds(kind: type[LoamError]) -> set[str]:
    """The names of an error and all errors below it."""
    return {kind.__name__}.union(*(_kinds(below) for below in kind.__subclasses__()))


def _end_of(file: Path) -> list[str]:
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, file.stat().st_size - _LOG_END))
            return opened.read(_LOG_END).decode("utf-8", "replace").splitlines()
    except OSError:
        return []
