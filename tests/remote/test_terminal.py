"""Models on servers from the terminal."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from app.cli import servers
from app.cli.main import run
from app.core.paths import Profile
from app.core.types import Server, ServerModel
from app.services.server_book import ServerBook
from tests.remote.server import FakeServer, says, serving
from tests.remote.test_certificates import certificate


@pytest.fixture
def loam(profile: Profile, capsys: pytest.CaptureFixture[str]) -> Any:
    def command(*arguments: str) -> tuple[int, list[str], str]:
        code = run(["--profile", str(profile.root), *arguments])
        printed = capsys.readouterr()
        return code, printed.out.splitlines(), printed.err

    return command


def test_a_certificate_of_ones_own(loam: Any, book: ServerBook, tmp_path: Path) -> None:
    own = certificate(tmp_path)
    with serving(own) as fake:
        code, out, err = loam("models", "connect", fake.address)
        assert (code, out) == (1, [])
        assert "the server signed it itself" in err
        assert "--certificate" in err
        code, out, err = loam("models", "connect", fake.address, "--certificate", str(own))
        assert code == 0, err
        assert "repeat penalty have no effect there" in err
        assert book.servers()[0].certificate == str(own)
        code, out, err = loam("models", "connect", fake.address, "--json")
        assert json.loads(out[0])["certificate"] == str(own), "it stays"
    code, out, err = loam("models", "connect", fake.address, "--certificate", "none.pem")
    assert (code, "none.pem" in err) == (2, True)


def test_connect_ask_and_disconnect(
    loam: Any, fake: FakeServer, book: ServerBook, tmp_path: Path
) -> None:
    fake.models = [{"id": "tiny-1"}, {"id": "tiny-2"}]
    address = f"127.0.0.1:{fake.port}"
    code, out, err = loam("models", "connect", address)
    assert (code, out) == (2, ["tiny-1", "tiny-2"])
    assert "--model" in err
    assert book.servers() == ()
    code, out, err = loam(
        "models",
        "connect",
        address,
        "--model",
        "tiny-2",
        "--name",
        "Desk",
        "--context",
        "1000",
        "--json",
    )
    assert code == 0, err
    made = json.loads(out[0])
    assert made["models"] == [{"name": "tiny-2", "context": 1000}]
    assert made["where"] == f"This machine, port {fake.port}"
    # Another model of the same server comes beside it.
    code, out, err = loam("models", "connect", address, "--model", "tiny-1", "--json")
    assert json.loads(out[0])["models"] == [
        {"name": "tiny-1", "context": 0},
        {"name": "tiny-2", "context": 1000},
    ]
    _code, out, _err = loam("models", "list", "--json")
    listed = json.loads(out[-1])
    assert listed["path"] == f"{fake.address}#tiny-2"
    assert (listed["kind"], listed["name"]) == ("server", "tiny-2")

    fake.answer = says("Entry costs 4 euros.")
    note = tmp_path / "garden.md"
    note.write_text("# The garden\n\nEntry to the garden costs 4 euros.\n")
    code, out, err = loam(
        "ask",
        "What does entry to the garden cost?",
        "--docs",
        str(note),
        "--model",
        "tiny-2",
        "--json",
    )
    assert code == 0, err
    answer = json.loads(out[0])
    assert answer["answer"].startswith("Entry costs 4 euros [1]")
    assert answer["sources"][0]["path"] == str(note)
    (asked,) = fake.questions
    assert asked["model"] == "tiny-2"
    assert "Entry to the garden costs 4 euros." in asked["messages"][-1]["content"]

    assert loam("models", "disconnect", "Desk")[0] == 0
    assert book.servers() == ()
    code, _out, err = loam("ask", "Hello?", "--model", "tiny-2")
    assert code == 2
    assert "tiny-2" in err


def test_a_key_comes_from_stdin_and_stays_out_of_the_file(
    loam: Any, fake: FakeServer, book: ServerBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.key = "sk-1234"
    code, _out, err = loam("models", "connect", fake.address)
    assert code == 1
    assert "key" in err
    monkeypatch.setattr("sys.stdin", io.StringIO("sk-1234\n"))
    code, out, err = loam("models", "connect", fake.address, "--key-from-stdin")
    assert code == 0, err
    assert "tiny-1" in out[0]
    assert "sk-1234" not in book._file.read_text()
    fake.answer = says("Hello from the server.")
    code, out, err = loam("ask", "Hello?", "--model", "tiny-1")
    assert (code, out) == (0, ["Hello from the server."])
    assert fake.asked[-1][1] == "Bearer sk-1234"


def test_a_chat_with_a_server_goes_on(
    loam: Any, fake: FakeServer, book: ServerBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.put(Server(fake.address, "Desk", (ServerModel("tiny-1"),)))
    lines = iter(["Hello?", "And then?", "/quit"])
    monkeypatch.setattr("builtins.input", lambda _prompt: next(lines))
    code, out, err = loam("chat", "--model", "Desk/tiny-1", "--json")
    assert code == 0, err
    assert [json.loads(line)["answer"] for line in out] == ["Hello there."] * 2
    assert [turn["role"] for turn in fake.questions[-1]["messages"]] == [
        "system",
        "user",
        "assistant",
        "user",
    ]


def test_where_text_goes_is_said_before_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    for path in ("/models/small.gguf", "http://127.0.0.1:8080/v1#near"):
        servers.told(path)
    assert capsys.readouterr().err == ""
    servers.told("http://192.0.2.7:8080/v1#far")
    assert capsys.readouterr().err == "loam: Text goes to 192.0.2.7:8080.\n"
