"""Which of Debian's packages a folder of programs and libraries needs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

_FOLDERS = (Path("/usr/lib/x86_64-linux-gnu"), Path("/lib/x86_64-linux-gnu"))
_NEEDED = re.compile(r"\(NEEDED\).*\[(.+)\]")
_OPTIONAL = re.compile(r"libqgtk3\.so$")
"""Plug-ins that Qt does without when their libraries are not installed."""


def packages(program: Path) -> set[str]:
    """Names of the packages. Errors: LookupError for a library that no package has."""
    files = [path for path in program.rglob("*") if not path.is_symlink() and _is_elf(path)]
    inside = {path.name for path in program.rglob("*")}
    wanted: dict[str, Path] = {}
    for file in files:
        if not _OPTIONAL.search(file.name):
            for name in needed(file):
                wanted.setdefault(name, file)
    return {_package(name, file) for name, file in wanted.items() if name not in inside}


def needed(file: Path) -> list[str]:
    """The libraries that an ELF file names itself."""
    asked = subprocess.run(["readelf", "-d", str(file)], capture_output=True, text=True, check=True)
    return _NEEDED.findall(asked.stdout)


def _is_elf(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _package(name: str, wanted_by: Path) -> str:
    # Debian 12 keeps /lib as a link; packages know their files under either name.
    for folder in _FOLDERS:
        found = (folder / name).resolve().name if (folder / name).exists() else name
        for known in (name, found):
            asked = subprocess.run(
                ["dpkg", "-S", str(folder / known)], capture_output=True, text=True
            )
            if asked.returncode == 0:
                return asked.stdout.split(":", 1)[0]
    raise LookupError(f"No Debian package has {name}, which {wanted_by} needs")
