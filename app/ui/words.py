"""Numbers, times and states in words for a person, in the language of the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale

from app.core import types

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def _tr(text: str, number: int = -1) -> str:
    return QCoreApplication.translate("words", text, None, number)


def number(value: int) -> str:
    """1,234 as the person's country writes it."""
    return QLocale().toString(value)


def size(count: int) -> str:
    """A file size: '1.4 MB'."""
    value = float(count)
    unit = 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value /= 1000
        unit += 1
    digits = 0 if unit == 0 or value >= 100 else 1
    return f"{QLocale().toString(value, 'f', digits)} {_UNITS[unit]}"


def parameters(count: int) -> str:
    """How large a model is: '135 million', '1.1 billion'."""
    if count >= 1_000_000_000:
        return _tr("{n} billion").replace("{n}", QLocale().toString(count / 1e9, "f", 1))
    return _tr("{n} million").replace("{n}", number(round(count / 1e6)))


def time_left(seconds: float) -> str:
    """'about 4 min left'."""
    if seconds < 8:
        return _tr("a few seconds left")
    if seconds < 55:
        return _tr("about {n} s left").replace("{n}", str(round(seconds / 10) * 10 or 10))
    if seconds < 55 * 60:
        return _tr("about {n} min left").replace("{n}", str(max(1, round(seconds / 60))))
    return _tr("about {n} h left").replace("{n}", str(max(1, round(seconds / 3600))))


def about(seconds: float) -> str:
    """'about 4 min'."""
    if seconds < 55:
        return _tr("less than a minute")
    if seconds < 55 * 60:
        return _tr("about {n} min").replace("{n}", str(max(1, round(seconds / 60))))
    return _tr("about {n} h").replace("{n}", str(max(1, round(seconds / 3600))))


def files(count: int) -> str:
    """'1 file', '1,200 files'."""
    return _tr("1 file") if count == 1 else _tr("{n} files").replace("{n}", number(count))


def paths(chosen: Sequence[str]) -> str:
    """What was dropped or chosen: '3 files', 'the folder “Bills”', '2 files and folders'."""
    if not any(Path(path).is_dir() for path in chosen):
        return files(len(chosen))
    if len(chosen) == 1:
        return _tr("the folder “{name}”").replace("{name}", Path(chosen[0]).name)
    return _tr("{n} files and folders").replace("{n}", number(len(chosen)))


def nothing_in(chosen: Sequence[str]) -> str:
    """What is said when no file was read of what was dropped or chosen."""
    text = _tr("Nothing that Loam can read was found in {n}.")
    return text.replace("{n}", paths(chosen))


def pages(count: int) -> str:
    """'1 page', '12 pages'."""
    return _tr("1 page") if count == 1 else _tr("{n} pages").replace("{n}", number(count))


def passages(count: int) -> str:
    """'1 passage', '87 passages'."""
    return _tr("1 passage") if count == 1 else _tr("{n} passages").replace("{n}", number(count))


def state(which: types.FileState, detail: str = "", part: float = -1.0) -> str:
    """Where a document stands; `detail` says why, or what was left out of one that is ready;
    `part` how much of it is read (0 to 1; negative: unknown)."""
    words = {
        types.FileState.WAITING: _tr("Waiting"),
        types.FileState.READING: _tr("Reading"),
        types.FileState.READY: _tr("Ready"),
        types.FileState.EXCLUDED: _tr("Left out of searches"),
        types.FileState.EMPTY: _tr("No text found"),
        types.FileState.SCANNED: _tr("Scanned, not read"),
        types.FileState.PASSWORD: _tr("Password needed"),
        types.FileState.FAILED: _tr("Failed"),
    }[which]
    if which is types.FileState.READING and part >= 0:
        return _tr("Reading {n} %").replace("{n}", str(min(99, round(100 * part))))
    if detail and which is not types.FileState.READING:
        return f"{words}: {detail}"
    return words
