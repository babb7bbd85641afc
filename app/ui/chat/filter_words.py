"""A filter of documents in words for a person: 'Only: 2 files, PDF, since 1 Mar 2026'."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from app.core.types import SearchFilter
from app.ui import words
from app.ui.documents.kinds import kind_name


def since_words(after: float) -> str:
    """'since 1 Mar 2026'."""
    day = QDateTime.fromSecsSinceEpoch(int(after)).date()
    text = QCoreApplication.translate("filter", "since {day}")
    return text.replace("{day}", QLocale().toString(day, QLocale.FormatType.ShortFormat))


def filter_words(only: SearchFilter, names: Mapping[int, str]) -> str:
    """What a chip says. names: of files by id, as far as they are known."""
    parts = []
    if len(only.files) == 1 and only.files[0] in names:
        parts.append(names[only.files[0]])
    elif only.files:
        parts.append(words.files(len(only.files)))
    parts += [Path(folder).name or folder for folder in only.folders]
    parts += [kind_name(kind) for kind in only.kinds]
    if only.after:
        parts.append(since_words(only.after))
    if only.before:
        until = QCoreApplication.translate("filter", "until {day}")
        parts.append(until.replace("{day}", since_words(only.before).split(" ", 1)[-1]))
    text = QCoreApplication.translate("filter", "Only: {what}")
    return text.replace("{what}", ", ".join(parts))
