"""What Loam is made of: versions, parts and their licences.

A package has a list of its parts (`parts.cdx.json`, CycloneDX, written by installer/sbom.py) with
the texts beside it; a checkout asks the packages that are installed.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from app.core import paths

BOM = "parts.cdx.json"
LICENCES = "licences"
_LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice|authors|copyright)", re.IGNORECASE)
_REQUIRED = re.compile(r"^\s*([\w.-]+)")
_MOST_TEXT = 400_000


@dataclass(frozen=True, slots=True)
class Part:
    """Something that Loam uses. kind: 'library' or 'model'; licence: as it names it itself; texts:
    files with its licence."""

    name: str
    version: str
    licence: str
    kind: str = "library"
    texts: tuple[Path, ...] = ()


def version_of(package: str) -> str:
    """An installed package's version, or 'not installed'."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def version() -> str:
    """Loam's own."""
    return version_of("loam")


def parts() -> tuple[Part, ...]:
    """All that Loam uses here: models first, then libraries by name."""
    listed = _listed(paths.program_root() / BOM)
    return listed or (*models(), *libraries(needed("loam")))


def models() -> tuple[Part, ...]:
    """The models that come with Loam."""
    declared = tomllib.loads((paths.bundled_models() / "defaults.toml").read_text("utf-8"))
    return tuple(
        Part(
            Path(one.get("folder") or one["file"]).name.removesuffix(".gguf"),
            one["version"],
            one["licence"],
            "model",
            tuple(sorted((paths.bundled_models() / one.get("folder", "-")).glob("LICENSE*"))),
        )
        for one in (declared["chat"], declared["embedder"])
    )


def needed(package: str) -> set[str]:
    """The names of the installed packages that `package` needs, as written in metadata's form."""
    found: set[str] = set()
    waiting = [package]
    while waiting:
        name = normal(waiting.pop())
        try:
            wants = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        if name not in found:
            found.add(name)
            waiting += [
                match[1]
                for want in wants
                if "extra ==" not in want and (match := _REQUIRED.match(want))
            ]
    return found - {normal(package)}


def libraries(names: set[str]) -> tuple[Part, ...]:
    """The installed packages of these names, in order."""
    found = {}
    for one in metadata.distributions():
        name = normal(one.metadata["Name"])
        if name in names:
            texts = (
                Path(str(one.locate_file(file)))
                for file in one.files or ()
                if ".dist-info" in file.parts[0] and _LICENCE_FILE.search("/".join(file.parts[1:]))
            )
            there = tuple(text for text in texts if text.is_file())
            found[name] = Part(name, one.version, _named(one.metadata), texts=there)
    return tuple(found[name] for name in sorted(found))


def normal(name: str) -> str:
    """A package's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def text_of(part: Part) -> str:
    """The licence texts of a part; '' when none came with it."""
    texts = []
    for file in part.texts:
        try:
            with file.open(encoding="utf-8", errors="replace") as opened:
                texts.append(opened.read(_MOST_TEXT))
        except OSError:
            continue
    return "\n\n".join(texts)


def _named(about: metadata.PackageMetadata) -> str:
    """The licence in a line."""
    for key in ("License-Expression", "License"):
        value = str(about[key] or "").strip() if key in about else ""
        if value and "\n" not in value and len(value) < 100:
            return value
    of_class = [
        value.rsplit("::", 1)[1].strip()
        for value in about.get_all("Classifier") or ()
        if value.startswith("License ::")
    ]
    return ", ".join(of_class) or "see its text"


def _listed(bom: Path) -> tuple[Part, ...]:
    """The parts that a package names, or none where there is no such list."""
    try:
        components = json.loads(bom.read_text("utf-8"))["components"]
        folder = bom.parent / LICENCES
        return tuple(
            Part(
                one["name"],
                one.get("version", ""),
                _licences(one["licenses"]),
                "model" if one["type"] == "machine-learning-model" else "library",
                tuple(sorted(p for p in (folder / one["name"]).glob("*") if p.is_file())),
            )
            for one in components
        )
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _licences(licenses: Sequence[dict[str, dict[str, str] | str]]) -> str:
    names = []
    for one in licenses:
        named = one.get("license")
        if isinstance(named, dict):
            names.append(named.get("id") or named.get("name") or "")
        else:
            names.append(str(one.get("expression", "")))
    return ", ".join(name for name in names if name) or "see its text"
