"""Pictures through libmtmd: the real model, with eyes that are made on the spot."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import BadPicture, BadProjector, CannotSee, LoamError, NotAModel
from app.core.messages import (
    Generate,
    Generated,
    Inspect,
    Inspected,
    Load,
    Loaded,
    Progress,
    Token,
    Turn,
)
from app.core.process import Cancel, WorkerProcess
from app.core.types import ModelSpec, Status
from app.engine import picture_tokens, shape, vision_plan
from app.engine.config import EngineConfig
from app.engine.plan import Card, Machine, plan
from tests import mmproj, patience
from tests.engine.asking import GREEDY

WHAT = "What is this?"
BIG = Machine(8 << 30, 16 << 30, (Card("A card", 24 << 30, 24 << 30),))


@pytest.fixture(scope="module")
def folder(chat_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model with an add-on of each kind in a folder of its own, and pictures."""
    made = tmp_path_factory.mktemp("seeing")
    for kind in ("internvl", "gemma3"):
        (made / kind).mkdir()
        (made / kind / chat_model.name).symlink_to(chat_model)
        mmproj.write(made / kind / f"mmproj-{chat_model.stem}-F32.gguf", kind=kind)
    mmproj.picture(made / "small.png", 1, (90, 60))
    mmproj.picture(made / "large.png", 2, (300, 200))
    mmproj.picture(made / "photo.jpg", 3, (64, 64), "JPEG")
    return made


@pytest.fixture(scope="module")
def seeing(folder: Path, chat_model: Path) -> ModelSpec:
    return ModelSpec(str(folder / "internvl" / chat_model.name), context_length=1024, threads=1)


def look(
    engine: WorkerProcess, spec: ModelSpec, *turns: Turn, most: int = 8
) -> tuple[str, Generated]:
    said, end = "", None
    for event in engine.stream(Generate(spec, replace(GREEDY, max_tokens=most), turns)):
        if isinstance(event, Token):
            said += event.text
        if isinstance(event, Generated):
            end = event
    assert end is not None
    return said, end


def shown(*pictures: Path, text: str = WHAT) -> Turn:
    return Turn("user", text, pictures=tuple(map(str, pictures)))


def test_an_add_on_is_recognised_and_paired(
    engine: WorkerProcess, folder: Path, seeing: ModelSpec, spec: ModelSpec, chat_model: Path
) -> None:
    add_on = folder / "internvl" / f"mmproj-{chat_model.stem}-F32.gguf"
    model: Inspected = engine.ask(Inspect(seeing.path))
    assert model.info.projector == str(add_on)
    assert not model.info.is_projector
    itself: Inspected = engine.ask(Inspect(str(add_on)))
    assert itself.info.is_projector
    blind: Inspected = engine.ask(Inspect(spec.path))
    assert blind.info.projector == ""
    with pytest.raises(NotAModel, match="lets another model see"):
        engine.ask(Load(ModelSpec(str(add_on))))


def test_places_reuse_and_answers(engine: WorkerProcess, folder: Path, seeing: ModelSpec) -> None:
    small, large = folder / "small.png", folder / "large.png"
    blind, alone = look(engine, seeing, Turn("user", WHAT))
    first, one = look(engine, seeing, shown(small))
    second, two = look(engine, seeing, shown(large))
    again, back = look(engine, seeing, shown(small))
    assert len({blind, first, second}) == 3
    assert again == first
    # Both have parts of 16 places, which tell how much of the prompt the picture is.
    added = [end.stats.prompt_tokens - alone.stats.prompt_tokens for end in (one, two)]
    assert added[0] % mmproj.PLACES == added[1] % mmproj.PLACES
    assert mmproj.PLACES < added[0] < added[1]
    # Of another picture nothing is reused, not even a part of it.
    assert two.stats.prompt_cached == back.stats.prompt_cached < one.stats.prompt_tokens - added[0]
    # The same picture again, and one more message under it: nothing is looked at anew.
    same, end = look(engine, seeing, shown(small))
    assert (same, end.stats.prompt_cached) == (first, one.stats.prompt_tokens - 1)
    turns = (shown(small), Turn("assistant", first), Turn("user", "And what colour has it?"))
    _, more = look(engine, seeing, *turns)
    assert more.stats.prompt_cached >= one.stats.prompt_tokens
    assert more.stats.context_used > more.stats.prompt_tokens


