"""What the package is made of. The package itself is tried by `make test-package`."""

from __future__ import annotations

import configparser
import re
import runpy
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.core import paths, plugins

ROOT = paths.program_root()
INSTALLER = ROOT / "installer"
bundle = runpy.run_path(str(INSTALLER / "bundle.py"))


def _library(folder: Path, name: str, text: str) -> tuple[str, str, str]:
    file = folder / f"{len(list(folder.iterdir()))}-{name}"
    file.write_text(text, "utf-8")
    return f"llama_cpp/lib/{name}", str(file), "BINARY"


def test_each_shared_library_goes_in_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    entries = [
        _library(tmp_path, name, text)
        for name, text in (
            ("libggml.so", "a"),
            ("libggml.so.0", "a"),
            ("libggml.so.0.25.3", "a"),
            ("libllama.so", "b"),
            ("libllama.so.0", "b"),
            ("libggml-cpu-haswell.so", "c"),
        )
    ]
    twin = ("libllama.so.0", entries[3][1], "BINARY")
    kept = {place: (source, kind) for place, source, kind in bundle["binaries"]([*entries, twin])}
    assert kept == {
        "llama_cpp/lib/libggml.so": (entries[0][1], "BINARY"),
        "llama_cpp/lib/libggml.so.0": ("libggml.so", "SYMLINK"),
        "llama_cpp/lib/libllama.so": (entries[3][1], "BINARY"),
        "llama_cpp/lib/libllama.so.0": ("libllama.so", "SYMLINK"),
        "llama_cpp/lib/libggml-cpu-haswell.so": (entries[5][1], "BINARY"),
    }


@pytest.mark.parametrize(
    ("source", "foreign"),
    [
        ("/usr/lib/x86_64-linux-gnu/libssl.so.3", True),
        ("/usr/local/lib/libcudart.so", True),
        ("/lib/x86_64-linux-gnu/libpython3.11.so.1.0", False),
        (f"{sys.prefix}/lib/python3/site-packages/numpy.libs/libgomp.so.1", False),
        ("numpy.libs/libgomp.so.1", False),  # what a link points to
    ],
)
def test_what_the_system_has_is_left_to_the_system(source: str, foreign: bool) -> None:
    assert bundle["is_foreign"](source) is foreign


def test_links_to_what_was_dropped_are_dropped() -> None:
    quick, core = "PySide6/Qt/lib/libQt6Quick.so.6", "PySide6/Qt/lib/libQt6Core.so.6"
    files = [(place, f"{sys.prefix}/{place}", "BINARY") for place in (quick, core)]
    links = [("libQt6Quick.so.6", quick, "SYMLINK"), ("libQt6Core.so.6", core, "SYMLINK")]
    libraries = bundle["binaries"]([*files, *links])
    assert {place for place, _, _ in libraries} == {core, "libQt6Core.so.6"}
    assert bundle["datas"](links, libraries) == [links[1]]


def test_tests_are_dropped_and_what_chroma_needs_is_kept() -> None:
    entries = [
        ("numpy/lib/tests/data/a.npy", "", "DATA"),
        ("xberg/testing.json", "", "DATA"),
        ("chromadb/migrations/sysdb/00001.sql", "", "DATA"),
        ("PySide6/Qt/translations/qtbase_de.qm", "", "DATA"),
        ("PySide6/Qt/translations/qtwebengine_de.qm", "", "DATA"),
    ]
    kept = [place for place, _, _ in bundle["datas"](entries, [])]
    assert kept == [entries[number][0] for number in (1, 2, 3)]


def test_nothing_that_loam_imports_is_left_out() -> None:
    """The names are excluded wholesale, so importing all plug-ins must not need one of them."""
    names = [name for package in plugins.PACKAGES for name in plugins.modules(package)]
    left_out = {name for name in bundle["LEFT_OUT"] if name not in ("pip", "setuptools")}
    code = (
        "import importlib, sys\n"
        f"for name in {sorted(left_out)!r}: sys.modules[name] = None\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_the_menu_entry_opens_models() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment, method-assign]
    entry.read(INSTALLER / "linux/loam.desktop", "utf-8")
    kinds = ElementTree.parse(INSTALLER / "linux/loam.xml").getroot()
    names = [kind.get("type") for kind in kinds]
    assert entry["Desktop Entry"]["MimeType"].split(";") == [*names, ""]
    assert entry["Desktop Entry"]["Exec"] == "loam %F"
    magic = kinds.find(".//{*}match")
    assert magic is not None
    assert magic.get("value") == "GGUF"


def test_a_package_is_made_without_torch() -> None:
    """Its embedder is `bert_gguf`; the rest of pyproject's dependencies go in."""
    printed = subprocess.run(
        [sys.executable, str(INSTALLER / "requirements.py")], capture_output=True, check=True
    )
    names = {re.split(r"[^\w-]", line)[0] for line in printed.stdout.decode().split()}
    assert {"pyside6", "chromadb", "numpy", "tokenizers", "diskcache"} <= names
    assert not names & {"torch", "sentence-transformers", "llama-cpp-python"}
    assert {"torch", "transformers", "scipy"} <= set(bundle["LEFT_OUT"])
