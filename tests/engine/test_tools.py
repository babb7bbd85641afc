"""Writing models again, measuring them, and what the machine offers."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.errors import BadInput, NotAModel, StoreError
from app.core.messages import (
    DeviceList,
    Devices,
    Inspect,
    Measured,
    Perplexity,
    Progress,
    Quantize,
)
from app.core.process import Cancel, WorkerProcess
from app.engine.config import EngineConfig
from app.engine.contention import Contention
from tests import patience

TEXT = (
    "The ferry left the harbour before seven, when the lamps along the quay were still burning. "
    "Marta stood at the rail with her hands in her sleeves and counted the houses she knew."
)


@pytest.fixture(scope="module")
def written(
    engine: WorkerProcess, chat_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, list[object]]]:
    target = tmp_path_factory.mktemp("written") / "model-Q4_0.gguf"
    yield target, list(engine.stream(Quantize(str(chat_model), str(target), "Q4_0")))
    target.unlink()


def test_a_model_is_written_again(
    engine: WorkerProcess, written: tuple[Path, list[object]]
) -> None:
    target, events = written
    assert engine.ask(Inspect(str(target))).info.quantization == "Q4_0"
    last = events[-1]
    assert isinstance(last, Progress)
    assert last.done == last.total == 272
    assert [file.name for file in target.parent.iterdir()] == [target.name]


def test_measuring_tells_good_from_worse(
    engine: WorkerProcess, written: tuple[Path, list[object]], chat_model: Path
) -> None:
    def measure(model: Path, text: str) -> Measured:
        measured = engine.ask(Perplexity(str(model), text, 64))
        assert isinstance(measured, Measured)
        return measured

    good = measure(chat_model, TEXT)
    assert measure(written[0], TEXT).loss > good.loss + 0.02
    assert measure(chat_model, " ".join(reversed(TEXT.split()))).loss > good.loss + 1
    assert 5 < good.perplexity < 100
    assert 30 < good.tokens < 60


def test_a_cancelled_writing_leaves_nothing(chat_model: Path, tmp_path: Path) -> None:
    logs, folder = tmp_path / "logs", tmp_path / "models"
    engine = WorkerProcess(
        "The model",
        "tests.engine.slow_writer:Worker",
        EngineConfig(logs),
        logs,
        grace=patience.SECONDS,
    )
    cancel, seen = Cancel(), []
    request = Quantize(str(chat_model), str(folder / "a.gguf"), "Q6_K")
    with contextlib.closing(engine):
        for event in engine.stream(request, cancel):
            assert isinstance(event, Progress)
            seen.append((event.done, event.total))
            assert [file.name for file in folder.iterdir()] == [".a.gguf.part"]
            cancel.set()
        assert seen == [(1, 272)]
        assert list(folder.iterdir()) == []
        assert engine.ask(Inspect(str(chat_model))).info.layers == 30, "it lives on"


def test_writing_says_what_is_wrong(
    engine: WorkerProcess, chat_model: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"no model at all" * 10)
    target = str(tmp_path / "target.gguf")
    with pytest.raises(NotAModel):
        engine.ask(Quantize(str(broken), target, "Q8_0"))
    with pytest.raises(BadInput, match="Q99"):
        engine.ask(Quantize(str(chat_model), target, "Q99"))
    with pytest.raises(StoreError):
        engine.ask(Quantize(str(chat_model), str(broken / "in" / "a.gguf"), "Q8_0"))
    assert [file.name for file in tmp_path.iterdir()] == ["broken.gguf"]


def test_a_text_too_short_to_measure(engine: WorkerProcess, chat_model: Path) -> None:
    with pytest.raises(BadInput):
        engine.ask(Perplexity(str(chat_model), "a"))


def test_devices(engine: WorkerProcess) -> None:
    found = engine.ask(Devices())
    assert isinstance(found, DeviceList)
    kinds = {device.kind: device for device in found.devices}
    assert set(kinds) == {"cpu", "cuda", "metal", "vulkan"}
    assert kinds["cpu"].available
    assert kinds["cpu"].memory_total > 0
    for device in found.devices:
        assert device.available == (not device.why_not)
    assert "CPU" in found.system_info


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="looks into /proc")
def test_threads_give_way_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic() - 100  # the machine may have been started a moment ago
    readings = iter([(now, 100.0, 10.0), (now + 1, 102.0, 12.0), (now + 2, 105.0, 14.0)])
    monkeypatch.setattr(Contention, "_read", lambda self: next(readings))
    monkeypatch.setattr("app.engine.contention.os.cpu_count", lambda: 4)
    watch = Contention(4)
    assert watch.threads_now() == 4  # all of the work was ours
    assert watch.threads_now() == 3  # one core was busy for somebody else


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="looks into /proc")
def test_what_was_busy_while_we_rested_takes_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    # A minute without a question, in which others used all cores; then a second of our own.
    now = time.monotonic() - 100
    times = [(now, 100.0, 10.0), (now + 60, 340.0, 10.1), (now + 61, 343.0, 12.0)]
    readings = iter(times * 2)
    monkeypatch.setattr(Contention, "_read", lambda self: next(readings))
    monkeypatch.setattr("app.engine.contention.os.cpu_count", lambda: 4)
    for wanted, threads in ((0.0, 4), (2.0, 2)):
        monkeypatch.setattr(Contention, "_wanting", lambda self, wanted=wanted: wanted)
        watch = Contention(4)
        assert watch.threads_now() == threads
        assert watch.threads_now() == 3


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="looks into /proc")
def test_who_wants_a_core_now_is_seen() -> None:
    spin = "print(flush=True)\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-c", spin], stdout=subprocess.PIPE) as busy:
        assert busy.stdout is not None
        busy.stdout.readline()
        try:
            # Where a container's time is rationed, nobody wants a core now and then.
            watch, end = Contention(2), time.monotonic() + patience.SECONDS
            while watch._wanting() < 1:
                assert time.monotonic() < end
        finally:
            busy.kill()
