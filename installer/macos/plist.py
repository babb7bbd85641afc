"""What macOS is told of Loam: its name, and that it opens GGUF files."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import versions

IDENTIFIER = "invalid.loam.Loam"
"""Reversed domain of the project, which has none yet; to be set once, before the first release."""
VERSION = versions.version()
_KIND = "org.ggml.gguf"
INFO = {
    "CFBundleDisplayName": "Loam",
    "CFBundleShortVersionString": VERSION,
    "LSMinimumSystemVersion": "13.0",
    "LSApplicationCategoryType": "public.app-category.productivity",
    "NSHighResolutionCapable": True,
    "NSHumanReadableCopyright": "Loam contributors, Apache-2.0",
    "CFBundleDocumentTypes": [
        {
            "CFBundleTypeName": "Language model",
            "CFBundleTypeRole": "Viewer",
            "LSHandlerRank": "Alternate",
            "LSItemContentTypes": [_KIND],
        }
    ],
    "UTImportedTypeDeclarations": [
        {
            "UTTypeIdentifier": _KIND,
            "UTTypeDescription": "Language model (GGUF)",
            "UTTypeConformsTo": ["public.data"],
            "UTTypeTagSpecification": {"public.filename-extension": ["gguf"]},
        }
    ],
}
