"""A real llama-server as the server: the same words as the engine here, from the same file.

Runs where the binary is on the PATH or named by LOAM_LLAMA_SERVER; `benchmarks/llama_tools.sh`
builds one from the sources that llama-cpp-python was built from.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import paths, servernames
from app.core.messages import Generate, Generated, Token, Turn
from app.core.process import Cancel, WorkerProcess
from app.core.types import AnswerForm, ModelSpec, Sampling, Server, Status
from app.engine.config import EngineConfig
from app.services.default_record import default_chat_model
from app.services.server_book import ServerBook
from app.services.servers import ServerService
from tests import patience

GREEDY = Sampling(temperature=0.0, repeat_penalty=1.0, max_tokens=48)
CONTEXT = 1024


@pytest.fixture(scope="module")
def model() -> Path:
    found = default_chat_model(paths.bundled_models())
    assert found is not None
    return found


@pytest.fixture(scope="module")
def address(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A llama-server over the default model, with one thread as the engine here has."""
    binary = os.environ.get("LOAM_LLAMA_SERVER") or shutil.which("llama-server")
    if not binary:
        pytest.skip("llama-server is neither on the PATH nor named by LOAM_LLAMA_SERVER")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("llama-server") / "log.txt"
    command = [binary, "-m", str(model), "-c", str(CONTEXT), "-np", "1", "-t", "1", "-b", "256"]
    command += ["-ub", "256", "--jinja", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--alias", "small"]
    with log.open("wb") as written:
        server = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT)
        try:
            wait_for(port, server, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.kill()
            server.wait(patience.SECONDS)


def wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    """Until its model is loaded."""
    import http.client

    end = time.monotonic() + patience.SECONDS
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text(errors="replace")[-2000:]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    pytest.fail("llama-server did not come up")


@pytest.fixture
def spec(servers: ServerService, book: ServerBook, address: str) -> ModelSpec:
    found = servers.look(address, "")
    assert found.kind == "llama.cpp"
    assert [(m.name, m.context) for m in found.models] == [("small", CONTEXT)]
    book.put(Server(address, models=found.models, kind=found.kind))
    return ModelSpec(servernames.join(address, "small"))


@pytest.fixture(scope="module")
def local(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    logs = tmp_path_factory.mktemp("logs")
    entry = "app.engine.worker:Worker"
    worker = WorkerProcess("The model", entry, EngineConfig(logs), logs, grace=patience.SECONDS)
    yield worker
    worker.close()


def text_of(events: Iterator[object]) -> tuple[str, Generated]:
    heard = list(events)
    end = heard[-1]
    assert isinstance(end, Generated)
    return "".join(e.text for e in heard if isinstance(e, Token)), end


@pytest.mark.parametrize(
    "turns",
    [
        (Turn("user", "What is the capital of France?"),),
        (
            Turn("system", "You answer in one sentence."),
            Turn("user", "Name three colours."),
            Turn("assistant", "Red, green and blue."),
            Turn("user", "And two animals, with an umlaut: ä ö ü?"),
        ),
    ],
)
def test_greedy_answers_are_those_of_the_engine_here(
    servers: ServerService,
    spec: ModelSpec,
    local: WorkerProcess,
    model: Path,
    turns: tuple[Turn, ...],
) -> None:
    here = ModelSpec(str(model), CONTEXT, threads=1)
    there, end = text_of(servers.stream(Generate(spec, GREEDY, turns)))
    expected, local_end = text_of(local.stream(Generate(here, GREEDY, turns)))
    assert there == expected
    assert end.status is local_end.status
    assert end.stats.prompt_tokens == local_end.stats.prompt_tokens
    assert end.stats.answer_tokens == local_end.stats.answer_tokens
    assert end.stats.context_length == CONTEXT


def test_a_page_is_continued_as_here(
    servers: ServerService, spec: ModelSpec, local: WorkerProcess, model: Path
) -> None:
    here = ModelSpec(str(model), CONTEXT, threads=1)
    prompt = "Once upon a time, in a village by the sea,"
    there, _end = text_of(servers.stream(Generate(spec, GREEDY, prompt=prompt)))
    expected, _end = text_of(local.stream(Generate(here, GREEDY, prompt=prompt)))
    assert there == expected


def test_an_answer_goes_on_where_it_was_stopped(servers: ServerService, spec: ModelSpec) -> None:
    turns = (Turn("user", "Count from 1 to 30 in words."),)
    whole, _end = text_of(servers.stream(Generate(spec, GREEDY, turns)))
    half = whole[: len(whole) // 2].rsplit(" ", 1)[0]
    rest, _end = text_of(servers.stream(Generate(spec, GREEDY, turns, prefill=half)))
    assert not rest.startswith(half)
    assert (half + rest).startswith(whole[: len(half) + 10])


def test_stop_ends_an_answer(servers: ServerService, spec: ModelSpec) -> None:
    cancel, end = Cancel(), None
    endless = Sampling(temperature=0.0, repeat_penalty=1.0, max_tokens=0)
    request = Generate(spec, endless, prompt="1, 2, 3, 4, 5, 6, 7, 8, 9, 10,")
    for event in servers.stream(request, cancel):
        if isinstance(event, Token):
            cancel.set()
        end = event
    assert isinstance(end, Generated)
    assert end.status is Status.STOPPED


def test_a_chat_longer_than_the_context_loses_its_oldest_turns(
    servers: ServerService, book: ServerBook, spec: ModelSpec
) -> None:
    # The server is asked as if it could take eight times as much as it can.
    known = book.get(spec.path)
    large = tuple(type(m)(m.name, 8 * CONTEXT) for m in known.models)
    book.put(Server(known.address, models=large, kind=known.kind))
    long = "The quick brown fox jumps over the lazy dog. " * 20
    turns = tuple(Turn("user" if n % 2 == 0 else "assistant", f"{n}. {long}") for n in range(13))
    text, end = text_of(servers.stream(Generate(spec, GREEDY, turns)))
    assert text
    assert end.dropped_turns > 0
    assert end.stats.prompt_tokens < CONTEXT


def test_an_answer_is_held_to_a_schema(servers: ServerService, spec: ModelSpec) -> None:
    form = AnswerForm(
        '{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"],'
        ' "additionalProperties": false}'
    )
    request = Generate(spec, GREEDY, (Turn("user", "How many legs has a dog?"),), form=form)
    text, _end = text_of(servers.stream(request))
    assert text.lstrip().startswith("{")
    assert '"n"' in text
