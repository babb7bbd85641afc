"""Collects the licences of all that is inside the package, in Debian's form and as texts."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.services.about import Part

HEAD = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Loam
Comment: Loam's own code, and below it the parts of others that are inside the package. The texts
 of their licences are in /usr/share/doc/loam/licences, one folder each.

Files: *
Copyright: 2026 Loam contributors
License: Apache-2.0
 On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.

Files: usr/lib/loam/_internal/models/SmolLM2-*
Copyright: Hugging Face
License: Apache-2.0
Comment: SmolLM2-135M-Instruct, written again in another type of numbers.

Files: usr/lib/loam/_internal/models/all-MiniLM-L6-v2/*
Copyright: the authors of sentence-transformers
License: Apache-2.0
Comment: all-MiniLM-L6-v2, written again as GGUF.

Files: usr/lib/loam/_internal/resources/icons/*
Copyright: Lucide Icons and contributors
License: ISC
 The text is beside the icons, in LICENSE.

Files: usr/lib/loam/_internal/libpython* usr/lib/loam/_internal/base_library.zip
Copyright: Python Software Foundation
License: PSF-2.0
 The text is in /usr/share/doc/loam/licences/python.

Files: usr/lib/loam/loam
Copyright: PyInstaller development team
License: GPL-2+ with bootloader exception
 The exception lets programs of any licence be packed. GPL-2 is in /usr/share/common-licenses/GPL-2.

Files: usr/lib/loam/_internal/PySide6/*
Copyright: The Qt Company and others
License: LGPL-3
 Qt and PySide6 are used unchanged, as shared libraries that can be replaced. The full text is in
 /usr/share/common-licenses/LGPL-3.
"""


def write(parts: tuple[Part, ...], folder: Path) -> None:
    """Put the texts into `folder`, one folder a part."""
    for part in parts:
        place = folder / part.name
        for number, text in enumerate(part.texts):
            place.mkdir(parents=True, exist_ok=True)
            target = place / text.name
            if target.exists():
                target = place / f"{number}-{text.name}"
            shutil.copyfile(text, target)


def copyright_file(parts: tuple[Part, ...]) -> str:
    """What Debian calls a package's copyright file."""
    stanzas = [
        f"Files: {part.name} {part.version}\nCopyright: see licences/{part.name}\n"
        f"License: {part.licence}\n"
        for part in parts
    ]
    return "\n".join([HEAD, *stanzas])
