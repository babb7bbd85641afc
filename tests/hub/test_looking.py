"""What a model on the hub would need, from the beginning of one of its files."""

from __future__ import annotations

import struct
import threading
from pathlib import Path

import pytest

from app.core.errors import Cancelled, HubDenied, HubUnreachable, NotAModel
from app.core.messages import HubListing, Progress
from app.core.process import Cancel
from app.engine import shape
from app.engine.plan import Fit, Machine
from app.services.device_plan import fit_of_file
from app.services.hub import HubService
from app.services.hub_shapes import HubShape, HubShapes
from app.training import tinymodel
from tests import patience
from tests.hub.server import COMMIT, REPOSITORY, Hub

GB = 1_000_000_000
LAPTOP = Machine(free=10 * GB, total=16 * GB)
RESOLVE = f"/{REPOSITORY}/resolve/{COMMIT}/"


def header(keys: int, size: int = 4096) -> bytes:
    """A small file whose one layer keeps `keys` numbers of a token, twice."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    pairs = text("general.architecture") + struct.pack("<I", 8) + text("llama")
    pairs += text("llama.context_length") + struct.pack("<II", 4, 8192)
    weights = b"".join(
        # A type that nobody knows yet has no size.
        text(f"blk.0.attn_{name}.weight") + struct.pack("<IQQIQ", 2, 1, keys, 200, 0)
        for name in ("k", "v")
    )
    return (b"GGUF" + struct.pack("<IQQ", 3, 2, 2) + pairs + weights).ljust(size, b"\0")


def listed(service: HubService) -> HubListing:
    (found,) = service.files(REPOSITORY)
    assert isinstance(found, HubListing)
    return found


def looked(shapes: HubShapes, listing: HubListing) -> HubShape:
    *before, found = shapes.look(listing)
    assert all(isinstance(each, Progress) for each in before)
    assert isinstance(found, HubShape)
    return found


def test_the_beginning_of_one_file_is_enough(hub: Hub, service: HubService, tmp_path: Path) -> None:
    file = tmp_path / "tiny.gguf"
    tinymodel.write(file, seed=3)
    data = file.read_bytes()
    hub.files = {
        "tiny-F32.gguf": data + bytes(1 << 20),
        "tiny-Q8_0.gguf": data,
        "mmproj-tiny.gguf": b"eyes",
    }
    # Nothing more comes: all that is needed is there.
    hub.hold_after = len(data) - 1000
    shapes, listing = HubShapes(service), listed(service)
    found = looked(shapes, listing)
    assert found.shape == shape.read(str(file))
    assert found.size_bytes == len(data)
    (sent,) = hub.asked(RESOLVE)
    assert sent["range"] == f"bytes=0-{len(data) - 1}"
    assert hub.asked(f"{RESOLVE}tiny-Q8_0.gguf"), "the smallest is asked for"
    # Asked once only.
    assert looked(shapes, listing) == found
    assert len(hub.asked(RESOLVE)) == 1


def test_a_header_knows_better_than_a_size(hub: Hub, service: HubService) -> None:
    hub.files = {"large-context-Q4_0.gguf": header(4_000_000)}
    listing = listed(service)
    (file,) = listing.files
    assert fit_of_file(file, listing.repository, LAPTOP) is Fit.FITS
    found = looked(HubShapes(service), listing)
    assert found.fit(file.size_bytes, LAPTOP) is Fit.WONT
    assert found.fit(file.size_bytes, LAPTOP, context=256) is Fit.FITS


def test_the_others_follow_from_their_size(hub: Hub, service: HubService, tmp_path: Path) -> None:
    file = tmp_path / "tiny.gguf"
    tinymodel.write(file, seed=3)
    hub.files = {"tiny.gguf": file.read_bytes()}
    found = looked(HubShapes(service), listed(service))
    twice = shape.scaled(found.shape, 2.0)
    assert twice.weights == 2 * found.shape.weights
    assert twice.kv == found.shape.kv
    assert found.fit(found.size_bytes, LAPTOP) is Fit.FITS
    assert found.fit(20 * GB, LAPTOP) is Fit.WONT


def test_a_model_in_parts_is_told_by_its_metadata(hub: Hub, service: HubService) -> None:
    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    numbers = {
        "split.count": 2,
        "llama.block_count": 10,
        "llama.embedding_length": 512,
        "llama.attention.head_count": 8,
        "llama.attention.head_count_kv": 2,
    }
    pairs = text("general.architecture") + struct.pack("<I", 8) + text("llama")
    pairs += b"".join(text(name) + struct.pack("<II", 4, n) for name, n in numbers.items())
    first = b"GGUF" + struct.pack("<IQQ", 3, 0, 1 + len(numbers)) + pairs
    hub.files = {
        "m-00001-of-00002.gguf": first.ljust(4096, b"\0"),
        "m-00002-of-00002.gguf": bytes(16_384),
    }
    found = looked(HubShapes(service), listed(service))
    assert found.size_bytes == 20_480
    assert found.shape.kv == (2 * 2 * 64,) * 10
    assert found.shape.weights == 20_480


@pytest.mark.parametrize(
    "data",
    [
        b"<html>" * 1000,
        b"GGUF" + struct.pack("<IQQ", 3, 1, 1 << 40) + bytes(4000),
        b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, 1 << 60) + bytes(4000),
        # A list that would reach beyond all that may come.
        b"GGUF"
        + struct.pack("<IQQQ", 3, 1, 1, 1)
        + b"k"
        + struct.pack("<IIQ", 9, 8, 400)
        + b"\xff" * 4000,
    ],
)
def test_what_is_no_header_is_refused(hub: Hub, service: HubService, data: bytes) -> None:
    hub.files = {"bad.gguf": data}
    with pytest.raises(NotAModel):
        list(HubShapes(service).look(listed(service)))


def test_what_may_not_be_read_is_said(hub: Hub, service: HubService) -> None:
    hub.files = {"a.gguf": header(8)}
    listing = listed(service)
    hub.status, hub.error_code = 401, "GatedRepo"
    with pytest.raises(HubDenied):
        list(HubShapes(service).look(listing))


def test_a_connection_that_breaks_is_said(hub: Hub, service: HubService) -> None:
    hub.files, hub.cut_after = {"a.gguf": header(8)}, 40
    with pytest.raises(HubUnreachable, match="the connection broke"):
        list(HubShapes(service).look(listed(service)))


def test_one_that_never_comes_can_be_stopped(hub: Hub, service: HubService) -> None:
    hub.files, hub.hold_after = {"slow.gguf": header(8)}, 40
    cancel = Cancel()
    shapes, listing = HubShapes(service), listed(service)
    watch = threading.Timer(patience.SECONDS, cancel.set)
    watch.start()
    events = shapes.look(listing, cancel)
    assert isinstance(next(iter(events)), Progress)
    cancel.set()
    with pytest.raises(Cancelled):
        list(events)
    watch.cancel()
