"""What goes into the packaged program and what does not; `loam.spec` asks.

PyInstaller names a file as (place in the bundle, file here, kind); so do these functions.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

Entry = tuple[str, str, str]

LEFT_OUT = (
    # Chroma's server, telemetry to a cloud and its default embedder, which would be downloaded.
    "kubernetes",
    "onnxruntime",
    "uvloop",
    # What a checkout embeds with; a package has the same model as GGUF (embedder.py).
    "torch",
    "functorch",
    "transformers",
    "sentence_transformers",
    "sklearn",
    "scipy",
    # Notebooks, plots, tests and tables that libraries use when they find them.
    "IPython",
    "matplotlib",
    "pandas",
    "pytest",
    "tkinter",
    "peft",
    "mypy",
    "setuptools",
    "pip",
    "PyInstaller",
)
"""Modules that nothing in Loam reaches."""

METADATA = (
    # Read while the program runs, for `loam --version`, `loam system` and checks of versions.
    "loam",
    "llama_cpp_python",
    "chromadb",
    "huggingface_hub",
    "tokenizers",
    "numpy",
    "tqdm",
    "packaging",
    "filelock",
    "pyyaml",
    "PySide6",
    "keyring",
    "pypdfium2",
    "xberg",
)
"""Packages whose versions can be asked for."""

_LLAMA = re.compile(r"lib(ggml|llama|mtmd|llava)[\w-]*\.so")
_VERSIONED = re.compile(r"\.so\.\d+\.\d+(\.\d+)?$")
_UNUSED = re.compile(
    r"^(.*/tests?/"
    r"|PySide6/Qt/translations/(?!qtbase_)"
    r"|PySide6/Qt/qml/|PySide6/Qt/lib/libQt6(Quick|Qml|VirtualKeyboard)"
    r"|PySide6/Qt/plugins/(egldeviceintegrations|platforminputcontexts/libqtvirtualkeyboard)"
    r"|PySide6/Qt/plugins/platforms/libq(eglfs|linuxfb|vnc|vkkhrdisplay|minimalegl)"
    r"|lib/|(.*/)?\.git(ignore|attributes)$)"
)


def is_wanted_chroma(module: str) -> bool:
    """Chroma's modules without its tests and its distributed server."""
    parts = module.split(".")
    return "test" not in parts and "distributed" not in parts and "cli" not in parts


def is_foreign(source: str) -> bool:
    """Whether a library is neither Python's nor the environment's: then it is the system's, and the
    package depends on the Debian package that has it, which gets security updates; or it happened
    to lie on this machine. Elsewhere than on Linux there is nobody to leave it to."""
    if not sys.platform.startswith("linux"):
        return False
    path = Path(source)
    own = (Path(sys.prefix), Path(sysconfig.get_path("stdlib")))
    inside = any(path.is_relative_to(folder) for folder in own)
    return path.is_absolute() and not inside and not path.name.startswith("libpython")


def binaries(entries: Iterable[Entry]) -> list[Entry]:
    """The shared libraries that go in, each once.

    llama-cpp-python installs every library under three names in two folders. One file stays; its
    other names are links, which also keeps ggml from being loaded as two copies that know nothing
    of each other.
    """
    kept: list[Entry] = []
    first: dict[str, str] = {}
    # The shortest name first: the one that is loaded by name.
    for place, source, kind in sorted(entries, key=lambda entry: (len(entry[0]), entry[0])):
        path = PurePosixPath(place)
        if _UNUSED.search(place) or is_foreign(source):
            continue
        if not _LLAMA.match(path.name):
            kept.append((place, source, kind))
            continue
        if path.parent != PurePosixPath("llama_cpp/lib") or _VERSIONED.search(path.name):
            continue
        digest = hashlib.sha256(Path(source).read_bytes()).hexdigest()
        if digest in first:
            kept.append((place, first[digest], "SYMLINK"))
        else:
            first[digest] = path.name
            kept.append((place, source, kind))
    return _without_loose_ends(kept, kept)


def datas(entries: Iterable[Entry], libraries: list[Entry]) -> list[Entry]:
    """Data files, without tests, headers and what Qt has for parts that are not used; libraries
    that somebody listed as data are left to `binaries`, whose result `libraries` is."""
    kept = [
        (place, source, kind)
        for place, source, kind in entries
        if not _UNUSED.search(place) and not _LLAMA.match(PurePosixPath(place).name)
    ]
    return _without_loose_ends(kept, [*kept, *libraries])


def _without_loose_ends(entries: list[Entry], everything: list[Entry]) -> list[Entry]:
    """PyInstaller links libraries of packages to the top as well; not those that were dropped."""
    places = {place for place, _, _ in everything}
    return [
        (place, source, kind)
        for place, source, kind in entries
        if kind != "SYMLINK"
        or posixpath.normpath(posixpath.join(posixpath.dirname(place), source)) in places
    ]
