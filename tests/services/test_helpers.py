"""Other machines that go away while a model works there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from app.core import helpers
from app.core.errors import ChildDied, HelperMissing
from app.core.messages import Generate, Turn
from app.core.paths import Profile
from app.core.process import WorkerProcess
from app.core.types import ModelSpec, Sampling
from app.services.children import engine_process


@pytest.fixture
def port() -> Iterator[str]:
    """A machine that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_a_death_is_told_as_the_machine_that_went_away(
    profile: Profile, port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> Iterator[Any]:
        yield "a word"
        raise ChildDied("abort", name="The model", reason="it crashed")

    monkeypatch.setattr(WorkerProcess, "stream", dies)

    def asked(*others: str) -> list[object]:
        spec = ModelSpec("/models/a.gguf", 512, rpc=others)
        return list(engine.stream(Generate(spec, Sampling(), (Turn("user", "Hello"),))))

    with closing(engine_process(profile)) as engine:
        for others in ((), (port,)):
            with pytest.raises(ChildDied, match="it crashed"):
                asked(*others)
        with pytest.raises(HelperMissing, match=r"127\.0\.0\.1:9 can't help") as caught:
            asked(port, "127.0.0.1:9")
    assert "went away" in str(caught.value)
    assert caught.value.detail == "abort"
    assert helpers.listens(port)
    assert not helpers.listens("no port at all")
