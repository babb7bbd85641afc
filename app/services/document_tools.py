"""Programs beside Loam that read or show documents: which are here, and what is lost without one.

Starts programs, so never on the thread that draws the window.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DocumentTool:
    """found: where it is, empty when it is not here; languages: of text in pictures; lost: what
    can't be done without it, or without more of it; install: the line that gets it on Debian."""

    name: str
    found: str
    languages: tuple[str, ...]
    lost: str
    install: str


def document_tools() -> tuple[DocumentTool, ...]:
    """tesseract and LibreOffice, as they are here."""
    import shutil

    from app.retrieval.loaders import _pages
    from app.services.pictures import picture_languages_here

    seen = picture_languages_here()
    program = shutil.which("tesseract") or ""
    lost = ""
    if not program:
        lost = "Without it scanned pages and pictures of text are listed, but not read"
    elif not seen.installed:
        lost = "It has no language, so scanned pages and pictures are not read"
    office = _pages.program()
    return (
        DocumentTool("tesseract", program, seen.installed, lost, seen.more if lost else ""),
        DocumentTool(
            "LibreOffice",
            office,
            (),
            ""
            if office
            else "Without it office files are read and found, but shown as text, not as pages",
            "" if office else "sudo apt-get install libreoffice-writer libreoffice-impress",
        ),
    )
