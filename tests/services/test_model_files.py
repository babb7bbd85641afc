"""My Models: what files are, in how many parts, and what is done with them."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.core import paths
from app.core.errors import BadInput, MissingFile, NotAModel, NotFound
from app.core.messages import Inspected, Warned
from app.core.paths import Profile
from app.core.process import Cancel
from app.engine import header
from app.services import model_words
from app.services.assemble import Loam, build
from app.services.default_record import default_chat_model
from app.services.model_files import Converted, Verified, converted_name
from app.services.model_notes import Note
from app.services.model_words import ModelKind, SizeWord
from tests.hub.server import gguf

WORDS = "The ferry left the harbour before seven, when the lamps along the quay were burning. "


@pytest.fixture
def loam(profile: Profile) -> Iterator[Loam]:
    with closing(build(profile)) as made:
        yield made


def _part(path: Path, number: int, count: int, tensors: int = 1) -> Path:
    """A file of a model in several; the first says what they have in common."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    pairs = [text("split.no") + struct.pack("<IH", 2, number)]
    pairs.append(text("split.count") + struct.pack("<IH", 2, count))
    if number == 0:
        pairs.append(text("general.architecture") + struct.pack("<I", 8) + text("llama"))
    weights = text("weights") + struct.pack("<IQQIQ", 2, 32, 2, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, tensors, len(pairs)) + b"".join(pairs)
    path.write_bytes(head + weights * tensors + b"\0" * 600)
    return path


def _listed(loam: Loam) -> dict[str, str]:
    """Names by path of the models in the profile's folder."""
    events = list(loam.models.list())
    infos = [event.info for event in events if isinstance(event, Inspected)]
    assert not [event.error for event in events if isinstance(event, Warned)]
    return {i.path: i.name for i in infos if Path(i.path).parent == loam.profile.models}


def test_words_for_types_and_kinds(tiny: Path) -> None:
    words = {
        SizeWord.SMALL: ("Q2_K", "Q3_K_M", "IQ3_XXS", "IQ1_S", "TQ1_0"),
        SizeWord.BALANCED: ("Q4_0", "Q4_K_M", "Q5_K_S", "IQ4_XS", "MXFP4_MOE", "NVFP4"),
        SizeWord.LARGE: ("Q6_K", "Q8_0", "F16", "BF16", "F32"),
    }
    for word, types in words.items():
        assert {model_words.size_word(each) for each in types} == {word}
    assert model_words.size_word("new type") is None
    assert model_words.quality("Q4_K_M") == "Balanced (Q4_K_M)"
    assert model_words.kind(header.inspect(str(tiny))) is ModelKind.BASE
    default = default_chat_model(paths.bundled_models())
    assert default is not None
    assert model_words.kind(header.inspect(str(default))) is ModelKind.CHAT


@pytest.mark.parametrize("tensors_in_first", [0, 1])
def test_a_model_in_parts_is_one_entry(loam: Loam, tensors_in_first: int) -> None:
    folder = loam.profile.models
    first = _part(folder / "big-Q4_K_M-00001-of-00003.gguf", 0, 3, tensors_in_first)
    rest = [_part(folder / f"big-Q4_K_M-0000{n}-of-00003.gguf", n - 1, 3) for n in (2, 3)]
    assert _listed(loam) == {str(first): "big"}
    info = header.inspect(str(first))
    assert info.files == 3
    assert info.size_bytes == sum(file.stat().st_size for file in (first, *rest))
    assert info.parameters == 64 * (2 + tensors_in_first)
    with pytest.raises(NotAModel, match="choose the first"):
        list(loam.models.add(rest[0]))
    rest[1].unlink()
    with pytest.raises(NotAModel, match="00003-of-00003"):
        header.inspect(str(first))
    other = first.with_name("renamed.gguf")
    shutil.copy(first, other)
    with pytest.raises(NotAModel, match="not named"):
        header.inspect(str(other))


def test_a_title_is_kept_beside_the_file(loam: Loam, tiny: Path) -> None:
    path = loam.profile.models / "tiny-F32.gguf"
    shutil.copy(tiny, path)
    loam.models.rename(path, "  My first  model ")
    assert _listed(loam) == {str(path): "My first model"}
    assert path.read_bytes() == tiny.read_bytes()
    loam.models.rename(path, "")
    assert _listed(loam) == {str(path): "tiny"}
    for bad in ("x" * 200, "a\x07b"):
        with pytest.raises(BadInput):
            loam.models.rename(path, bad)
    with pytest.raises(MissingFile):
        loam.models.rename(path.with_name("none.gguf"), "x")
    (loam.profile.models / "notes.json").write_text('{"a": 4')
    assert _listed(loam) == {str(path): "tiny"}


