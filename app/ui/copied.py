"""What a view puts on the clipboard as plain text."""

from __future__ import annotations

from PySide6.QtCore import QMimeData


def as_plain_text(data: QMimeData, text: str) -> QMimeData:
    """`data` with nothing but `text`. data: made by Qt, as `super().createMimeDataFromSelection()`
    is. A clipboard may keep what was copied to the very end of the process, and one that Python
    made then asks an interpreter that is gone: the program crashed when it was quit."""
    data.text()  # else it fills itself in later, with the selection
    data.clear()
    data.setText(text)
    return data
