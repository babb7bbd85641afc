"""Pictures and vision add-ons from the terminal."""

from __future__ import annotations

import json
from pathlib import Path

from app.core import paths
from app.services.default_record import default_chat_model
from tests import mmproj
from tests.cli.conftest import Loam, parsed

WHAT = "What is this?"


def _seeing(folder: Path) -> tuple[Path, Path]:
    """The default model with a vision add-on beside it."""
    model = default_chat_model(paths.bundled_models())
    assert model is not None
    add_on = mmproj.write(folder / "seeing" / f"mmproj-{model.stem}-F32.gguf")
    seeing = add_on.with_name(model.name)
    seeing.symlink_to(model)
    return seeing, add_on


def test_a_picture_is_shown_in_a_chat(loam: Loam, tmp_path: Path) -> None:
    seeing, _ = _seeing(tmp_path)
    wall, sky = (str(mmproj.picture(tmp_path / f"{seed}.png", seed)) for seed in (1, 2))
    said = ("chat", "--model", str(seeing), "--json", "--image", wall, "--image", sky)
    first, second = parsed(loam(*said, stdin=f"{WHAT}\nAnd what else?\n"))
    export = json.loads(loam("chats", "export", str(first["chat"]), "--format", "json").stdout)
    messages = [each for each in export["messages"] if each["role"] == "user"]
    assert [len(each["pictures"]) for each in messages] == [2, 0]
    assert second["answer"]
    refused = loam("chat", "--image", wall, stdin=f"{WHAT}\n")
    assert refused.returncode == 1
    assert "can't see pictures" in refused.stderr


def test_a_picture_is_asked_about(loam: Loam, tmp_path: Path) -> None:
    seeing, add_on = _seeing(tmp_path)
    wall, sky = (str(mmproj.picture(tmp_path / f"{seed}.png", seed)) for seed in (1, 2))
    first, second = (
        parsed(loam("ask", WHAT, "--model", str(seeing), "--json", "--image", shown))[0]["answer"]
        for shown in (wall, sky)
    )
    assert first != second
    (told,) = parsed(loam("models", "inspect", str(add_on), "--json"))
    assert (told["kind"], told["is_projector"]) == ("vision add-on", True)


def test_a_model_that_sees_nothing_says_so(loam: Loam, tmp_path: Path) -> None:
    refused = loam("ask", WHAT, "--image", str(mmproj.picture(tmp_path / "a.png", 1)))
    assert refused.returncode == 1
    assert "can't see pictures" in refused.stderr
    missing = loam("ask", WHAT, "--image", str(tmp_path / "none.png"))
    assert missing.returncode != 0
