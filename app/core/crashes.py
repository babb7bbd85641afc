"""Reports of crashes: where the program was when the system ended it, and nothing of a person.

Python's faulthandler writes into a file that is there while the program runs. One that has text
when the next start finds it tells of a crash. It names lines of program code; folders of the
person are taken out when it is read. A child's goes into the file that takes all its native code
prints, and is picked out of there.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import re
from pathlib import Path
from typing import IO

from app.core.errors import LoamError

_log = logging.getLogger(__name__)
_MOST_KEPT = 5
_MOST_CHARACTERS = 20_000
_TOLD_OF_CHILDREN = (
    *("Fatal Python error: ", "Current thread 0x", "Thread 0x", '  File "', "  <no Python frame>"),
    "Extension modules: ",
)
_HOMES = re.compile(r"(/home|/Users|[A-Za-z]:\\Users)([/\\])[^/\\\s\"']+")


class CrashedBefore(LoamError):
    what = "Loam ended unexpectedly the last time."
    do = "What was saved is there. The details are a report without personal text: copy it if you \
want to report the problem."


class CrashWatch:
    """Over a folder of its own. One process of a kind (`name`) at a time."""

    def __init__(self, folder: Path, name: str = "window") -> None:
        self._folder = folder
        self._running = folder / f"running-{name}.txt"
        self._file: IO[str] | None = None

    def start(self) -> None:
        """Watch from now on, after `take_report`. A folder that can't be written costs the reports,
        never the program."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = self._running.with_suffix(".new")
            self._file = new.open("w", encoding="utf-8")
            faulthandler.enable(self._file)
            new.replace(self._running)  # its name says that somebody watches
        except OSError as error:
            _log.warning("Crashes can't be watched: %s", type(error).__name__)

    def take_report(self) -> Path | None:
        """The report of a crash that nobody was told of yet, kept under another name."""
        with contextlib.suppress(OSError):
            return self._put_aside()
        return None

    def stop(self) -> None:
        """The end came as it should."""
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
            self._file = None
            with contextlib.suppress(OSError):
                self._running.unlink()

    def reports(self) -> list[Path]:
        """Kept reports, the newest first."""
        with contextlib.suppress(OSError):
            return sorted(self._folder.glob("crash-*.txt"), reverse=True)
        return []

    def _put_aside(self) -> Path | None:
        try:
            facts = self._running.stat()
        except FileNotFoundError:
            return None
        if facts.st_size == 0:  # the machine went off, or the program was ended from outside
            self._running.unlink()
            return None
        report = self._folder / f"crash-{int(facts.st_mtime)}.txt"
        self._running.replace(report)
        self._drop_old()
        return report

    def keep_of_child(self, printed: Path) -> None:
        """Keep what faulthandler wrote of a child that crashed, and nothing else that its native
        code printed. Safe to repeat; a disk that refuses costs the report."""
        with contextlib.suppress(OSError):
            with printed.open(encoding="utf-8", errors="replace") as file:
                file.seek(max(0, printed.stat().st_size - _MOST_CHARACTERS))
                lines = file.read().splitlines()
            told = [line for line in lines if line.startswith(_TOLD_OF_CHILDREN)]
            if not any(line.startswith(_TOLD_OF_CHILDREN[0]) for line in told):
                return
            name = printed.stem.removesuffix("-native")
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            report = self._folder / f"crash-{int(printed.stat().st_mtime)}-{name}.txt"
            report.write_text("\n".join([f"In {name}", *told]) + "\n", "utf-8")
            self._drop_old()

    def _drop_old(self) -> None:
        for old in self.reports()[_MOST_KEPT:]:
            old.unlink()


def read(report: Path) -> str:
    """A report without the names of a person's folders; '' when it can't be read."""
    try:
        with report.open(encoding="utf-8", errors="replace") as file:
            return without_folders(file.read(_MOST_CHARACTERS))
    except OSError:
        return ""


def without_folders(text: str) -> str:
    """`text` with the home folder as ~ and names of accounts in other paths left out."""
    home = os.path.expanduser("~")  # noqa: PTH111 - it may be no valid path
    if len(home) > 1:
        text = text.replace(home, "~")
    return _HOMES.sub(r"\1\2...", text)
