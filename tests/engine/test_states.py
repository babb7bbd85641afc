"""Chats that are opened again after a restart: taken up from the disk, or evaluated anew."""

from __future__ import annotations

import json
import os
import random
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.files import sha256
from app.core.messages import CountTokens, Load, Perplexity
from app.core.process import WorkerProcess
from app.core.types import AdapterUse, ModelSpec, Sampling
from app.engine.config import EngineConfig
from app.engine.page_sums import page_sums
from app.engine.state_files import StateFolder, fingerprint
from app.training import tinymodel
from tests import patience
from tests.engine.asking import GREEDY, Answer, ask
from tests.training.conftest import write_random_adapter

LONG = " ".join(
    f"Number {n}: the ferry left the harbour before seven, when the lamps still burned."
    for n in range(15)
)
FIRST = f"{LONG}\nWhen did the ferry leave?"
TEXT, MORE = LONG[:600], " And then the ferry came back."
NEXT = "And what was still burning?"
SHORT = replace(GREEDY, max_tokens=8)


@contextmanager
def _engine(folder: Path, states: Path, size: int = 1 << 30) -> Iterator[WorkerProcess]:
    config = EngineConfig(folder, states, size)
    worker = WorkerProcess(
        "The model", "app.engine.worker:Worker", config, folder, grace=patience.SECONDS
    )
    try:
        yield worker
    finally:
        worker.close(patience.SECONDS)