def test_places_that_see_those_after_them(
    engine: WorkerProcess, folder: Path, seeing: ModelSpec
) -> None:
    spec = replace(seeing, path=str(folder / "gemma3" / Path(seeing.path).name))
    first, one = look(engine, spec, shown(folder / "small.png"), most=16)
    other, two = look(engine, spec, shown(folder / "large.png"), most=16)
    again, _ = look(engine, spec, shown(folder / "small.png"), most=16)
    assert again == first != other
    assert one.stats.prompt_tokens == two.stats.prompt_tokens


def test_a_chat_with_a_picture_is_kept_on_disk(
    folder: Path, seeing: ModelSpec, tmp_path: Path
) -> None:
    turns = (shown(folder / "large.png", text="Look at this well. " * 60),)
    config = EngineConfig(tmp_path, tmp_path / "states", 1 << 30)
    said = []
    for _ in range(2):
        worker = WorkerProcess(
            "The model", "app.engine.worker:Worker", config, tmp_path, grace=patience.SECONDS
        )
        try:
            said.append(look(worker, seeing, *turns))
        finally:
            worker.close(patience=patience.SECONDS)
    (first, cold), (second, warm) = said
    assert first == second
    assert cold.stats.prompt_cached == 0
    assert warm.stats.prompt_cached == cold.stats.prompt_tokens - 1


def test_stop_is_heard_while_a_picture_is_looked_at(
    engine: WorkerProcess, folder: Path, seeing: ModelSpec, tmp_path: Path
) -> None:
    # Of so many layers that the eight pictures take ten seconds.
    slow = mmproj.write(tmp_path / "mmproj-slow.gguf", layers=100)
    spec = replace(seeing, options=replace(seeing.options, projector=str(slow)))
    cancel, end = Cancel(), None
    request = Generate(spec, GREEDY, (shown(*[folder / "large.png"] * 8),))
    for event in engine.stream(request, cancel):
        if isinstance(event, Progress) and event.unit == "tokens":
            cancel.set()
        if isinstance(event, Generated):
            end = event
    assert end is not None
    assert end.status is Status.STOPPED
    pid = engine.pid
    said, after = look(engine, seeing, shown(folder / "small.png"))
    assert said
    assert after.status is Status.LENGTH
    assert engine.pid == pid


def test_what_can_not_be_used_is_said(
    engine: WorkerProcess, folder: Path, seeing: ModelSpec, spec: ModelSpec, tmp_path: Path
) -> None:
    good = folder / "small.png"

    def refused(kind: type[LoamError], using: ModelSpec, picture: Path) -> str:
        with pytest.raises(kind) as caught:
            look(engine, using, shown(picture))
        return str(caught.value)

    assert "can't see pictures" in refused(CannotSee, spec, good)
    cut = tmp_path / "cut.png"
    cut.write_bytes(good.read_bytes()[:-40])
    assert "cut.png can't be used as a picture" in refused(BadPicture, seeing, cut)
    text = tmp_path / "text.png"
    text.write_text("no picture")
    assert "no PNG, JPEG" in refused(BadPicture, seeing, text)
    wrong = mmproj.write(tmp_path / "mmproj-wrong.gguf", width=640)
    using = replace(seeing, options=replace(seeing.options, projector=str(wrong)))
    assert "does not make the 576 numbers" in refused(BadProjector, using, good)
    short = tmp_path / "mmproj-cut.gguf"
    short.write_bytes(wrong.read_bytes()[:-4096])
    using = replace(seeing, options=replace(seeing.options, projector=str(short)))
    assert "it is cut off" in refused(NotAModel, using, good)
    assert engine.ask(Load(seeing)) is not None


def test_a_picture_that_is_told_to_be_huge_is_not_opened(tmp_path: Path) -> None:
    from PIL import Image

    from app.engine import picture_file

    huge = tmp_path / "huge.png"
    Image.new("1", (9000, 9000)).save(huge)
    with pytest.raises(BadPicture, match="50 million"):
        picture_file.decode(huge.read_bytes(), "huge.png")


def test_a_picture_lies_as_its_camera_says(tmp_path: Path) -> None:
    from PIL import Image

    from app.engine import picture_file

    turned = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (80, 20), "red").save(turned, exif=exif)
    assert picture_file.decode(turned.read_bytes(), "turned.jpg").size == (20, 80)
    clear = tmp_path / "clear.gif"
    Image.new("P", (4, 4), 0).save(clear, transparency=0)
    assert picture_file.decode(clear.read_bytes(), "clear.gif").getpixel((1, 1)) == (255, 255, 255)


