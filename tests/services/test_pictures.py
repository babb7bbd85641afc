"""Pictures in chats, through the real services: kept, shown to the model, exported, let go."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from app.core import paths
from app.core.errors import BadPicture, BadProjector, CannotSee
from app.core.messages import AnswerDone, Generate, MessageStarted, PictureKept, Turn
from app.core.paths import Profile
from app.core.process import Cancel
from app.core.types import ModelSpec, Picture, Role, Sampling
from app.remote.body import body
from app.services.assemble import Loam, build
from app.services.default_record import default_chat_model
from tests import mmproj


@pytest.fixture
def loam(profile: Profile) -> Iterator[Loam]:
    built = build(profile)
    yield built
    built.close()


@pytest.fixture
def seeing(tmp_path: Path) -> Path:
    """The default model, with eyes."""
    model = default_chat_model(paths.bundled_models())
    assert model is not None
    link = tmp_path / "seeing" / model.name
    mmproj.write(link.with_name(f"mmproj-{model.stem}-F32.gguf"))
    link.symlink_to(model)
    return link


def kept(loam: Loam, *files: Path) -> list[Picture]:
    events = loam.chats.gallery.add([str(each) for each in files])
    return [event.picture for event in events if isinstance(event, PictureKept)]


def told(events: Iterator[object]) -> tuple[list[int], AnswerDone]:
    ids: list[int] = []
    done = None
    for event in events:
        if isinstance(event, MessageStarted):
            ids.append(event.message_id)
        if isinstance(event, AnswerDone):
            done = event
    assert done is not None
    return ids, done


def test_a_picture_stays_with_its_message(loam: Loam, seeing: Path, tmp_path: Path) -> None:
    one, two = kept(
        loam,
        mmproj.picture(tmp_path / "a [1].png", 1),
        mmproj.picture(tmp_path / "b.jpg", 2, (300, 200), "JPEG"),
    )
    assert (one.name, one.width, one.height, two.kind) == ("a [1].png", 90, 60, "jpg")
    assert hashlib.sha256(loam.chats.picture_path(one).read_bytes()).hexdigest() == one.id
    chat = loam.chats.create()
    loam.chats.set_model(chat.id, str(seeing))
    sampling = Sampling(temperature=0.0, max_tokens=4)
    loam.chats.set_settings(chat.id, replace(chat.settings, sampling=sampling))
    (asked, answer), first = told(loam.chats.reply(chat.id, "", Cancel(), pictures=(one, two)))
    assert loam.chats.message(asked).pictures == (one, two)
    assert loam.chats.get(chat.id).title == "a [1].png"
    assert first.stats is not None
    # A second answer, and a message written anew, are to the same pictures.
    _, again = told(loam.chats.regenerate(answer, Cancel()))
    assert again.stats is not None
    assert again.stats.prompt_cached == first.stats.prompt_tokens - 1
    (edited, _), _ = told(loam.chats.edit(asked, "What do you see?", Cancel()))
    assert loam.chats.message(edited).pictures == (one, two)
    data = json.loads(loam.chats.export(chat.id, "json"))
    url = data["messages"][0]["pictures"][0]["url"]
    assert base64.b64decode(url.partition(",")[2]) == loam.chats.picture_path(one).read_bytes()
    markdown = loam.chats.export(chat.id, "markdown")
    assert "![a  1 .png](data:image/png;base64," in markdown
    assert "![b.jpg](data:image/jpeg;base64," in markdown
    # A model that sees nothing goes on with the chat, and is told that there were pictures.
    loam.chats.set_model(chat.id, "")
    asked_of, _ = told(loam.chats.reply(chat.id, "And now?", Cancel()))
    assert loam.chats.message(asked_of[0]).role is Role.USER
    with pytest.raises(CannotSee):
        list(loam.chats.reply(chat.id, "This?", Cancel(), pictures=(one,)))
    assert loam.chats.message(asked_of[1]).id == loam.chats.get(chat.id).leaf


def test_an_add_on_is_chosen_and_a_wrong_one_refused(
    loam: Loam, seeing: Path, tmp_path: Path
) -> None:
    wrong = mmproj.write(tmp_path / "eyes.gguf", width=960)
    before = loam.models.loading(seeing)
    with pytest.raises(BadProjector, match="does not make the 576 numbers"):
        loam.models.set_loading(seeing, before.changed(projector=str(wrong)))
    assert loam.models.loading(seeing) == before
    loam.models.set_loading(seeing, before.changed(projector="none"))
    spec = loam.models.as_chosen(ModelSpec(str(seeing)))
    assert not loam.models.sees(spec)
    assert loam.models.sees(ModelSpec(str(seeing)))


def test_what_no_message_has_goes(loam: Loam, profile: Profile, tmp_path: Path) -> None:
    used, waiting, old = kept(
        loam, *(mmproj.picture(tmp_path / f"{seed}.png", seed) for seed in range(3))
    )
    month_ago = time.time() - 30 * 24 * 3600
    for picture in (used, old):
        for file in (loam.chats.picture_path(picture), loam.chats.gallery.small(picture)):
            os.utime(file, (month_ago, month_ago))
    loam.chats.gallery.forget_all_but([used])
    there = {file.stem for file in profile.pictures.iterdir()}
    assert there == {each for one in (used, waiting) for each in (one.id, f"{one.id}-small")}


def test_what_is_kept_says_nothing_about_places(loam: Loam, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "A camera"
    photo = tmp_path / "photo.jpg"
    Image.new("RGB", (4000, 1000), "green").save(photo, exif=exif)
    (picture,) = kept(loam, photo)
    assert (picture.width, picture.height) == (768, 3072)
    with Image.open(loam.chats.picture_path(picture)) as opened:
        assert not opened.getexif()


def test_no_picture_is_refused_and_a_pasted_one_taken(loam: Loam, tmp_path: Path) -> None:
    text = tmp_path / "text.png"
    text.write_text("nothing")
    with pytest.raises(BadPicture, match=r"text\.png"):
        kept(loam, text)
    raw = io.BytesIO()
    Image.new("RGBA", (20, 10)).save(raw, "PNG")
    (event,) = [
        event
        for event in loam.chats.gallery.paste(raw.getvalue(), "Pasted")
        if isinstance(event, PictureKept)
    ]
    assert (event.picture.name, event.picture.width) == ("Pasted", 20)


def test_servers_get_pictures_as_data(tmp_path: Path) -> None:
    file = mmproj.picture(tmp_path / "a.png", 1)
    turns = (Turn("user", "What is this?", pictures=(str(file),)), Turn("assistant", "A wall."))
    request = Generate(ModelSpec("x"), Sampling(), turns)
    first, second = json.loads(body(request, "m", "vllm", turns, 0, True))["messages"]
    assert [part["type"] for part in first["content"]] == ["image_url", "text"]
    url = first["content"][0]["image_url"]["url"]
    assert base64.b64decode(url.removeprefix("data:image/png;base64,")) == file.read_bytes()
    assert second["content"] == "A wall."