def _wait_for(states: Path, count: int = 1) -> list[Path]:
    """Until the engine has rested and written so many states."""
    end = time.monotonic() + patience.SECONDS
    while time.monotonic() < end:
        found = list(states.glob("*.state"))
        if len(found) >= count and not list(states.glob(".*.part")):
            return found
        time.sleep(0.05)
    pytest.fail(f"There are not {count} states: {sorted(states.iterdir())}")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    """A random model whose words are bytes: a text of 500 characters is a long one for it."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    tinymodel.write(path, seed=3)
    return ModelSpec(str(path), context_length=1024, threads=1)


def _say(engine: WorkerProcess, spec: ModelSpec, text: str) -> Answer:
    return ask(engine, spec, prompt=text, sampling=SHORT)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, small: ModelSpec) -> tuple[Path, Answer]:
    """The states of an engine that has ended since, and its answer to TEXT and MORE."""
    folder = tmp_path_factory.mktemp("before")
    with _engine(folder, folder / "states") as engine:
        _say(engine, small, TEXT)
        _wait_for(folder / "states")
        return folder / "states", _say(engine, small, TEXT + MORE)


@pytest.fixture
def states(before: tuple[Path, Answer], tmp_path: Path) -> Path:
    """A copy of them that a test may spoil."""
    copy = tmp_path / "states"
    copy.mkdir()
    for file in before[0].iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    return copy


def test_a_reopened_chat_is_not_evaluated_again(spec: ModelSpec, tmp_path: Path) -> None:
    """The default model; the state is written when the engine rests."""
    states = tmp_path / "states"
    with _engine(tmp_path, states) as engine:
        first = ask(engine, spec, FIRST, sampling=SHORT)
        (file,) = _wait_for(states)
        second = ask(engine, spec, FIRST, first.text, NEXT, sampling=SHORT)
    assert file.stat().st_mode & 0o077 == 0
    assert first.end.stats.prompt_cached == 0
    with _engine(tmp_path, states) as engine:
        again = ask(engine, spec, FIRST, first.text, NEXT, sampling=SHORT)
    assert again.text == second.text
    assert again.end.stats.prompt_cached > 280
    # The end of the answer's turn and the beginning of the question's were evaluated at rest.
    left = again.end.stats.prompt_tokens - again.end.stats.prompt_cached
    with _engine(tmp_path, tmp_path / "none") as engine:
        own = engine.ask(CountTokens(spec, (NEXT,))).tokens[0]
        header = engine.ask(CountTokens(spec, ("\nassistant\n",))).tokens[0] + 2
    assert own < left <= own + header


def test_another_chat_in_between_costs_nothing(
    before: tuple[Path, Answer], small: ModelSpec, tmp_path: Path
) -> None:
    states = tmp_path / "states"
    with _engine(tmp_path, states) as engine:
        _say(engine, small, TEXT)
        # Asked at once: nothing may be lost even where there was no time to rest.
        _say(engine, small, TEXT[::-1])
        again = _say(engine, small, TEXT + MORE)
        assert again.end.stats.prompt_cached >= len(TEXT)
        assert again.text == before[1].text
        engine.ask(Perplexity(small.path, TEXT))  # another use of the context is no chat
        engine.ask(Load(small))
    assert len(list(states.glob("*.state"))) == 2


@pytest.mark.parametrize("how", ["changed", "cut", "no record", "record of another", "poison"])
def test_what_is_not_whole_is_refused(states: Path, how: str) -> None:
    (file,) = states.glob("*.state")
    record = file.with_suffix(".json")
    if how == "changed":
        with file.open("r+b") as opened:
            opened.seek(-5000, os.SEEK_END)
            opened.write(b"\xff" * 64)
    elif how == "cut":
        os.truncate(file, file.stat().st_size // 2)
    elif how == "no record":
        record.unlink()
    elif how == "record of another":
        record.write_text(json.dumps({"size": file.stat().st_size, "sums": "0" * 64}))
    else:
        file.rename(file.with_suffix(".trying"))  # its reading once ended the process
    files = StateFolder(states, 1 << 30)
    assert list(states.glob("*.trying")) == []
    key = file.name.partition("-")[0]
    found = files.find(key, _tokens(file) if file.exists() else [1], 4096)
    assert found is None or files.checked_out(found.path) is None
    assert list(states.iterdir()) == [] or how == "no record"


def test_a_state_that_lies_does_no_harm(
    before: tuple[Path, Answer], states: Path, small: ModelSpec, tmp_path: Path
) -> None:
    """Its record fits, and llama.cpp finds nonsense behind the tokens."""
    (file,) = states.glob("*.state")
    count = len(_tokens(file))
    head = file.read_bytes()[: 12 + 4 * count]
    files = StateFolder(states, 1 << 30)
    part = files.new(file.name.partition("-")[0])
    part.write_bytes(head + struct.pack("<II", 1, 1 << 30) + b"\7" * 4096)
    file.unlink()
    files.keep(part)
    with _engine(tmp_path, states) as engine:
        again = _say(engine, small, TEXT + MORE)
        assert again.text == before[1].text
        assert again.end.stats.prompt_cached == 0


def test_a_seed_takes_nothing_up(states: Path, small: ModelSpec, tmp_path: Path) -> None:
    seeded = Sampling(temperature=0.5, seed=7, max_tokens=1)
    with _engine(tmp_path, states) as engine:
        exact = ask(engine, small, prompt=TEXT + MORE, sampling=seeded)
    assert exact.end.stats.prompt_cached == 0


def test_other_adapters_take_nothing_up(small: ModelSpec, tmp_path: Path) -> None:
    tiny, adapter, states = Path(small.path), tmp_path / "one.gguf", tmp_path / "states"
    write_random_adapter(tiny, adapter, rank=4, seed=5, base_sha256=sha256(tiny))
    full = replace(small, adapters=(AdapterUse(str(adapter)),))
    half = replace(small, adapters=(AdapterUse(str(adapter), 0.5),))
    with _engine(tmp_path, states) as engine:
        _say(engine, full, TEXT)
    assert len(list(states.glob("*.state"))) == 1, "it is written at the end, too"
    cached = []
    for spec in (small, half, full):
        with _engine(tmp_path, states) as engine:
            cached.append(_say(engine, spec, TEXT).end.stats.prompt_cached)
    assert cached[:2] == [0, 0]
    assert cached[2] >= len(TEXT)


def test_a_state_that_was_found_whole_is_looked_at_again_when_it_changes(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path, 1 << 20)
    _keep(folder, "a", [1, 2, 3], size=5000)
    (path,) = tmp_path.glob("*.state")
    for _ in range(2):
        trying = folder.checked_out(path)
        assert trying is not None
        folder.back(trying)
    with path.open("r+b") as file:
        file.seek(4000)
        file.write(b"changed")
    os.utime(path, (1, 1))
    assert folder.checked_out(path) is None
    assert list(tmp_path.iterdir()) == []


def test_the_checksum_sees_a_bit_a_page_and_an_end(tmp_path: Path) -> None:
    file, page = tmp_path / "any", 4096
    data = random.Random(4).randbytes(5 * page + 37)
    spoilt = {
        "a bit": data[:9000] + bytes([data[9000] ^ 16]) + data[9001:],
        "two pages": data[page : 2 * page] + data[:page] + data[2 * page :],
        "the last byte": data[:-1] + b"!",
        "cut": data[:-1],
        "empty": b"",
    }
    file.write_bytes(data)
    whole = page_sums(file)
    assert page_sums(file) == whole
    for what, other in spoilt.items():
        file.write_bytes(other)
        assert page_sums(file) != whole, what


def test_a_model_is_known_by_its_content(chat_model: Path, damaged: Path) -> None:
    assert fingerprint(damaged) == fingerprint(chat_model)
    with damaged.open("r+b") as file:
        file.seek(-100, os.SEEK_END)
        file.write(bytes(range(100)))
    assert fingerprint(damaged) != fingerprint(chat_model)


def test_the_folder_keeps_to_its_budget(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path, 5000)
    for number in range(4):
        _keep(folder, "a", [number, 1, 2], size=2000, age=100 - number)
    kept = {tuple(_tokens(path)) for path in tmp_path.glob("*.state")}
    assert kept == {(2, 1, 2), (3, 1, 2)}
    assert folder.has_room(2000)
    assert not folder.has_room(3000)
    assert len(list(tmp_path.glob("*.json"))) == 2


def test_a_longer_state_takes_the_place_of_its_beginning(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path, 1 << 20)
    _keep(folder, "a", [1, 2, 3])
    _keep(folder, "a", [1, 9])
    _keep(folder, "b", [1, 2])
    _keep(folder, "a", [1, 2, 3, 4, 5])
    found = folder.find("a", [1, 2, 3, 4, 7], 100)
    assert found is not None
    assert (list(found.tokens), found.common) == ([1, 2, 3, 4, 5], 4)
    assert len(list(tmp_path.glob("a-*.state"))) == 2
    assert folder.find("a", [7, 1], 100) is None
    assert folder.find("c", [1, 2], 100) is None
    short = folder.find("a", [1, 2, 3, 4, 7], 3)
    assert short is not None
    assert list(short.tokens) == [1, 9]


def test_what_is_old_goes(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path, 1 << 20)
    _keep(folder, "a", [1, 2], age=15 * 24 * 3600)
    _keep(folder, "a", [2, 1], age=13 * 24 * 3600)
    assert len(list(tmp_path.glob("*.state"))) == 1
    assert folder.find("a", [2, 1], 100) is not None


def test_nothing_is_kept_when_nothing_may_be(
    states: Path, small: ModelSpec, tmp_path: Path
) -> None:
    with _engine(tmp_path, states, size=0) as engine:
        engine.ask(Load(small))
    assert not states.exists()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ggsq",
        struct.pack("<III", 0x67677371, 99, 1) + bytes(100),
        struct.pack("<III", 0x67677371, 3, 1 << 31) + bytes(100),
        struct.pack("<III", 0x67677371, 3, 100) + bytes(100),
        struct.pack("<III", 0x12345678, 3, 1) + bytes(100),
    ],
)
def test_files_that_are_no_states_are_not_looked_into(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a-1.state").write_bytes(data)
    folder = StateFolder(tmp_path, 1 << 20)
    assert folder.find("a", [0, 0, 0], 1 << 30) is None
    part = folder.new("a")
    part.write_bytes(data)
    folder.keep(part)
    assert not part.exists()


def _tokens(path: Path) -> list[int]:
    data = path.read_bytes()
    (count,) = struct.unpack_from("<I", data, 8)
    return list(struct.unpack_from(f"<{count}i", data, 12))


def _keep(
    folder: StateFolder, key: str, tokens: list[int], size: int = 100, age: float = 0
) -> None:
    part = folder.new(key)
    head = struct.pack("<III", 0x67677371, 3, len(tokens))
    part.write_bytes((head + struct.pack(f"<{len(tokens)}i", *tokens)).ljust(size, b"\0"))
    os.utime(part, (time.time() - age,) * 2)
    folder.keep(part)
