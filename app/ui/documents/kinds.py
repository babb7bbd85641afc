"""Icons and looks by kind of document."""

from __future__ import annotations

_ICONS = {
    "code": "file-code",
    "docx": "file-text",
    "email": "mail",
    "epub": "book-open",
    "html": "globe",
    "image": "file-text",
    "json": "file-code",
    "markdown": "file-text",
    "notebook": "file-code",
    "odt": "file-text",
    "pdf": "file-text",
    "rst": "file-text",
    "rtf": "file-text",
    "sheet": "file-spreadsheet",
    "slides": "presentation",
    "table": "file-spreadsheet",
    "text": "file-text",
}


def icon_name(kind: str) -> str:
    """Name of the icon for a kind of document."""
    return _ICONS.get(kind, "file")


def is_monospace(kind: str) -> bool:
    """Whether its columns mean something."""
    return kind in ("code", "sheet", "table")
