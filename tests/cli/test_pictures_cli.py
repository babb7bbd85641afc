"""Pictures and vision add-ons from the terminal."""

from __future__ import annotations

from pathlib import Path

from app.core import paths
from app.services.default_record import default_chat_model
from tests import mmproj
from tests.cli.conftest import Loam, parsed

WHAT = "What is this?"


def test_a_picture_is_asked_about(loam: Loam, tmp_path: Path) -> None:
    model = default_chat_model(paths.bundled_models())
    assert model is not None
    add_on = mmproj.write(tmp_path / "seeing" / f"mmproj-{model.stem}-F32.gguf")
    seeing = add_on.with_name(model.name)
    seeing.symlink_to(model)
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
