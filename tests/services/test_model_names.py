"""Models by the names that the list shows, whole folders of them, and figures as people count."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.cli import documents
from app.cli.output import size_words
from app.core.errors import BadInput, MissingFile
from app.core.messages import Inspected, Warned
from app.core.paths import Profile
from app.core.types import Server, ServerModel
from app.services.assemble import Loam, build
from tests.hub.server import gguf


@pytest.fixture
def loam(profile: Profile) -> Iterator[Loam]:
    with closing(build(profile)) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as other programs keep models: one folder each, a broken file, and others."""
    for name in ("one/Qwen3-4B-Q4_K_M.gguf", "two/Qwen3-4B-Q4_K_M.gguf", "two/Other-Q8_0.gguf"):
        path = tmp_path / "hub" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gguf(4096))
    (tmp_path / "hub" / "broken.gguf").write_bytes(b"GGUF and no more")
    (tmp_path / "hub" / "notes.txt").write_text("not a model")
    return tmp_path / "hub"


def test_a_folder_of_models_is_linked(loam: Loam, folder: Path) -> None:
    events = list(loam.models.add(folder))
    names = sorted(event.info.name for event in events if isinstance(event, Inspected))
    assert names == ["Other", "Qwen3 4B", "Qwen3 4B"]
    (bad,) = [event.error for event in events if isinstance(event, Warned)]
    assert str(folder / "broken.gguf") in str(bad)
    assert loam.models.is_link(folder / "two" / "Other-Q8_0.gguf")
    assert not loam.models.is_link(folder / "broken.gguf")
    (folder / "empty").mkdir()
    with pytest.raises(BadInput, match="no GGUF files in the folder"):
        list(loam.models.add(folder / "empty"))


def test_a_model_is_meant_by_its_name(loam: Loam, folder: Path) -> None:
    list(loam.models.add(folder))
    one, two = (folder / each / "Qwen3-4B-Q4_K_M.gguf" for each in ("one", "two"))
    other = folder / "two" / "Other-Q8_0.gguf"
    assert loam.models.resolve("other") == str(other)
    assert loam.models.resolve("Other-Q8_0.gguf") == str(other)
    assert loam.models.resolve("SmolLM2 135M Instruct").endswith(".gguf")
    with pytest.raises(BadInput, match=r"Several models are called qwen3 4b: .*one.*two"):
        loam.models.resolve("qwen3 4b")
    loam.models.rename(two, "The better one")
    assert loam.models.here("the better  one") == two
    assert loam.models.resolve("Qwen3 4B") == str(one)
    with pytest.raises(MissingFile):
        loam.models.resolve("No such model")
    loam.models.servers.put(Server("http://127.0.0.1:9/v1", models=(ServerModel("far", 4096),)))
    assert loam.models.resolve("far") == "http://127.0.0.1:9/v1#far"
    with pytest.raises(BadInput, match="far is on a server"):
        loam.models.here("far")
    # One whose file has gone can still be taken out of the list, by its name too.
    other.unlink()
    assert loam.models.here("Other") == loam.models.here(other) == other
    # A link to a file of the list is that file.
    way = folder / "way.gguf"
    way.symlink_to(one)
    assert loam.models.here(way) == one
    loose = folder / "loose.gguf"
    loose.write_bytes(gguf(4096))
    with pytest.raises(BadInput, match="is not in the list of models"):
        loam.models.rename(loose, "A title")


def test_a_model_that_is_named_is_loaded_as_settings_say(loam: Loam, folder: Path) -> None:
    list(loam.models.add(folder))
    loam.settings.change(threads=3, context_length=2048)
    spec = documents._spec(loam.models, "Other", ())
    assert (Path(spec.path).name, spec.threads) == ("Other-Q8_0.gguf", 3)
    assert spec.context_length == 2048


def test_sizes_as_the_window_counts_them() -> None:
    said = [size_words(each) for each in (500, 98_400_000, 144_811_072, 25_300_000_000)]
    assert said == ["0.5 kB", "98.4 MB", "145 MB", "25.3 GB"]
