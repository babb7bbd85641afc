"""What the package is made of. The package itself is tried by `make test-package`."""

from __future__ import annotations

import configparser
import json
import plistlib
import re
import runpy
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.core import paths, plugins
from app.services import about

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


def test_the_program_has_one_identifier() -> None:
    told = ElementTree.parse(INSTALLER / "linux/loam.metainfo.xml").getroot().findtext("id")
    assert told == runpy.run_path(str(INSTALLER / "macos/plist.py"))["IDENTIFIER"].lower()


def test_a_package_is_made_without_torch() -> None:
    """Its embedder is `bert_gguf`; the rest of pyproject's dependencies go in."""
    printed = subprocess.run(
        [sys.executable, str(INSTALLER / "requirements.py")], capture_output=True, check=True
    )
    names = {re.split(r"[^\w-]", line)[0] for line in printed.stdout.decode().split()}
    assert {"pyside6", "chromadb", "numpy", "tokenizers", "diskcache"} <= names
    assert not names & {"torch", "sentence-transformers", "llama-cpp-python"}
    assert {"torch", "transformers", "scipy"} <= set(bundle["LEFT_OUT"])


@pytest.mark.skipif(shutil.which("makensis") is None, reason="makensis is not installed")
def test_the_setup_program_for_windows_compiles(tmp_path: Path) -> None:
    """With a placeholder where the program belongs."""
    program = tmp_path / "bundle/_internal"
    program.mkdir(parents=True)
    (program / "placeholder.txt").write_text("placeholder", "utf-8")
    (program.parent / "loam.exe").write_text("placeholder", "utf-8")
    setup = tmp_path / "loam-0.1.0.exe"
    given = {"VERSION": "0.1.0", "BUNDLE": program.parent, "OUT": setup}
    command = ["makensis", "-V4", "-WX", *(f"-D{name}={value}" for name, value in given.items())]
    done = subprocess.run(
        [*command, str(INSTALLER / "windows/loam.nsi")], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert "placeholder.txt" in done.stdout
    assert setup.read_bytes()[:2] == b"MZ"


def test_the_files_for_macos_and_workflows_can_be_read() -> None:
    yaml = pytest.importorskip("yaml")
    for workflow in (ROOT / ".github/workflows").glob("*.yml"):
        text = workflow.read_text("utf-8")
        assert text.startswith("# NOT TESTED"), workflow
        assert yaml.safe_load(text)["jobs"]
    rights = plistlib.loads((INSTALLER / "macos/loam.entitlements").read_bytes())
    assert set(rights.values()) == {True}
    told = runpy.run_path(str(INSTALLER / "macos/plist.py"))["INFO"]
    kind = told["UTImportedTypeDeclarations"][0]
    assert told["CFBundleDocumentTypes"][0]["LSItemContentTypes"] == [kind["UTTypeIdentifier"]]
    assert plistlib.loads(plistlib.dumps(told)) == told
    subprocess.run(["sh", "-n", str(INSTALLER / "macos/build.sh")], check=True)


def test_the_list_of_parts_is_what_the_about_box_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sbom = runpy.run_path(str(INSTALLER / "sbom.py"))
    text = tmp_path / "LICENSE"
    text.write_text("Permission is hereby granted", "utf-8")
    parts = about.libraries({"numpy", "jinja2"})
    listed = sbom["document"](parts, tmp_path, "1.2.3", datetime(2026, 1, 2, tzinfo=UTC))
    again = sbom["document"](parts, tmp_path, "1.2.3", datetime(2026, 1, 2, tzinfo=UTC))
    assert listed == again
    known = json.loads(listed)
    assert (known["bomFormat"], known["specVersion"]) == ("CycloneDX", "1.5")
    numpy = next(one for one in known["components"] if one["name"] == "numpy")
    assert numpy["purl"].startswith("pkg:pypi/numpy@2")
    (tmp_path / about.BOM).write_text(listed, "utf-8")
    (tmp_path / about.LICENCES / "numpy").mkdir(parents=True)
    text.rename(tmp_path / about.LICENCES / "numpy/LICENSE")
    monkeypatch.setattr(paths, "program_root", lambda: tmp_path)
    shown = {part.name: part for part in about.parts()}
    assert shown.keys() == {"SmolLM2-135M-Instruct.Q4_1", "all-MiniLM-L6-v2", "numpy", "jinja2"}
    assert shown["all-MiniLM-L6-v2"].kind == "model"
    assert shown["numpy"].licence == parts[1].licence
    assert "Permission" in about.text_of(shown["numpy"])
