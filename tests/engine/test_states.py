"""Chats that are opened again after a restart: taken up from the disk, or evaluated anew."""

from __future__ import annotations

import json
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.messages import Load, Perplexity
from app.core.process import WorkerProcess
from app.core.types import ModelSpec, Sampling
from app.engine.config import EngineConfig
from app.engine.state_files import StateFolder, fingerprint
from tests import patience
from tests.engine.asking import GREEDY, Answer, ask

LONG = " ".join(
    f"Number {n}: the ferry left the harbour before seven, when the lamps still burned."
    for n in range(15)
)
FIRST = f"{LONG}\nWhen did the ferry leave?"
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
def before(
    tmp_path_factory: pytest.TempPathFactory, spec: ModelSpec
) -> tuple[Path, Answer, Answer]:
    """A long chat in an engine that has ended since: its states, and both its answers."""
    folder = tmp_path_factory.mktemp("before")
    with _engine(folder, folder / "states") as engine:
        first = ask(engine, spec, FIRST, sampling=SHORT)
        _wait_for(folder / "states")
        second = ask(engine, spec, FIRST, first.text, NEXT, sampling=SHORT)
    return folder / "states", first, second


@pytest.fixture
def states(before: tuple[Path, Answer, Answer], tmp_path: Path) -> Path:
    """A copy of them that a test may spoil."""
    copy = tmp_path / "states"
    copy.mkdir()
    for file in before[0].iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    return copy


def test_a_reopened_chat_is_not_evaluated_again(
    before: tuple[Path, Answer, Answer], states: Path, spec: ModelSpec, tmp_path: Path
) -> None:
    folder, first, second = before
    (file,) = folder.glob("*.state")
    assert file.stat().st_mode & 0o077 == 0
    assert first.end.stats.prompt_cached == 0
    with _engine(tmp_path, states) as engine:
        again = ask(engine, spec, FIRST, first.text, NEXT, sampling=SHORT)
    assert again.text == second.text
    assert again.end.stats.prompt_cached > 280
    assert again.end.stats.prompt_tokens - again.end.stats.prompt_cached < 40


def test_another_chat_in_between_costs_nothing(
    before: tuple[Path, Answer, Answer], spec: ModelSpec, tmp_path: Path
) -> None:
    _, first, second = before
    folder = tmp_path / "states"
    with _engine(tmp_path, folder) as engine:
        assert ask(engine, spec, FIRST, sampling=SHORT).text == first.text
        # Asked at once: nothing may be lost even where there was no time to rest.
        ask(engine, spec, f"Something else. {LONG}", sampling=SHORT)
        _wait_for(folder)
        again = ask(engine, spec, FIRST, first.text, NEXT, sampling=SHORT)
        assert again.end.stats.prompt_cached > 280
        assert again.text == second.text
        engine.ask(Perplexity(spec.path, LONG[:1100]))  # another use of the context is no chat
        engine.ask(Load(spec))
    assert len(_wait_for(folder, 2)) == 2


@pytest.mark.parametrize("how", ["changed", "cut", "no record", "record of another", "poison"])
def test_what_is_not_whole_is_refused(
    before: tuple[Path, Answer, Answer], states: Path, spec: ModelSpec, tmp_path: Path, how: str
) -> None:
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
        record.write_text(json.dumps({"size": file.stat().st_size, "sha256": "0" * 64}))
    else:
        file.rename(file.with_suffix(".trying"))  # its reading once ended the process
    files = StateFolder(states, 1 << 30)
    assert list(states.glob("*.trying")) == []
    key = file.name.partition("-")[0]
    found = files.find(key, _tokens(file) if file.exists() else [1], 4096)
    assert found is None or files.checked_out(found.path) is None
    assert list(states.iterdir()) == [] or how == "no record"


def test_a_state_that_lies_does_no_harm(
    before: tuple[Path, Answer, Answer], states: Path, spec: ModelSpec, tmp_path: Path
) -> None:
    """Its record fits, and llama.cpp finds nonsense behind the tokens."""
    _, first, second = before
    (file,) = states.glob("*.state")
    count = len(_tokens(file))
    head = file.read_bytes()[: 12 + 4 * count]
    files = StateFolder(states, 1 << 30)
    part = files.new(file.name.partition("-")[0])
    part.write_bytes(head + struct.pack("<II", 1, 1 << 30) + b"\7" * 4096)
    file.unlink()
    files.keep(part)
    with _engine(tmp_path, states) as engine:
        again = ask(engine, spec, FIRST, first.text, NEXT, sampling=SHORT)
        assert again.text == second.text
        assert again.end.stats.prompt_cached == 0


def test_a_seed_takes_nothing_up(
    before: tuple[Path, Answer, Answer], states: Path, spec: ModelSpec, tmp_path: Path
) -> None:
    _, first, _ = before
    seeded = Sampling(temperature=0.5, seed=7, max_tokens=1)
    with _engine(tmp_path, states) as engine:
        exact = ask(engine, spec, FIRST, first.text, NEXT, sampling=seeded)
        assert exact.end.stats.prompt_cached == 0


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


def test_nothing_is_kept_when_nothing_may_be(states: Path, spec: ModelSpec, tmp_path: Path) -> None:
    with _engine(tmp_path, states, size=0) as engine:
        engine.ask(Load(spec))
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
