"""Other machines that help: asked in Python before llama.cpp meets them, and a real rpc-server."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from app.core import helpers
from app.core.errors import ChildDied, HelperMissing, LoamError
from app.core.messages import Device, DeviceList, Devices, Generate, Generated, Loaded, Token, Turn
from app.core.process import WorkerProcess
from app.core.types import ModelSpec, Sampling
from app.engine import native, rpc, shape
from app.engine.plan import plan
from app.services.device_plan import in_words, machine_of
from tests import patience

GREEDY = Sampling(temperature=0.0, repeat_penalty=1.0, max_tokens=32)
TURNS = (Turn("user", "What is the capital of France?"),)


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A machine that does with a connection what `serve` says; its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def run() -> None:
            with suppress(OSError):
                while True:
                    line, _ = server.accept()
                    with line, suppress(OSError):
                        serve(line)

        threading.Thread(target=run, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def answers(line: socket.socket, version: int = 7, devices: int = 2) -> None:
    """As an rpc-server does."""
    while head := line.recv(9):
        command, size = struct.unpack("<BQ", head)
        sent = line.recv(size) if size else b""
        if command == 14:
            told = bytes([version, 0, 0, 0]) + bytes(24)
        elif command == 15:
            told = struct.pack("<I", devices)
        else:
            told = struct.pack("<QQ", 1000 * (1 + sent[0]), 4000)
        line.sendall(struct.pack("<Q", len(told)) + told)


def test_a_machine_tells_its_devices_and_their_memory() -> None:
    with listening(answers) as address:
        first, second = rpc.look(address)
    assert (first.memory_free, first.memory_total) == (1000, 4000)
    assert (second.number, second.memory_free) == (1, 2000)


@pytest.mark.parametrize(
    ("serve", "reason"),
    [
        (lambda line: answers(line, version=3), "another version, 3.0"),
        (lambda line: answers(line, devices=0), "no device"),
        (lambda line: line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "no rpc-server"),
        (lambda line: None, "no rpc-server"),
        (lambda line: line.sendall(struct.pack("<Q", 1 << 60)), "no rpc-server"),
    ],
)
def test_what_is_no_helper_is_told_of(serve: Callable[[socket.socket], None], reason: str) -> None:
    with listening(serve) as address, pytest.raises(HelperMissing, match=reason) as caught:
        rpc.look(address)
    assert address in str(caught.value)


@pytest.mark.parametrize("address", ["127.0.0.1:9", "nonsense", "a:b:c", "127.0.0.1:99999"])
def test_a_machine_that_is_not_there_is_told_of(address: str) -> None:
    with pytest.raises(HelperMissing):
        rpc.look(helpers.addresses(address)[0])


def test_addresses_as_people_type_them() -> None:
    assert helpers.addresses(" 192.168.1.7, box:5000  192.168.1.7") == (
        "192.168.1.7:50052",
        "box:5000",
    )
    assert helpers.is_here("127.0.0.1:50052")
    assert helpers.is_address("box:5000 (2)")
    assert not helpers.is_address("NVIDIA RTX 4090: 24 GB")
    assert not helpers.is_here("192.168.1.7:50052")


@contextmanager
def rpc_server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A real rpc-server on loopback, with one thread as the engine here has."""
    binary = os.environ.get("LOAM_RPC_SERVER") or shutil.which("rpc-server")
    plugin = Path(os.environ.get("LOAM_GGML_RPC") or native.plugin_folder() / rpc.PLUGIN)
    if not binary or not plugin.is_file():
        pytest.skip("rpc-server (LOAM_RPC_SERVER) or its plug-in (make rpc) is not here")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"127.0.0.1:{port}"
    log = folder / "log.txt"
    with log.open("wb") as written:
        command = [binary, "-H", "127.0.0.1", "-p", str(port), "-t", "1"]
        server = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT)
        try:
            end = time.monotonic() + patience.SECONDS
            while True:
                assert server.poll() is None, log.read_text(errors="replace")[-2000:]
                with suppress(HelperMissing):
                    rpc.look(address)
                    break
                assert time.monotonic() < end
                time.sleep(0.1)
            yield address, server
        finally:
            server.kill()
            server.wait(patience.SECONDS)


