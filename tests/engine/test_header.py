"""GGUF headers, whole and hostile: an answer within a second, never a crash."""

from __future__ import annotations

import os
import struct
import time
from pathlib import Path

import pytest

from app.core.errors import MissingFile, ModelError, NotAModel
from app.core.messages import Inspect, Load
from app.core.process import WorkerProcess
from app.core.types import ModelSpec
from app.engine.header import inspect, title


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def _file(
    path: Path, pairs: list[bytes], tensors: bytes = b"", counts: tuple[int, int] = (1, -1)
) -> Path:
    number = len(pairs) if counts[1] < 0 else counts[1]
    path.write_bytes(
        b"GGUF" + struct.pack("<IQQ", 3, counts[0], number) + b"".join(pairs) + tensors
    )
    return path


ARCHITECTURE = _text("general.architecture") + struct.pack("<I", 8) + _text("llama")
TENSOR = _text("weights") + struct.pack("<IQQIQ", 2, 32, 2, 0, 0) + b"\0" * 512


def test_the_default_model(chat_model: Path) -> None:
    info = inspect(str(chat_model))
    assert (info.architecture, info.context_trained, info.layers) == ("llama", 8192, 30)
    assert info.parameters == 134_515_008
    assert info.size_bytes == chat_model.stat().st_size
    assert info.has_chat_template
    assert not info.is_embedding
    assert info.licence == "apache-2.0"
    assert info.quantization in chat_model.name


def test_a_minimal_file_reads(tmp_path: Path) -> None:
    info = inspect(str(_file(tmp_path / "a.gguf", [ARCHITECTURE], TENSOR)))
    assert (info.name, info.parameters, info.quantization) == ("a", 64, "F32")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingFile):
        inspect(str(tmp_path / "none.gguf"))


def _array(kind: int, count: int, body: bytes = b"") -> bytes:
    return _text("a.list") + struct.pack("<IIQ", 9, kind, count) + body


HOSTILE = {
    "empty": b"",
    "other": b"PK\x03\x04" + b"\0" * 100,
    "short": b"GGUF\x03\0\0\0",
    "version": b"GGUF" + struct.pack("<IQQ", 77, 1, 1) + b"\0" * 100,
    "counts": b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 1 << 60) + b"\0" * 100,
    "no tensors": b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + ARCHITECTURE + b"\0" * 100,
    "long key": b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, 1 << 62) + b"\0" * 100,
    "huge list": b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + _array(8, 1 << 61) + b"\0" * 100,
    "huge numbers": b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + _array(4, 1 << 62) + b"\0" * 100,
    "nested list": b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + _array(9, 1) + b"\0" * 100,
    "huge tensor": b"GGUF"
    + struct.pack("<IQQ", 3, 1, 1)
    + ARCHITECTURE
    + _text("w")
    + struct.pack("<IQQIQ", 2, 1 << 40, 1 << 40, 0, 0)
    + b"\0" * 100,
    "far tensor": b"GGUF"
    + struct.pack("<IQQ", 3, 1, 1)
    + ARCHITECTURE
    + _text("w")
    + struct.pack("<IQQIQ", 2, 32, 2, 0, 1 << 50)
    + b"\0" * 600,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_header_is_turned_away(case: str, tmp_path: Path) -> None:
    file = tmp_path / "hostile.gguf"
    file.write_bytes(HOSTILE[case])
    begin = time.thread_time()
    with pytest.raises(NotAModel) as caught:
        inspect(str(file))
    assert time.thread_time() - begin < 1
    assert caught.value.params["reason"]


def test_a_large_file_of_empty_words_takes_no_time(tmp_path: Path) -> None:
    file = tmp_path / "sparse.gguf"
    count = 400_000_000
    file.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + _array(8, count))
    os.truncate(file, count * 9)  # zeros that take no room: words of no length
    begin = time.thread_time()
    with pytest.raises(NotAModel, match="word list"):
        inspect(str(file))
    assert time.thread_time() - begin < 1


def test_every_cut_through_the_header_is_noticed(chat_model: Path, tmp_path: Path) -> None:
    head = chat_model.read_bytes()[:1500]
    file = tmp_path / "cut.gguf"
    for length in range(0, len(head), 7):
        file.write_bytes(head[:length])
        with pytest.raises(NotAModel):
            inspect(str(file))


def test_an_adapter_is_named_as_one(tmp_path: Path) -> None:
    kind = _text("general.type") + struct.pack("<I", 8) + _text("adapter")
    file = _file(tmp_path / "lora.gguf", [ARCHITECTURE, kind], TENSOR)
    with pytest.raises(NotAModel, match="addition to a model"):
        inspect(str(file))


def test_cut_weights_are_turned_away_by_the_child(engine: WorkerProcess, damaged: Path) -> None:
    os.truncate(damaged, damaged.stat().st_size - 1000)
    for request in (Inspect(str(damaged)), Load(ModelSpec(str(damaged)))):
        with pytest.raises(NotAModel, match="cut off"):
            engine.ask(request)


def test_a_header_that_lies_fails_to_load_and_says_so(
    engine: WorkerProcess, tmp_path: Path
) -> None:
    file = _file(tmp_path / "lies.gguf", [ARCHITECTURE], TENSOR)
    with pytest.raises(ModelError, match="could not be loaded"):
        engine.ask(Load(ModelSpec(str(file))))


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("SmolLM2-135M-Instruct-Q8_0.gguf", "SmolLM2 135M Instruct"),
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "SmolLM2 135M Instruct"),
        ("Llama-3.3-70B-Instruct-Q4_K_M-00001-of-00002.gguf", "Llama 3.3 70B Instruct"),
        ("qwen2.5-0.5b-instruct-IQ2_XXS.gguf", "qwen2.5 0.5b instruct"),
        ("model-BF16.gguf", "model"),
        ("Q4_0.gguf", "Q4 0"),
    ],
)
def test_a_model_is_called_after_its_file(file: str, name: str) -> None:
    assert title(Path(file)) == name
