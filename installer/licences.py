"""Collects the licences of all that is inside the package.

Every installed package is asked, save those that only build: what is asked too much about does no
harm, what is left out would.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from bundle import LEFT_OUT

_BUILDERS = {"loam", "pip", "setuptools", "wheel", "pyinstaller-hooks-contrib", "altgraph", "build"}
_LICENCE = re.compile(r"(licen[cs]e|copying|notice|authors|copyright)", re.IGNORECASE)

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


@dataclass(frozen=True, slots=True)
class Part:
    """A package that is inside. licence: as it names it itself; files: its licence texts."""

    name: str
    version: str
    licence: str
    files: tuple[Path, ...]


def parts() -> Iterator[Part]:
    """The packages of the environment that runs this, by name."""
    left_out = _BUILDERS | {name.lower().replace("_", "-") for name in LEFT_OUT if "." not in name}
    known = {}
    for found in metadata.distributions():
        name = found.metadata["Name"].lower().replace("_", "-")
        if name not in left_out:
            known[name] = found
    for name, found in sorted(known.items()):
        about = found.metadata
        texts = (
            Path(str(found.locate_file(file)))
            for file in found.files or ()
            if ".dist-info" in file.parts[0] and _LICENCE.search("/".join(file.parts[1:]))
        )
        yield Part(
            name, found.version, _named(about), tuple(path for path in texts if path.is_file())
        )


def _named(about: metadata.PackageMetadata) -> str:
    """The licence in a line."""
    for key in ("License-Expression", "License"):
        value = (about.get(key) or "").strip()
        if value and "\n" not in value and len(value) < 100:
            return str(value)
    of_class = [
        value.rsplit("::", 1)[1].strip()
        for value in about.get_all("Classifier") or ()
        if value.startswith("License ::")
    ]
    return ", ".join(of_class) or "see the text"


def write(bundle: Path, root: Path, docs: Path) -> None:
    """Put `copyright` and the folder `licences` into `docs`. bundle: the folder that was built;
    root: the source's."""
    folder = docs / "licences"
    stanzas = [HEAD]
    for part in parts():
        place = folder / part.name
        for number, text in enumerate(part.files):
            place.mkdir(parents=True, exist_ok=True)
            target = place / text.name
            shutil.copyfile(
                text, target if not target.exists() else place / f"{number}-{text.name}"
            )
        stanzas.append(
            f"Files: {part.name} {part.version}\nCopyright: see licences/{part.name}\n"
            f"License: {part.licence}\n"
        )
    folder.mkdir(parents=True, exist_ok=True)
    (docs / "copyright").write_text("\n".join(stanzas), "utf-8")
    _python(folder / "python")


def _python(folder: Path) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for text in (
        Path(sys.base_prefix) / "lib" / version / "LICENSE.txt",
        Path(f"/usr/share/doc/{version}/copyright"),
    ):
        if text.is_file():
            folder.mkdir()
            shutil.copyfile(text, folder / "LICENSE")
            return
    raise FileNotFoundError("Python's own licence")
