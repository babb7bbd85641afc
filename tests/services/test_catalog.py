"""The list of models: the one that comes with Loam, and what is said of broken ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core import paths
from app.core.hubnames import all_parts, is_file_name, is_repository
from app.services import catalog
from app.services.catalog import CatalogBroken

ENTRY = """
[[model]]
id = "a-1b"
name = "A 1B"
about = "Small"
parameters = 1.0
licence = "mit"
repository = "someone/A-1B-GGUF"
context = 4096
layers = 10
kv_heads = 2
head_size = 64
[[model.file]]
type = "Q8_0"
names = ["a-Q8_0.gguf"]
size_gb = 1.1
recommended = true
"""


def _read(folder: Path, text: str) -> tuple[catalog.CatalogModel, ...]:
    file = folder / "catalog.toml"
    file.write_text(text, encoding="utf-8")
    return catalog.read(file)


def test_the_catalogue_that_comes_with_loam() -> None:
    models = catalog.read(paths.bundled_models() / "catalog.toml")
    assert 18 <= len(models) <= 30
    assert models[0].parameters <= 135_000_000
    assert models[-1].parameters >= 70_000_000_000
    assert [m.parameters for m in models] == sorted(m.parameters for m in models)
    for model in models:
        for file in model.files:
            # A type gives between two and ten bits a number, or it is a slip of the pen.
            assert 0.25 < file.size_bytes / model.parameters < 1.3, model.id


def test_an_entry_is_read(tmp_path: Path) -> None:
    (model,) = _read(tmp_path, ENTRY)
    assert (model.id, model.parameters, model.kv_heads) == ("a-1b", 1_000_000_000, 2)
    assert model.recommended.size_bytes == 1_100_000_000
    assert model.recommended.sha256 == ("",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "a-1b"', 'id = "A 1B"', "id of model number 1"),
        ('licence = "mit"\n', "", "licence of a-1b"),
        ("context = 4096", "context = -1", "context of a-1b"),
        ("context = 4096", 'context = "long"', "context of a-1b"),
        ("context = 4096", "context = 4096\ncontxt = 1", "unknown entry contxt"),
        ('"someone/A-1B-GGUF"', '"../../etc"', "repository of a-1b"),
        ('"a-Q8_0.gguf"', '"../a.gguf"', "names of a file of a-1b"),
        ("size_gb = 1.1", "size_gb = nan", "size_gb of a file of a-1b"),
        ("recommended = true", "", "one recommended file"),
        ("recommended = true", 'recommended = true\nsha256 = ["12"]', "64 hex digits"),
        ("[[model]]", "[[model", "line 2"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(CatalogBroken, match=said):
        _read(tmp_path, ENTRY.replace(old, new))


def test_twice_the_same_and_nothing_at_all(tmp_path: Path) -> None:
    with pytest.raises(CatalogBroken, match="twice"):
        _read(tmp_path, ENTRY + ENTRY)
    with pytest.raises(CatalogBroken, match="no models"):
        _read(tmp_path, "")
    with pytest.raises(CatalogBroken, match="No such file"):
        catalog.read(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "name",
    ["../a.gguf", "/a.gguf", "a/../b.gguf", "a\\b.gguf", "a\n.gguf", ".gguf", "a.bin", "nul.gguf",
     "a//b.gguf", "C:a.gguf", "x/.hidden.gguf", "a.gguf ", "a" * 300 + ".gguf", "-rf.gguf"],
)  # fmt: skip
def test_file_names_that_are_turned_away(name: str) -> None:
    assert not is_file_name(name)


def test_names_that_are_taken() -> None:
    assert is_file_name("Q4_K_M/Llama-3-Q4_K_M-00001-of-00002.gguf")
    assert is_repository("bartowski/phi-4-GGUF")
    for bad in ("phi-4", "a/b/c", "../b", "a/..", "a b/c", "https://x/y"):
        assert not is_repository(bad)


def test_a_part_names_all_parts() -> None:
    assert all_parts("x/m-00002-of-00003.gguf") == tuple(
        f"x/m-0000{n}-of-00003.gguf" for n in (1, 2, 3)
    )
    assert all_parts("m.gguf") == ("m.gguf",)
    assert all_parts("m-00004-of-00003.gguf") == ()
    assert all_parts("m-00001-of-99999.gguf") == ()