def test_verifying(loam: Loam, profile: Profile) -> None:
    path = profile.models / "a.gguf"
    path.write_bytes(gguf(100_000))

    def verify() -> Verified:
        last = list(loam.model_files.verify(path))[-1]
        assert isinstance(last, Verified)
        return last

    unknown = verify()
    assert unknown.good is None
    loam.models.notes.put(path, Note(sha256=unknown.sha256))
    assert verify().good is True
    path.write_bytes(gguf(100_000, seed=1))
    assert verify().good is False
    with pytest.raises(MissingFile):
        list(loam.model_files.verify(profile.models / "b.gguf"))


def test_deleting_can_be_taken_back(
    loam: Loam, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = loam.profile.models / "tiny.gguf"
    shutil.copy(tiny, path)
    loam.models.rename(path, "Mine")
    loam.settings.change(model=str(path))
    gone = loam.model_files.delete(path)
    assert (_listed(loam), loam.settings.current.model) == ({}, "")
    assert [each.id for each in loam.model_files.deleted()] == [gone.id]
    assert loam.model_files.restore(gone.id) == path
    assert _listed(loam) == {str(path): "Mine"}
    assert loam.model_files.deleted() == []

    gone = loam.model_files.delete(path)
    shutil.copy(tiny, path)
    with pytest.raises(BadInput, match="already"):
        loam.model_files.restore(gone.id)
    with pytest.raises(NotFound):
        loam.model_files.restore("../..")
    monkeypatch.setattr("app.services.model_files.time.time", lambda: gone.until + 1)
    assert loam.model_files.deleted() == []
    assert list((loam.profile.models / "deleted").iterdir()) == []
    monkeypatch.undo()
    loam.model_files.delete(path, at_once=True)
    assert loam.model_files.deleted() == []


def test_files_elsewhere_are_never_deleted(loam: Loam, tiny: Path) -> None:
    list(loam.models.add(tiny))
    assert not loam.model_files.can_delete(tiny)
    with pytest.raises(BadInput, match="only forgets"):
        loam.model_files.delete(tiny)
    loam.models.remove(tiny)
    assert tiny.is_file()
    assert tiny not in loam.models.paths()


def test_a_model_is_written_again_and_measured(loam: Loam, tiny: Path) -> None:
    events = list(loam.model_files.convert(tiny, "q8_0", WORDS * 4))
    done = events[-1]
    assert isinstance(done, Converted)
    path = Path(done.path)
    assert path == loam.profile.models / "tiny-Q8_0.gguf"
    assert header.inspect(str(path)).quantization == "Q8_0"
    assert path.stat().st_size < tiny.stat().st_size
    assert done.before == pytest.approx(done.after, rel=0.05)
    assert done.before != done.after
    with pytest.raises(BadInput, match="already"):
        list(loam.model_files.convert(tiny, "Q8_0", WORDS))
    with pytest.raises(BadInput, match="Q99"):
        list(loam.model_files.convert(tiny, "Q99", WORDS))
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Exception, match="Stopped"):
        list(loam.model_files.convert(tiny, "Q4_0", WORDS, cancel))
    assert {p.name for p in loam.profile.models.glob("*.gguf")} == {"tiny-Q8_0.gguf"}


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("SmolLM2-135M-Instruct-Q8_0.gguf", "SmolLM2-135M-Instruct-Q4_0.gguf"),
        ("a.Q4_K_M.gguf", "a-Q4_0.gguf"),
        ("b-F16-00001-of-00002.gguf", "b-Q4_0.gguf"),
        ("c.gguf", "c-Q4_0.gguf"),
    ],
)
def test_what_a_converted_model_is_called(name: str, made: str) -> None:
    assert converted_name(Path(name), "Q4_0") == made


def test_a_note_of_another_kind_is_none(loam: Loam) -> None:
    file = loam.profile.models / "notes.json"
    for raw in ("[]", '{"x": 3}', '{"x": {"title": 3, "sha256": "abc"}}'):
        file.write_text(raw)
        assert loam.models.notes.get("x") == Note()
