"""What a service says of its work, in the language of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

if TYPE_CHECKING:
    from app.core.messages import Progress


_SHORT = {"Reading": str(QT_TRANSLATE_NOOP("progress", "Reading the conversation"))}


def work_words(progress: Progress) -> str:
    """A line about work under way, with percent where they are known."""
    text = _SHORT.get(progress.what, progress.what)
    words = QCoreApplication.translate("progress", text)
    if progress.total > 0:
        return f"{words} {min(99, round(100 * progress.done / progress.total))} %"
    return words
