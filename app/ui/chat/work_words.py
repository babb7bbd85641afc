"""What a service says of its work, in the language of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from app.ui.words import number

if TYPE_CHECKING:
    from app.core.messages import Progress

_SHORT = {"Reading": str(QT_TRANSLATE_NOOP("progress", "Reading the conversation"))}
QT_TRANSLATE_NOOP("progress", "Going through the documents")


def work_words(progress: Progress) -> str:
    """A line about work under way, with percent where they are known."""
    text = _SHORT.get(progress.what, progress.what)
    words = QCoreApplication.translate("progress", text)
    if progress.unit == "passages" and progress.total > 0:
        so_far = QCoreApplication.translate("progress", "{done} of {total} passages")
        done, total = number(int(progress.done)), number(int(progress.total))
        return f"{words}: {so_far.replace('{done}', done).replace('{total}', total)}"
    if progress.total > 0:
        return f"{words} {min(99, round(100 * progress.done / progress.total))} %"
    return words