def test_the_plan_keeps_room_for_the_add_on(seeing: ModelSpec, spec: ModelSpec) -> None:
    blind, eyes = vision_plan.bytes_for(spec), vision_plan.bytes_for(seeing)
    assert blind == 0 < eyes
    found = shape.read(seeing.path)
    main = Machine(8 << 30, 16 << 30)
    plain = plan(found, main, 1024)
    with_eyes = vision_plan.with_add_on(
        plan(found, vision_plan.without(main, eyes), 1024), eyes, main
    )
    assert with_eyes.total_bytes == plain.total_bytes + eyes
    # A card that takes the model alone takes fewer of its layers beside the add-on.
    size = sum(share.size_bytes for share in plan(found, BIG, 1024).shares)
    tight = Machine(8 << 30, 16 << 30, (Card("A card", size + (257 << 20), 8 << 30),))
    alone = plan(found, tight, 1024)
    beside = plan(found, vision_plan.without(tight, eyes), 1024)
    assert alone.all_on_cards
    assert beside.gpu_layers < alone.gpu_layers
    both = vision_plan.with_add_on(beside, eyes, tight)
    assert both.shares[0].size_bytes == beside.shares[0].size_bytes + eyes
    # Whoever puts nothing on the card has the add-on in main memory too.
    none = vision_plan.with_add_on(plan(found, tight, 1024, 0), eyes, tight, 0)
    assert none.shares == ()


def test_positions_of_models_that_count_otherwise() -> None:
    """Qwen's pictures of 6 x 4 places take 6 positions: what follows stands 18 before its place."""
    one, two = picture_tokens.placed("a", 24, 6), picture_tokens.placed("b", 24, 24)
    tokens = [5, *one, *two, 9]
    assert picture_tokens.saved_positions(tokens, len(tokens)) == 18
    assert picture_tokens.saved_positions(tokens, 1) == 0
    # A picture is kept whole or not at all.
    assert [picture_tokens.whole(tokens, at) for at in (0, 1, 2, 24, 25, 26, 49, 50)] == [
        0, 1, 1, 1, 25, 25, 49, 50,
    ]  # fmt: skip
    assert [at for at, token in enumerate(tokens) if picture_tokens.starts(token)] == [1, 25]
    assert picture_tokens.length_at(tokens, 1) == picture_tokens.length_at(tokens, 25) == 24


@pytest.fixture
def mtmd_cli() -> str:
    """llama.cpp's own program for pictures; benchmarks/llama_tools.sh builds it."""
    program = os.environ.get("LOAM_MTMD_CLI", "")
    if not program:
        pytest.skip("LOAM_MTMD_CLI names no llama-mtmd-cli")
    return program


@pytest.mark.parametrize("kind", ["internvl", "gemma3"])
def test_answers_are_those_of_llama_cpp(
    engine: WorkerProcess, folder: Path, seeing: ModelSpec, mtmd_cli: str, kind: str
) -> None:
    model = folder / kind / Path(seeing.path).name
    add_on = next((folder / kind).glob("mmproj-*"))
    for name in ("small.png", "large.png"):
        said, _ = look(engine, replace(seeing, path=str(model)), shown(folder / name))
        words: list[str | Path] = [
            mtmd_cli, "--jinja", "-m", model, "--mmproj", add_on, "--image", folder / name,
            "-p", WHAT, "--temp", "0", "--repeat-penalty", "1", "-n", "8", "-t", "1",
            "-c", "1024", "-b", "256", "-ub", "256",
        ]  # fmt: skip
        told = subprocess.run(words, capture_output=True, check=True, text=True, timeout=300)
        assert said.strip() == told.stdout.strip()


def test_a_loaded_model_names_its_add_on(
    engine: WorkerProcess, seeing: ModelSpec, folder: Path, tmp_path: Path
) -> None:
    loaded: Loaded = engine.ask(Load(seeing))
    assert loaded.model.info.projector
    # An add-on of another name that was chosen wins over the one beside the model.
    chosen = tmp_path / "eyes.gguf"
    shutil.copy(next((folder / "internvl").glob("mmproj-*")), chosen)
    using = replace(seeing, options=replace(seeing.options, projector=str(chosen)))
    said, _ = look(engine, using, shown(folder / "small.png"))
    assert said
    never = replace(seeing, options=replace(seeing.options, projector="none"))
    with pytest.raises(CannotSee):
        look(engine, never, shown(folder / "small.png"))
