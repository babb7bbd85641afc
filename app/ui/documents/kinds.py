"""Icons and looks by kind of document."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

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


def kind_name(kind: str) -> str:
    """What a person calls a kind of document; other files go by their ending."""
    tr = QCoreApplication.translate
    names = {
        "code": tr("kinds", "Source code"),
        "doc": tr("kinds", "Word"),
        "docx": tr("kinds", "Word"),
        "email": tr("kinds", "Mail"),
        "epub": tr("kinds", "Book (EPUB)"),
        "html": tr("kinds", "Web page"),
        "image": tr("kinds", "Picture"),
        "json": tr("kinds", "JSON"),
        "markdown": tr("kinds", "Markdown"),
        "notebook": tr("kinds", "Notebook"),
        "odt": tr("kinds", "OpenDocument text"),
        "pdf": tr("kinds", "PDF"),
        "rst": tr("kinds", "reStructuredText"),
        "rtf": tr("kinds", "Rich text"),
        "sheet": tr("kinds", "Spreadsheet"),
        "slides": tr("kinds", "Slides"),
        "table": tr("kinds", "Table (CSV)"),
        "text": tr("kinds", "Plain text"),
    }
    return names.get(kind) or kind.upper() or tr("kinds", "Other")
