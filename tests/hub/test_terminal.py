"""The hub from the terminal."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from app.cli import main
from app.core.paths import Profile
from app.services.preferences import SettingsService
from tests.hub.server import REPOSITORY, Hub, gguf
from tests.hub.test_looking import header
from tests.keys import Keys

CATALOG = """
[[model]]
id = "tiny"
name = "Tiny"
about = "Small"
parameters = 0.001
licence = "mit"
repository = "{repository}"
context = 4096
layers = 10
kv_heads = 2
head_size = 64
[[model.file]]
type = "Q8_0"
names = ["tiny-Q8_0.gguf"]
size_gb = 0.001
recommended = true
"""


class Terminal:
    """Runs commands in this process: a process of their own would take a second each."""

    def __init__(self, profile: Profile, capsys: pytest.CaptureFixture[str]) -> None:
        self._profile = profile
        self._capsys = capsys

    def run(self, *arguments: str) -> tuple[int, str, str]:
        code = main.run(["--profile", str(self._profile.root), "models", *arguments])
        shown = self._capsys.readouterr()
        return code, shown.out, shown.err

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        code, out, err = self.run(*arguments, "--json")
        assert code == 0, err
        return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def terminal(
    profile: Profile, settings: SettingsService, capsys: pytest.CaptureFixture[str]
) -> Iterator[Terminal]:
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    yield Terminal(profile, capsys)
    for handler in set(root.handlers) - set(before[1]):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(before[0])


def test_from_the_catalogue_to_a_listed_model(
    hub: Hub, terminal: Terminal, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = profile.root / "catalog.toml"
    file.write_text(CATALOG.format(repository=REPOSITORY))
    monkeypatch.setattr("app.core.paths.catalog", lambda: file)
    (entry,) = terminal.json("catalog")
    assert (entry["id"], entry["files"][0]["type"]) == ("tiny", "Q8_0")
    assert (entry["files"][0]["fit"], entry["recommended"]) == ("fits", True)
    hub.files = {"tiny-Q8_0.gguf": gguf(300_000)}
    assert terminal.run("download", "tiny", "Q4_0")[0] == 2
    (done,) = terminal.json("download", "tiny", "q8_0")
    assert done["paths"] == [str(profile.models / "tiny-Q8_0.gguf")]
    assert done["paths"][0] in [each["path"] for each in terminal.json("list")]


def test_searching_and_looking(hub: Hub, terminal: Terminal) -> None:
    hub.search = [{"id": REPOSITORY, "downloads": 1234, "tags": ["license:mit"]}]
    code, out, _ = terminal.run("search", "tiny", "model")
    assert (code, out) == (0, f"{REPOSITORY}  1,234 downloads, mit\n")
    hub.files = {"a-Q8_0.gguf": gguf(1000)}
    (file,) = terminal.json("files", REPOSITORY)
    assert (file["name"], file["size_bytes"], file["fit"]) == ("a-Q8_0.gguf", 1000, "fits")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("download", "nothing-such"), 2, "nothing-such"),
        (("download", "a/b"), 2, "models files a/b"),
        (("downloads", "--discard", "x.gguf"), 2, "x.gguf"),
        (("search", " "), 2, "search"),
    ],
)
def test_wrong_use(terminal: Terminal, arguments: tuple[str, ...], code: int, said: str) -> None:
    got, out, err = terminal.run(*arguments)
    assert (got, out) == (code, "")
    assert said in err


def test_files_are_judged_by_a_header(terminal: Terminal, hub: Hub) -> None:
    hub.files = {"huge-context-Q4_0.gguf": header(2_000_000_000)}
    *_progress, file = terminal.json("files", REPOSITORY)
    assert file["fit"] == "won't fit"
    hub.files = {"odd.gguf": b"no model" * 100}
    *_progress, file = terminal.json("files", REPOSITORY)
    assert file["fit"] == "fits", "by its size"


def test_the_token_is_typed_not_given(
    terminal: Terminal, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("hf_typed\n"))
    assert terminal.run("token", "set")[0] == 0
    assert list(keys.kept.values()) == ["hf_typed"]
    assert terminal.run("token", "set")[0] == 2
    assert terminal.run("token", "remove")[0] == 0
    assert keys.kept == {}


def test_my_models(hub: Hub, terminal: Terminal, profile: Profile) -> None:
    hub.files = {"tiny-Q8_0.gguf": gguf(300_000)}
    terminal.json("download", REPOSITORY, "tiny-Q8_0.gguf")
    path = str(profile.models / "tiny-Q8_0.gguf")
    assert terminal.json("verify", path)[0]["good"] is True
    terminal.json("rename", path, "A title")
    assert "A title" in [each["name"] for each in terminal.json("list")]
    (info,) = terminal.json("inspect", path)
    assert (info["kind"], info["files"]) == ("base", 1)
    (plan,) = terminal.json("plan", path, "--context", "512")
    assert (plan["context"], plan["fit"]) == (512, "fits")
    (gone,) = terminal.json("delete", path)
    assert terminal.run("inspect", path)[0] == 2
    assert [each["id"] for each in terminal.json("restore")] == [gone["id"]]
    assert terminal.json("restore", gone["id"]) == [{"path": path}]
    with open(path, "r+b") as file:  # noqa: PTH123
        file.seek(200_000)
        file.write(b"changed")
    code, out, _ = terminal.run("verify", path)
    assert (code, out.splitlines()[0]) == (1, "NOT what was promised")
