"""Parts of a package for any system: models and samples, modes, sizes by component."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import embedder  # beside this file

_COMPONENTS = (
    # The first prefix that fits, below the program's folder, names the component.
    ("Qt and PySide6", ("_internal/PySide6", "_internal/shiboken6")),
    ("llama.cpp", ("_internal/llama_cpp",)),
    ("Models", ("_internal/models",)),
    ("Chroma", ("_internal/chromadb", "_internal/chromadb_rust_bindings")),
    ("NumPy", ("_internal/numpy",)),
    ("Document formats", ("_internal/xberg", "_internal/pypdfium2")),
    ("Samples and icons", ("_internal/resources",)),
    ("Manual, licences, menu entry", ("_internal/licences", "_internal/parts.cdx.json")),
    ("Loam and pure Python", ("loam",)),
)
_PROGRAM = "usr/lib/loam/"


def copy_models(models: Path, target: Path) -> None:
    """The chosen chat model, the model that reads documents as GGUF and the lists; not what the
    chat model was made from."""
    chosen = json.loads((models / "default_chat.json").read_text("utf-8"))["file"]
    target.mkdir(parents=True)
    for name in ("README.md", "catalog.toml", "defaults.toml", "default_chat.json", chosen):
        shutil.copyfile(models / name, target / name)
    embedder.write(models / "all-MiniLM-L6-v2", target / "all-MiniLM-L6-v2")


def copy_tracked(root: Path, folder: str, target: Path) -> None:
    """The files of `folder` that git knows, below `target`; without git, all files."""
    asked = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", folder], capture_output=True, text=True
    )
    names = [name for name in asked.stdout.split("\0") if name]
    if not names:
        names = [str(p.relative_to(root)) for p in (root / folder).rglob("*") if p.is_file()]
    for name in names:
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, place)


def settle_modes(tree: Path) -> None:
    """Everybody may read all, nobody but root may write: whatever the modes were here."""
    program = tree / "usr/lib/loam"
    runs = {
        program / "loam",
        tree / "DEBIAN/postrm",
    }
    tree.chmod(0o755)
    for path in tree.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path in runs else 0o644)


def md5(path: Path) -> str:
    """As dpkg wants it, to find damaged files."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def sizes(tree: Path) -> Counter[str]:
    """Bytes of each component; links count nothing."""
    found: Counter[str] = Counter()
    for path in tree.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        place = path.relative_to(tree).as_posix()
        found[component(place)] += path.stat().st_size
    return found


def component(place: str) -> str:
    """What a file of the package belongs to, by its path."""
    if not place.startswith(_PROGRAM):
        return "Manual, licences, menu entry"
    inside = place.removeprefix(_PROGRAM)
    for name, prefixes in _COMPONENTS:
        if inside.startswith(prefixes):
            return name
    return "Other libraries"


def report(tree: Path, package: Path) -> str:
    """A table of sizes, in units of 10^6 bytes."""
    found = sizes(tree)
    lines = [f"{name:<30}{size / 1e6:>9.1f} MB" for name, size in found.most_common()]
    lines.append(f"{'Installed':<30}{found.total() / 1e6:>9.1f} MB")
    lines.append(f"{'Package':<30}{package.stat().st_size / 1e6:>9.1f} MB  {package.name}")
    return "\n".join(lines) + "\n"
