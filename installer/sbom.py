"""The list of what is inside a package (CycloneDX 1.5), with versions and licences.

It goes into the package, whose About box reads it (app/services/about.py), and beside it.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import sys
import uuid
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from app.services import about

TOOLCHAIN = {"loam", "pip", "setuptools", "wheel", "altgraph", "pyinstaller-hooks-contrib"}
"""Never inside, whatever is found of them."""
_SHORT = {"MIT", "ISC", "Zlib", "0BSD", "Unlicense"}
_SPDX = re.compile(r"[A-Z][A-Za-z0-9]*(-[A-Za-z0-9.]+)+")


def inside(bundle: Path) -> tuple[about.Part, ...]:
    """The Python packages of which the program that PyInstaller built has a module or a file."""
    from PyInstaller.archive.readers import CArchiveReader

    names = ("loam", "loam.exe", "Contents/MacOS/loam")
    program = next(bundle / name for name in names if (bundle / name).is_file())
    archive = CArchiveReader(str(program)).open_embedded_archive("PYZ.pyz")
    found = {name.split(".")[0] for name in archive.toc}
    for folder in (bundle / "_internal", bundle / "Contents/Frameworks"):
        if folder.is_dir():
            found |= {path.name.split(".")[0] for path in folder.iterdir()}
    owners = metadata.packages_distributions()
    packages = {about.normal(owner) for name in found for owner in owners.get(name, ())}
    return about.libraries(packages - TOOLCHAIN)


def others() -> tuple[about.Part, ...]:
    """What is inside and is no package of pip's."""
    return (
        about.Part("python", platform.python_version(), "PSF-2.0", texts=_python()),
        about.Part("lucide-icons", "", "ISC", texts=(_root() / "resources/icons/LICENSE",)),
    )


def document(parts: tuple[about.Part, ...], models: Path, version: str, moment: datetime) -> str:
    """CycloneDX as JSON. models: the folder of the package's models, whose files are hashed."""
    body = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": moment.isoformat(timespec="seconds"),
            "component": {
                "type": "application",
                "bom-ref": f"loam@{version}",
                "name": "loam",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
        },
        "components": [
            *(_model(part, models) for part in about.models()),
            *(_library(part) for part in parts),
        ],
    }
    # The same for the same contents, as reproducible builds want it.
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(body, sort_keys=True))
    return json.dumps({"serialNumber": f"urn:uuid:{serial}", **body}, indent=1) + "\n"


def _library(part: about.Part) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": f"{part.name}@{part.version}",
        "name": part.name,
        **({"version": part.version} if part.version else {}),
        "licenses": [_licence(part.licence)],
        **({"purl": f"pkg:pypi/{part.name}@{part.version}"} if _is_pips(part) else {}),
    }


def _model(part: about.Part, models: Path) -> dict[str, Any]:
    stem = part.name.split(".")[0]
    files = sorted(models.glob(f"{stem}*.gguf")) + sorted(models.glob(f"{stem}/*.gguf"))
    return {
        "type": "machine-learning-model",
        "bom-ref": f"{part.name}@{part.version}",
        "name": part.name,
        "version": part.version,
        "licenses": [_licence(part.licence)],
        "components": [
            {
                "type": "file",
                "name": file.relative_to(models).as_posix(),
                "hashes": [{"alg": "SHA-256", "content": _sha256(file)}],
            }
            for file in files
        ],
    }


def _licence(named: str) -> dict[str, Any]:
    """As SPDX where it is SPDX, else the words that were found."""
    words = re.sub(r"\b(AND|OR|WITH)\b|[()]", " ", named).split()
    if words and all(word in _SHORT or _SPDX.fullmatch(word) for word in words):
        return {"license": {"id": named}} if words == [named] else {"expression": named}
    return {"license": {"name": named}}


def _is_pips(part: about.Part) -> bool:
    return about.version_of(part.name) == part.version


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _root() -> Path:
    return Path(__file__).resolve().parents[1]


def _python() -> tuple[Path, ...]:
    """Python's own licence. Errors: FileNotFoundError."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for text in (
        Path(sys.base_prefix) / "lib" / version / "LICENSE.txt",
        Path(sys.base_prefix) / "LICENSE.txt",  # Windows
        Path(f"/usr/share/doc/{version}/copyright"),
    ):
        if text.is_file():
            return (text,)
    raise FileNotFoundError("Python's own licence")
