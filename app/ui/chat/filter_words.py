"""A filter of documents in words for a person: 'Only: 2 files, PDF, since 1 Mar 2026'."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from app.core.types import SearchFilter
from app.ui import words
from app.ui.documents.kinds import kind_name


def date_words(after: float, before: float) -> str:
    """'since 1 Mar 2026', 'before 1 Apr 2026', '1 Mar 2026 to 31 Mar 2026', '' for any time."""
    if after and before:
        # The last day that counts.
        first, last = _day(after), _day(before - 1)
        if first == last:
            return _tr("of {day}").replace("{day}", first)
        return _tr("{first} to {last}").replace("{first}", first).replace("{last}", last)
    if after:
        return _tr("since {day}").replace("{day}", _day(after))
    return _tr("before {day}").replace("{day}", _day(before)) if before else ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("filter", text)


def _day(moment: float) -> str:
    day = QDateTime.fromSecsSinceEpoch(int(moment)).date()
    return QLocale().toString(day, QLocale.FormatType.ShortFormat)


def filter_words(only: SearchFilter, names: Mapping[int, str]) -> str:
    """What a chip says. names: of files by id, as far as they are known."""
    parts = []
    if len(only.files) == 1 and only.files[0] in names:
        parts.append(names[only.files[0]])
    elif only.files:
        parts.append(words.files(len(only.files)))
    parts += [Path(folder).name or folder for folder in only.folders]
    parts += [kind_name(kind) for kind in only.kinds]
    if when := date_words(only.after, only.before):
        parts.append(when)
    return _tr("Only: {what}").replace("{what}", ", ".join(parts))