@pytest.fixture(scope="module")
def helper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with rpc_server(tmp_path_factory.mktemp("rpc-server")) as (address, _server):
        yield address


def said(engine: WorkerProcess, spec: ModelSpec) -> tuple[str, Loaded]:
    events = list(engine.stream(Generate(spec, GREEDY, TURNS)))
    assert isinstance(events[-1], Generated)
    (loaded,) = [each for each in events if isinstance(each, Loaded)]
    assert events[-1].stats.helpers == (spec.rpc if loaded.model.gpu_layers else ())
    return "".join(e.text for e in events if isinstance(e, Token)), loaded


def test_layers_on_another_machine_give_the_same_words(
    engine: WorkerProcess, spec: ModelSpec, helper: str
) -> None:
    here, alone = said(engine, replace(spec, context_length=512))
    assert alone.model.gpu_layers == 0
    found: DeviceList = engine.ask(Devices((helper,)))
    (other,) = [each for each in found.devices if each.kind == "rpc"]
    assert other.available
    assert 0 < other.memory_free <= other.memory_total
    machine = machine_of(found)
    assert machine.cards[0].name == helper
    planned = plan(shape.read(spec.path), machine, 512)
    assert in_words(planned).startswith(f"All {planned.layers} layers on {helper}, ")
    # All layers, as planned by itself, and then some of them.
    for wanted in (-1, 10):
        there, helped = said(
            engine, replace(spec, context_length=512, gpu_layers=wanted, rpc=(helper,))
        )
        assert there == here
        assert helped.model.device == helper
        placed = helped.model.total_layers if wanted < 0 else wanted
        assert helped.model.gpu_layers == placed
        assert any(helper in buffer.device for buffer in helped.model.buffers)
    # Switched off again, nothing goes there.
    again, alone = said(engine, replace(spec, context_length=512))
    assert again == here
    assert alone.model.gpu_layers == 0


def test_a_helper_at_work_is_known_as_ready_and_one_that_ended_as_gone(
    engine: WorkerProcess, spec: ModelSpec, tmp_path: Path
) -> None:
    """An rpc-server has no ear for others while a model works on it."""

    def seen() -> Device:
        found: DeviceList = engine.ask(Devices((address,)))
        (other,) = [each for each in found.devices if each.kind == "rpc"]
        return other

    with rpc_server(tmp_path) as (address, server):
        before = seen()
        _, helped = said(engine, replace(spec, context_length=512, rpc=(address,)))
        there = [each for each in helped.model.buffers if address in each.device]
        during = seen()
        assert during.available
        assert during.memory_total == before.memory_total
        assert during.memory_free <= before.memory_total - sum(each.size_bytes for each in there)
        # Another context: it is let go and asked anew.
        _, again = said(engine, replace(spec, context_length=768, rpc=(address,)))
        assert again.model.gpu_layers == again.model.total_layers
        server.kill()
        server.wait(patience.SECONDS)
        gone = seen()
        assert gone.why is not None
        assert "nothing listens there" in gone.why.what_text
        with pytest.raises(ChildDied):  # llama.cpp can't part from it
            said(engine, spec)
    assert said(engine, spec)[0]


def test_a_helper_that_is_gone_stops_the_load_and_not_the_engine(
    engine: WorkerProcess, spec: ModelSpec, helper: str
) -> None:
    with pytest.raises(LoamError, match=r"127\.0\.0\.1:9 can't help"):
        list(engine.stream(Generate(replace(spec, rpc=("127.0.0.1:9",)), GREEDY, TURNS)))
    assert engine.pid is not None
    assert said(engine, replace(spec, context_length=768))[0]


def test_a_helper_that_dies_in_mid_answer_ends_that_answer_alone(
    engine: WorkerProcess, spec: ModelSpec, tmp_path: Path
) -> None:
    endless = replace(GREEDY, max_tokens=0)
    with rpc_server(tmp_path) as (address, server):
        used = replace(spec, gpu_layers=10, rpc=(address,))
        events = engine.stream(Generate(used, endless, prompt="1, 2, 3, 4, 5, 6,"))
        assert any(isinstance(event, Token) for event in events)
        server.kill()
        with pytest.raises(ChildDied):
            list(events)
    assert said(engine, spec)[0]
