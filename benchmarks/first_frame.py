r"""From exec to the first frame on the screen: a package against a source checkout.

    xvfb-run -s '-screen 0 1280x800x24' \
        python benchmarks/first_frame.py NAME=PROGRAM ... [--rounds 7]

PROGRAM: what starts Loam, as one word for the shell: /usr/bin/loam, '.venv/bin/python -m app'. They
take turns, each with a profile that was welcomed already. The screen is watched from outside: the
first frame is when its middle is no longer what the bare screen shows, the window is when most of
the screen is not. 'cold' rounds first put the program's own files out of the system's memory, as
after the machine was switched on (root is not needed; other programs keep what they use).
Processor time is of the process until that moment. Medians go to
benchmarks/results/first_frame.json. To reach: 0.5 s to the first frame.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks/results/first_frame.json"
_PATIENCE_S = 60.0
_TICK = os.sysconf("SC_CLK_TCK")
_WIDE = 0.12
"""Where the window is and a splash is not, as a part of the screen's width and height."""


@dataclass(frozen=True)
class Took:
    """Seconds from exec and of processor time, to the first frame and to the window."""

    frame: float
    frame_processor: float
    window: float
    window_processor: float


class Screen:
    """Two pixels of the screen of $DISPLAY. Errors: OSError when there is none."""

    def __init__(self) -> None:
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = x11.XGetImage.restype = ctypes.c_void_p
        x11.XDefaultRootWindow.restype = x11.XGetPixel.restype = ctypes.c_ulong
        self._x11, self._display = x11, ctypes.c_void_p(x11.XOpenDisplay(None))
        if not self._display:
            raise OSError("no screen")
        self._root = ctypes.c_ulong(x11.XDefaultRootWindow(self._display))
        self._size = [ask(self._display, 0) for ask in (x11.XDisplayWidth, x11.XDisplayHeight)]

    def middle(self) -> int:
        """The colour in the middle: a splash or the window."""
        return self._colour(0.5)

    def edge(self) -> int:
        """The colour nearer to a corner: the window."""
        return self._colour(_WIDE)

    def _colour(self, part: float) -> int:
        place = [round(size * part) for size in self._size]
        everything, pixmap = ctypes.c_ulong(2**32 - 1), 2
        image = ctypes.c_void_p(
            self._x11.XGetImage(self._display, self._root, *place, 1, 1, everything, pixmap)
        )
        colour = int(self._x11.XGetPixel(image, 0, 0))
        self._x11.XDestroyImage(image)
        return colour


def processor_s(pid: int) -> float:
    """What a process and the children that it waited for have used so far."""
    words = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return sum(int(word) for word in words[11:15]) / _TICK


def put_out(folder: Path) -> None:
    """Take the files of a program out of the system's memory, so far as nobody has them open."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def start(command: list[str], profile: Path, screen: Screen) -> Took:
    """Starts a program and closes it again when its window is there."""
    bare = screen.middle(), screen.edge()
    begun = time.monotonic()
    env = {**os.environ, "QT_QPA_PLATFORM": "xcb"}
    program = subprocess.Popen(
        [*command, "--profile", str(profile)], env=env, stderr=subprocess.DEVNULL
    )
    found: list[float] = []
    try:
        for ask, empty in ((screen.middle, bare[0]), (screen.edge, bare[1])):
            while ask() == empty:
                if program.poll() is not None or time.monotonic() - begun > _PATIENCE_S:
                    raise RuntimeError(f"{command[0]} shows nothing ({program.poll()})")
                time.sleep(0.002)
            found += time.monotonic() - begun, processor_s(program.pid)
    finally:
        program.terminate()
        program.wait(_PATIENCE_S)
    while (screen.middle(), screen.edge()) != bare:
        time.sleep(0.05)
    return Took(*found)


def measure(
    programs: dict[str, list[str]], folders: dict[str, list[Path]], rounds: int
) -> dict[str, Any]:
    """Medians of each program, warm and cold."""
    screen = Screen()
    found: dict[str, dict[str, list[Took]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, command in programs.items():
            (Path(scratch) / name).mkdir()
            (Path(scratch) / name / "settings.json").write_text('{"welcomed": true}', "utf-8")
            start(command, Path(scratch) / name, screen)  # the profile is made
        for number in range(rounds):
            for kind in ("warm", "cold"):
                for name in sorted(programs, reverse=bool(number % 2)):
                    if kind == "cold":
                        for folder in folders[name]:
                            put_out(folder)
                    took = start(programs[name], Path(scratch) / name, screen)
                    found.setdefault(name, {}).setdefault(kind, []).append(took)
    return {
        name: {kind: _medians(rows) for kind, rows in kinds.items()}
        for name, kinds in found.items()
    }


def _medians(rows: list[Took]) -> dict[str, float]:
    return {
        f"{field}_s": round(statistics.median(getattr(row, field) for row in rows), 3)
        for field in Took.__dataclass_fields__
    }


def folders_of(command: list[str]) -> list[Path]:
    """Where the files of a program are: beside it, or the checkout and its environment."""
    program = Path(command[0])
    if program.name.startswith("python"):
        return [ROOT / "app", ROOT / "resources", program.parents[1] / "lib"]
    return [program.resolve().parent]


def main() -> int:
    """Measure, print and write; gives the exit code."""
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("programs", nargs="+", metavar="NAME=PROGRAM")
    words.add_argument("--rounds", type=int, default=7)
    words.add_argument("--out", type=Path, default=RESULT)
    given = words.parse_args()
    pairs = (each.partition("=") for each in given.programs)
    programs = {name: shlex.split(program) for name, _, program in pairs}
    folders = {name: folders_of(command) for name, command in programs.items()}
    found = {"rounds": given.rounds, "load": os.getloadavg()[0], "priority": os.nice(0)}
    found |= measure(programs, folders, given.rounds)
    given.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
